//! Guarantees and tests of a size or shape that nobody means.

use std::time::{Duration, Instant};

use super::{SHOP, check, project, says};

/// What no machine needs, however much else it has to do: a second or two is usual.
const LIMIT: Duration = Duration::from_secs(240);

#[test]
fn ten_thousand_lines_are_run() {
    let lines = "  a/orders -> a/payments GET /x allowed\n".repeat(10_000);
    let policy = format!("allow a/orders -> a/payments\ntest \"many\" {{\n{lines}}}\n");
    let start = Instant::now();
    let checked = check(&project(SHOP, &policy));
    assert!(!checked.has_errors());
    let report = meshward::test(checked.program.as_ref().unwrap(), "");
    assert_eq!(report.tests[0].cases.len(), 10_000);
    assert!(report.tests[0].passed());
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn ten_thousand_guarantees_are_decided() {
    let guarantees = "never a/orders -> a/ledger-db\n".repeat(10_000);
    let start = Instant::now();
    assert_eq!(says(&format!("allow a/orders -> a/payments\n{guarantees}")), "");
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn patterns_without_end_are_decided_or_said_to_be_too_many() {
    let rules: String =
        (0..60).map(|number| format!("allow a/orders -> a/payments /{number}/{{*}}/x/{{**}}\n")).collect();
    let start = Instant::now();
    let said = says(&format!("{rules}never b/* -> a/payments\nonly a/orders -> a/payments\n"));
    assert_eq!(said, "");
    let broken = says(&format!("{rules}never a/orders -> a/payments */x/y\n"));
    assert!(broken.contains("`never`"), "{broken}");
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

/// Each pattern looks at a segment of its own, so that there is a class of paths for each set of them: too many.
#[test]
fn what_is_plain_is_decided_however_mixed_the_patterns_are() {
    let rules: String = (0..24)
        .map(|depth| format!("allow a/orders -> a/payments {}/x/{{**}}\n", "/{*}".repeat(depth)))
        .collect();
    assert_eq!(says(&format!("{rules}never a/orders -> a/payments /y")), "");
    assert_eq!(says(&format!("{rules}reaches a/orders -> a/payments /y/x/z")), "");
}

#[test]
fn a_test_that_is_not_closed_is_said_once() {
    let lines = "  a/orders -> a/payments GET /x allowed\n".repeat(1000);
    let said = says(&format!("test \"open\" {{\n{lines}"));
    assert_eq!(said.matches("error").count(), 1, "{said}");
    let said = says(&format!(
        "test \"open\" {{\n{lines}allow a/orders -> a/payments\n{}",
        "allow b/console -> a/payments\n".repeat(500)
    ));
    assert_eq!(said.matches("error").count(), 1, "{said}");
}

#[test]
fn five_bad_lines_are_five_errors() {
    let lines = "  a/orders -> a/payments GET /x\n".repeat(5);
    let said = says(&format!("test \"bad\" {{\n{lines}  a/orders -> a/payments GET /x denied\n}}\n"));
    assert_eq!(said.matches("error[").count(), 5, "{said}");
}

#[test]
fn names_of_tests_may_be_anything() {
    for name in ["", " ", "\\\"", "\\n\\t", "ä→\\u{1F512}", "{", "}"] {
        let policy = format!("test \"{name}\" {{\n  a/orders -> a/payments GET /x denied\n}}\n");
        let checked = check(&project(SHOP, &policy));
        assert!(!checked.has_errors(), "{name}");
        assert!(meshward::test(checked.program.as_ref().unwrap(), "").tests[0].passed());
    }
}

/// Beyond the first thousand of a kind only the number is told, and so it is found out more quickly, but it is as
/// exact: what holds is not counted, be its namespace closed or open to all.
#[test]
fn of_many_that_are_broken_the_rest_is_counted() {
    let many = |broken: &str, holds: &str| {
        let pair = format!("{broken}\n{holds}\n");
        format!("only a/orders -> a/orders\n{}", pair.repeat(2_700))
    };
    let closed = "allow a/orders -> a/payments GET /api/*\nallow a/marketing -> a/orders\n";
    let open = "open namespace b because \"a sandbox\"\nallow a/marketing -> a/orders\n";
    for (rules, broken, holds) in [
        (closed, "never a/orders -> a/payments GET /api/v1", "never a/orders -> a/payments GET /admin"),
        (open, "never a/orders -> b/console GET /api/v1", "never a/orders -> a/payments GET /admin"),
    ] {
        let said = says(&format!("{rules}{}", many(broken, holds)));
        let told = said.matches("error[").count();
        assert_eq!(told, 1_001, "a thousand of `never`, one of `only`: {}", said.lines().next().unwrap());
        assert_eq!(said.matches("= 1700 more like it in this file are not shown").count(), 1);
        assert_eq!(said.matches("`never` does not hold: `a/orders` may `GET /api/v1`").count(), 1_000);
    }
}
