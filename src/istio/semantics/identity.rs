//! The fields that look at who calls: `principals`, `namespaces`, `serviceAccounts` and `trustDomains`, all of
//! which Istio turns into patterns of the caller's SPIFFE URI (`model/generator.go`).

use super::{MeshConfig, trust_domain};
use crate::access::{Condition, Formula, Pattern, Piece};

/// `principals`: compared with the URI behind `spiffe://`.
pub(super) fn principal(config: &MeshConfig<'_>, value: &str) -> Formula {
    any_of(trust_domain::principals(config, value).iter().map(|principal| uri(principal)))
}

/// The pattern of one principal.
pub(super) fn uri(value: &str) -> Pattern {
    if value == "*" {
        Pattern::present()
    } else if let Some(end) = value.strip_prefix('*') {
        // `spiffe://.*` and the rest, as a regular expression.
        Pattern::new([text("spiffe://"), Piece::Any, text(end)])
    } else if let Some(start) = value.strip_suffix('*') {
        Pattern::prefix(["spiffe://", start].concat())
    } else {
        Pattern::exact(["spiffe://", value].concat())
    }
}

/// `namespaces`: `.*/ns/<value>/.*`, where each `*` of the value is a `.*` that may cross a slash.
pub(super) fn namespace(value: &str) -> Formula {
    let mut pieces = vec![Piece::Any, text("/ns/")];
    for (index, fixed) in value.split('*').enumerate() {
        if index > 0 {
            pieces.push(Piece::Any);
        }
        pieces.push(text(fixed));
    }
    pieces.extend([text("/"), Piece::Any]);
    any_of([Pattern::new(pieces)])
}

/// `serviceAccounts`: `spiffe://.+/ns/<namespace>/(.+/|)sa/<account>(/.+)?`. Without a namespace it is that of the
/// policy.
pub(super) fn service_account(policy_namespace: &str, value: &str) -> Formula {
    let (namespace, account) = value.split_once('/').unwrap_or((policy_namespace, value));
    let namespace = format!("/ns/{namespace}/");
    let account = format!("sa/{account}");
    let before = [vec![], vec![Piece::Some, text("/")]];
    let behind = [vec![], vec![text("/"), Piece::Some]];
    any_of(before.iter().flat_map(|before| {
        behind.iter().map(|behind| {
            let start = [text("spiffe://"), Piece::Some, text(&namespace)];
            let pieces = start.into_iter().chain(before.iter().cloned());
            Pattern::new(pieces.chain([text(&account)]).chain(behind.iter().cloned()))
        })
    }))
}

/// `trustDomains`: the part of the URI up to the first slash, with one `*` at most.
pub(super) fn trust_domain(config: &MeshConfig<'_>, value: &str) -> Formula {
    // `[^/]*` is nothing, or a segment.
    let optional = [vec![], vec![Piece::Segment]];
    let around = |start: &str, end: &str| {
        let patterns = optional.iter().map(|gap| {
            let start = text(&format!("spiffe://{start}"));
            Pattern::new(
                [start].into_iter().chain(gap.iter().cloned()).chain([text(&format!("{end}/")), Piece::Any]),
            )
        });
        patterns.collect::<Vec<_>>()
    };
    if value == "*" {
        return any_of([Pattern::prefix("spiffe://")]);
    }
    if let Some(end) = value.strip_prefix('*') {
        return any_of(around("", end));
    }
    if let Some(start) = value.strip_suffix('*') {
        return any_of(around(start, ""));
    }
    any_of(
        trust_domain::domains(config, value)
            .into_iter()
            .map(|domain| Pattern::prefix(format!("spiffe://{domain}/"))),
    )
}

pub(super) fn any_of(patterns: impl IntoIterator<Item = Pattern>) -> Formula {
    Formula::Any(patterns.into_iter().map(|pattern| Formula::When(Condition::Identity(pattern))).collect())
}

pub(super) fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}
