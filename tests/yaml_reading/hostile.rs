//! Texts that are made to break a reader, and those that nobody made.

use std::fmt::Write as _;

use meshward::diagnostic::code;
use meshward::source::{DiskLoader, Loader, SourceMap};
use meshward::yaml::{self, MAX_NESTING, Node, Value};
use proptest::prelude::*;

use super::{messages, read};
use crate::corpus;

#[test]
fn a_billion_laughs_end_in_an_error() {
    let mut text = String::from("a0: &a0 [lol]\n");
    for level in 1..30 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
    }
    insta::assert_snapshot!(messages(&text));
}

#[test]
fn aliases_that_nest_deeper_and_deeper_end_in_an_error() {
    let mut text = String::from("a0: &a0 [lol]\n");
    for level in 1..1000 {
        writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let (documents, diagnostics) = read(&text);
    assert_eq!((documents.len(), diagnostics.len()), (0, 1));
    assert!(diagnostics[0].message.contains("128 levels"), "{}", diagnostics[0].message);
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let deep = 100_000;
    let block = (0..1000).map(|level| " ".repeat(level) + "a:\n").collect::<String>();
    let texts = ["[".repeat(deep), "{a: ".repeat(deep), "- ".repeat(deep), "? ".repeat(deep), block];
    for text in texts {
        let (documents, diagnostics) = read(&text);
        assert_eq!(documents.len(), 0);
        assert_eq!(diagnostics[0].code, code::YAML_SYNTAX);
        assert!(diagnostics[0].message.contains("128 levels"), "{}", diagnostics[0].message);
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let fits = format!("{}x{}", "[".repeat(MAX_NESTING), "]".repeat(MAX_NESTING));
    assert_eq!(read(&fits).1, []);
    let mixed = format!("{}{fits}", "- ".repeat(MAX_NESTING));
    assert_eq!(read(&mixed).1.len(), 1);
}

#[test]
fn a_document_with_an_error_does_not_hide_the_others() {
    let (documents, diagnostics) = read("a: 1\n---\nb: [1\n---\nc: 3\n---\nd: e: f\n---\ng: 4\n");
    let kept: Vec<_> = documents.iter().flat_map(|node| &node.as_mapping().unwrap().entries).collect();
    let keys: Vec<_> = kept.iter().map(|(key, _)| key.node.as_str()).collect();
    assert_eq!((keys, diagnostics.len()), (vec!["a", "c", "g"], 2));
}

#[test]
fn anchors_end_with_their_document() {
    assert_eq!(read("a: &x 1\n---\nb: *x\n").1.len(), 1);
}

#[test]
fn every_place_of_the_corpus_holds_its_text() {
    let Some(corpus) = corpus::folder() else {
        return;
    };
    let mut scalars = 0;
    for path in DiskLoader.walk(&corpus, &["json", "yaml", "yml"]).unwrap() {
        let Ok(text) = DiskLoader.read(&path) else {
            continue;
        };
        let mut sources = SourceMap::default();
        let source = sources.add(path.to_string_lossy().as_ref(), text.as_str());
        let (documents, _) = yaml::read(source, &text);
        for document in &documents {
            scalars += check_places(document, &sources);
        }
    }
    assert!(scalars > 100_000, "only {scalars} scalars were seen");
}

/// Checks that a plain scalar on one line is what its place holds, and that parts lie inside the whole unless
/// an alias brought them in; gives the number of scalars.
fn check_places(node: &Node, sources: &SourceMap) -> usize {
    match &node.value {
        Value::Scalar(scalar) => {
            let written = sources.text(node.span);
            if scalar.plain && !scalar.text.is_empty() && !written.contains('\n') {
                assert_eq!(written, scalar.text);
            }
            1
        }
        Value::Sequence(items) => items.iter().map(|item| check_places(item, sources)).sum(),
        Value::Mapping(mapping) => {
            mapping.entries.iter().map(|(_, value)| check_places(value, sources)).sum()
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        messages(&text);
    }

    #[test]
    fn no_text_like_yaml_makes_it_panic(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "a", "ü", ":", ": ", "- ", "-", "\n", "\r\n", "\n  ", "\t", "[", "]", "{", "}", ", ", "&x ", "*x",
                "!!str ", "|", ">-", "'", "\"", "\\", "#", " #", "---\n", "...\n", "<<: ", "? ", "%YAML", "\u{feff}",
                "{{", "\u{85}", "\u{2028}",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        let mut sources = SourceMap::default();
        let source = sources.add("input.yaml", text.as_str());
        for diagnostic in yaml::read(source, &text).1 {
            // A place that does not lie between characters would not be shown.
            prop_assert!(text.get(diagnostic.primary.span.range()).is_some());
        }
        messages(&text);
    }
}
