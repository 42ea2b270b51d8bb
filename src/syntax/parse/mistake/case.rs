//! Mistakes in tests: their names, and lines that do not say who asks for what and what is expected.

use super::{Mistake, Rule};
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::source::Span;
use crate::syntax::keyword;

const EXAMPLE: &str = "a line of a test looks like this: `orders -> payments GET /api/v1/users/42 allowed`";

/// `test marketing reads users {`
pub(in crate::syntax::parse) fn unquoted_test_name(text: &str, span: Span) -> Diagnostic {
    let quoted = format!("\"{}\"", text.trim_matches(['"', '\'']));
    Diagnostic::new(
        code::SYNTAX_ERROR,
        "the name of a test stands in double quotes",
        span,
        "expected a string in double quotes",
    )
    .note(format!("write `test {quoted} {{`"))
    .fix("add the quotes", span, quoted)
}

/// `test {`
pub(in crate::syntax::parse) fn nameless_test(span: Span) -> Diagnostic {
    Diagnostic::new(code::SYNTAX_ERROR, "this test has no name", span, "expected a name behind `test`")
        .note("say what it tests: `test \"marketing reads users and nothing else\" {`")
}

/// `test "marketing reads users"` without its brace.
pub(super) fn without_brace(mistake: &Mistake) -> Option<Diagnostic> {
    let name = mistake.text.strip_prefix("test")?.trim();
    (mistake.head() == "test" && !mistake.text.contains('{')).then(|| {
        let message = "the lines of a test stand in braces";
        let end = &mistake.text.trim_end()[mistake.text.trim_end().len()..];
        let name = if name.is_empty() { "\"NAME\"" } else { name };
        Diagnostic::new(code::SYNTAX_ERROR, message, mistake.span_of(end), "expected `{`")
            .note(format!("write `test {name} {{`, then a line for each request, then `}}`"))
    })
}

/// `orders -> payments GET /a allowed` where no test is open.
pub(in crate::syntax::parse) fn case_outside(span: Span) -> Diagnostic {
    Diagnostic::new(
        code::SYNTAX_ERROR,
        "a request with what is expected of it stands in a test",
        span,
        "no test is open here",
    )
    .note("write it into `test \"NAME\" { … }`, or begin a rule with `allow` or `deny`")
}

/// A line that is over, or goes on with another word, where its outcome is missing.
pub(super) fn outcome(mistake: &Mistake) -> Option<Diagnostic> {
    if !mistake.expects(&[Rule::outcome]) {
        return None;
    }
    let words = keyword::OUTCOMES.map(|(_, word)| word);
    if mistake.is_at_end() {
        let end = &mistake.before()[mistake.before().len()..];
        let message = "this line does not say what is expected";
        return Some(
            Diagnostic::new(
                code::SYNTAX_ERROR,
                message,
                mistake.span_of(end),
                "expected `allowed` or `denied`",
            )
            .note(EXAMPLE),
        );
    }
    let token = mistake.token();
    // Behind the outcome nothing more can stand, and what is no word is another mistake.
    if !token.chars().all(|c| c.is_ascii_alphabetic()) || !mistake.behind_token().trim().is_empty() {
        return None;
    }
    let lower = token.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "allow" | "allows" | "ok" | "yes" | "pass" | "passes" => Some("allowed"),
        "deny" | "denies" | "no" | "forbidden" | "refused" => Some("denied"),
        _ => None,
    };
    let message = format!("`{token}` is no outcome of a request");
    let diagnostic = mistake.at_token(code::SYNTAX_ERROR, message, "expected `allowed` or `denied`");
    let span = diagnostic.primary.span;
    Some(match meant {
        Some(meant) => {
            let title = format!("write `{meant}`");
            diagnostic.note(title.clone()).fix(title, span, meant)
        }
        None => diagnostic.note(did_you_mean(&lower, words).unwrap_or_else(|| EXAMPLE.to_owned())),
    })
}

/// `orders -> payments GET /a because "…" allowed`
pub(super) fn clause(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    (mistake.expects(&[Rule::outcome]) && keyword::CLAUSES.contains(&token) && token != "except").then(|| {
        mistake
            .at_token(code::MISPLACED_CLAUSE, "a line of a test has no clauses", "not expected here")
            .note("write the reason as a comment")
    })
}

/// A line that has no arrow, or another sign in its place.
pub(super) fn arrow(mistake: &Mistake) -> Option<Diagnostic> {
    let last = mistake.text.split_whitespace().next_back();
    let has_outcome = keyword::OUTCOMES.iter().any(|(_, word)| last == Some(*word));
    if !has_outcome || !mistake.expects(&[Rule::arrow]) || mistake.text.contains("->") {
        return None;
    }
    let token = mistake.rest_word();
    let span = mistake.span_of(token);
    let message = format!("expected `->`, found `{token}`");
    let diagnostic = Diagnostic::new(code::SYNTAX_ERROR, message, span, "expected `->`");
    let is_a_sign = !token.is_empty() && !token.contains(|c: char| c.is_ascii_alphanumeric());
    Some(if is_a_sign {
        diagnostic.note("write `->` between the caller and the target").fix("write `->`", span, "->")
    } else {
        diagnostic.note(EXAMPLE)
    })
}

/// A line that does not begin with a caller, nor with something that was meant as a name.
pub(super) fn start(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    let could_be_a_name = token.contains(|c: char| c.is_ascii_lowercase());
    (mistake.at == 0 && mistake.expects(&[Rule::case]) && !could_be_a_name).then(|| {
        let message = format!("`{token}` is no caller");
        mistake.at_token(code::SYNTAX_ERROR, message, "a line of a test begins with who calls").note(EXAMPLE)
    })
}
