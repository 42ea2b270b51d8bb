//! The flat list of lines that the grammar gives, made into the tree: blocks are matched here, and comments, blank
//! lines and attributes go to the statement that they belong to.

use pest::iterators::{Pair, Pairs};

use super::{Context, Rule, children, declaration, is_line_end, later, literal, mistake, rule};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Attribute, Block, Comment, File, Item, Namespace, Statement, Trivia};

/// The tree of a file from the pairs of [`Rule::file`].
pub(super) fn file(context: &mut Context, pairs: Pairs<'_, Rule>) -> File {
    let mut outer: Vec<(Opening, Level)> = Vec::new();
    let mut level = Level::default();
    for line in pairs.flat_map(Pair::into_inner) {
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
            Rule::namespace_open => {
                let opening = Opening::new(context, &mut level, line);
                outer.push((opening, std::mem::take(&mut level)));
            }
            Rule::namespace_close => {
                let close = context.span(&line);
                match outer.pop() {
                    Some((opening, mut around)) => {
                        let block = level.end(context);
                        around.items.push(opening.close(block, close));
                        level = around;
                    }
                    None => context.diagnostics.push(nothing_to_close(close)),
                }
            }
            _ => {
                let item = item(context, &mut level, line);
                level.items.push(item);
            }
        }
    }
    while let Some((opening, mut around)) = outer.pop() {
        let diagnostic = never_closed(context, &opening, &level.items);
        context.diagnostics.push(diagnostic);
        let block = level.end(context);
        around.items.push(opening.close(block, opening_span_end(context)));
        level = around;
    }
    let Block { items, trailing } = level.end(context);
    File { source: context.source, items, trailing }
}

/// The statements of one block, or of the file, read so far.
#[derive(Default)]
struct Level {
    items: Vec<Item>,
    /// What waits for the next statement.
    leading: Vec<Trivia>,
    attributes: Vec<(Attribute, Span)>,
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

/// `namespace shop {`, waiting for its `}`.
struct Opening {
    name: Spanned<smol_str::SmolStr>,
    leading: Vec<Trivia>,
    attributes: Vec<Attribute>,
    inner: Vec<Comment>,
    span: Span,
}

impl Opening {
    fn new(context: &mut Context, level: &mut Level, line: Pair<'_, Rule>) -> Self {
        let (leading, attributes, span) = take_waiting(level, context.span(&line));
        let name = declaration::block_name(context, line);
        Self { name, leading, attributes, inner: Vec::new(), span }
    }

    fn close(self, block: Block, close: Span) -> Item {
        Item {
            leading: self.leading,
            attributes: self.attributes,
            statement: Statement::Namespace(Namespace { name: self.name, block: Some(block) }),
            inner: self.inner,
            trailing: None,
            span: self.span.merge(close),
        }
    }
}

fn opening_span_end(context: &Context) -> Span {
    Span::new(context.source, context.text.len(), context.text.len())
}

/// What waits for the statement at `span`, and the span with its attributes.
fn take_waiting(level: &mut Level, span: Span) -> (Vec<Trivia>, Vec<Attribute>, Span) {
    let span = level.attributes.first().map_or(span, |(_, first)| first.merge(span));
    let attributes = level.attributes.drain(..).map(|(attribute, _)| attribute).collect();
    (std::mem::take(&mut level.leading), attributes, span)
}

fn item(context: &mut Context, level: &mut Level, line: Pair<'_, Rule>) -> Item {
    let (leading, attributes, span) = take_waiting(level, context.span(&line));
    let text_is_kept = matches!(line.as_rule(), Rule::bad | Rule::unsupported);
    let inner = if text_is_kept { Vec::new() } else { inner_comments(context, &line) };
    Item { leading, attributes, statement: statement(context, line), inner, trailing: None, span }
}

fn inner_comments(context: &Context, line: &Pair<'_, Rule>) -> Vec<Comment> {
    if !line.as_str().contains('#') {
        return Vec::new();
    }
    let comments = line.clone().into_inner().flatten().filter(|pair| pair.as_rule() == Rule::comment);
    comments.map(|pair| context.comment(&pair)).collect()
}

fn statement(context: &mut Context, line: Pair<'_, Rule>) -> Statement {
    match line.as_rule() {
        Rule::rule => Statement::Rule(rule::rule(context, line)),
        Rule::unsupported => {
            let text = Spanned::new(line.as_str().trim_end().to_owned(), context.span(&line));
            context.diagnostics.push(later::statement(context, line));
            Statement::Unsupported(text)
        }
        Rule::bad => {
            let text = Spanned::new(line.as_str().trim_end().to_owned(), context.span(&line));
            context.diagnostics.push(mistake::diagnose(context, text.span));
            Statement::Bad(text)
        }
        _ => declaration::declaration(context, line),
    }
}

fn attribute(context: &mut Context, line: Pair<'_, Rule>) -> Attribute {
    let span = context.span(&line);
    let nothing = || Spanned::new(smol_str::SmolStr::default(), span);
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
            item.trailing = Some(comment);
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

fn nothing_to_close(close: Span) -> Diagnostic {
    Diagnostic::new(code::SYNTAX_ERROR, "this `}` closes nothing", close, "no block is open here")
        .note("remove it, or open the block above with `namespace NAME {`")
}

fn never_closed(context: &Context, opening: &Opening, items: &[Item]) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        code::SYNTAX_ERROR,
        format!("the block of namespace `{}` is never closed", opening.name.node),
        opening.span,
        "opened here",
    );
    match items.iter().find_map(|item| taken_brace(context, item)) {
        Some((open, close)) => diagnostic
            .label(open, "this brace takes the `}` below for its own")
            .label(close, "meant for the namespace, by its indent")
            .note("write `}` on a line of its own behind the last operation"),
        None => diagnostic.note("write `}` on a line of its own behind its last statement"),
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
