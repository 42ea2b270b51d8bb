//! What is left of a set of requests once it is known who calls.

use crate::access::{Condition, Formula, Pattern, Piece, Space};
use crate::check::paths_under;
use crate::istio::semantics::{Access, Part};
use crate::project::PathNormalization;

/// The requests of one caller in a set; `None` is plaintext.
pub(crate) fn restricted(formula: &Formula, identity: Option<&str>) -> Formula {
    match formula {
        Formula::Always => Formula::Always,
        Formula::Never => Formula::Never,
        Formula::When(Condition::Identity(pattern)) => {
            if identity.is_some_and(|uri| pattern.matches(uri)) {
                Formula::Always
            } else {
                Formula::Never
            }
        }
        Formula::When(condition) => Formula::When(condition.clone()),
        Formula::Not(inner) => restricted(inner, identity).complement(),
        Formula::All(parts) => Formula::intersection(parts.iter().map(|part| restricted(part, identity))),
        Formula::Any(parts) => Formula::union(parts.iter().map(|part| restricted(part, identity))),
    }
}

/// The rules of a list that can match a request of one caller.
pub(super) fn matching<'p, 'a>(
    parts: &'p [Part<'a>],
    identity: Option<&str>,
    normalization: PathNormalization,
) -> Vec<&'p Part<'a>> {
    let can_match = |part: &&Part<'a>| is_possible(&restricted(&part.requests, identity), normalization);
    parts.iter().filter(can_match).collect()
}

/// Whether some request of a caller gets through, if every provider agrees.
pub(super) fn lets_in(access: &Access<'_>, identity: Option<&str>, normalization: PathNormalization) -> bool {
    let left = |formula: &Formula| restricted(formula, identity);
    let of_rules = |parts: &[Part<'_>]| Formula::union(parts.iter().map(|part| left(&part.requests)));
    let mut parts = vec![left(&access.handshake), left(&access.authentication), left(&access.audience)];
    parts.extend(access.allow.as_deref().map(of_rules));
    parts.push(of_rules(&access.deny).complement());
    if access.external_fails {
        parts.push(of_rules(&access.external).complement());
    }
    is_possible(&Formula::intersection(parts), normalization)
}

/// Whether a set has a request. One that is too mixed to be told is taken to have one: an answer may name too many,
/// and must not keep silent about any.
pub(super) fn is_possible(formula: &Formula, normalization: PathNormalization) -> bool {
    match formula {
        Formula::Always => true,
        Formula::Never => false,
        Formula::When(_) | Formula::Not(_) | Formula::All(_) | Formula::Any(_) => {
            let Ok(mut space) = Space::new(paths_under(normalization), &[formula]) else { return true };
            space.node(formula).map_or(true, |node| space.witness(node).is_some())
        }
    }
}

/// The patterns of identities that a formula asks for, each once, in order.
pub(crate) fn identities(formula: &Formula) -> Vec<&Pattern> {
    let mut conditions = Vec::new();
    formula.conditions(&mut conditions);
    let mut patterns: Vec<&Pattern> = conditions
        .into_iter()
        .filter_map(|condition| match condition {
            Condition::Identity(pattern) => Some(pattern),
            _ => None,
        })
        .collect();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

/// The one identity that a pattern matches, if it is an exact one.
pub(crate) fn exact(pattern: &Pattern) -> Option<&str> {
    match pattern.pieces() {
        [Piece::Text(uri)] => Some(uri),
        _ => None,
    }
}

/// An identity that a pattern matches and that nobody is likely to name.
pub(crate) fn example(pattern: &Pattern) -> String {
    let spelled = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Caseless(text) => text.clone(),
        Piece::Any | Piece::Some | Piece::Segment | Piece::PathGlob | Piece::TextGlob => {
            "nobody-names-this".to_owned()
        }
    };
    pattern.pieces().iter().map(spelled).collect()
}
