//! What is said about a statement that can not be read.

use pest::Parser as _;
use pest::error::{Error, InputLocation};
use pest::iterators::Pair;

use super::{Context, Rule, WardParser};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// The diagnostic for the bad statement at `span`.
pub(super) fn of(context: &Context, span: Span) -> Diagnostic {
    let text = &context.text[span.start as usize..];
    match WardParser::parse(Rule::only_statement, text) {
        Err(error) => diagnose(context.source, context.text, span.start as usize, &error),
        Ok(_) => Diagnostic::new(code::SYNTAX_ERROR, "this statement can not be read", span, ""),
    }
}

/// The diagnostic for the error that the grammar ran into, in `text` from `start`.
pub(super) fn diagnose(source: SourceId, text: &str, start: usize, error: &Error<Rule>) -> Diagnostic {
    let at = start
        + match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
    let end = text[at..].find(char::is_whitespace).map_or(text.len(), |length| at + length);
    Diagnostic::new(code::SYNTAX_ERROR, "unexpected text", Span::new(source, at, end), "here")
}

/// The diagnostic for a statement of a later version.
pub(super) fn not_supported_yet(context: &Context, line: Pair<'_, Rule>) -> Diagnostic {
    let head = line.into_inner().next();
    let (word, span) =
        head.map_or(("", Span::new(context.source, 0, 0)), |pair| (pair.as_str(), context.span(&pair)));
    Diagnostic::new(code::NOT_SUPPORTED_YET, format!("`{word}` is not supported yet"), span, "")
}

/// The diagnostic for a clause of a later version.
pub(super) fn clause_not_supported_yet(context: &Context, pair: &Pair<'_, Rule>) -> Diagnostic {
    let word = pair.as_str().split_whitespace().next().unwrap_or_default();
    let start = context.span(pair).start as usize;
    let span = Span::new(context.source, start, start + word.len());
    Diagnostic::new(code::NOT_SUPPORTED_YET, format!("`{word}` is not supported yet"), span, "")
}
