//! Arguments: help, mistakes, order, and streams that end early.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use super::Folder;

#[test]
fn help_of_every_command() {
    let folder = Folder::new();
    insta::assert_snapshot!("help", folder.run(&["--help"]));
    for command in ["init", "check", "build", "can", "who", "test", "graph", "explain", "completions", "man"]
    {
        insta::assert_snapshot!(format!("help_{command}"), folder.run(&[command, "--help"]));
    }
}

#[test]
fn mistakes_in_arguments_end_with_2() {
    let folder = Folder::sample();
    let mistakes: [&[&str]; 9] = [
        &[],
        &["bild"],
        &["check", "--formt", "json"],
        &["check", "--format", "xml"],
        &["check", "--deny", "everything"],
        &["check", "--today", "2026-02-30"],
        &["build", "-o", "-", "--check"],
        &["build", "-o", "-", "--format", "json"],
        &["check", "-q", "-v"],
    ];
    let runs: Vec<String> = mistakes.iter().map(|args| folder.run(args).to_string()).collect();
    insta::assert_snapshot!(runs.join("\n"));
}

#[test]
fn common_options_stand_anywhere() {
    let folder = Folder::sample();
    let parent = folder.path().parent().unwrap();
    let dir = folder.path().file_name().unwrap().to_str().unwrap();
    for args in [["-C", dir, "check"], ["check", "-C", dir], ["check", "--project", dir]] {
        let output = folder.command(&args).current_dir(parent).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
    }
}

#[test]
fn a_project_is_found_from_below() {
    let folder = Folder::project("allow orders -> payment\n");
    insta::assert_snapshot!(folder.run_in("policies", &["check"]));
}

#[test]
fn a_folder_without_a_project() {
    let folder = Folder::new();
    let runs = [folder.run(&["check"]), folder.run(&["build"]), folder.run(&["graph", "-C", "nowhere"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::sample();
    let mut child = folder
        .command(&["explain", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_told() {
    let folder = Folder::sample();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["explain"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    std::io::stdout().flush().unwrap();
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
}

#[test]
fn colour_follows_the_option_and_the_variable() {
    let folder = Folder::project("allow orders -> payment\n");
    let colored = |args: &[&str]| folder.run(args).stderr.contains("\u{1b}[");
    assert!(colored(&["check", "--color", "always"]));
    assert!(!colored(&["check", "--color", "never"]));
    assert!(!colored(&["check"]), "a pipe is no terminal");
}

#[test]
fn every_shell_gets_a_script() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(run.stdout.contains("fail-on"), "{shell}");
    }
}

#[test]
fn the_manual_page_is_roff_and_has_every_command() {
    let run = Folder::new().run(&["man"]);
    assert!(run.stdout.contains(".TH meshward 1"));
    for command in ["init", "check", "build", "can", "who", "test", "graph", "explain", "completions", "man"]
    {
        assert!(run.stdout.contains(&format!(".SH \"MESHWARD {}\"", command.to_uppercase())), "{command}");
    }
}
