//! Many rules on one workload: comparing each with each would take minutes.

use std::fmt::Write as _;

use super::{check, policy};

/// The rules are of three kinds, for each of which a simpler way to find the wider rule would be slow.
#[test]
fn twenty_thousand_rules_on_one_workload() {
    let mut text = String::new();
    for number in 0..5_000 {
        // A path of its own, below one of few prefixes.
        let _ = writeln!(text, "allow orders -> payments GET /users/{}/{number}", number % 10);
        let _ = writeln!(text, "allow orders -> payments PUT /items/{}/{number}", number % 10);
        // The caller and the first path are those of all others; only the second path is its own.
        let _ = writeln!(text, "allow orders -> payments GET /carts/1, /carts/1/{number}");
        // The same each time.
        let _ = writeln!(text, "allow cart -> payments POST /charges");
    }
    text.push_str("allow orders -> payments GET /users/7/*\n");
    let found = check(&policy(&text)).diagnostics;
    // Of so many the last one that is told counts the others.
    let count = |code: &str| -> usize {
        found
            .iter()
            .filter(|diagnostic| diagnostic.code.id() == code)
            .map(|diagnostic| 1 + diagnostic.more)
            .sum()
    };
    assert_eq!((count("L0803"), count("L0804"), found.len()), (4_999, 1, 1_001));
    // One rule makes 500 needless, of which the first three are shown.
    let wider = found.iter().find(|diagnostic| diagnostic.code.id() == "L0804").expect("it was counted");
    assert_eq!(wider.notes.last().map(String::as_str), Some("the same holds for 497 more statements"));
}
