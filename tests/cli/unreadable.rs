//! A file that the project names and that can not be read: exit code 2 of every command, and what was found.

use super::Folder;

#[test]
fn a_file_that_can_not_be_read_ends_with_2() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    folder.write("meshward.yaml", "name: shop\ngraph: {services: [services.yaml, k8s.yaml]}\n");
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
    for command in [&["build"][..], &["graph"], &["check", "--format", "json"], &["check", "policies"]] {
        let run = folder.run(command);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.stdout.contains("E0610") || run.stderr.contains("E0610"), "{run}");
    }
    assert!(!folder.path().join("deploy").exists());
}

/// The report is there to be uploaded; who wants to know asks with `--fail-on`.
#[test]
fn sarif_ends_with_0_though_a_file_can_not_be_read() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    folder.write("meshward.yaml", "name: shop\ngraph: {services: [services.yaml, k8s.yaml]}\n");
    assert_eq!(folder.run(&["check", "--format", "sarif"]).code, 0);
    assert_eq!(folder.run(&["check", "--format", "sarif", "--fail-on", "error"]).code, 2);
}
