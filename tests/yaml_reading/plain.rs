//! What an unquoted scalar is to kubectl.

use meshward::yaml::Plain;

#[test]
fn booleans_are_more_than_true_and_false() {
    for text in ["yes", "Yes", "YES", "y", "Y", "on", "On", "ON", "true", "True", "TRUE"] {
        assert_eq!(Plain::of(text), Plain::Boolean(true), "{text}");
    }
    for text in ["no", "No", "NO", "n", "N", "off", "Off", "OFF", "false", "False", "FALSE"] {
        assert_eq!(Plain::of(text), Plain::Boolean(false), "{text}");
    }
}

#[test]
fn whole_numbers_have_many_forms() {
    let numbers = [
        ("0", 0),
        ("80", 80),
        ("+1", 1),
        ("-1", -1),
        ("010", 8),
        ("0o10", 8),
        ("-0o7", -7),
        ("0x1F", 31),
        ("0b11", 3),
        ("-0b1", -1),
        ("1_000", 1000),
        ("1__0", 10),
        ("1_", 1),
        ("00", 0),
        ("007", 7),
        ("-9223372036854775808", i64::MIN),
    ];
    for (text, value) in numbers {
        assert_eq!(Plain::of(text), Plain::Integer(value), "{text}");
    }
}

#[test]
fn other_numbers_are_floats() {
    let numbers = [
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("12e03", 12000.0),
        ("08", 8.0),
        ("09", 9.0),
        ("1_0.5", 10.5),
        (".inf", f64::INFINITY),
        ("+.inf", f64::INFINITY),
        ("-.INF", f64::NEG_INFINITY),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
    ];
    for (text, value) in numbers {
        assert_eq!(Plain::of(text), Plain::Float(value), "{text}");
    }
    assert!(matches!(Plain::of(".NaN"), Plain::Float(value) if value.is_nan()));
}

#[test]
fn nothing_is_null() {
    for text in ["", "~", "null", "Null", "NULL"] {
        assert_eq!(Plain::of(text), Plain::Null, "{text}");
    }
}

#[test]
fn the_rest_are_strings() {
    let strings = [
        "yEs",
        "nO",
        "tRUE",
        "inf",
        "nan",
        "22:22",
        "1:30:00",
        "190:20:30",
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "=",
        "1.0.0",
        "0x",
        "0b",
        "0o",
        "0o8",
        "1e",
        "_1",
        "-",
        "+",
        ".",
        "e1",
        ".e1",
        "0x+1",
        "--1",
        "+-1",
        "1-1",
        "1 2",
        "a",
        "/api/*",
        "\u{e9}",
        "\u{663}",
    ];
    for text in strings {
        assert_eq!(Plain::of(text), Plain::String, "{text}");
    }
}
