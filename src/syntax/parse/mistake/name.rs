//! Names that are none.

use super::{Mistake, Rule};
use crate::diagnostic::{Diagnostic, code};
use crate::syntax::{foreign_name, keyword};

/// Where a name can stand.
const NAMES: [Rule; 10] = [
    Rule::account_name,
    Rule::anyone,
    Rule::case,
    Rule::declared_name,
    Rule::name,
    Rule::namespace_name,
    Rule::namespace_set,
    Rule::port,
    Rule::set,
    Rule::target,
];

/// Where a name can be that of a service.
const SERVICES: [Rule; 4] = [Rule::anyone, Rule::name, Rule::question, Rule::target];

/// `allow cluster.local/ns/shop/sa/orders -> payments`, and the same as a SPIFFE URI.
pub(super) fn principal(mistake: &Mistake) -> Option<Diagnostic> {
    if !mistake.expects(&[Rule::anyone, Rule::arrow, Rule::question]) {
        return None;
    }
    let ends = |c: char| c.is_ascii_whitespace() || c == ',';
    let start = mistake.text[..mistake.at].rfind(ends).map_or(0, |at| at + 1);
    let word = mistake.text[start..].split(ends).next()?;
    let word = word.split("->").next()?;
    let account = foreign_name::account(word)?;
    let span = mistake.span_of(word);
    let message = format!("`{word}` is no name");
    Some(
        Diagnostic::new(code::INVALID_NAME, message, span, "the identity of a service account")
            .note(format!("write `{account}`"))
            .fix(format!("write `{account}`"), span, account),
    )
}

/// `allow orders:80 -> payments`
pub(super) fn port_of_a_caller(mistake: &Mistake) -> Option<Diagnostic> {
    let is_port_of_a_caller = mistake.expects(&[Rule::arrow]) && mistake.rest().starts_with(':');
    is_port_of_a_caller.then(|| {
        mistake
            .at_token(code::SYNTAX_ERROR, "a caller has no port", "a port belongs to a target")
            .note("a port is named where the call arrives: `allow orders -> payments:80`")
    })
}

/// `orders- -> payments`
pub(super) fn trailing_hyphen(mistake: &Mistake) -> Option<Diagnostic> {
    let rest = mistake.rest();
    let before = &mistake.text[..mistake.at];
    let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').len();
    let hyphens = rest.len() - rest.trim_start_matches('-').len();
    let is_in_a_name = start < mistake.at && start > 0;
    let is_an_arrow = rest[hyphens..].starts_with('>');
    (hyphens > 0 && is_in_a_name && !is_an_arrow).then(|| {
        let name = &mistake.text[start..mistake.at + hyphens];
        Diagnostic::new(
            code::INVALID_NAME,
            format!("`{name}` is no name"),
            mistake.span_of(name),
            "a name does not end with `-`",
        )
        .note("a name is made of the letters `a` to `z`, digits and `-` between them")
    })
}

/// `allow * -> payments` and `allow orders -> *`
pub(super) fn wildcard(mistake: &Mistake) -> Option<Diagnostic> {
    let advice = if mistake.expects(&[Rule::arrow]) {
        return None;
    } else if mistake.expects(&[Rule::anyone]) {
        "write `NAMESPACE/*` for all of a namespace, `mesh` for anyone with an identity, `anyone` for everyone at all"
    } else if mistake.expects(&[Rule::target]) {
        "write `NAMESPACE/*` for each service of a namespace"
    } else {
        return None;
    };
    (mistake.token() == "*")
        .then(|| mistake.at_token(code::INVALID_NAME, "`*` alone is no name", "all of what?").note(advice))
}

/// A word where a name is expected that is no name.
pub(super) fn malformed(mistake: &Mistake) -> Option<Diagnostic> {
    let begins_a_question = mistake.expects(&[Rule::question]) && mistake.text.contains("->");
    if !mistake.expects(&NAMES) && !begins_a_question {
        return None;
    }
    let token = mistake.token();
    let (sign, name) = token.strip_prefix('@').map_or(("", token), |name| ("@", name));
    let name = name.split(':').next().unwrap_or_default();
    let parts: Vec<&str> = name.split('/').collect();
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if name.is_empty() || !is_word || parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let (reason, fixed) = reason(name, &parts)?;
    let diagnostic = Diagnostic::new(
        code::INVALID_NAME,
        format!("`{sign}{name}` is no name"),
        mistake.span_of(&token[..sign.len() + name.len()]),
        reason,
    );
    if sign.is_empty()
        && mistake.expects(&SERVICES)
        && let Some((namespace, service)) = foreign_name::service(name)
    {
        return Some(
            diagnostic
                .note(format!(
                    "write `{namespace}/{service}` for the service `{service}` of the namespace `{namespace}`"
                ))
                .note(format!("a workload that is called so stands in quotes: `\"{name}\"`")),
        );
    }
    Some(match fixed {
        Some(fixed) => {
            let fixed = format!("{sign}{fixed}");
            let span = diagnostic.primary.span;
            diagnostic.note(format!("write `{fixed}`")).fix(format!("write `{fixed}`"), span, fixed)
        }
        None => diagnostic.note("a name is made of the letters `a` to `z`, digits and `-` between them"),
    })
}

/// Why `name` is none, and how it could be written.
fn reason(name: &str, parts: &[&str]) -> Option<(&'static str, Option<String>)> {
    let quoted = || {
        let quote = |part: &&str| if part.contains('.') { format!("\"{part}\"") } else { (*part).to_owned() };
        parts.iter().map(quote).collect::<Vec<_>>().join("/")
    };
    if keyword::RESERVED.contains(&name) {
        return Some(("a reserved word", Some(format!("\"{name}\""))));
    }
    if let [namespace, service, path @ ..] = parts
        && !path.is_empty()
    {
        return Some((
            "a name has at most two parts",
            Some(format!("{namespace}/{service} /{}", path.join("/"))),
        ));
    }
    if name.contains('_') {
        return Some(("no Kubernetes name has a `_`", Some(name.replace('_', "-"))));
    }
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        return Some(("names are lower case", Some(name.to_ascii_lowercase())));
    }
    if parts.iter().any(|part| part.starts_with('-') || part.ends_with('-')) {
        return Some(("a name does not start with `-`", None));
    }
    if name.contains('.') {
        return Some(("a name with dots stands in quotes", Some(quoted())));
    }
    None
}
