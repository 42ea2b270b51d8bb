//! What the YAML parser complains of, in words for somebody who does not know its grammar, with the way out.

use granit_parser::{ErrorKind, ScanError};

use super::read::MAX_NESTING;
use crate::diagnostic::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// The diagnostic of a syntax error at its place in `text`.
pub(super) fn diagnose(source: SourceId, text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(text.len());
    let span = tabs_before(source, text, at, error.kind()).unwrap_or_else(|| token_at(source, text, at));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return nested_too_deep(span);
    }
    let (reason, advice) = explain(error.kind());
    let diagnostic = Diagnostic::new(code::YAML_SYNTAX, reason, span, "");
    match advice {
        _ if is_template(text, span) => {
            diagnostic.note("this looks like a template; render it first, for example with `helm template`")
        }
        Some(advice) => diagnostic.note(advice),
        None => diagnostic,
    }
}

/// The diagnostic of a value that is nested too deep.
pub(super) fn nested_too_deep(span: Span) -> Diagnostic {
    let message = format!("values are nested more than {MAX_NESTING} levels deep");
    Diagnostic::new(code::YAML_SYNTAX, message, span, "too deep here")
}

const QUOTE_BRACES: &str = "inside `[ ]` and `{ }`, quote a value that has a bracket or a brace in it";

/// The sentence for an error and what to do about it.
fn explain(kind: &ErrorKind) -> (String, Option<&'static str>) {
    use ErrorKind as E;
    let (sentence, advice) = match kind {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart => {
            ("a tab can not indent YAML", Some("indent with spaces"))
        }
        E::TabInPlainScalar => ("a tab is not allowed here", Some("use spaces, or quote the value")),
        E::UnclosedQuotedScalar => ("this quote is never closed", None),
        E::UnclosedFlowCollection { open } => return (format!("`{open}` is never closed"), None),
        E::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), None);
        }
        E::MisplacedFlowCollectionEnd => ("this bracket closes nothing", None),
        E::UnexpectedCharacter { character } => {
            return (format!("a value can not start with `{character}`"), Some("quote the value"));
        }
        E::UnknownAnchor => ("the alias refers to an anchor that this document does not have", None),
        E::UnknownQuotedScalarEscape => (
            "unknown escape in a double-quoted string",
            Some("double the backslash, or use single quotes, which leave it alone"),
        ),
        E::MappingValueNotAllowed => (
            "a `:` can not follow here",
            Some(
                "quote a value that contains `: `; else look at how this line and the one above it are indented",
            ),
        ),
        E::MappingKeyNotAllowed => ("a key can not stand here", Some("look at the indentation of this line")),
        E::InvalidIndentation | E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry => (
            "this line does not go on with what stands above it",
            Some(
                "lines that belong together start in one column; a list has `- ` before each item, a mapping `key: `",
            ),
        ),
        E::BlockSequenceEntryNotAllowed => {
            ("a list can not start here", Some("put the list on the lines below its key"))
        }
        E::InvalidColonPlacement => {
            ("a `:` can not follow here", Some("is a `[` or a `{` above this line closed?"))
        }
        E::ExpectedDocumentStart => {
            ("something follows the end of the document", Some("start another document with `---`"))
        }
        E::BlockEntryInFlowCollection => {
            ("a `-` can not stand inside `[ ]` or `{ }`", Some("quote a value that is `-`"))
        }
        E::SimpleKeyExpected | E::InvalidSimpleKey => ("expected `:` after this key", None),
        E::ExpectedFlowMappingSeparator => ("expected `,` or `}`", Some(QUOTE_BRACES)),
        E::ExpectedFlowSequenceSeparator => ("expected `,` or `]`", Some(QUOTE_BRACES)),
        E::UnexpectedEof
        | E::UnexpectedEofBlockMapping
        | E::UnexpectedEofBlockSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofImplicitFlowMapping => ("the document ends too early", None),
        E::InvalidTrailingDoubleQuotedScalar | E::InvalidTrailingSingleQuotedScalar => (
            "something follows the closing quote",
            Some(
                "quote the whole value; inside single quotes write `''` for a quote, inside double quotes `\\\"`",
            ),
        ),
        E::BomInsideDocument => ("a byte order mark in the middle of a document", Some("remove it")),
        other => return (other.to_string(), None),
    };
    (sentence.to_owned(), advice)
}

/// The tabs that an error about a tab means, where the parser points behind them.
fn tabs_before(source: SourceId, text: &str, at: usize, kind: &ErrorKind) -> Option<Span> {
    let about_tabs = matches!(
        kind,
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation
    );
    let before = text.get(..at)?;
    let start = before.trim_end_matches('\t').len();
    (about_tabs && start < at).then(|| Span::new(source, start, at))
}

/// The word that starts at byte `at`; at the end of a line, the last word before it.
fn token_at(source: SourceId, text: &str, at: usize) -> Span {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let word = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
    if word > 0 {
        return Span::new(source, at, at + word);
    }
    if text[at..].starts_with('\t') {
        return Span::new(source, at, at + 1);
    }
    let before = text[..at].trim_end();
    let last_word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    Span::new(source, before.len() - last_word.len(), before.len())
}

/// Whether the line of the error has the braces of a template in it.
fn is_template(text: &str, span: Span) -> bool {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[span.end as usize..].find('\n').map_or(text.len(), |newline| span.end as usize + newline);
    text[start..end].contains("{{")
}
