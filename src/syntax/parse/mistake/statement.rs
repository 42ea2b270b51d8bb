//! Mistakes in the frame of a statement: its first word, its arrow and its clauses.

use super::{Mistake, Rule};
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::syntax::keyword;

/// A line that starts with a clause word but continues nothing.
pub(super) fn misplaced_clause(mistake: &Mistake) -> Option<Diagnostic> {
    let head = mistake.head();
    (mistake.at == 0 && keyword::CLAUSES.contains(&head)).then(|| {
        Diagnostic::new(
            code::MISPLACED_CLAUSE,
            format!("`{head}` continues no statement"),
            mistake.span_of(head),
            "the statement above can not take it",
        )
        .note(match head {
            "except" => "`except` stands behind callers or paths",
            _ => "clauses follow a rule, an `mtls` or an `open` statement, on its line or the lines below",
        })
    })
}

/// A first word that starts no statement.
pub(super) fn unknown(mistake: &Mistake) -> Option<Diagnostic> {
    let head = mistake.text.split(|c: char| c.is_ascii_whitespace() || c == ',').next().unwrap_or_default();
    if mistake.at != 0 || head.starts_with('@') || mistake.expects(&[Rule::case]) {
        return None;
    }
    let starts_with_a_caller = mistake.text.contains("->");
    let diagnostic = Diagnostic::new(
        code::SYNTAX_ERROR,
        format!("`{head}` starts no statement"),
        mistake.span_of(head),
        "expected a statement",
    );
    let lower = head.to_ascii_lowercase();
    if head != lower && keyword::STATEMENT_HEADS.contains(&lower.as_str()) {
        let span = diagnostic.primary.span;
        return Some(diagnostic.note(format!("write `{lower}`")).fix(
            format!("write `{lower}`"),
            span,
            lower,
        ));
    }
    Some(match did_you_mean(head, keyword::STATEMENT_HEADS) {
        Some(suggestion) => diagnostic.note(suggestion),
        None if starts_with_a_caller => diagnostic.note("a rule starts with `allow` or `deny`"),
        None => diagnostic.note(format!("a statement starts with {}", heads())),
    })
}

fn heads() -> String {
    let quoted: Vec<String> = keyword::STATEMENT_HEADS.iter().map(|head| format!("`{head}`")).collect();
    match quoted.as_slice() {
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
        [] => String::new(),
    }
}

/// An attribute without its two arguments.
pub(super) fn attribute(mistake: &Mistake) -> Option<Diagnostic> {
    let line = mistake.text.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    (mistake.head().starts_with('@') && !line.contains('"')).then(|| {
        Diagnostic::new(
            code::SYNTAX_ERROR,
            "an attribute names a lint and a reason",
            mistake.span_of(line),
            "no reason is given",
        )
        .note("write `@allow(LINT, \"REASON\")`")
    })
}

/// `allow a -> b;`
pub(super) fn semicolon(mistake: &Mistake) -> Option<Diagnostic> {
    mistake.rest().starts_with(';').then(|| {
        let sign = &mistake.rest()[..1];
        Diagnostic::new(code::SYNTAX_ERROR, "`;` has no meaning", mistake.span_of(sign), "not expected here")
            .note("a statement ends at the end of its line")
    })
}

/// `mtls strickt`
pub(super) fn mode(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    if !mistake.expects(&[Rule::mtls_mode]) || mistake.is_at_end() {
        return None;
    }
    let modes = keyword::MTLS_MODES.map(|(_, word)| word);
    let suggestion = did_you_mean(token, modes);
    let diagnostic =
        mistake.at_token(code::SYNTAX_ERROR, format!("`{token}` is no mode of mutual TLS"), "not known");
    Some(
        diagnostic.note(suggestion.unwrap_or_else(|| "write `strict`, `permissive` or `disable`".to_owned())),
    )
}

/// `reaches a -> b GET /x via c`
pub(super) fn late_via(mistake: &Mistake) -> Option<Diagnostic> {
    let is_promise = keyword::PROMISES.iter().any(|(_, word)| *word == mistake.head());
    (is_promise && mistake.token() == "via").then(|| {
        mistake
            .at_token(code::SYNTAX_ERROR, "`via` stands behind the targets", "not expected here")
            .note("name the way before the request: `reaches storefront -> ledger via payments GET /total`")
    })
}

/// Two names or two paths with white space between them.
pub(super) fn comma(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    let is_name = token.starts_with(|c: char| c.is_ascii_lowercase() || c == '@')
        && !keyword::CLAUSES.contains(&token)
        && !keyword::RESERVED.contains(&token);
    let is_second_caller = is_name && mistake.expects(&[Rule::arrow]) && mistake.rest().contains("->");
    let is_second_target = is_name && mistake.expects(&[Rule::operation_block]);
    let is_second_path = token.starts_with('/') && mistake.expects(&[Rule::except_paths]);
    let what = match (is_second_caller, is_second_target, is_second_path) {
        (true, _, _) => "callers",
        (_, true, _) => "services",
        (_, _, true) => "paths",
        (false, false, false) => return None,
    };
    Some(
        mistake
            .at_token(code::SYNTAX_ERROR, format!("expected `,` before `{token}`"), "not expected here")
            .note(format!("several {what} are separated by `,`")),
    )
}

/// `until "2026-12-31"`
pub(super) fn quoted_date(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    if !mistake.expects(&[Rule::date]) || !token.starts_with('"') {
        return None;
    }
    let date = token.trim_matches('"').to_owned();
    let title = format!("write `{date}`");
    Some(
        mistake
            .at_token(code::INVALID_DATE, "a date stands without quotes", "a string, no date")
            .note(title.clone())
            .fix(title, mistake.span_of(token), date),
    )
}

/// A rule or guarantee whose arrow is missing or is another sign.
pub(super) fn arrow(mistake: &Mistake) -> Option<Diagnostic> {
    let is_effect = keyword::EFFECTS.iter().any(|(_, word)| *word == mistake.head());
    let is_promise = keyword::PROMISES.iter().any(|(_, word)| *word == mistake.head());
    let is_rule = is_effect || is_promise;
    if !is_rule || mistake.before().contains("->") {
        return None;
    }
    let token = mistake.token();
    if token.starts_with("<-") {
        return Some(
            mistake
                .at_token(code::SYNTAX_ERROR, "an arrow points from the caller to the target", "points back")
                .note(format!("write `{} CALLER -> TARGET`", mistake.head())),
        );
    }
    let other = ["-->", "=>", "==>", ">", "--", "-", "to", ">>", "→"];
    if mistake.expects(&[Rule::arrow]) && other.contains(&mistake.rest_word()) {
        let word = mistake.rest_word();
        let span = mistake.span_of(word);
        return Some(
            Diagnostic::new(
                code::SYNTAX_ERROR,
                format!("expected `->`, found `{word}`"),
                span,
                "expected `->`",
            )
            .note("write `->` between the callers and the targets")
            .fix("write `->`", span, "->"),
        );
    }
    let has_callers = mistake.before() != mistake.head() && !mistake.before().ends_with(',');
    let stops_early = mistake.is_at_end() || keyword::CLAUSES.contains(&token);
    if mistake.text.contains("->") || !stops_early || !has_callers {
        return None;
    }
    let end = &mistake.before()[mistake.before().len()..];
    Some(
        Diagnostic::new(
            code::SYNTAX_ERROR,
            "this statement has no `->`",
            mistake.span_of(end),
            "expected `->`",
        )
        .note(format!("it names who calls and who is called: `{} orders -> payments`", mistake.head())),
    )
}

/// `because batch hosts`
pub(super) fn missing_quotes(mistake: &Mistake) -> Option<Diagnostic> {
    let word = mistake.before().rsplit([' ', '\t', '\n']).next().unwrap_or_default();
    if !mistake.expects(&[Rule::string]) || mistake.is_at_end() || !keyword::CLAUSES.contains(&word) {
        return None;
    }
    let line = mistake.rest().split(['\n', '\r']).next().unwrap_or_default().trim_end();
    Some(
        Diagnostic::new(
            code::SYNTAX_ERROR,
            format!("what follows `{word}` stands in double quotes"),
            mistake.span_of(line),
            "expected a string",
        )
        .note(format!("write `{word} \"{line}\"`"))
        .fix("add the quotes", mistake.span_of(line), format!("\"{line}\"")),
    )
}

impl<'a> Mistake<'a> {
    /// Everything up to the next white space.
    pub(super) fn rest_word(&self) -> &'a str {
        self.rest().split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default()
    }
}
