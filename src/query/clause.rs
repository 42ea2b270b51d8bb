//! How close a request comes to a set of requests: the alternative that it fails in the fewest dimensions, and
//! what that alternative asks for in each.

use crate::access::{Condition, Dimension, Formula, Request};

/// What one alternative of a formula asks of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause<'f> {
    /// The dimension.
    pub(super) dimension: Dimension,
    /// One of these must hold; if `negated`, none of them.
    pub(super) conditions: Vec<&'f Condition>,
    /// Whether it is an exception.
    pub(super) negated: bool,
    /// Whether the request satisfies it.
    pub(super) holds: bool,
}

/// The clauses of the alternative that a request comes closest to; `None` where no request is in the set.
///
/// ```text
/// allow orders -> payments GET /a; POST /b      asked: orders DELETE /a
/// [Identity orders: holds] [Method GET: fails] [Path /a: holds]
/// ```
pub(super) fn closest<'f>(formula: &'f Formula, request: &Request) -> Option<Vec<Clause<'f>>> {
    match formula {
        Formula::Always => Some(Vec::new()),
        Formula::Never => None,
        Formula::When(condition) => Some(vec![Clause {
            dimension: condition.dimension(),
            conditions: vec![condition],
            negated: false,
            holds: condition.holds(request),
        }]),
        Formula::Not(inner) => exception(inner, request),
        Formula::All(parts) => {
            let clauses: Option<Vec<Vec<Clause<'f>>>> =
                parts.iter().map(|part| closest(part, request)).collect();
            clauses.map(|clauses| clauses.concat())
        }
        Formula::Any(parts) => one_of(parts, request),
    }
}

/// How far a request is from an alternative, the nearest first: by what it misses, then by whether that is the
/// caller, then the path, since who asks rarely means somebody else or another place. What is missing in a token is
/// one thing.
pub(super) fn distance(clauses: &[Clause<'_>]) -> (usize, bool, bool) {
    let misses =
        |wanted: fn(&Dimension) -> bool| missed(clauses).filter(|clause| wanted(&clause.dimension)).count();
    let of_token = misses(is_of_token);
    let others = misses(|dimension| !is_of_token(dimension));
    let another = |wanted: fn(&Dimension) -> bool| misses(wanted) > 0;
    (
        others + of_token.min(1),
        another(|dimension| *dimension == Dimension::Identity),
        another(|dimension| *dimension == Dimension::Path),
    )
}

fn is_of_token(dimension: &Dimension) -> bool {
    matches!(dimension, Dimension::Token | Dimension::Issuer | Dimension::Subject | Dimension::Claim(_))
}

fn one_of<'f>(parts: &'f [Formula], request: &Request) -> Option<Vec<Clause<'f>>> {
    if let Some(clause) = values(parts, request) {
        return Some(vec![clause]);
    }
    let alternatives = parts.iter().filter_map(|part| closest(part, request));
    alternatives.min_by_key(|clauses| distance(clauses))
}

/// Several values of one dimension, of which one must hold.
fn values<'f>(parts: &'f [Formula], request: &Request) -> Option<Clause<'f>> {
    let conditions: Option<Vec<&Condition>> = parts
        .iter()
        .map(|part| match part {
            Formula::When(condition) => Some(condition),
            Formula::Always | Formula::Never | Formula::Not(_) | Formula::All(_) | Formula::Any(_) => None,
        })
        .collect();
    let conditions = conditions?;
    let dimension = conditions.first()?.dimension();
    let holds = conditions.iter().any(|condition| condition.holds(request));
    let alike = conditions.iter().all(|condition| condition.dimension() == dimension);
    alike.then_some(Clause { dimension, conditions, negated: false, holds })
}

/// What must not hold: nothing of `inner`.
fn exception<'f>(inner: &'f Formula, request: &Request) -> Option<Vec<Clause<'f>>> {
    let mut conditions = Vec::new();
    inner.conditions(&mut conditions);
    let holds = !inner.holds(request);
    let Some(first) = conditions.first().map(|condition| condition.dimension()) else {
        return holds.then(Vec::new);
    };
    // What spans several dimensions, such as a CORS preflight, is an exception that no policy writes down.
    let is_mixed = conditions.iter().any(|condition| condition.dimension() != first);
    if is_mixed && holds {
        return Some(Vec::new());
    }
    Some(vec![Clause { dimension: first, conditions, negated: true, holds }])
}

/// The clauses that a request does not satisfy.
pub(super) fn missed<'c, 'f>(clauses: &'c [Clause<'f>]) -> impl Iterator<Item = &'c Clause<'f>> {
    clauses.iter().filter(|clause| !clause.holds)
}
