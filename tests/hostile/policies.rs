//! Policies with characters that nobody sees, or that look like others.

use super::report::{report, says};

#[track_caller]
fn policy_says(name: &str, text: &str) {
    says(name, &[("policies/main.ward", text)]);
}

#[test]
fn lines_may_end_as_on_windows() {
    let text = "namespace shop\r\n\r\n# who pays\r\nallow orders -> payments {\r\n  GET /a\r\n  POST /b\r\n}\r\n  because \"they\"\r\n";
    assert_eq!(report(&[("policies/main.ward", text)]), "");
}

#[test]
fn lines_may_end_as_long_ago() {
    assert_eq!(report(&[("policies/main.ward", "namespace shop\rallow orders -> payments GET /a\r")]), "");
}

#[test]
fn tabs_are_white_space() {
    assert_eq!(
        report(&[("policies/main.ward", "\tnamespace\tshop\n\tallow\torders\t->\tpayments\tGET\t/a\t\n")]),
        ""
    );
}

#[test]
fn a_letter_of_another_alphabet() {
    policy_says("look_alike_name", "namespace shop\nallow \u{43e}rders -> payments GET /a\n");
    policy_says("look_alike_quoted", "namespace shop\nallow \"\u{43e}rders\" -> payments GET /a\n");
    policy_says("look_alike_keyword", "namespace shop\n\u{430}llow orders -> payments GET /a\n");
    policy_says("look_alike_method", "namespace shop\nallow orders -> payments G\u{415}T /a\n");
}

#[test]
fn an_arrow_of_an_editor() {
    policy_says(
        "look_alike_arrow",
        "namespace shop\nallow orders \u{2192} payments GET /a\nallow orders \u{2013}> payments\n",
    );
    policy_says(
        "look_alike_quotes",
        "namespace shop\nallow orders -> payments because \u{201c}they\u{201d}\n",
    );
}

#[test]
fn characters_that_nobody_sees() {
    policy_says("invisible_space", "namespace shop\nallow\u{a0}orders -> payments GET /a\n");
    policy_says("invisible_zero_width", "namespace shop\nallow or\u{200b}ders -> payments GET /a\n");
    policy_says("invisible_path", "namespace shop\nallow orders -> payments GET /a\u{200b}\n");
    policy_says("invisible_direction", "namespace shop\nallow orders -> payments GET /a\u{202e}/nimda\n");
    policy_says("invisible_mark", "namespace shop\n\u{feff}allow orders -> payments GET /a\n");
}

#[test]
fn control_characters_do_not_reach_a_terminal() {
    for control in ["\u{1b}[2J", "\u{7}", "\u{8}", "\u{7f}", "\u{9b}31m"] {
        let text = format!("namespace shop\nallow orders -> payments GET /a # {control}\n");
        let number = format!("U+{:04X}", u32::from(control.chars().next().unwrap()));
        let report = report(&[("policies/main.ward", &text)]);
        let reason = format!("can not read `policies/main.ward`: line 2 has the control character {number}");
        assert!(report.starts_with(&format!("error[E0610]: {reason}; remove it\n")), "{report}");
        assert!(!report.contains(control), "{report}");
    }
}

/// A lone carriage return would write over what stands before it.
#[test]
fn what_moves_the_cursor_does_not_reach_a_terminal() {
    for letter in ['\r', '\u{b}', '\u{c}', '\u{85}'] {
        let text =
            format!("namespace shop\nallow orders{letter} => payments GET /a{letter}{letter}  # {letter}b\n");
        let report = report(&[("policies/main.ward", &text)]);
        assert!(report.contains("allow orders => payments GET /a"), "{report}");
        assert!(report.contains(" => "), "{report}");
        assert!(!report.contains(letter), "{report:?}");
    }
}

#[test]
fn a_vertical_tab_is_no_line_end() {
    policy_says("control_vertical", "namespace shop\u{b}allow orders -> payments\n");
}

#[test]
fn a_comment_hides_nothing() {
    let text = "namespace shop\nallow orders -> payments GET /a # \u{202e}POST /b\u{2066}\n";
    policy_says("comment_direction", text);
}

#[test]
fn a_brace_that_takes_the_one_of_the_namespace() {
    policy_says("brace_taken", "namespace shop {\n  allow orders -> payments {\n    GET /a\n}\n");
    policy_says("brace_missing", "namespace shop {\n  allow orders -> payments {\n    GET /a\n  }\n");
}

#[test]
fn a_module_is_used_by_the_name_of_its_file() {
    says(
        "use_with_ending",
        &[
            ("policies/main.ward", "use ./b.ward\nallow shop/orders -> shop/payments\n"),
            ("policies/b.ward", ""),
        ],
    );
}

#[test]
fn a_manifest_instead_of_a_policy() {
    policy_says("policy_yaml", super::report::MANIFEST.1);
}

#[test]
fn conflict_markers() {
    policy_says(
        "policy_conflict",
        "namespace shop\n<<<<<<< HEAD\nallow orders -> payments GET /a\n=======\nallow orders -> payments GET /b\n>>>>>>> other\n",
    );
}

#[test]
fn statements_that_end_too_early() {
    for text in [
        "allow",
        "allow orders",
        "allow orders ->",
        "allow orders -> payments GET",
        "namespace",
        "@allow(",
        "group a =",
        "mtls",
        "\"",
        "{",
        "}",
        "#",
        "->",
        ",",
    ] {
        report(&[("policies/main.ward", text)]);
    }
}
