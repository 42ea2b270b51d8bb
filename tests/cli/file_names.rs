//! File names with control characters: shown as escapes wherever a person or a program reads them, so that a
//! terminal does not obey and a line of the bundle stays one line.

use super::Folder;

const NAME: &str = "policies/a\u{1b}[2J\nb.ward";

#[test]
fn a_message_shows_them_as_escapes() {
    let folder = Folder::project("");
    folder.write(NAME, "allow orders -> payment\n");
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("policies/a\\u{1b}[2J\\nb.ward:1:17"), "{run}");
    assert!(!run.stderr.contains('\u{1b}'), "{run}");
    for format in ["json", "sarif", "github"] {
        let run = folder.run(&["check", "--format", format]);
        assert!(!run.stdout.contains('\u{1b}'), "{format}: {run}");
    }
}

#[test]
fn a_file_that_can_not_be_read_is_named_by_escapes() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    folder.write(NAME, "\u{0}");
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 2);
    assert!(!run.stderr.contains('\u{1b}'), "{run}");
    assert!(run.stderr.contains("`policies/a\\u{1b}[2J\\nb.ward`"), "{run}");
}

#[test]
fn a_bundle_has_them_in_no_comment() {
    let folder = Folder::project("");
    folder.write(NAME, "allow orders -> payments GET /api/*\n");
    let run = folder.run(&["build", "-o", "-"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(!run.stdout.contains('\u{1b}'), "{run}");
    assert!(!run.stdout.lines().any(|line| line.starts_with("b.ward")), "{run}");
}

#[test]
fn what_stops_a_command_names_them_by_escapes() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    let name = "a\u{1b}[2J\nb";
    folder.write(&format!("{name}/mine.txt"), "mine");
    for args in [
        ["check", "-C", "no\u{1b}[2J\nwhere"].as_slice(),
        &["build", "-o", name],
        &["build", "-o", &format!("{name}/mine.txt/x")],
        &["can", "orders -> payments", "--manifests", "no\u{1b}[2J\nwhere"],
        &["can", "--requests", "no\u{1b}[2J\nwhere"],
    ] {
        let run = folder.run(args);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.stderr.contains("\\u{1b}[2J\\n"), "{run}");
        assert!(!run.stderr.contains('\u{1b}'), "{run}");
    }
}
