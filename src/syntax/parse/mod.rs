//! Text to tree. Reading never fails: what can not be read becomes a `Bad` statement and a diagnostic, and the
//! lines around it are read all the same.

mod block;
mod declaration;
mod depth;
mod direction;
mod guarantee;
mod later;
mod lines;
mod literal;
mod mistake;
mod question;
mod rule;

use std::sync::Arc;

pub use question::question;

use pest::Parser as _;
use pest::iterators::Pair;
use thin_vec::{ThinVec, thin_vec};

use super::ast::{Comment, File, Item, Statement};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span, Spanned};

/// The parser that `grammar/ward.pest` describes.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/ward.pest"]
struct WardParser;

/// The tree of `text` and everything that is wrong with how it is written, in the order of the text.
///
/// ```text
/// allow orders -> payments GET /api/v1/users/*     an item with a rule
/// alow orders -> payments                          a bad item, and E0101 that points at `alow`
/// ```
pub fn parse(source: SourceId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut context = Context { source, text, diagnostics: Vec::new() };
    let file = if let Some(at) = depth::too_deep(text) {
        context.diagnostics.push(depth::diagnostic(source, at));
        unread(&context)
    } else if let Ok(pairs) = WardParser::parse(Rule::file, text) {
        lines::file(&mut context, pairs)
    } else {
        // The grammar has a line for every text, so this is out of reach unless the grammar is at fault.
        context.diagnostics.push(mistake::diagnose(&context, Span::new(source, 0, text.len())));
        unread(&context)
    };
    direction::check(source, text, &mut context.diagnostics);
    crate::diagnostic::sort(&mut context.diagnostics);
    (file, context.diagnostics)
}

/// The whole text as one statement that could not be read.
fn unread(context: &Context) -> File {
    let span = Span::new(context.source, 0, context.text.len());
    let item = Item {
        leading: ThinVec::new(),
        attributes: ThinVec::new(),
        statement: Statement::Bad(Spanned::new(context.text.to_owned(), span)),
        inner: ThinVec::new(),
        trailing: None,
        span,
    };
    File { source: context.source, items: thin_vec![Arc::new(item)], trailing: ThinVec::new() }
}

/// What reading a text needs to know, and what it has found wrong so far.
struct Context<'a> {
    source: SourceId,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    /// Where `pair` was written. Rules that end in something optional take the white space before it along; it is
    /// not meant.
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span::new(self.source, span.start(), span.start() + span.as_str().trim_ascii_end().len())
    }

    fn comment(&self, pair: &Pair<'_, Rule>) -> Comment {
        let span = self.span(pair);
        let before = &self.text[..span.start as usize];
        let own_line = before.trim_end_matches([' ', '\t']).chars().next_back().is_none_or(is_line_end);
        Comment { text: pair.as_str()[1..].trim_end().to_owned(), own_line, span }
    }
}

/// The pairs inside `pair` that mean something; comments are collected apart from them.
fn children(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner().filter(|inner| inner.as_rule() != Rule::comment)
}

fn is_line_end(c: char) -> bool {
    c == '\n' || c == '\r'
}
