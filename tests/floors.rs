//! Keeps the house as `ARCHITECTURE.md` draws it: imports go down only, each file says what it is and stays
//! short enough to read, each dependency says why it is there.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of each floor, from the ground up. A module may use those of the floors below its own.
const FLOORS: &[&[&str]] = &[
    &["source"],
    &["diagnostic", "yaml"],
    &["access", "graph", "policy", "project", "syntax"],
    &["check"],
    &["istio", "lint"],
    &["bundle", "diff", "guarantee", "query", "verify"],
    // The others are functions that `lib.rs` hands out.
    &[
        "beside",
        "compile",
        "emit",
        "lib",
        "prove",
        "test",
        "understand",
        "world",
        "world_around",
        "world_of_manifests",
    ],
    &["cli", "main"],
];

/// Imports within a floor that are meant: who, whom, why.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("compile", "beside", "one stage of the pipeline is longer than its screen"),
    ("diff", "query", "two worlds are compared by what each of them answers"),
    ("graph", "project", "the project file says which files the graph is built from"),
    ("main", "cli", "the program is its commands"),
    ("project", "graph", "descriptions of endpoints are listed by `graph::Key`"),
    ("project", "policy", "what a project says about the mesh is a `policy::Mesh`"),
    ("yaml", "diagnostic", "a text that is not YAML is a diagnostic"),
];

/// The longest file that one still reads from top to bottom.
const MAX_LINES: usize = 500;

/// Longer files that are tables and are not read from top to bottom.
const TABLES: &[&str] = &["src/diagnostic/code.rs"];

#[test]
fn imports_go_down() {
    let complaints: Vec<String> =
        rust_files(&["src"]).iter().flat_map(|(path, text)| misplaced_imports(path, text)).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_file_says_what_it_is() {
    let silent: Vec<String> = rust_files(&["src", "tests", "benches"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| format!("{path}:1: opens with a `//!` of one to three sentences"))
        .collect();
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = rust_files(&["src"])
        .into_iter()
        .filter(|(path, _)| !TABLES.contains(&path.as_str()))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines; split it by noun before {MAX_LINES}"))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn each_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the package has a manifest");
    let mut section = "";
    let mut silent = Vec::new();
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && !line.trim().is_empty() && !line.contains('#') {
            silent.push(format!("Cargo.toml:{}: `{line}` needs a comment", number + 1));
        }
    }
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}

#[test]
fn an_import_that_goes_up_is_found() {
    check("src/source/map.rs", "use crate::check::Policy;", &["src/source/map.rs:1"]);
}

#[test]
fn an_import_that_goes_sideways_is_found() {
    check("src/lint/mod.rs", "\nfn f() -> crate::istio::Policy {}", &["src/lint/mod.rs:2"]);
}

#[test]
fn an_import_in_a_nested_group_is_found() {
    let text = "use crate::{\n    source::{Span, check},\n    lint::Lint,\n};";
    check("src/check/mod.rs", text, &["src/check/mod.rs:1"]);
}

#[test]
fn a_way_up_through_super_is_found() {
    check("src/graph/kube/pod.rs", "use super::super::super::policy::Rule;", &["src/graph/kube/pod.rs:1"]);
    check("src/graph/kube/pod.rs", "use super::super::model::Key;", &[]);
    check("src/compile.rs", "mod tests {\n    use super::super::cli::run;\n}", &["src/compile.rs:2"]);
}

#[test]
fn imports_that_go_down_or_to_an_agreed_neighbour_pass() {
    check("src/check/names.rs", "use crate::{graph::Key, source::Span};\nuse crate::check::Context;", &[]);
    check("src/project/model.rs", "use crate::graph::Key;", &[]);
    check("src/main.rs", "mod cli;\nfn main() { crate::cli::run(); }", &[]);
    check("src/cli/build.rs", "use meshward::compile::build;", &[]);
    check("src/source/map.rs", "// See crate::check for the rest.", &[]);
}

#[test]
fn a_module_without_a_floor_is_found() {
    check("src/utils.rs", "use crate::source::Span;", &["src/utils.rs:1"]);
    check("src/check/mod.rs", "use crate::utils::join;", &["src/check/mod.rs:1"]);
}

/// Checks a file as if it lay at `path`: complaints start with exactly these places.
#[track_caller]
fn check(path: &str, text: &str, places: &[&str]) {
    let complaints = misplaced_imports(path, text);
    let found: Vec<&str> = complaints.iter().map(|line| line.split(": ").next().unwrap_or(line)).collect();
    assert_eq!(found, places, "{complaints:?}");
}

/// One line for each import of `text` that does not go down, with its file and line.
fn misplaced_imports(path: &str, text: &str) -> Vec<String> {
    let from = module_of(path);
    let Some(own_floor) = floor_of(from) else {
        return vec![format!("{path}:1: `{from}` has no floor; give it one in tests/floors.rs")];
    };
    let code = without_comments(text);
    imported_modules(path, &code)
        .into_iter()
        .filter(|(_, to)| *to != from && !is_neighbour(from, to))
        .filter_map(|(offset, to)| {
            let line = code[..offset].matches('\n').count() + 1;
            match floor_of(to) {
                None => Some(format!("{path}:{line}: `{to}` has no floor; give it one in tests/floors.rs")),
                Some(floor) if floor < own_floor => None,
                Some(floor) => Some(format!(
                    "{path}:{line}: `{from}` on floor {own_floor} must not use `{to}` on floor {floor}"
                )),
            }
        })
        .collect()
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn is_neighbour(from: &str, to: &str) -> bool {
    NEIGHBOURS.iter().any(|(who, whom, _)| (*who, *whom) == (from, to))
}

/// The top module that a file of `src` belongs to: `graph` for `src/graph/kube/pod.rs`, `lib` for `src/lib.rs`.
fn module_of(path: &str) -> &str {
    let inside = path.trim_start_matches("src/");
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// How many modules stand above the items of a file: 1 for `src/graph/mod.rs`, 2 for `src/graph/model.rs`.
fn depth_of(path: &str) -> usize {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(inside, "lib" | "main") { 0 } else { inside.split('/').count() }
}

/// The top modules that a file names, each with the place where its path begins. `meshward::` is how the
/// program says `crate::` of the library. A `lib.rs` names its modules bare, and stands above them all.
fn imported_modules<'a>(path: &str, code: &'a str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for root in ["crate::", "meshward::"] {
        for (offset, _) in code.match_indices(root).filter(|(offset, _)| starts_a_path(code, *offset)) {
            found.extend(first_segments(&code[offset + root.len()..]).into_iter().map(|name| (offset, name)));
        }
    }
    for (offset, _) in code.match_indices("super::").filter(|(offset, _)| starts_a_path(code, *offset)) {
        let rest = code[offset..].trim_start_matches("super::");
        let steps = (code.len() - offset - rest.len()) / "super::".len();
        let inline = usize::from(code[..offset].contains("mod tests {"));
        if steps == depth_of(path) + inline {
            found.extend(first_segments(rest).into_iter().map(|name| (offset, name)));
        }
    }
    // Items that `lib.rs` hands out by another name are on its own floor.
    found.retain(|(_, name)| name.starts_with(|letter: char| letter.is_ascii_lowercase()));
    found.sort_unstable();
    found
}

fn starts_a_path(code: &str, offset: usize) -> bool {
    !code[..offset].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
}

/// `graph` of `graph::Key`; `graph` and `source` of `{graph::Key, source::{Span, Spanned}}`.
fn first_segments(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![first_word(path)];
    };
    let mut depth = 0_usize;
    let mut begin = 0;
    let mut members = Vec::new();
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                members.push(first_word(group[begin..at].trim_start()));
                begin = at + 1;
                if letter == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    members
}

fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

/// The text with line comments replaced by nothing; line numbers stay.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("").to_owned() + "\n").collect()
}

/// Every `.rs` file below these folders with its path from the root of the package, sorted.
fn rust_files(folders: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in folders {
        collect_rust_files(&root().join(folder), &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(&path).expect("a source file is UTF-8"))
        })
        .collect()
}

fn collect_rust_files(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        // Cargo marks the folder that it writes where it is run inside `tests/conformance`.
        let is_built = path.join("CACHEDIR.TAG").exists();
        if path.is_dir() && !is_built {
            collect_rust_files(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
