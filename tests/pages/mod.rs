//! The pages of `docs/diagnostics/`: each known code has one, with a wrong and a right example, and the
//! examples do what the pages say.

mod examples;
mod existing;
mod page;

use std::collections::BTreeSet;
use std::path::Path;

use meshward::diagnostic::{Code, Level, code};

use page::Page;

/// Each diagnostic has four places under one number: the constant, the page, the wrong example and the right
/// one. The lists are compared as sets, so that the message names what is missing.
#[test]
fn each_code_has_a_page_with_a_wrong_and_a_right_example() {
    let constants = ids(code::ALL.iter().map(|code| code.id()));
    let files = page_files();
    let wrong = ids(code::ALL.iter().filter(|code| !page(**code).wrong.is_empty()).map(|code| code.id()));
    let right = ids(code::ALL.iter().filter(|code| !page(**code).right.is_empty()).map(|code| code.id()));
    assert_eq!(constants.len(), code::ALL.len(), "a number is used twice");
    assert_eq!(constants, files, "constants against files of docs/diagnostics");
    assert_eq!(constants, wrong, "constants against pages with a wrong example");
    assert_eq!(constants, right, "constants against pages with a right example");
}

#[test]
fn codes_are_sorted_and_names_are_unique() {
    assert!(code::ALL.is_sorted_by(|a, b| a.id() < b.id()), "code::ALL is sorted by number");
    let names: BTreeSet<&str> = code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), code::ALL.len(), "a name is used twice");
}

#[test]
fn each_page_is_headed_by_its_code_name_and_level() {
    for code in code::ALL {
        let page = page(*code);
        assert_eq!(page.id, code.id(), "the number in the title");
        assert!(!page.title.is_empty(), "{}: a title behind the number", code.id());
        assert_eq!(page.name, code.name(), "{}: the line `Name:`", code.id());
        let level = code.is_lint().then(|| level_name(code.default_level()));
        assert_eq!(page.level, level, "{}: the line `Level:`, of lints only", code.id());
        assert!(page.prose.contains('.'), "{}: sentences that explain it", code.id());
    }
}

/// A page is read in a terminal, where a wrapped line hides what the example shows.
#[test]
fn each_page_fits_a_terminal_of_80_columns() {
    for code in code::ALL {
        for line in code.page().lines() {
            assert!(line.chars().count() <= 80, "{}: too wide: {line}", code.id());
        }
    }
}

/// Two sides that differ by nothing would teach nothing.
#[test]
fn the_right_example_differs_from_the_wrong_one() {
    for code in code::ALL {
        let page = page(*code);
        assert_ne!(page.wrong, page.right, "{}", code.id());
    }
}

fn page(code: Code) -> Page {
    Page::parse(code.page()).unwrap_or_else(|reason| panic!("docs/diagnostics/{}.md: {reason}", code.id()))
}

fn ids<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    ids.map(str::to_owned).collect()
}

fn page_files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics");
    std::fs::read_dir(folder)
        .expect("docs/diagnostics is part of the package")
        .map(|entry| entry.expect("a folder that can be listed").path())
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect()
}

fn level_name(level: Level) -> String {
    match level {
        Level::Allow => "allow",
        Level::Warn => "warn",
        Level::Deny => "deny",
    }
    .to_owned()
}
