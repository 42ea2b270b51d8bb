//! Proxies that read paths in another way than before: requests whose answer that changes.

use meshward::diff::{CauseKind, Diff, Direction};

use super::{Asked, assert_requests_hold, compare, project_with, said};

const MODES: [&str; 4] = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];

fn under(mode: &str, policy: &str) -> Asked {
    let project = format!(
        "name: shop\npolicies: [policies]\nmesh: {{pathNormalization: {mode}}}\ngraph: {{services: services.yaml}}\n"
    );
    project_with(&project, super::SERVICES, policy)
}

fn by_spelling(diff: &Diff) -> Vec<Direction> {
    let changes = diff.targets.iter().flat_map(|target| &target.changes);
    changes
        .filter(|change| change.cause.kind == CauseKind::Normalization)
        .map(|change| change.direction)
        .collect()
}

#[test]
fn a_path_that_climbs_is_told() {
    let policy = "allow orders -> payments GET /public/*\ndeny orders -> payments /public/admin\n";
    let (old, new) = (under("NONE", policy), under("BASE", policy));
    let there = compare(&old, &new);
    assert_requests_hold(&old, &new, &there);
    assert_eq!(by_spelling(&there), [Direction::Opened, Direction::Closed]);
    insta::assert_snapshot!(said(&there));
}

/// The weaker of two normalizations lets a spelling past a rule that the other one holds against it.
#[test]
fn every_two_modes_are_told_apart() {
    let policy = "allow orders -> payments\ndeny orders -> payments GET /admin, /admin/*\nallow cart -> payments GET /a/b/*\n";
    for old in MODES {
        for new in MODES {
            let (before, after) = (under(old, policy), under(new, policy));
            let found = compare(&before, &after);
            assert_requests_hold(&before, &after, &found);
            assert_eq!(by_spelling(&found).is_empty(), old == new, "{old} to {new}:\n{}", said(&found));
        }
    }
}

/// What the rules change is told as ever, and not again as a matter of spelling.
#[test]
fn a_rule_that_changes_too_is_the_reason() {
    let old = under("BASE", "allow orders -> payments GET /a\n");
    let new = under("MERGE_SLASHES", "allow orders -> payments GET /a, /b\n");
    let found = compare(&old, &new);
    assert_requests_hold(&old, &new, &found);
    insta::assert_snapshot!(said(&found));
}

#[test]
fn rules_without_paths_are_alike_under_all() {
    let policy = "allow orders -> payments\nallow cart -> db\n";
    let found = compare(&under("NONE", policy), &under("DECODE_AND_MERGE_SLASHES", policy));
    assert_eq!(said(&found), "");
    assert!(!found.is_complete());
}
