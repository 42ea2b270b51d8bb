//! What is part of the language but not of this version: recognised, reported at its place, never ignored.

use pest::iterators::Pair;

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;

/// The diagnostic for a statement of a later version.
pub(super) fn statement(context: &Context, line: Pair<'_, Rule>) -> Diagnostic {
    let whole = context.span(&line);
    let head = line.into_inner().next();
    let (word, is_call, span) = head.map_or(("", false, whole), |head| {
        (head.as_str(), head.as_rule() == Rule::call, context.span(&head))
    });
    let what = match word {
        _ if is_call => "calls of templates",
        "audit" => "audit rules",
        "dry-run" => "dry-run rules",
        "enforce" => "dry-run namespaces",
        "except" | "only" => "environments",
        "external" => "identities of other meshes",
        "jwt" => "token providers",
        "template" => "templates",
        _ => "traffic rules",
    };
    not_supported_yet(word, what, span).note("nothing of this statement is compiled; remove it to build")
}

/// The diagnostic for a clause of a later version.
pub(super) fn clause(context: &Context, pair: &Pair<'_, Rule>) -> Diagnostic {
    let word = pair.as_str().split_whitespace().next().unwrap_or_default();
    let start = context.span(pair).start as usize;
    let span = Span::new(context.source, start, start + word.len());
    let what = if word == "with" { "demands for tokens" } else { "conditions" };
    not_supported_yet(word, what, span)
        .note("without it the rule would open more than it says, so it is not compiled")
}

/// The diagnostic for the line of a test whose caller shows a token.
pub(super) fn token(context: &Context, pair: &Pair<'_, Rule>) -> Diagnostic {
    let start = context.span(pair).start as usize;
    let span = Span::new(context.source, start, start + "token".len());
    not_supported_yet("token", "tokens in tests", span).note("nothing of this line is tested; remove it")
}

fn not_supported_yet(word: &str, what: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        code::NOT_SUPPORTED_YET,
        format!("`{word}` is not supported yet"),
        span,
        format!("{what} are part of the language, but not of this version"),
    )
}
