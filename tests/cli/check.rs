//! `meshward check`

use super::Folder;

const MISTAKE: &str = "allow orders -> payment GET /api/*\n";
/// One permission has ended, which is a warning.
const DOUBTFUL: &str = "allow orders -> payments\nallow payments -> orders until 2020-01-01\n";

#[test]
fn a_good_policy_says_so() {
    insta::assert_snapshot!(Folder::project("allow orders -> payments GET /api/*\n").run(&["check"]));
}

#[test]
fn an_error_ends_with_1() {
    insta::assert_snapshot!(Folder::project(MISTAKE).run(&["check"]));
}

#[test]
fn a_warning_ends_with_0_unless_it_is_denied() {
    let folder = Folder::project(DOUBTFUL);
    let runs = [
        folder.run(&["check", "--today", "2026-01-01"]),
        folder.run(&["check", "--deny", "warnings", "--today", "2026-01-01"]),
        folder.run(&["check", "--fail-on", "warning", "-q", "--today", "2026-01-01"]),
    ];
    assert_eq!(runs.each_ref().map(|run| run.code), [0, 1, 1]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn json_goes_to_standard_output() {
    insta::assert_snapshot!(Folder::project(MISTAKE).run(&["check", "--format", "json"]));
}

#[test]
fn github_annotations_name_files_from_the_top_of_the_repository() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    folder
        .write("mesh/meshward.yaml", "name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\n");
    folder.write("mesh/services.yaml", super::SERVICES);
    folder.write("mesh/policies/main.ward", MISTAKE);
    insta::assert_snapshot!(folder.run_in("mesh", &["check", "--format", "github"]));
}

#[test]
fn sarif_ends_with_0_so_that_it_can_be_uploaded() {
    let folder = Folder::project(MISTAKE);
    let run = folder.run(&["check", "--format", "sarif"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let result = &document["runs"][0]["results"][0];
    assert_eq!((run.code, &document["version"]), (0, &"2.1.0".into()));
    assert_eq!((&result["ruleId"], &result["level"]), (&"E0201".into(), &"error".into()));
    assert_eq!(folder.run(&["check", "--format", "sarif", "--fail-on", "error"]).code, 1);
}

#[test]
fn paths_choose_what_is_shown() {
    let folder = Folder::project(MISTAKE);
    folder.write("policies/other.ward", "allow order -> payments\n");
    let runs = [
        folder.run(&["check", "policies/other.ward"]),
        folder.run(&["check", "./policies/../services.yaml"]),
        folder.run(&["check", "policies/none.ward"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn verbose_tells_the_time_of_each_stage() {
    let run = Folder::project("allow orders -> payments\n").run(&["check", "-v"]);
    assert!(run.stderr.lines().any(|line| line.starts_with("check") && line.ends_with(" ms")), "{run}");
}

#[test]
fn quiet_says_nothing_where_nothing_is_wrong() {
    let run = Folder::project("allow orders -> payments\n").run(&["check", "-q"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_project_file_that_can_not_be_understood() {
    let folder = Folder::new();
    let mut runs = Vec::new();
    for text in ["", "name: [", "nmae: shop\n"] {
        folder.write("meshward.yaml", text);
        runs.push(folder.run(&["check"]).to_string());
    }
    std::fs::write(folder.path().join("meshward.yaml"), b"name: \xff\n").unwrap();
    runs.push(folder.run(&["check"]).to_string());
    insta::assert_snapshot!(runs.join("\n"));
}

#[test]
fn a_file_that_is_wrong_throughout_has_a_last_word() {
    let every_line = |line: &str| line.repeat(1200);
    for policy in [
        every_line("allow ordrs -> payments GET /a\n"),
        every_line("alow orders -> payments GET /a\n"),
        format!("allow {}ordrs -> payments GET /a\n", every_line("ordrs, ").replacen("ordrs, ", "", 1)),
    ] {
        let folder = Folder::project(&format!("namespace shop\n{policy}"));
        let run = folder.run(&["check"]);
        assert_eq!(run.code, 1);
        assert_eq!(run.stderr.matches("error[").count(), 1000);
        assert!(run.stderr.contains("  = 200 more like it in this file are not shown\n"), "{run}");
        assert!(run.stderr.ends_with("1200 errors, 0 warnings\n"), "{run}");
        let json = folder.run(&["check", "--format", "json"]).stdout;
        assert_eq!(json.matches("200 more like it").count(), 1);
    }
}

/// The line that tells how much was checked.
fn checked(policy: &str) -> String {
    let run = Folder::project(policy).run(&["check"]);
    let line = run.stderr.lines().find(|line| line.starts_with("checked "));
    line.map_or_else(|| run.to_string(), str::to_owned)
}

#[test]
fn guarantees_beside_other_errors_are_told_to_be_undecided() {
    let policies = [
        "allow orders -> payments\nnever payments -> orders\n",
        "allow payments -> orders\nnever payments -> orders\n",
        "allow order -> payments\nnever payments -> orders\n",
        "allow order -> payments\nnever payments -> orders\nnever payments -> payments GET /admin\n",
    ];
    insta::assert_snapshot!(policies.map(checked).join("\n"));
}

#[test]
fn rules_that_can_not_be_read_are_counted() {
    let policy = "allow orders -> payments GET /a\nallow orders - payments\n@allow(anyone, \"x\")\ndeny orders\nalow orders\n\
                  namespace shop {\n  allow -> payments\n}\n";
    insta::assert_snapshot!(checked(policy));
}

#[test]
fn a_project_in_place_of_a_path_is_told() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["init", "mesh"]).code, 0);
    let runs = [folder.run(&["check", "mesh"]), folder.run(&["check", "-C", "mesh"])];
    assert_eq!(runs.each_ref().map(|run| run.code), [2, 0]);
    insta::assert_snapshot!(runs[0]);
}

#[test]
fn policies_without_a_statement_are_told() {
    let empty = Folder::project("# later\n").run(&["check"]);
    assert!(empty.stderr.contains("no policy says anything yet"), "{empty}");
    let rule = Folder::project("allow orders -> payments\n").run(&["check"]);
    assert!(!rule.stderr.contains("says anything"), "{rule}");
}
