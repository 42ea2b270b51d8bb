//! `meshward build`

use std::fs;

use super::Folder;

const GOOD: &str = "allow orders -> payments GET /api/*\n";

#[test]
fn a_bundle_is_written_once() {
    let folder = Folder::project(GOOD);
    let runs = [folder.run(&["build"]), folder.run(&["build"]), folder.run(&["build", "--check"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_stale_bundle_is_listed_and_left_alone() {
    let folder = Folder::project(GOOD);
    assert_eq!(folder.run(&["build"]).code, 0);
    let before = folder.tree("deploy");
    folder.write("policies/main.ward", "allow payments -> orders GET /api/*\nallow orders -> payments GET\n");
    let run = folder.run(&["build", "--check"]);
    assert_eq!(folder.tree("deploy"), before);
    insta::assert_snapshot!(run);
}

#[test]
fn an_error_leaves_the_former_bundle_untouched() {
    let folder = Folder::project(GOOD);
    assert_eq!(folder.run(&["build"]).code, 0);
    let before = folder.tree("deploy");
    folder.write("policies/main.ward", "allow orders -> payment\n");
    let run = folder.run(&["build"]);
    assert_eq!(folder.tree("deploy"), before);
    insta::assert_snapshot!(run);
}

#[test]
fn what_left_the_bundle_is_to_be_deleted_in_the_cluster() {
    let folder = Folder::project("allow orders -> payments GET /api/*\nallow payments -> orders\n");
    assert_eq!(folder.run(&["build"]).code, 0);
    folder.write("policies/main.ward", GOOD);
    insta::assert_snapshot!(folder.run(&["build"]));
}

#[test]
fn a_stream_goes_to_standard_output_and_nowhere_else() {
    let folder = Folder::project(GOOD);
    let run = folder.run(&["build", "-o", "-"]);
    assert!(!folder.path().join("deploy").exists());
    insta::assert_snapshot!(run);
}

#[test]
fn another_folder_is_taken_from_the_working_folder() {
    let folder = Folder::project(GOOD);
    assert_eq!(folder.run_in("policies", &["build", "-o", "out"]).code, 0);
    assert!(folder.path().join("policies/out/kustomization.yaml").exists());
}

#[test]
fn a_folder_with_other_content_is_refused() {
    let folder = Folder::project(GOOD);
    folder.write("deploy/istio/mine.yaml", "kind: Mine\n");
    let run = folder.run(&["build"]);
    assert_eq!(folder.read("deploy/istio/mine.yaml"), "kind: Mine\n");
    insta::assert_snapshot!(run);
}

#[test]
fn a_folder_without_its_marker_is_refused() {
    let folder = Folder::project(GOOD);
    assert_eq!(folder.run(&["build"]).code, 0);
    std::fs::remove_file(folder.path().join("deploy/istio/.meshward")).unwrap();
    insta::assert_snapshot!(folder.run(&["build"]));
}

#[test]
fn an_output_that_can_not_be_written() {
    let folder = Folder::project(GOOD);
    folder.write("file", "");
    let runs = [folder.run(&["build", "-o", "file"]), folder.run(&["build", "-o", "file/below"])];
    assert_eq!(runs.each_ref().map(|run| run.code), [2, 2]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn json_tells_what_changed() {
    let folder = Folder::project(GOOD);
    let written = folder.run(&["build", "--format", "json"]);
    folder.write("policies/main.ward", "allow orders -> payment\n");
    let refused = folder.run(&["build", "--format", "json"]);
    insta::assert_snapshot!(format!("{written}\n{refused}"));
}

#[test]
fn the_date_decides_whether_a_permission_still_holds() {
    let folder = Folder::project("allow orders -> payments\nallow payments -> orders until 2026-06-30\n");
    assert_eq!(folder.run(&["build", "--today", "2026-06-30"]).code, 0);
    let before = folder.tree("deploy");
    insta::assert_snapshot!(folder.run(&["build", "--today", "2026-07-01"]));
    assert_ne!(folder.tree("deploy"), before);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = Folder::sample();
    let stream = folder.run(&["build", "-o", "-"]).stdout;
    assert_eq!(folder.run(&["build", "-o", "-"]).stdout, stream);
    fs::rename(folder.path().join("policies/main.ward"), folder.path().join("policies/z.ward")).unwrap();
    assert_eq!(folder.run(&["build", "-o", "-"]).code, 0);
}

#[test]
fn the_root_namespace_stays_open_where_no_rule_allows_anything() {
    let folder = Folder::project("allow orders -> istio-system/grafana GET /api/*\n");
    let service = |name| {
        format!(
            "  istio-system/{name}: {{ports: [{{name: http, port: 80, targetPort: 3000, protocol: http}}]}}\n"
        )
    };
    folder.write("services.yaml", &format!("{}{}{}", super::SERVICES, service("grafana"), service("istiod")));
    let runs = [
        folder.run(&["build"]),
        folder.run(&["can", "anyone -> istio-system/istiod GET /debug"]),
        folder.run(&["can", "payments -> istio-system/grafana GET /api/users"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_policy_without_objects_is_nothing_to_apply() {
    let folder = Folder::project("# nothing yet\n");
    let runs = [folder.run(&["build"]), folder.run(&["build"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn verbose_tells_how_much_was_proved_and_how() {
    let proved = |policy: &str| {
        let run = Folder::project(policy).run(&["build", "-v"]);
        let said = |line: &&str| line.starts_with("proved") || line.starts_with("there was nothing to prove");
        run.stderr.lines().find(said).map_or_else(|| run.to_string(), str::to_owned)
    };
    let of_one_set = "allow orders -> payments GET /a\nallow anyone -> payments GET /a\n";
    insta::assert_snapshot!([GOOD, of_one_set, "# nothing yet\n"].map(proved).join("\n"));
}

/// A policy that lost its text is no wish to open everything.
#[test]
fn an_emptied_policy_does_not_empty_the_bundle() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    folder.run(&["build"]);
    let before = folder.tree("deploy");
    folder.write("policies/main.ward", "# nothing\n");
    let run = folder.run(&["build"]);
    assert_eq!((run.code, folder.tree("deploy")), (2, before.clone()));
    insta::assert_snapshot!(run);
    let compared = folder.run(&["build", "--check", "--format", "json"]);
    assert_eq!(compared.code, 1);
    assert!(compared.stdout.contains("\"status\": \"stale\""), "{compared}");
    folder.write("policies/main.ward", "allow orders -> payments GET /api/*\n");
    let without_files = folder.run(&["build", "--set", "policies=[]"]);
    assert_eq!((without_files.code, folder.tree("deploy")), (2, before));
    assert!(without_files.stderr.contains("no policy says anything"), "{without_files}");
}
