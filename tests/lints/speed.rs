//! Many rules on one workload: comparing each with each would take minutes.

use std::fmt::Write as _;

use super::{check, policy};

const RULES: usize = 20_000;

/// How often a policy is told this code, and nothing else.
#[track_caller]
fn count(text: &str, code: &str) -> usize {
    let found = check(&policy(text)).diagnostics;
    assert!(found.iter().all(|diagnostic| diagnostic.code.id() == code));
    found.len()
}

/// Each has a path of its own below one of few prefixes, so that prefixes are looked up as well.
#[test]
fn twenty_thousand_rules_on_one_workload() {
    let mut text = String::from("allow orders -> payments GET /users/7/*\n");
    for number in 0..RULES {
        let _ = writeln!(text, "allow orders -> payments GET /users/{}/{number}", number % 10);
    }
    assert_eq!(count(&text, "L0804"), RULES / 10);
}

/// Each shares its caller and its first path with all others; only the second path tells them apart.
#[test]
fn twenty_thousand_rules_with_a_common_path() {
    let mut text = String::new();
    for number in 0..RULES {
        let _ = writeln!(text, "allow orders -> payments GET /users/1, /users/1/{number}");
    }
    assert_eq!(count(&text, "L0804"), 0);
}

#[test]
fn twenty_thousand_times_the_same_rule() {
    let text = "allow orders -> payments GET /users/1\n".repeat(RULES);
    assert_eq!(count(&text, "L0803"), RULES - 1);
}
