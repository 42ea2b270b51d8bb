//! The flat list of lines that the grammar gives, made into the tree: blocks are matched here, and comments, blank
//! lines and attributes go to the statement that they belong to.

use std::sync::Arc;

use pest::iterators::{Pair, Pairs};
use thin_vec::ThinVec;

use super::block::{Opening, never_closed, nothing_to_close, statement_in_test};
use super::{Context, Rule, children, declaration, guarantee, is_line_end, later, literal, mistake, rule};
use crate::diagnostic::{Diagnostic, MOST_OF_A_KIND, code};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Attribute, Block, Comment, File, Item, Statement, Trivia};

/// The tree of a file from the pairs of [`Rule::file`].
pub(super) fn file(context: &mut Context, pairs: Pairs<'_, Rule>) -> File {
    let mut outer: Vec<(Opening, Level)> = Vec::new();
    let mut level = Level::default();
    for line in pairs.flat_map(Pair::into_inner) {
        if outer.last().is_some_and(|(opening, _)| opening.is_interrupted_by(&line)) {
            interrupt(context, &mut outer, &mut level, &line);
        }
        match line.as_rule() {
            Rule::EOI => {}
            Rule::attribute => {
                let span = context.span(&line);
                level.leading.extend(inner_comments(context, &line).into_iter().map(Trivia::Comment));
                let attribute = attribute(context, line);
                level.attributes.push((attribute, span));
            }
            Rule::blank_line => level.blank_line(),
            Rule::comment => {
                let comment = context.comment(&line);
                place_comment(context, &mut outer, &mut level, comment);
            }
            Rule::namespace_open | Rule::test_open => {
                let (leading, attributes, span) = take_waiting(&mut level, context.span(&line));
                let opening = Opening::new(context, line, leading, attributes, span);
                outer.push((opening, std::mem::take(&mut level)));
            }
            Rule::block_close => {
                let close = context.span(&line);
                match outer.pop() {
                    Some((opening, mut around)) => {
                        let block = level.end(context);
                        around.items.push(Arc::new(opening.close(block, close)));
                        level = around;
                    }
                    None => context.diagnostics.push(nothing_to_close(close)),
                }
            }
            Rule::bad if is_counted(context) => {
                level.leading.clear();
                level.attributes.clear();
            }
            _ => {
                let in_test = outer.last().is_some_and(|(opening, _)| opening.is_test());
                let item = item(context, &mut level, &line, in_test);
                level.items.push(Arc::new(item));
            }
        }
    }
    while let Some((opening, mut around)) = outer.pop() {
        let diagnostic = never_closed(context, &opening, &level.items);
        context.diagnostics.push(diagnostic);
        let block = level.end(context);
        around.items.push(Arc::new(opening.close(block, opening_span_end(context))));
        level = around;
    }
    let Block { items, trailing } = level.end(context);
    File { source: context.source, items, trailing }
}

/// Closes a test whose `}` is missing, before a statement that can not stand in it. What waits there belongs to
/// that statement.
fn interrupt(
    context: &mut Context,
    outer: &mut Vec<(Opening, Level)>,
    level: &mut Level,
    line: &Pair<'_, Rule>,
) {
    let Some((opening, mut around)) = outer.pop() else { return };
    context.diagnostics.push(statement_in_test(context.span(line), &opening));
    around.leading = std::mem::take(&mut level.leading);
    around.attributes = std::mem::take(&mut level.attributes);
    let inside = std::mem::replace(level, around).end(context);
    let end = inside.items.last().map_or(opening.span, |item| item.span);
    level.items.push(Arc::new(opening.close(inside, end)));
}

/// The statements of one block, or of the file, read so far.
#[derive(Default)]
struct Level {
    items: ThinVec<Arc<Item>>,
    /// Whether the last line was one of a test, where no test is.
    stray: bool,
    /// What waits for the next statement.
    leading: ThinVec<Trivia>,
    attributes: ThinVec<(Attribute, Span)>,
}

impl Level {
    /// Blank lines separate: at the start of a block they have nothing to separate, and one is enough.
    fn blank_line(&mut self) {
        let at_start = self.items.is_empty() && self.leading.is_empty();
        if !at_start && self.leading.last() != Some(&Trivia::BlankLine) {
            self.leading.push(Trivia::BlankLine);
        }
    }

    fn end(mut self, context: &mut Context) -> Block {
        for (_, span) in self.attributes.drain(..) {
            context.diagnostics.push(
                Diagnostic::new(
                    code::SYNTAX_ERROR,
                    "no statement follows this attribute",
                    span,
                    "speaks about nothing",
                )
                .note("an attribute stands on the line above the statement that it speaks about"),
            );
        }
        if self.leading.last() == Some(&Trivia::BlankLine) {
            self.leading.pop();
        }
        self.items.shrink_to_fit();
        Block { items: self.items, trailing: self.leading }
    }
}

fn opening_span_end(context: &Context) -> Span {
    Span::new(context.source, context.text.len(), context.text.len())
}

/// What waits for the statement at `span`, and the span with its attributes.
fn take_waiting(level: &mut Level, span: Span) -> (ThinVec<Trivia>, ThinVec<Attribute>, Span) {
    let span = level.attributes.first().map_or(span, |(_, first)| first.merge(span));
    let attributes = level.attributes.drain(..).map(|(attribute, _)| attribute).collect();
    (std::mem::take(&mut level.leading), attributes, span)
}

fn item(context: &mut Context, level: &mut Level, line: &Pair<'_, Rule>, in_test: bool) -> Item {
    let is_stray = line.as_rule() == Rule::case && !in_test;
    if is_stray && !level.stray {
        context.diagnostics.push(mistake::case_outside(context.span(line)));
    }
    level.stray = is_stray;
    let (leading, attributes, span) = take_waiting(level, context.span(line));
    let statement =
        if is_stray { Statement::Bad(text_of(context, line)) } else { statement(context, line, in_test) };
    let text_is_kept = matches!(statement, Statement::Bad(_) | Statement::Unsupported(_));
    let inner = if text_is_kept { ThinVec::new() } else { inner_comments(context, line) };
    Item { leading, attributes, statement, inner, trailing: None, span }
}

fn text_of(context: &Context, line: &Pair<'_, Rule>) -> Spanned<String> {
    Spanned::new(line.as_str().trim_end().to_owned(), context.span(line))
}

fn inner_comments(context: &Context, line: &Pair<'_, Rule>) -> ThinVec<Comment> {
    if !line.as_str().contains('#') {
        return ThinVec::new();
    }
    let comments = line.clone().into_inner().flatten().filter(|pair| pair.as_rule() == Rule::comment);
    comments.map(|pair| context.comment(&pair)).collect()
}

fn statement(context: &mut Context, line: &Pair<'_, Rule>, in_test: bool) -> Statement {
    match line.as_rule() {
        Rule::rule => Statement::Rule(rule::rule(context, line.clone())),
        Rule::guarantee => Statement::Guarantee(guarantee::guarantee(context, line.clone())),
        Rule::case => guarantee::case(context, line.clone()),
        Rule::unsupported => {
            context.diagnostics.push(later::statement(context, line.clone()));
            Statement::Unsupported(text_of(context, line))
        }
        Rule::bad => {
            let text = text_of(context, line);
            bad(context, text.span, in_test);
            Statement::Bad(text)
        }
        _ => declaration::declaration(context, line.clone()),
    }
}

/// To find out what is wrong with a line takes longer than to read it, and to keep it takes memory, so of too many
/// the rest is counted.
fn is_counted(context: &mut Context) -> bool {
    let is_enough = context.diagnostics.len() >= MOST_OF_A_KIND;
    let last = context.diagnostics.last_mut().filter(|_| is_enough);
    last.map(|last| last.more += 1).is_some()
}

fn bad(context: &mut Context, span: Span, in_test: bool) {
    let diagnostic =
        if in_test { mistake::diagnose_case(context, span) } else { mistake::diagnose(context, span) };
    context.diagnostics.push(diagnostic);
}

fn attribute(context: &mut Context, line: Pair<'_, Rule>) -> Attribute {
    let span = context.span(&line);
    let nothing = || Spanned::new(crate::source::Symbol::default(), span);
    let mut attribute =
        Attribute { name: nothing(), lint: nothing(), reason: Spanned::new(String::new(), span) };
    for part in children(line) {
        let span = context.span(&part);
        match part.as_rule() {
            Rule::attribute_name => attribute.name = Spanned::new(part.as_str().into(), span),
            Rule::label => attribute.lint = Spanned::new(part.as_str().into(), span),
            _ => attribute.reason = Spanned::new(literal::string(context, part.as_str(), span), span),
        }
    }
    attribute
}

/// A comment belongs to the statement that ends on its line, else to the block that opens there, else to the
/// statement that follows.
fn place_comment(context: &Context, outer: &mut [(Opening, Level)], level: &mut Level, comment: Comment) {
    let on_line_of = |end: u32| {
        !comment.own_line && !context.text[end as usize..comment.span.start as usize].contains(is_line_end)
    };
    let nothing_waits = level.leading.is_empty() && level.attributes.is_empty();
    if let Some(item) = level.items.last_mut() {
        if nothing_waits && item.trailing.is_none() && on_line_of(item.span.end) {
            Arc::make_mut(item).trailing = Some(Box::new(comment));
            return;
        }
    } else if let Some((opening, _)) = outer.last_mut()
        && nothing_waits
        && on_line_of(opening.span.end)
    {
        opening.inner.push(comment);
        return;
    }
    level.leading.push(Trivia::Comment(comment));
}
