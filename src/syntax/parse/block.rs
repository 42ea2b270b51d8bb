//! Blocks that are open while their lines are read: a namespace or a test, and what can go wrong with their braces.

use std::sync::Arc;

use pest::iterators::Pair;
use thin_vec::ThinVec;

use super::{Context, Rule, declaration, guarantee, is_line_end};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Attribute, Block, Comment, Item, Namespace, Statement, Test, Trivia};
use crate::syntax::keyword;

/// `namespace shop {` or `test "…" {`, waiting for its `}`.
pub(super) struct Opening {
    head: Head,
    leading: ThinVec<Trivia>,
    attributes: ThinVec<Attribute>,
    /// Comments behind the brace.
    pub(super) inner: ThinVec<Comment>,
    /// From the first attribute or word to the brace.
    pub(super) span: Span,
}

enum Head {
    Namespace(Spanned<crate::source::Symbol>),
    Test(Spanned<String>),
}

impl Opening {
    /// The opening at `line`, with what stands above it.
    pub(super) fn new(
        context: &mut Context,
        line: Pair<'_, Rule>,
        leading: ThinVec<Trivia>,
        attributes: ThinVec<Attribute>,
        span: Span,
    ) -> Self {
        let head = if line.as_rule() == Rule::test_open {
            Head::Test(guarantee::test_name(context, line))
        } else {
            Head::Namespace(declaration::block_name(context, line))
        };
        Self { head, leading, attributes, inner: ThinVec::new(), span }
    }

    /// Whether its lines are those of a test.
    pub(super) fn is_test(&self) -> bool {
        match self.head {
            Head::Namespace(_) => false,
            Head::Test(_) => true,
        }
    }

    /// Whether `line` is a statement, or was meant as one, where only lines of a test can stand.
    pub(super) fn is_interrupted_by(&self, line: &Pair<'_, Rule>) -> bool {
        self.is_test()
            && match line.as_rule() {
                Rule::EOI
                | Rule::attribute
                | Rule::blank_line
                | Rule::block_close
                | Rule::case
                | Rule::comment => false,
                Rule::bad => {
                    let head = line.as_str().split_whitespace().next().unwrap_or_default();
                    keyword::STATEMENT_HEADS.contains(&head)
                }
                _ => true,
            }
    }

    /// The statement that it has become at the `}` at `close`.
    pub(super) fn close(self, block: Block, close: Span) -> Item {
        let statement = match self.head {
            Head::Namespace(name) => Statement::Namespace(Namespace { name, block: Some(block) }),
            Head::Test(name) => Statement::Test(Test { name, block }),
        };
        Item {
            leading: self.leading,
            attributes: self.attributes,
            statement,
            inner: self.inner,
            trailing: None,
            span: self.span.merge(close),
        }
    }

    /// As a message calls it.
    fn shown(&self) -> String {
        match &self.head {
            Head::Namespace(name) => format!("the block of namespace `{}`", name.node),
            Head::Test(name) => format!("the test `{}`", name.node),
        }
    }
}

/// A `}` where no block is open.
pub(super) fn nothing_to_close(close: Span) -> Diagnostic {
    Diagnostic::new(code::SYNTAX_ERROR, "this `}` closes nothing", close, "no block is open here")
        .note("remove it, or open the block above with `namespace NAME {`")
}

/// A block that the file ends in; `items` are the statements in it.
pub(super) fn never_closed(context: &Context, opening: &Opening, items: &[Arc<Item>]) -> Diagnostic {
    let message = format!("{} is never closed", opening.shown());
    let diagnostic = Diagnostic::new(code::SYNTAX_ERROR, message, opening.span, "opened here");
    match items.iter().find_map(|item| taken_brace(context, item)) {
        Some((open, close)) => diagnostic
            .label(open, "this brace takes the `}` below for its own")
            .label(close, "meant for the namespace, by its indent")
            .note("write `}` on a line of its own behind the last operation"),
        None => diagnostic.note(match opening.head {
            Head::Namespace(_) => "write `}` on a line of its own behind its last statement",
            Head::Test(_) => "write `}` on a line of its own behind its last line",
        }),
    }
}

/// The braces of operations that close further to the left than their statement starts: a `}` is missing, and the
/// one of the block around took its place.
fn taken_brace(context: &Context, item: &Item) -> Option<(Span, Span)> {
    let text = &context.text[item.span.range()];
    let lines = text.trim_end().strip_suffix('}')?;
    let indent = &lines[lines.rfind(is_line_end)? + 1..];
    let before = &context.text[..item.span.start as usize];
    let own_indent = before.len() - before.rfind(is_line_end).map_or(0, |at| at + 1);
    let is_taken = indent.trim().is_empty() && indent.len() < own_indent;
    let at = |offset: usize| {
        let start = item.span.start as usize + offset;
        Span::new(context.source, start, start + 1)
    };
    is_taken.then_some((at(text.find(" {")? + 1), at(lines.len())))
}

/// A statement inside a test: nearly always the `}` is missing above it.
pub(super) fn statement_in_test(span: Span, opening: &Opening) -> Diagnostic {
    let message = format!("{} is not closed before this statement", opening.shown());
    Diagnostic::new(code::SYNTAX_ERROR, message, span, "can not stand in a test")
        .label(opening.span, "opened here")
        .note("write `}` on a line of its own behind the last line of the test")
}
