//! Texts that nest deep, or repeat what makes a reader go back: each ends in a diagnostic, and in time.

use super::report::report;

/// What is nested, so often that a reader which calls itself for each level would not come back.
const LEVELS: usize = 100_000;

#[track_caller]
fn assert_refused(path: &str, text: &str, code: &str) {
    let report = report(&[(path, text)]);
    assert!(report.contains(code), "{}", report.chars().take(2000).collect::<String>());
}

#[test]
fn brackets_of_a_policy() {
    for open in ["{", "(", "[", "namespace a {\n", "test {\n", "f(", "allow a -> b {\n"] {
        assert_refused("policies/main.ward", &open.repeat(LEVELS), "E0103");
    }
}

#[test]
fn brackets_of_yaml() {
    for open in ["[", "{a: ", "- "] {
        assert_refused("k8s/cart.yaml", &open.repeat(LEVELS), "E0601");
    }
    let indented: String = (0..2_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_refused("k8s/cart.yaml", &indented, "E0601");
}

#[test]
fn brackets_of_json() {
    for open in ["[", "{\"a\":"] {
        assert_refused("k8s/cart.json", &open.repeat(LEVELS), "E0601");
    }
}

#[test]
fn blocks_that_never_end_the_way_they_began() {
    for line in ["test {)\n", "f(}\n", "allow a -> b {)\n", "allow a -> b, \n", "\"\n", "{}\n", "a ->\n"] {
        assert_refused("policies/main.ward", &line.repeat(3_000), "E01");
    }
}

#[test]
fn one_line_as_long_as_a_book() {
    let callers = vec!["orders"; 20_000].join(", ");
    let text = format!("namespace shop\nallow {callers} -> payments GET /a\n");
    report(&[("policies/main.ward", &text)]);
    let path = "/a".repeat(500_000);
    report(&[("policies/main.ward", &format!("namespace shop\nallow orders -> payments GET {path}\n"))]);
}
