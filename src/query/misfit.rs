//! A rule that does not fit a request, in a sentence: what it permits, and what of that the request is not.

use std::fmt::Write as _;

use super::arrival::Arrival;
use super::clause::{Clause, missed};
use super::nearest::Candidate;
use super::words;
use crate::access::{Condition, Dimension, Request, Token};

/// "`orders` may GET /api/v1/users/*, not DELETE"
pub(super) fn sentence(
    trust_domain: &str,
    caller: &str,
    found: &Candidate<'_, '_>,
    arrival: &Arrival<'_>,
) -> String {
    let request = &arrival.request;
    let spelled = |clause: &Clause<'_>| -> Vec<String> {
        // Of the exceptions that took the request away, no others.
        let is_meant = |condition: &&&Condition| !is_taken_away(clause) || condition.holds(request);
        let meant = clause.conditions.iter().filter(is_meant);
        meant.map(|condition| words::condition(trust_domain, condition)).collect()
    };
    let who = callers(found, spelled).unwrap_or_else(|| caller.to_owned());
    let mut text = format!("{who} may{}", operation(found, spelled));
    for (negated, head) in [(false, " with "), (true, " unless with ")] {
        let is_said = |clause: &&Clause<'_>| {
            matches!(clause.dimension, Dimension::Identity | Dimension::Method | Dimension::Path)
        };
        let asked = found.clauses.iter().filter(|clause| clause.negated == negated && !is_said(clause));
        let asked: Vec<String> =
            asked.map(|clause| described(clause, &words::one_of(&spelled(clause)))).collect();
        if !asked.is_empty() {
            text.push_str(head);
            text.push_str(&asked.join(" and "));
        }
    }
    if let Some(port) = found.other_port {
        let _ = write!(text, " on port {port}");
    }
    let mut misses: Vec<String> =
        missed(&found.clauses).map(|clause| shown(caller, clause, request)).collect();
    misses.extend(found.other_port.map(|_| format!("not port {}", arrival.point.seen_port())));
    misses.dedup();
    format!("{text}, {}", misses.join(" and "))
}

/// Whether a request fails a clause because it is one of the exceptions.
fn is_taken_away(clause: &Clause<'_>) -> bool {
    clause.negated && !clause.holds
}

/// Those who may, where the one that asks is none of them: "`shop/orders`", "`mesh` except `shop/cart`".
fn callers(found: &Candidate<'_, '_>, spelled: impl Fn(&Clause<'_>) -> Vec<String>) -> Option<String> {
    let names = |clause: &Clause<'_>| {
        words::one_of(&spelled(clause).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
    };
    let clauses = || found.clauses.iter().filter(|clause| clause.dimension == Dimension::Identity);
    let meant = clauses().find(|clause| !clause.negated);
    match (clauses().find(|clause| is_taken_away(clause)), meant) {
        (None, meant) => meant.filter(|clause| !clause.holds).map(names),
        (Some(except), meant) => {
            Some(format!("{} except {}", meant.map_or_else(|| "anyone".to_owned(), names), names(except)))
        }
    }
}

/// Methods and paths.
fn operation(found: &Candidate<'_, '_>, spelled: impl Fn(&Clause<'_>) -> Vec<String>) -> String {
    let names_method = found.clauses.iter().any(|clause| clause.dimension == Dimension::Method);
    let mut text = if names_method { String::new() } else { " call".to_owned() };
    for wanted in [Dimension::Method, Dimension::Path] {
        for clause in found.clauses.iter().filter(|clause| clause.dimension == wanted) {
            text.push_str(if clause.negated { " except " } else { " " });
            text.push_str(&words::few(&spelled(clause)));
        }
    }
    if text == " call" { " call it".to_owned() } else { text }
}

/// What a clause asks for, with the name of what it looks at where its value does not say it.
fn described(clause: &Clause<'_>, values: &str) -> String {
    match &clause.dimension {
        Dimension::Peer => format!("the source address {values}"),
        Dimension::Client => format!("the client address {values}"),
        Dimension::Destination => format!("the destination address {values}"),
        Dimension::Sni => format!("the server name {values}"),
        Dimension::Host => format!("the host {values}"),
        Dimension::Header(name) => format!("the header {name}: {values}"),
        Dimension::Issuer => format!("the claim iss: {values}"),
        Dimension::Subject => format!("the claim sub: {values}"),
        Dimension::Claim(path) => format!("the claim {}: {values}", path.join(".")),
        Dimension::Identity | Dimension::Method | Dimension::Path | Dimension::Token => values.to_owned(),
    }
}

/// What the request has in place of what is asked for.
fn shown(caller: &str, clause: &Clause<'_>, request: &Request) -> String {
    let without_token = match request.token {
        Token::Absent => Some("there is no token"),
        Token::Invalid => Some("the token is invalid"),
        Token::Valid(_) => None,
    };
    match &clause.dimension {
        Dimension::Identity => format!("not {caller}"),
        Dimension::Peer => format!("not {}", request.peer),
        Dimension::Client => format!("not {}", request.client),
        Dimension::Destination => format!("not {}", request.destination),
        Dimension::Sni => request.sni.as_ref().map_or("there is none".to_owned(), |sni| format!("not {sni}")),
        Dimension::Host => format!("not {}", request.host),
        Dimension::Method => format!("not {}", request.method),
        Dimension::Path => format!("not {}", request.path),
        Dimension::Header(name) => match request.headers.get(name) {
            Some(values) => format!("not {name}: {}", values.join(", ")),
            None => format!("there is no header {name}"),
        },
        Dimension::Token | Dimension::Issuer | Dimension::Subject | Dimension::Claim(_) => {
            without_token.unwrap_or("the token has other claims").to_owned()
        }
    }
}

/// A dimension by the name that programs see.
pub(super) fn dimension(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Identity => "identity".to_owned(),
        Dimension::Peer => "source.ip".to_owned(),
        Dimension::Client => "remote.ip".to_owned(),
        Dimension::Destination => "destination.ip".to_owned(),
        Dimension::Sni => "sni".to_owned(),
        Dimension::Host => "host".to_owned(),
        Dimension::Method => "method".to_owned(),
        Dimension::Path => "path".to_owned(),
        Dimension::Token => "token".to_owned(),
        Dimension::Issuer => "claims.iss".to_owned(),
        Dimension::Subject => "claims.sub".to_owned(),
        Dimension::Header(name) => format!("headers.{name}"),
        Dimension::Claim(path) => format!("claims.{}", path.join(".")),
    }
}
