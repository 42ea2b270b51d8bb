//! Lines and tokens as long as no person reads: the message shows what is meant and stays short.

use super::report::report;

/// Longer than any message should be.
const MAX_REPORT: usize = 8_000;

#[track_caller]
fn assert_short(path: &str, text: &str) -> String {
    let report = report(&[(path, text)]);
    assert!(
        report.len() < MAX_REPORT,
        "{} bytes: {}",
        report.len(),
        &report.chars().take(2_000).collect::<String>()
    );
    report
}

#[test]
fn a_long_line_is_cut_around_what_is_meant() {
    let filler = "orders, ".repeat(100_000);
    let text = format!("namespace shop\nallow {filler}order -> payments GET /api, /é{}\n", "é".repeat(1_000));
    insta::assert_snapshot!(assert_short("policies/main.ward", &text));
}

#[test]
fn a_line_of_json_is_cut_too() {
    let filler: String = (0..20_000).map(|number| format!("\"x{number}\": 1, ")).collect();
    let text = format!("{{{filler}\"kind\": \"Service\", \"apiVersion\": \"v1\", \"metadata\": [1]}}");
    insta::assert_snapshot!(assert_short("k8s/cart.json", &text));
}

#[test]
fn a_long_token_is_quoted_in_part() {
    let long = "a".repeat(100_000);
    for text in [
        format!("namespace shop\nallow {long} -> payments\n"),
        format!("namespace shop\nallow orders -> payments {}\n", long.to_uppercase()),
        format!("namespace shop\nallow orders -> payments GET /{long}\n"),
        format!("namespace {long}\n"),
        format!("use {long}\n"),
        format!("{long}\n"),
        format!("namespace shop\nallow @{long} -> payments\n"),
        format!("namespace shop\nallow orders -> payments because \"{long}\n"),
    ] {
        assert_short("policies/main.ward", &text);
    }
}

/// The distance between two texts costs the product of their lengths.
#[test]
fn no_name_is_looked_for_that_is_longer_than_any_name() {
    let long = "orders".repeat(1_000_000);
    assert_eq!(meshward::diagnostic::did_you_mean(&long, ["orders"]), None);
}
