//! `never` and `only`: a request that gets through and should not, found among all requests.

use rayon::prelude::*;

use super::Decider;
use super::plain::{could_break, could_share_requests};
use super::point::{Point, pods, points};
use super::reason::{Reason, decide, rules};
use super::witness::{likely, what, who};
use crate::access::{Formula, Request, TooComplex};
use crate::check::Traffic;
use crate::diagnostic::{Code, Diagnostic, code};
use crate::policy::{Caller, Guarantee, Promise, Rule};

/// A request that breaks a guarantee, and the set that it was taken from.
struct Excess {
    request: Request,
    set: Formula,
}

/// The first request, in the order of the targets, that breaks a `never` or an `only`.
pub(super) fn find(decider: &Decider<'_>, guarantee: &Guarantee) -> Option<Diagnostic> {
    let asked = forbidden(decider, guarantee);
    let pods = guarantee
        .subjects
        .iter()
        .flat_map(|subject| pods(decider.graph, subject).into_iter().map(move |pods| (subject, pods)));
    let points: Vec<Point<'_>> = pods
        .flat_map(|(subject, pods)| points(subject, pods))
        .filter(|point| guarantee.operations.is_empty() || point.traffic == Traffic::Http)
        .collect();
    let found: Vec<(&Point<'_>, Result<Excess, TooComplex>)> = points
        .par_iter()
        .filter_map(|point| at(decider, guarantee, &asked, point).transpose().map(|found| (point, found)))
        .collect();
    let (point, first) = found.first()?;
    let mut others: Vec<&Point<'_>> = found[1..].iter().map(|(point, _)| *point).collect();
    // One port is one place, whatever arrives there.
    others.retain(|other| !same_port(other, point));
    others.dedup_by(|other, former| same_port(other, former));
    Some(match first {
        Ok(excess) => broken(decider, guarantee, point, excess, &others),
        Err(error) => undecided(guarantee, point, error),
    })
}

fn same_port(one: &Point<'_>, other: &Point<'_>) -> bool {
    one.port == other.port && one.subject == other.subject
}

/// What must not get through.
fn forbidden(decider: &Decider<'_>, guarantee: &Guarantee) -> Formula {
    let Guarantee { callers, except, operations, .. } = guarantee;
    match guarantee.promise {
        Promise::Never | Promise::Reaches => decider.intent.asked(callers, except, operations),
        Promise::Only => decider
            .intent
            .asked(&[Caller::Anyone], &[], operations)
            .without(decider.intent.asked(callers, except, &[])),
    }
}

/// A forbidden request that gets through at a point. Most points are done with when the callers, methods and paths
/// of their rules were looked at, and only the others need a space.
fn at(
    decider: &Decider<'_>,
    guarantee: &Guarantee,
    forbidden: &Formula,
    point: &Point<'_>,
) -> Result<Option<Excess>, TooComplex> {
    let is_open = decider.intent.is_open(point.pods.namespace, point.pods.labels);
    let (mut allow, deny) = rules(decider, point);
    allow.retain(|rule| could_break(guarantee, rule));
    let could_share = |rule: &&Rule| could_share_requests(&guarantee.operations, &rule.operations);
    if !is_open && !allow.iter().any(could_share) {
        return Ok(None);
    }
    let any =
        |rules: &[&Rule]| Formula::Any(rules.iter().map(|rule| decider.intent.requests(rule)).collect());
    let set = Formula::All(vec![
        decider.intent.transport(point.pods.namespace, point.pods.labels, point.port),
        forbidden.clone(),
        if is_open { Formula::Always } else { any(&allow) },
    ])
    .without(any(&deny));
    Ok(decider.one_of(&set)?.map(|request| Excess { request, set }))
}

fn broken(
    decider: &Decider<'_>,
    guarantee: &Guarantee,
    point: &Point<'_>,
    excess: &Excess,
    others: &[&Point<'_>],
) -> Diagnostic {
    let request = likely(decider, point, &excess.set, excess.request.clone());
    let (word, code) = spelled(guarantee.promise);
    let message = format!(
        "`{word}` does not hold: {} may {}",
        who(decider, &request),
        what(point, &request, "example.com")
    );
    let label = match guarantee.promise {
        Promise::Never | Promise::Reaches => "this must never get through",
        Promise::Only => "this caller is not on the left",
    };
    let mut diagnostic = Diagnostic::new(code, message, guarantee.head, label);
    for reason in decide(decider, point, &request).1 {
        diagnostic = match reason {
            Reason::Statement(part, origin) => diagnostic.label(origin.span, part.below()),
            Reason::Fact(fact) => diagnostic.note(fact),
        };
    }
    match others {
        [] => diagnostic,
        [only] => diagnostic.note(format!("nor does it at {}", place(only))),
        [first, ..] => {
            diagnostic.note(format!("nor does it at {} other ports, such as {}", others.len(), place(first)))
        }
    }
}

/// "port 8080 of `shop/payments`"
fn place(point: &Point<'_>) -> String {
    format!("port {} of `{}/{}`", point.port, point.subject.namespace, point.subject.name)
}

fn undecided(guarantee: &Guarantee, point: &Point<'_>, error: &TooComplex) -> Diagnostic {
    let (word, code) = spelled(guarantee.promise);
    let message = format!(
        "`{word}` can not be decided: the {} patterns at {} are too mixed to be told apart",
        error.patterns,
        place(point)
    );
    Diagnostic::new(code, message, guarantee.head, "not decided, and so not promised")
        .note("use fewer suffix patterns (`*/x`) and templates on one service")
}

/// The word of a promise and the code for a broken one.
pub(super) fn spelled(promise: Promise) -> (&'static str, Code) {
    match promise {
        Promise::Never => ("never", code::BROKEN_NEVER),
        Promise::Only => ("only", code::BROKEN_ONLY),
        Promise::Reaches => ("reaches", code::BROKEN_REACHES),
    }
}
