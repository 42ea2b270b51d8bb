//! Every node knows the bytes it was written with.

use meshward::source::SourceMap;
use meshward::yaml::{self, Node, Value};

/// Each node of the text, depth first, as the characters that its span covers.
fn covered(text: &str) -> Vec<String> {
    let mut sources = SourceMap::default();
    let source = sources.add("input.yaml", text);
    let (documents, diagnostics) = yaml::read(source, text);
    assert_eq!(diagnostics, []);
    let mut found = Vec::new();
    for document in &documents {
        visit(document, &mut |node| found.push(sources.text(node.span).to_owned()));
    }
    found
}

fn visit(node: &Node, see: &mut impl FnMut(&Node)) {
    see(node);
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|(_, value)| visit(value, see)),
    }
}

#[test]
fn quotes_belong_to_a_place_and_white_space_does_not() {
    assert_eq!(
        covered("a:   'x'  # why\nb: \"y\"\nc: z   \n"),
        ["a:   'x'  # why\nb: \"y\"\nc: z", "'x'", "\"y\"", "z"]
    );
}

#[test]
fn bytes_are_counted_where_characters_are_wider() {
    assert_eq!(covered("größe: é\n日本: [ü, 語]\n"), ["größe: é\n日本: [ü, 語]", "é", "[ü, 語]", "ü", "語"]);
}

#[test]
fn lines_may_end_in_carriage_return_and_newline() {
    assert_eq!(
        covered("a: 1\r\nb:\r\n  - x\r\n  - é\r\nc: 2\r\n"),
        ["a: 1\r\nb:\r\n  - x\r\n  - é\r\nc: 2", "1", "- x\r\n  - é", "x", "é", "2"]
    );
}

#[test]
fn an_absent_value_stands_at_its_key() {
    assert_eq!(covered("a:\nb: ~\n"), ["a:\nb: ~", "a", "~"]);
}

#[test]
fn a_block_ends_with_its_last_value() {
    assert_eq!(
        covered("a:\n  b:\n    c: 1\n\n\n# comment\nd: 2\n"),
        ["a:\n  b:\n    c: 1\n\n\n# comment\nd: 2", "b:\n    c: 1", "c: 1", "1", "2"]
    );
}

#[test]
fn an_alias_points_to_what_it_stands_for() {
    assert_eq!(covered("a: &x [1]\nb: *x\n"), ["a: &x [1]\nb: *x", "[1]", "1", "[1]", "1"]);
}
