//! Asking a node for a type.

use std::fmt::Write as _;

use meshward::diagnostic::{Diagnostic, code, render_human};
use meshward::source::SourceMap;
use meshward::yaml::{self, Node};

/// The sole node of a text, read by `ask`: its value, or what is said.
fn ask<T: std::fmt::Debug>(text: &str, read: impl Fn(&Node) -> Result<T, Diagnostic>) -> String {
    let mut sources = SourceMap::default();
    let source = sources.add("input.yaml", text);
    let (documents, _) = yaml::read(source, text);
    match read(&documents[0]) {
        Ok(value) => format!("{value:?}\n"),
        Err(diagnostic) => render_human(&sources, &[diagnostic], false),
    }
}

#[test]
fn strings() {
    let mut report = String::new();
    for text in
        ["a", "'no'", "\"1\"", "!!str no", "2024-01-01", "no", "On", "0o10", "1.50", "1e3", ".inf", "[a]"]
    {
        write!(report, "──── {text}\n{}", ask(text, |node| yaml::string(node, code::INVALID_MANIFEST)))
            .unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn numbers_and_booleans() {
    let mut report = String::new();
    for text in ["80", "0x50", "0", "65536", "-1", "1e3", "'80'", "http", "{}"] {
        write!(report, "──── port {text}\n{}", ask(text, |node| yaml::port(node, code::INVALID_MANIFEST)))
            .unwrap();
    }
    for text in ["-5", "1_000", "1.5", "yes"] {
        write!(
            report,
            "──── number {text}\n{}",
            ask(text, |node| yaml::integer(node, code::INVALID_MANIFEST))
        )
        .unwrap();
    }
    for text in ["true", "Off", "'true'", "1", "maybe"] {
        write!(
            report,
            "──── boolean {text}\n{}",
            ask(text, |node| yaml::boolean(node, code::INVALID_MANIFEST))
        )
        .unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn keys() {
    let mut report = String::new();
    for text in
        ["a: 1", "'on': 1", "on: 1", "80: 1", "010: 1", "1.10: 1", "~: 1", "app.kubernetes.io/name: 1"]
    {
        let first = |node: &Node| yaml::key(&node.as_mapping().unwrap().entries[0].0);
        write!(report, "──── {text}\n{}", ask(text, first)).unwrap();
    }
    insta::assert_snapshot!(report);
}
