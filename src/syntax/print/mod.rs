//! Tree to text, in the one canonical layout: two spaces of indentation, lines of at most 120 characters where
//! the language lets them break, comments where they were.

mod statement;
mod word;
mod writer;

use std::sync::Arc;

use super::ast::{Attribute, Block, Comment, File, Item, Statement, Trivia};
use writer::Writer;

/// The text of a file. Reading it again gives the same tree, printing that again the same text.
///
/// ```text
/// allow   orders,checkout->payments   GET /a     becomes
/// allow orders, checkout -> payments GET /a
/// ```
pub fn print(file: &File) -> String {
    let mut writer = Writer::lines();
    items(&mut writer, &file.items);
    trivia(&mut writer, &file.trailing, file.items.is_empty());
    writer.finish()
}

/// A statement on one line, without attributes and comments. It is for people: the operations of a block are
/// separated by `;`, which the language itself has not.
pub fn print_statement_line(item: &Item) -> String {
    let mut writer = Writer::one_line(item.span.range().len());
    match &item.statement {
        Statement::Namespace(namespace) if namespace.block.is_some() => {
            statement::namespace_head(&mut writer, namespace);
            writer.word(" { … }");
        }
        Statement::Test(test) => {
            statement::test_head(&mut writer, test);
            writer.word(" { … }");
        }
        Statement::Bad(text) | Statement::Unsupported(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            writer.word(&words.join(" "));
        }
        other => statement::statement(&mut writer, other),
    }
    writer.finish()
}

fn items<'a>(writer: &mut Writer<'a>, items: &'a [Arc<Item>]) {
    for (index, item) in items.iter().enumerate() {
        trivia(writer, &item.leading, index == 0);
        for attribute in &item.attributes {
            print_attribute(writer, attribute);
        }
        match &item.statement {
            Statement::Namespace(namespace) => match &namespace.block {
                Some(inside) => {
                    statement::namespace_head(writer, namespace);
                    block(writer, inside, &item.inner);
                }
                None => writer.statement(&item.inner, |writer| statement::namespace_head(writer, namespace)),
            },
            Statement::Test(test) => {
                statement::test_head(writer, test);
                block(writer, &test.block, &item.inner);
            }
            Statement::Bad(text) | Statement::Unsupported(text) => writer.verbatim(text),
            Statement::Guarantee(guarantee) if guarantee.braces => {
                writer.broken_statement(&item.inner, |writer| statement::guarantee(writer, guarantee));
            }
            Statement::Rule(rule) if rule.braces => {
                writer.broken_statement(&item.inner, |writer| statement::rule(writer, rule));
            }
            Statement::Rule(rule) => {
                writer.statement(&item.inner, |writer| statement::rule(writer, rule));
            }
            Statement::Case(_)
            | Statement::Group(_)
            | Statement::Guarantee(_)
            | Statement::Methods(_)
            | Statement::Mtls(_)
            | Statement::Network(_)
            | Statement::Open(_)
            | Statement::Use(_) => {
                writer.statement(&item.inner, |writer| statement::statement(writer, &item.statement));
            }
        }
        if let Some(comment) = &item.trailing {
            writer.comment_behind(comment);
        }
        writer.new_line();
    }
}

fn block<'a>(writer: &mut Writer<'a>, block: &'a Block, behind_brace: &'a [Comment]) {
    writer.word(" {");
    if let Some(comment) = behind_brace.first() {
        writer.comment_behind(comment);
    }
    writer.new_line();
    writer.indent();
    for comment in behind_brace.iter().skip(1) {
        writer.comment_line(comment);
    }
    items(writer, &block.items);
    trivia(writer, &block.trailing, block.items.is_empty());
    writer.outdent();
    writer.word("}");
}

/// Blank lines at the start of a block separate nothing.
fn trivia(writer: &mut Writer, trivia: &[Trivia], at_start: bool) {
    for (index, one) in trivia.iter().enumerate() {
        match one {
            Trivia::BlankLine if at_start && index == 0 => {}
            Trivia::BlankLine => writer.new_line(),
            Trivia::Comment(comment) => writer.comment_line(comment),
        }
    }
}

fn print_attribute(writer: &mut Writer, attribute: &Attribute) {
    let Attribute { name, lint, reason } = attribute;
    writer.word(&format!("@{}({}, {})", name.node, lint.node, word::quote(reason)));
    writer.new_line();
}
