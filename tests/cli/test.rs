//! `meshward test`: each form of its results, and each exit code.

use super::Folder;

const GOOD: &str = "\
namespace shop
allow orders -> payments GET /api/*
never payments -> orders
test \"orders reads\" {
  orders -> payments GET /api/users allowed
  orders -> payments POST /api/users denied
  anyone -> payments GET /api/users denied
}
";

const BAD: &str = "\
namespace shop
allow orders -> payments GET /api/*
never orders -> payments
reaches orders -> payments
test \"orders reads\" {
  orders -> payments GET /api/users allowed
}
test \"orders writes\" {
  # it should
  orders -> payments POST /api/users allowed
  orders -> payments GET /api/users, /api/keys, /other denied
}
";

#[test]
fn what_is_as_expected_passes() {
    let folder = Folder::project(GOOD);
    insta::assert_snapshot!(folder.run(&["test"]));
}

#[test]
fn what_is_not_is_shown_with_the_reason() {
    let folder = Folder::project(BAD);
    insta::assert_snapshot!(folder.run(&["test"]));
}

#[test]
fn programs_get_a_document() {
    let folder = Folder::project(BAD);
    insta::assert_snapshot!(folder.run(&["test", "--format", "json"]));
    let run = Folder::project(GOOD).run(&["test", "--format", "json"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("\"status\": \"passed\""), "{run}");
}

#[test]
fn ci_servers_get_junit() {
    let folder = Folder::project(BAD);
    insta::assert_snapshot!(folder.run(&["test", "--format", "junit"]));
}

#[test]
fn a_name_chooses_among_them() {
    let folder = Folder::project(BAD);
    insta::assert_snapshot!("a_name_chooses", folder.run(&["test", "orders reads"]));
    let run = folder.run(&["test", "never"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stdout, "FAILED  never orders -> payments\n1 guarantee broken\n");
    insta::assert_snapshot!("a_name_of_nothing", folder.run(&["test", "nobody"]));
}

#[test]
fn a_project_without_tests_says_so() {
    let folder = Folder::project("namespace shop\nallow orders -> payments GET /api/*\n");
    insta::assert_snapshot!(folder.run(&["test"]));
}

#[test]
fn a_policy_with_errors_is_not_tested() {
    let folder = Folder::project(&GOOD.replace("allow orders", "allow order"));
    insta::assert_snapshot!("errors_human", folder.run(&["test"]));
    insta::assert_snapshot!("errors_junit", folder.run(&["test", "--format", "junit"]));
    let run = folder.run(&["test", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("\"status\": \"refused\"") && run.stdout.contains("E0201"), "{run}");
}

#[test]
fn a_broken_guarantee_stops_a_build() {
    let folder = Folder::project(BAD);
    let run = folder.run(&["build"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E1001"), "{run}");
    assert!(folder.tree("deploy").is_empty(), "nothing is written");
}

#[test]
fn a_check_counts_the_guarantees() {
    let run = Folder::project(GOOD).run(&["check"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("checked 1 rule and 1 guarantee over 2 services: 0 errors"), "{run}");
}
