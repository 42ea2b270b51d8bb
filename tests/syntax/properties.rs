//! What holds for every tree and for every text.

use meshward::diagnostic::code;
use meshward::source::SourceId;
use meshward::syntax::ast::{File, Statement};
use meshward::syntax::{parse, print, print_statement_line};
use proptest::prelude::*;

use super::generate;

fn read(text: &str) -> File {
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(diagnostics, [], "in:\n{text}");
    file
}

proptest! {
    #[test]
    fn a_printed_tree_reads_back_as_the_same(file in generate::file()) {
        let text = print(&file);
        prop_assert_eq!(&read(&text), &file, "in:\n{}", text);
    }

    #[test]
    fn printing_twice_changes_nothing(file in generate::file()) {
        let once = print(&file);
        prop_assert_eq!(print(&read(&once)), once);
    }

    #[test]
    fn a_statement_line_is_one_line(file in generate::file()) {
        for item in &file.items {
            prop_assert!(!print_statement_line(item).contains('\n'));
        }
    }

    #[test]
    fn line_ends_and_tabs_do_not_matter(file in generate::file()) {
        let text = print(&file);
        let windows = text.replace('\n', "\r\n");
        prop_assert_eq!(&read(&windows), &file);
        prop_assert_eq!(&read(&text.replace("\n  ", "\n\t")), &file);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s).{0,200}") {
        whatever_it_is(&text);
    }

    #[test]
    fn any_words_of_the_language_are_read_without_a_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60)
    ) {
        whatever_it_is(&words.concat());
    }

    #[test]
    fn a_policy_with_holes_is_read_without_a_panic(
        file in generate::file(), at in any::<prop::sample::Index>(), with in prop::sample::select(WORDS)
    ) {
        let mut text = print(&file);
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
        text.insert_str(places[at.index(places.len())], with);
        whatever_it_is(&text);
    }
}

const WORDS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    " ",
    " ",
    " ",
    "\t",
    "->",
    ",",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\\",
    "#",
    "@",
    "=",
    "/",
    "*",
    ":",
    "-",
    "a",
    "b-c",
    "shop/",
    "80",
    "GET",
    "/x",
    "/{id}",
    "allow",
    "deny",
    "except",
    "because",
    "until",
    "\"x\"",
    "use",
    "std/http",
    "namespace",
    "group",
    "network",
    "as",
    "client",
    "10.0.0.0/8",
    "methods",
    "mtls",
    "strict",
    "in",
    "open",
    "mesh",
    "anyone",
    "account",
    "@read",
    "grpc",
    "host",
    "with",
    "where",
    "only",
    "never",
    "reaches",
    "via",
    "allowed",
    "denied",
    "token",
    "test \"x\" {",
    "traffic",
    "jwt",
    "test",
    "template",
    "audit",
    "dry-run",
    "é",
    "→",
    "\u{a0}",
    "а",
    "\u{feff}",
    "“",
];

/// Spans lie in the text and on the borders of characters, and what is printed reads back to the same print.
fn whatever_it_is(text: &str) {
    let (file, diagnostics) = parse(SourceId(0), text);
    for diagnostic in &diagnostics {
        let labels = diagnostic.secondary.iter().map(|label| label.span);
        let fixes = diagnostic.fixes.iter().map(|fix| fix.span);
        for span in labels.chain(fixes).chain([diagnostic.primary.span]) {
            assert!(text.get(span.range()).is_some(), "{span:?} of {diagnostic:?} in {text:?}");
        }
    }
    let is_unread =
        |statement: &Statement| matches!(statement, Statement::Bad(_) | Statement::Unsupported(_));
    if file.items.iter().any(|item| is_unread(&item.statement)) {
        assert!(!diagnostics.is_empty(), "nothing is said about {text:?}");
    }
    let printed = print(&file);
    if diagnostics.is_empty() {
        let again = read(&printed);
        assert_eq!(again, file, "{text:?} printed as {printed:?}");
        assert_eq!(print(&again), printed, "{text:?}");
    }
}

#[test]
fn nesting_without_end_is_a_diagnostic() {
    let tests = [
        "namespace x {\n",
        "{",
        "{\n",
        "(",
        "[",
        "traffic x {\n",
        "traffic x {",
        "f(",
        "f(\n",
        "a {\n",
        "allow a -> b {\n",
        "where [",
        "allow a -> b where [\n",
        "/{(",
        "\"{",
        "@allow(",
        "test \"{",
        "test \"x\" {",
        "test \"x\" {\n",
        "test {\n",
        "a -> b token {",
        "only {",
        "{ # {\n",
    ];
    for open in tests {
        let (_, diagnostics) = parse(SourceId(0), &open.repeat(100_000));
        assert!(!diagnostics.is_empty(), "{open:?}");
    }
    let (file, diagnostics) = parse(SourceId(0), &"namespace x {\n".repeat(100_000));
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code, code::NESTING_TOO_DEEP);
    assert_eq!(file.items.len(), 1);
}

#[test]
fn nesting_that_is_deep_but_meant_is_read() {
    let text = "namespace x {\n".repeat(60) + "allow a -> b\n" + &"}\n".repeat(60);
    read(&text);
}

#[test]
fn brackets_that_open_nothing_do_not_nest() {
    let text = "allow a -> b /x/{id because \"{{{\" # {{{\n".repeat(1000);
    read(&text);
}
