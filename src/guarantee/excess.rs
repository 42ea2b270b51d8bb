//! `never` and `only`: a request that gets through and should not, found among all requests.

use std::borrow::Cow;
use std::sync::LazyLock;

use rayon::prelude::*;

use super::asker::{Asker, askers, mode};
use super::plain::{could_be_forbidden, could_break, could_meet, could_share_requests};
use super::point::{Point, pods, points};
use super::reason::{Reason, decide, rules};
use super::sample::{Opening, gets_through};
use super::witness::{likely, what, who};
use super::{Decider, Detail};
use crate::access::{Formula, Request, TooComplex};
use crate::check::Traffic;
use crate::diagnostic::{Code, Diagnostic, code};
use crate::policy::{Caller, Guarantee, MtlsMode, Promise, Rule};

/// A request that breaks a guarantee, and the set that it was taken from.
struct Excess {
    request: Request,
    set: Formula,
}

/// The first request, in the order of the targets, that breaks a `never` or an `only`.
pub(super) fn find(decider: &Decider<'_>, guarantee: &Guarantee, detail: Detail) -> Option<Diagnostic> {
    let as_written = Question::new(decider, Cow::Borrowed(guarantee));
    let in_plaintext = LazyLock::new(|| Question::new(decider, Cow::Owned(in_plaintext(guarantee))));
    let question_at = |point: &Point<'_>| match mode(decider, point) {
        MtlsMode::Disable => &in_plaintext,
        MtlsMode::Permissive | MtlsMode::Strict => &as_written,
    };
    let pods = guarantee
        .subjects
        .iter()
        .flat_map(|subject| pods(decider.graph, subject).into_iter().map(move |pods| (subject, pods)));
    let points: Vec<Point<'_>> = pods
        .flat_map(|(subject, pods)| points(subject, pods))
        .filter(|point| guarantee.operations.is_empty() || point.traffic == Traffic::Http)
        .collect();
    if detail == Detail::Counted
        && points.iter().any(|point| look(decider, question_at(point), point) == Look::Broken)
    {
        return Some(counted(guarantee));
    }
    let broken_at: Vec<&Point<'_>> =
        points.par_iter().filter(|point| is_broken_at(decider, question_at(point), point)).collect();
    // Only the first one is shown, and so only its set is looked for a request that reads well.
    let (point, first) = broken_at
        .iter()
        .find_map(|point| at(decider, question_at(point), point).transpose().map(|found| (*point, found)))?;
    let mut others = broken_at;
    // One port is one place, whatever arrives there.
    others.retain(|other| !same_port(other, point));
    others.dedup_by(|other, former| same_port(other, former));
    Some(match first {
        Ok(excess) => broken(decider, guarantee, point, &excess, &others),
        Err(error) => undecided(guarantee, point, &error),
    })
}

fn same_port(one: &Point<'_>, other: &Point<'_>) -> bool {
    one.port == other.port && one.subject == other.subject
}

/// A guarantee, and what must not get through.
struct Question<'a> {
    guarantee: Cow<'a, Guarantee>,
    forbidden: Formula,
}

impl<'a> Question<'a> {
    fn new(decider: &Decider<'_>, guarantee: Cow<'a, Guarantee>) -> Self {
        let Guarantee { callers, except, operations, .. } = &*guarantee;
        let forbidden = match guarantee.promise {
            Promise::Never | Promise::Reaches => decider.intent.asked(callers, except, operations),
            Promise::Only => decider
                .intent
                .asked(&[Caller::Anyone], &[], operations)
                .without(decider.intent.asked(callers, except, &[])),
        };
        Self { guarantee, forbidden }
    }
}

/// What a guarantee comes to at a port that takes plaintext only: the proxies of all callers send plaintext there, so
/// that nobody with an identity can be told from another, and whoever gets through may be one of those who must never.
fn in_plaintext(guarantee: &Guarantee) -> Guarantee {
    let mut plain = guarantee.clone();
    if guarantee.promise == Promise::Never {
        for caller in plain.callers.iter_mut().filter(|caller| caller.is_identity()) {
            *caller = Caller::Anyone;
        }
        plain.callers.sort_unstable();
        plain.callers.dedup();
        plain.except.retain(|caller| !caller.is_identity());
    }
    plain
}

/// Whether anything forbidden gets through at a point; yes where that can not be told.
fn is_broken_at(decider: &Decider<'_>, question: &Question<'_>, point: &Point<'_>) -> bool {
    match look(decider, question, point) {
        Look::Kept => false,
        Look::Broken => true,
        Look::Unclear => !matches!(at(decider, question, point), Ok(None)),
    }
}

/// What is seen of a guarantee at a point without a space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Kept,
    Broken,
    Unclear,
}

/// Most points are done with when the callers, methods and paths of their rules were looked at, and most others when
/// a request was tried that such a rule suggests.
fn look(decider: &Decider<'_>, question: &Question<'_>, point: &Point<'_>) -> Look {
    let Question { guarantee, forbidden } = question;
    let Involved { is_open, allow, deny } = Involved::at(decider, guarantee, point);
    let asked = guarantee.operations.as_slice();
    let opening: Vec<&Rule> =
        allow.into_iter().filter(|rule| could_share_requests(asked, &rule.operations)).collect();
    if opening.is_empty() && !is_open {
        return Look::Kept;
    }
    let denied = decider.requests(&deny);
    let by_rules = opening.iter().map(|rule| Opening::by_rule(decider, rule));
    let by_all = is_open.then(Opening::to_all);
    let is_shown_by = |opening: Opening<'_>| {
        let askers = likely_askers(decider, guarantee, opening.callers);
        gets_through(decider, point, (&opening, &denied), askers, (asked, forbidden))
    };
    if by_rules.chain(by_all).any(is_shown_by) { Look::Broken } else { Look::Unclear }
}

/// Callers of whom some are let through, and by whom a guarantee could so be broken. Who is named by both by name
/// comes first; an identity that the one names may well call from a network that the other names.
fn likely_askers<'a>(
    decider: &'a Decider<'_>,
    guarantee: &'a Guarantee,
    let_through: &'a [Caller],
) -> impl Iterator<Item = Asker> + 'a {
    let (networks, named): (Vec<&Caller>, Vec<&Caller>) = likely_callers(guarantee, let_through)
        .into_iter()
        .partition(|caller| matches!(caller, Caller::Peer(_) | Caller::Client(_)));
    let asker = |caller: &Caller| askers(decider, std::slice::from_ref(caller), &[]);
    let networks: Vec<Asker> = networks.into_iter().flat_map(asker).collect();
    let alone = networks.clone();
    let there = move |asker: Asker| {
        let moved: Vec<Asker> = networks.iter().map(|network| asker.at_addresses_of(network)).collect();
        std::iter::once(asker).chain(moved)
    };
    named.into_iter().flat_map(asker).flat_map(there).chain(alone)
}

/// The callers of a guarantee, and those who are let through, that the others could mean too; the narrower ones
/// first.
fn likely_callers<'a>(guarantee: &'a Guarantee, let_through: &'a [Caller]) -> Vec<&'a Caller> {
    let of_rule = let_through.iter().filter(|caller| could_be_forbidden(guarantee, caller));
    let is_allowed = |caller: &&Caller| could_meet(std::slice::from_ref(*caller), let_through);
    let mut callers: Vec<&Caller> = match guarantee.promise {
        Promise::Never | Promise::Reaches => {
            of_rule.chain(guarantee.callers.iter().filter(is_allowed)).collect()
        }
        Promise::Only => of_rule.collect(),
    };
    callers.sort_unstable();
    callers.dedup();
    callers
}

/// The first request by which a guarantee is broken at a point, in the order of its space.
fn at(
    decider: &Decider<'_>,
    question: &Question<'_>,
    point: &Point<'_>,
) -> Result<Option<Excess>, TooComplex> {
    let Question { guarantee, forbidden } = question;
    let Involved { is_open, allow, deny } = Involved::at(decider, guarantee, point);
    let set = Formula::All(vec![
        decider.intent.transport(point.pods.namespace, point.pods.labels, point.port),
        forbidden.clone(),
        if is_open { Formula::Always } else { decider.requests(&allow) },
    ])
    .without(decider.requests(&deny));
    Ok(decider.one_of(&set)?.map(|request| Excess { request, set }))
}

/// The rules at a point that can matter to a guarantee.
struct Involved<'a> {
    /// Whether everything is let through that no rule denies.
    is_open: bool,
    /// Those that allow something to its callers by its methods. Some may part ways by their paths: what a
    /// counterexample looks like does not depend on what is plain to see.
    allow: Vec<&'a Rule>,
    deny: Vec<&'a Rule>,
}

impl<'a> Involved<'a> {
    fn at(decider: &Decider<'a>, guarantee: &Guarantee, point: &Point<'_>) -> Self {
        let (mut allow, deny) = rules(decider, point);
        allow.retain(|rule| could_break(guarantee, rule));
        Self { is_open: decider.intent.is_open(point.pods.namespace, point.pods.labels), allow, deny }
    }
}

/// A guarantee that does not hold, as one of many of which only the first are told.
fn counted(guarantee: &Guarantee) -> Diagnostic {
    let (word, code) = spelled(guarantee.promise);
    let message = format!("`{word}` does not hold");
    Diagnostic::new(code, message, guarantee.head, "something gets through")
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
            Reason::Statement(part, origin) => diagnostic.label(origin.span(), part.below()),
            Reason::Fact(fact) => diagnostic.note(fact),
        };
    }
    if guarantee.promise == Promise::Never && mode(decider, point) == MtlsMode::Disable {
        let is_gateway = decider.graph.is_gateway(point.pods.namespace, point.pods.labels);
        diagnostic = diagnostic.note(if is_gateway {
            "the gateway asks for no certificate at this port: nobody is known there"
        } else {
            "this port takes plaintext only, and the proxies of all callers send it: nobody is known there"
        });
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
