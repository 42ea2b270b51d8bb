//! Lines and tokens as long as no person reads: the message shows what is meant and stays short.

use std::time::{Duration, Instant};

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
    let filler = "\"x\": 1, ".repeat(100_000);
    let text = format!("{{{filler}\"kind\": \"Service\", \"apiVersion\": \"v1\", \"metadata\": [1]}}");
    insta::assert_snapshot!(assert_short("k8s/cart.json", &text));
}

#[test]
fn a_token_of_two_megabytes_is_neither_shown_nor_searched_for_long() {
    let long = "a".repeat(2_000_000);
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
        let start = Instant::now();
        assert_short("policies/main.ward", &text);
        let took = start.elapsed();
        let shown: String = text.chars().take(40).collect();
        assert!(took < Duration::from_secs(10), "{took:?}: {shown}");
    }
}
