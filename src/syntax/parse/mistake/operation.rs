//! Mistakes in what is called: methods, paths and the braces around operations.

use super::{Mistake, Rule};
use crate::diagnostic::{Diagnostic, code, suggest};
use crate::syntax::keyword;

const HTTP_METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

const GRPC: &str = "grpc";

/// Where an operation, or a part of one, can stand.
const OPERATIONS: [Rule; 5] = [Rule::grpc, Rule::http, Rule::method, Rule::operation_block, Rule::path];

/// `GRPC shop.Cart/Add`, which reads as a method and its paths
pub(super) fn grpc(mistake: &Mistake) -> Option<Diagnostic> {
    let is_misspelled = |word: &&str| *word != GRPC && word.eq_ignore_ascii_case(GRPC);
    let behind = mistake.before().rsplit([' ', '\t', '\n']).next().filter(is_misspelled);
    let word = Some(mistake.token()).filter(is_misspelled).or(behind)?;
    if !mistake.expects(&OPERATIONS) || mistake.expects(&[Rule::arrow]) {
        return None;
    }
    let title = format!("write `{GRPC}`");
    let span = mistake.span_of(word);
    let message = format!("`{word}` is no method");
    let diagnostic = Diagnostic::new(code::INVALID_METHOD, message, span, "gRPC is written in small letters");
    Some(diagnostic.note(title.clone()).fix(title, span, GRPC))
}

/// `get /api`
pub(super) fn method(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    let is_word = !token.is_empty() && token.chars().all(|c| c.is_ascii_alphabetic());
    let upper = token.to_ascii_uppercase();
    let is_known = HTTP_METHODS.contains(&upper.as_str());
    let has_a_path = mistake.behind_token().starts_with(['/', '*']);
    let is_clause = keyword::CLAUSES.contains(&token);
    if !is_word || is_clause || !mistake.expects(&OPERATIONS) || token == upper || !(is_known || has_a_path) {
        return None;
    }
    if is_known {
        let diagnostic = mistake.at_token(
            code::INVALID_METHOD,
            format!("`{token}` is no method"),
            "methods are written in capitals",
        );
        let span = diagnostic.primary.span;
        let title = format!("write `{upper}`");
        return Some(diagnostic.note(title.clone()).fix(title, span, upper));
    }
    let diagnostic =
        mistake.at_token(code::INVALID_METHOD, format!("`{token}` is no method"), "not a method of HTTP");
    Some(match suggest(&upper, HTTP_METHODS).first() {
        Some(near) => diagnostic.note(format!("did you mean `{near}`?")),
        None => diagnostic.note("a method is written in capitals, such as `GET`, before its paths"),
    })
}

/// `GET /a, POST /b`
pub(super) fn several_on_a_line(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    let is_method = token.len() > 2 && token.chars().all(|c| c.is_ascii_uppercase());
    let is_behind_a_path = mistake.before().contains(['/', '*']) && mistake.before().contains("->");
    (is_method && is_behind_a_path).then(|| {
        mistake
            .at_token(
                code::SYNTAX_ERROR,
                format!("expected a path or the end of the line, found the method `{token}`"),
                "a second operation",
            )
            .note("several operations stand in `{ }`, each on a line of its own, or in rules of their own")
    })
}

/// `DELETE/a`
pub(super) fn missing_space(mistake: &Mistake) -> Option<Diagnostic> {
    let is_end = |c: char| c.is_ascii_whitespace() || c == ',';
    let start = mistake.text[..mistake.at].rfind(is_end).map_or(0, |end| end + 1);
    let word = mistake.text[start..].split(is_end).next()?;
    let (method, path) = word.split_at(word.find(['/', '*'])?);
    let is_method = method.len() > 2 && method.chars().all(|c| c.is_ascii_uppercase());
    let behind_arrow = mistake.text[..start].rsplit_once("->").map(|(_, behind)| behind.trim());
    if !is_method || behind_arrow.is_none_or(str::is_empty) {
        return None;
    }
    let span = mistake.span_of(word);
    let message = format!("a space is missing between the method `{method}` and the path `{path}`");
    let diagnostic = Diagnostic::new(code::SYNTAX_ERROR, message, span, "these are two words");
    let fixed = format!("{method} {path}");
    let title = format!("write `{fixed}`");
    Some(diagnostic.note(title.clone()).fix(title, span, fixed))
}

/// `GET api/v1`
pub(super) fn path_without_slash(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    let follows_a_method = mistake
        .before()
        .rsplit([' ', '\t', '\n'])
        .next()
        .is_some_and(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase()));
    let could_be_a_path = token.starts_with(|c: char| c.is_ascii_lowercase())
        && (token.contains('/') || follows_a_method && token.len() > 1);
    if !could_be_a_path || !mistake.expects(&OPERATIONS) || mistake.expects(&[Rule::arrow]) {
        return None;
    }
    let is_clause = keyword::CLAUSES.contains(&token);
    if is_clause {
        return Some(except_without_paths(mistake)).filter(|_| token == "except");
    }
    let diagnostic = mistake.at_token(
        code::INVALID_PATH,
        format!("`{token}` is no path"),
        "a path starts with `/` or `*`",
    );
    let span = diagnostic.primary.span;
    // Of a URL only the path is compared.
    let path = token
        .split_once("://")
        .map_or(token, |(_, behind)| behind.split_once('/').map_or("", |(_, path)| path));
    let fixed = format!("/{path}");
    let title = format!("write `{fixed}`");
    Some(diagnostic.note(title.clone()).fix(title, span, fixed))
}

fn except_without_paths(mistake: &Mistake) -> Diagnostic {
    mistake
        .at_token(code::SYNTAX_ERROR, "`except` has no paths to take something from", "except from what?")
        .note("name the paths first: `/* except /admin/*`")
}

/// `{ }`, and a `{` that nothing closes.
pub(super) fn braces(mistake: &Mistake) -> Option<Diagnostic> {
    let open = mistake.text.find(" {").map(|at| &mistake.text[at + 1..at + 2])?;
    if mistake.span_of(open).start as usize - mistake.start >= mistake.at {
        return None;
    }
    if mistake.rest().starts_with('}') && mistake.before().ends_with('{') {
        return Some(
            mistake
                .at_token(
                    code::SYNTAX_ERROR,
                    "these braces hold no operation",
                    "expected an operation before `}`",
                )
                .note("without braces a rule speaks about everything on the ports of its target"),
        );
    }
    let is_open = !mistake.text.trim_end().ends_with('}');
    (is_open && mistake.is_at_end()).then(|| {
        Diagnostic::new(
            code::SYNTAX_ERROR,
            "this brace is never closed",
            mistake.span_of(open),
            "opened here",
        )
        .note("write `}` on a line of its own behind the last operation")
    })
}
