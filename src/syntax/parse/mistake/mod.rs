//! What is said about a statement that can not be read: the common mistakes by name, each with what to write
//! instead, and for all others what the grammar expected.

mod case;
mod character;
mod expected;
mod name;
mod operation;
mod statement;

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::{Context, Rule, WardParser};
use crate::diagnostic::{Code, Diagnostic, code};
use crate::source::{SourceId, Span};

pub(super) use case::{case_outside, nameless_test, unquoted_test_name};

/// The diagnostic for the bad statement at `span`.
pub(super) fn diagnose(context: &Context, span: Span) -> Diagnostic {
    diagnose_as(context, span, Rule::only_statement)
}

/// The diagnostic for the bad line of a test at `span`.
pub(super) fn diagnose_case(context: &Context, span: Span) -> Diagnostic {
    diagnose_as(context, span, Rule::only_case)
}

fn diagnose_as(context: &Context, span: Span, meant: Rule) -> Diagnostic {
    let text = &context.text[span.range()];
    match WardParser::parse(meant, text) {
        Err(error) => mistake(context, span, error).explain(),
        Ok(_) => Diagnostic::new(
            code::SYNTAX_ERROR,
            "this statement can not be read",
            span,
            "a statement ends at the end of its line",
        ),
    }
}

/// The diagnostic for a question that the grammar stopped in.
pub(super) fn in_question(context: &Context, span: Span, error: Error<Rule>) -> Diagnostic {
    let mistake = mistake(context, span, error);
    QUESTION_GUESSES.iter().find_map(|guess| guess(&mistake)).unwrap_or_else(|| mistake.general())
}

fn mistake<'a>(context: &Context<'a>, span: Span, error: Error<Rule>) -> Mistake<'a> {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let text = &context.text[span.range()];
    Mistake { source: context.source, text, start: span.start as usize, at, expected }
}

/// The diagnostic for a namespace that is opened by the wrong name at `name`; `line` is where it is opened.
pub(super) fn wrong_name(context: &Context, line: Span, name: Span) -> Diagnostic {
    Mistake {
        source: context.source,
        text: &context.text[line.range()],
        start: line.start as usize,
        at: (name.start - line.start) as usize,
        expected: vec![Rule::namespace_name],
    }
    .explain()
}

/// The mistakes that are known, from the most to the least specific: the first that fits is reported.
const GUESSES: [fn(&Mistake) -> Option<Diagnostic>; 29] = [
    character::foreign,
    character::open_string,
    character::single_quotes,
    case::clause,
    case::outcome,
    case::arrow,
    case::start,
    case::without_brace,
    statement::late_via,
    statement::misplaced_clause,
    statement::unknown,
    statement::attribute,
    statement::semicolon,
    statement::mode,
    operation::several_on_a_line,
    operation::grpc,
    operation::method,
    operation::missing_space,
    operation::path_without_slash,
    operation::braces,
    name::principal,
    name::port_of_a_caller,
    name::trailing_hyphen,
    name::wildcard,
    name::malformed,
    statement::arrow,
    statement::comma,
    statement::quoted_date,
    statement::missing_quotes,
];

/// Those of them that a question can have too.
const QUESTION_GUESSES: [fn(&Mistake) -> Option<Diagnostic>; 12] = [
    character::foreign,
    character::open_string,
    operation::grpc,
    operation::method,
    operation::missing_space,
    operation::path_without_slash,
    name::principal,
    name::port_of_a_caller,
    name::trailing_hyphen,
    name::wildcard,
    name::malformed,
    statement::arrow,
];

/// Where the grammar got stuck in a statement, and what it was looking for there.
struct Mistake<'a> {
    source: SourceId,
    /// The statement.
    text: &'a str,
    /// Where it starts in its file.
    start: usize,
    /// The byte of `text` where the grammar got stuck.
    at: usize,
    /// What it was looking for.
    expected: Vec<Rule>,
}

impl<'a> Mistake<'a> {
    fn explain(&self) -> Diagnostic {
        GUESSES.iter().find_map(|guess| guess(self)).unwrap_or_else(|| self.general())
    }

    /// What stands before the place.
    fn before(&self) -> &'a str {
        self.text[..self.at].trim_end()
    }

    /// What stands from the place on.
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The token at the place: a string, or everything up to white space, a comma or an arrow.
    fn token(&self) -> &'a str {
        let rest = self.rest();
        if rest.starts_with("->") {
            return &rest[..2];
        }
        let comma = usize::from(rest.starts_with(','));
        let length = rest[comma..]
            .find(|c: char| c.is_ascii_whitespace() || c == ',')
            .map_or(rest.len(), |length| comma + length);
        let token = &rest[..length.max(comma)];
        let token = token.find("->").map_or(token, |arrow| &token[..arrow]);
        if token.is_empty() { &rest[..rest.chars().next().map_or(0, char::len_utf8)] } else { token }
    }

    /// What stands behind the token.
    fn behind_token(&self) -> &'a str {
        self.rest()[self.token().len()..].trim_start_matches([' ', '\t'])
    }

    /// The place of `token`, which is a slice of the statement.
    fn span_of(&self, token: &str) -> Span {
        let start = self.start + (token.as_ptr() as usize - self.text.as_ptr() as usize);
        Span::new(self.source, start, start + token.len())
    }

    fn expects(&self, rules: &[Rule]) -> bool {
        self.expected.iter().any(|wanted| rules.contains(wanted))
    }

    /// Whether the statement is over where something is missing.
    fn is_at_end(&self) -> bool {
        self.rest().trim().is_empty()
    }

    /// A diagnostic at the token.
    fn at_token(&self, code: Code, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message, self.span_of(self.token()), label)
    }

    /// The first word of the statement.
    fn head(&self) -> &'a str {
        self.text.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default()
    }

    /// What is said where no guess fits.
    fn general(&self) -> Diagnostic {
        let expected = expected::list(&self.expected);
        if self.is_at_end() {
            let end = &self.before()[self.before().len()..];
            let message = format!("the statement is not complete: expected {expected}");
            return Diagnostic::new(code::SYNTAX_ERROR, message, self.span_of(end), "it ends here");
        }
        let token = self.token();
        let diagnostic = self.at_token(
            code::SYNTAX_ERROR,
            format!("expected {expected}, found `{token}`"),
            "not expected here",
        );
        match expected::example(self.head()) {
            Some(example) => diagnostic.note(format!("such a statement looks like this: `{example}`")),
            None => diagnostic,
        }
    }
}
