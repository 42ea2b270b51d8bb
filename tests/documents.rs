//! Keeps the Markdown of the project whole: a link leads somewhere.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn each_link_leads_somewhere() {
    let broken: Vec<String> = markdown_files().iter().flat_map(|path| broken_links(path)).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn anchors_are_made_as_code_hosts_make_them() {
    assert_eq!(anchor("## Transport security"), "transport-security");
    assert_eq!(anchor("### `--format` and `-o -`"), "--format-and--o--");
}

/// One line for each link of a file to a file or heading that is not there.
fn broken_links(path: &Path) -> Vec<String> {
    let text = read(path);
    let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display();
    let folder = path.parent().unwrap_or(path);
    links(&text)
        .into_iter()
        .filter(|(_, target)| !leads_somewhere(path, folder, target))
        .map(|(line, target)| format!("{shown}:{line}: nothing is at `{target}`"))
        .collect()
}

fn leads_somewhere(path: &Path, folder: &Path, target: &str) -> bool {
    if target.contains("://") {
        return true;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { path.to_owned() } else { folder.join(file) };
    file.exists() && (heading.is_empty() || prose(&read(&file)).any(|(_, line)| is_heading(line, heading)))
}

fn is_heading(line: &str, wanted: &str) -> bool {
    line.starts_with('#') && anchor(line) == wanted
}

/// The anchor of a heading: its letters in lower case, spaces as `-`, other signs left out.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter.to_ascii_lowercase() })
        .collect()
}

/// The targets of `[text](target)` with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    prose(text)
        .flat_map(|(number, line)| {
            line.split("](").skip(1).filter_map(move |rest| Some((number, rest.split_once(')')?.0)))
        })
        .collect()
}

/// The numbered lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        (!in_code && !is_fence).then_some((index + 1, line))
    })
}

/// The Markdown files of the project, sorted.
fn markdown_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ignore::WalkBuilder::new(env!("CARGO_MANIFEST_DIR"))
        .build()
        .flatten()
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
