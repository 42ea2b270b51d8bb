//! Keeps the Markdown of the project true: a link leads somewhere, a policy can be read, and what the program is said to
//! print is what it prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use meshward::source::SourceMap;
use meshward::syntax;

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

#[test]
fn each_policy_of_the_manual_can_be_read() {
    let mut read_so_far = 0;
    for path in manual() {
        let text = read(&path);
        for policy in blocks(&text, "ward") {
            let mut sources = SourceMap::default();
            let source = sources.add("main.ward", policy.as_str());
            let (_, found) = syntax::parse(source, &policy);
            assert!(found.is_empty(), "{}\n{policy}\n{found:#?}", path.display());
            read_so_far += 1;
        }
    }
    assert!(read_so_far > 0, "the manual shows policies");
}

#[test]
fn the_first_page_shows_the_bundle_of_the_quickstart() {
    let built = read(&root().join("examples/quickstart/deploy/istio/shop/payments-allow.yaml"));
    assert!(blocks(&read(&root().join("README.md")), "yaml").contains(&built), "{built}");
}

#[test]
fn the_first_page_shows_what_the_program_answers() {
    let page = read(&root().join("README.md"));
    let question = "marketing-api -> payments DELETE /api/v1/users/42";
    let arguments = ["-C", "examples/quickstart", "can", question];
    let mut program = Command::new(env!("CARGO_BIN_EXE_meshward"));
    let output = program.args(arguments).current_dir(root()).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap().replace("examples/quickstart/", "");
    assert!(page.contains(&format!("$ meshward can '{question}'\n{answer}```")), "{answer}");
}

#[test]
fn the_first_page_lists_each_command() {
    let page = read(&root().join("README.md"));
    let output = Command::new(env!("CARGO_BIN_EXE_meshward")).arg("-h").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A line that goes on with the one above it is indented further.
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    assert!(commands.contains(&"build"), "{help}");
    for command in commands {
        assert!(page.contains(&format!("\n| `meshward {command}")), "`{command}` is missing");
    }
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

/// The code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("\n```{language}\n");
    let parts = text.split(opening.as_str()).skip(1);
    parts.filter_map(|part| Some(part.split_once("```")?.0.to_owned())).collect()
}

/// The pages for users; those of the diagnostics have tests of their own.
fn manual() -> Vec<PathBuf> {
    let is_page =
        |path: &PathBuf| path.parent() == Some(&root().join("docs")) || *path == root().join("README.md");
    markdown_files().into_iter().filter(is_page).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
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
