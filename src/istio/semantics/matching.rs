//! How Istio turns the strings of a policy into Envoy's matchers (`matcher/string.go`, `matcher/template.go`,
//! `generator.go`, `trustdomain/bundle.go`).

use super::MeshConfig;
use crate::access::{Condition, Formula, Pattern, Piece};

/// The order of tests matters: `*` alone, a leading `*`, a trailing `*`, else exact. What is left after the one
/// `*` is taken literally.
pub(super) fn text(value: &str) -> Pattern {
    if value == "*" {
        Pattern::present()
    } else if let Some(end) = value.strip_prefix('*') {
        Pattern::suffix(end)
    } else if let Some(start) = value.strip_suffix('*') {
        Pattern::prefix(start)
    } else {
        Pattern::exact(value)
    }
}

/// A path with `{*}` or `{**}` goes to Envoy's URI template matcher, any other is a string.
pub(super) fn path(value: &str) -> Pattern {
    if !value.contains("{*}") && !value.contains("{**}") {
        return text(value);
    }
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        pieces.push(Piece::Text(before.to_owned()));
        if let Some(after) = from.strip_prefix("{**}") {
            pieces.push(Piece::Any);
            rest = after;
        } else if let Some(after) = from.strip_prefix("{*}") {
            pieces.push(Piece::Segment);
            rest = after;
        } else {
            pieces.push(Piece::Text("{".to_owned()));
            rest = &from[1..];
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Pattern::new(pieces)
}

/// `principals`: compared with the URI behind `spiffe://`. A value of five parts whose trust domain is one of
/// the mesh's own stands for all of them.
pub(super) fn identity(config: &MeshConfig<'_>, value: &str) -> Vec<Formula> {
    expand(config, value).iter().map(|value| Formula::When(Condition::Identity(uri(value)))).collect()
}

fn uri(value: &str) -> Pattern {
    if value == "*" {
        Pattern::present()
    } else if let Some(end) = value.strip_prefix('*') {
        // `spiffe://.*` and the rest, as a regular expression.
        Pattern::new([Piece::Text("spiffe://".to_owned()), Piece::Any, Piece::Text(end.to_owned())])
    } else if let Some(start) = value.strip_suffix('*') {
        Pattern::prefix(format!("spiffe://{start}"))
    } else {
        Pattern::exact(format!("spiffe://{value}"))
    }
}

fn expand(config: &MeshConfig<'_>, value: &str) -> Vec<String> {
    let own: Vec<&str> = std::iter::once(config.trust_domain)
        .chain(config.trust_domain_aliases.iter().map(smol_str::SmolStr::as_str))
        .collect();
    match value.split_once('/') {
        Some((domain, rest))
            if value.split('/').count() == 5 && (domain == "cluster.local" || own.contains(&domain)) =>
        {
            own.iter().map(|domain| format!("{domain}/{rest}")).collect()
        }
        Some(_) | None => vec![value.to_owned()],
    }
}
