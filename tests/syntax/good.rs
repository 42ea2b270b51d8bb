//! Good files, each beside its canonical layout and what the parser made of it.

use std::fmt::Write as _;
use std::sync::Arc;

use meshward::source::SourceId;
use meshward::syntax::ast::{Item, Statement, Trivia};
use meshward::syntax::{parse, print, print_statement_line, stdlib};

#[test]
fn layout_of_good_files() {
    insta::glob!("good/*.ward", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let (file, diagnostics) = parse(SourceId(0), &text);
        assert_eq!(diagnostics, [], "{}", path.display());
        let mut summary = String::new();
        outline(&mut summary, &file.items, 0);
        let result = format!("{}\n──\n{summary}", print(&file));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "good" }, {
            insta::assert_snapshot!(result);
        });
    });
}

/// One line per statement: what it is, how much it holds, and its text on one line.
fn outline(text: &mut String, items: &[Arc<Item>], depth: usize) {
    for item in items {
        let comments = item.leading.iter().filter(|trivia| **trivia != Trivia::BlankLine).count()
            + item.inner.len()
            + usize::from(item.trailing.is_some());
        let what = match &item.statement {
            Statement::Bad(_) => "bad".to_owned(),
            Statement::Case(case) => format!(
                "case {}-{} -> {}, {:?}",
                case.sources.len(),
                case.except.len(),
                case.targets.len(),
                case.expected.node
            ),
            Statement::Group(group) => format!("group of {}", group.members.len()),
            Statement::Guarantee(guarantee) => format!(
                "{:?} {}-{} -> {}, {} on the way, {} operations, {} clauses",
                guarantee.promise.node,
                guarantee.sources.len(),
                guarantee.except.len(),
                guarantee.targets.len(),
                guarantee.via.len(),
                guarantee.operations.len(),
                guarantee.clauses.len()
            ),
            Statement::Methods(methods) => format!("{} methods", methods.methods.len()),
            Statement::Mtls(mtls) => format!("mtls, {} clauses", mtls.clauses.len()),
            Statement::Namespace(_) => "namespace".to_owned(),
            Statement::Network(network) => format!("network of {}", network.blocks.len()),
            Statement::Open(open) => format!("open, {} clauses", open.clauses.len()),
            Statement::Rule(rule) => format!(
                "rule {}-{} -> {}, {} operations, {} clauses",
                rule.sources.len(),
                rule.except.len(),
                rule.targets.len(),
                rule.operations.len(),
                rule.clauses.len()
            ),
            Statement::Test(_) => "test".to_owned(),
            Statement::Unsupported(_) => "unsupported".to_owned(),
            Statement::Use(_) => "use".to_owned(),
        };
        let line = print_statement_line(item);
        let _ = writeln!(text, "{:depth$}{what}, {comments} comments: {line}", "");
        if let Some(doc) = item.doc() {
            let _ = writeln!(text, "{:depth$}  doc: {doc:?}", "");
        }
        let block = match &item.statement {
            Statement::Namespace(namespace) => namespace.block.as_ref(),
            Statement::Test(test) => Some(&test.block),
            _ => None,
        };
        if let Some(block) = block {
            outline(text, &block.items, depth + 2);
        }
    }
}

#[track_caller]
fn prints(text: &str, expected: &str) {
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(diagnostics, []);
    assert_eq!(print(&file), expected);
}

#[test]
fn white_space_is_free_between_tokens() {
    prints("  allow\ta,b->c:80   GET   /x\r\n", "allow a, b -> c:80 GET /x\n");
}

#[test]
fn nothing_is_an_empty_file() {
    prints("", "");
    prints(" \n\n\t\n", "");
}

#[test]
fn names_are_quoted_where_they_would_be_keywords() {
    prints("allow \"test\" -> \"api.v2\", \"plain\"", "allow \"test\" -> \"api.v2\", plain\n");
    prints("allow \"shop\"/\"test\" -> shop/allow", "allow shop/test -> shop/allow\n");
    prints("mtls strict \"in\"", "mtls strict \"in\"\n");
}

#[test]
fn paths_end_where_they_must() {
    prints("namespace x { allow a -> b /x/{id} }", "namespace x {\n  allow a -> b /x/{id}\n}\n");
    prints("allow a -> b GET /a#b # comment", "allow a -> b GET /a#b  # comment\n");
    prints("allow a -> b GET \"/a,b\", \"/a\"", "allow a -> b GET \"/a,b\", /a\n");
    prints("allow a -> payments /admin", "allow a -> payments /admin\n");
}

#[test]
fn the_standard_library_is_in_its_canonical_layout() {
    for (name, text) in stdlib::MODULES {
        prints(text, text);
        assert_eq!(stdlib::find(name), Some(text));
    }
    assert_eq!(stdlib::find("std/nothing"), None);
}
