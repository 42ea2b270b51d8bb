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
        Formula::Not(inner) => negated(restricted(inner, identity)),
        Formula::All(parts) => all(parts.iter().map(|part| restricted(part, identity))),
        Formula::Any(parts) => any(parts.iter().map(|part| restricted(part, identity))),
    }
}

fn negated(formula: Formula) -> Formula {
    match formula {
        Formula::Always => Formula::Never,
        Formula::Never => Formula::Always,
        other @ (Formula::When(_) | Formula::Not(_) | Formula::All(_) | Formula::Any(_)) => {
            Formula::Not(Box::new(other))
        }
    }
}

fn all(parts: impl Iterator<Item = Formula>) -> Formula {
    let mut left = Vec::new();
    for part in parts {
        match part {
            Formula::Always => {}
            Formula::Never => return Formula::Never,
            other @ (Formula::When(_) | Formula::Not(_) | Formula::All(_) | Formula::Any(_)) => {
                left.push(other);
            }
        }
    }
    if left.is_empty() { Formula::Always } else { Formula::All(left) }
}

fn any(parts: impl Iterator<Item = Formula>) -> Formula {
    let mut left = Vec::new();
    for part in parts {
        match part {
            Formula::Always => return Formula::Always,
            Formula::Never => {}
            other @ (Formula::When(_) | Formula::Not(_) | Formula::All(_) | Formula::Any(_)) => {
                left.push(other);
            }
        }
    }
    if left.is_empty() { Formula::Never } else { Formula::Any(left) }
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
    let of_rules = |parts: &[Part<'_>]| any(parts.iter().map(|part| left(&part.requests)));
    let mut parts = vec![left(&access.handshake), left(&access.authentication), left(&access.audience)];
    parts.extend(access.allow.as_deref().map(of_rules));
    parts.push(negated(of_rules(&access.deny)));
    if access.external_fails {
        parts.push(negated(of_rules(&access.external)));
    }
    is_possible(&all(parts.into_iter()), normalization)
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
