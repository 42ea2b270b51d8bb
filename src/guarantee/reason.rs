//! Why a request gets through or not: the statements that decide it, or a fact where no statement does.

use std::sync::Arc;

use super::Decider;
use super::asker::mode;
use super::plain::could_meet;
use super::point::Point;
use crate::access::{Formula, Request};
use crate::policy::{Caller, Effect, MtlsMode, Origin, Policy, Rule};

/// A part of an answer.
#[derive(Clone, Debug)]
pub enum Reason {
    /// A statement, with its part in the answer.
    Statement(Part, Arc<Origin>),
    /// A sentence about what no statement says.
    Fact(String),
}

/// What a statement has to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// It lets the request through.
    Allows,
    /// It denies the request.
    Denies,
    /// It lets others make such requests.
    ForOtherCallers,
    /// It lets this caller make other requests.
    ForOtherRequests,
}

impl Part {
    /// Before the statement: "allowed by".
    pub fn before(self) -> &'static str {
        match self {
            Self::Allows => "allowed by",
            Self::Denies => "denied by",
            Self::ForOtherCallers => "other callers are allowed by",
            Self::ForOtherRequests => "other requests of this caller are allowed by",
        }
    }

    /// Below the statement: "lets it through".
    pub fn below(self) -> &'static str {
        match self {
            Self::Allows => "lets it through",
            Self::Denies => "denies it",
            Self::ForOtherCallers => "lets other callers through",
            Self::ForOtherRequests => "lets other requests of this caller through",
        }
    }
}

/// How many statements are named.
const MOST_STATEMENTS: usize = 3;

/// Whether a request gets through, and why.
pub(super) fn decide(decider: &Decider<'_>, point: &Point<'_>, request: &Request) -> (bool, Vec<Reason>) {
    let transport = decider.intent.transport(point.pods.namespace, point.pods.labels, point.port);
    if !transport.holds(request) {
        return (false, vec![refused_by_transport(decider, point)]);
    }
    let (allow, deny) = rules(decider, point);
    let holds = |rule: &&Rule| decider.intent.requests(rule).holds(request);
    let denying: Vec<&Rule> = deny.into_iter().filter(holds).collect();
    if !denying.is_empty() {
        return (false, statements(Part::Denies, &denying));
    }
    if decider.intent.is_open(point.pods.namespace, point.pods.labels) {
        return (true, vec![opened(decider.policy, point.pods.namespace)]);
    }
    let allowing: Vec<&Rule> = allow.iter().copied().filter(holds).collect();
    if !allowing.is_empty() {
        return (true, statements(Part::Allows, &allowing));
    }
    let of_caller = |rule: &&Rule| {
        let callers = decider.intent.asked(&rule.callers, &rule.except, &[]);
        callers.holds(request)
    };
    let for_caller: Vec<&Rule> = allow.iter().copied().filter(of_caller).collect();
    let of_request =
        |rule: &&Rule| decider.intent.asked(&[Caller::Anyone], &[], &rule.operations).holds(request);
    let for_request: Vec<&Rule> = allow.into_iter().filter(of_request).collect();
    (false, nearest(&for_caller, &for_request))
}

/// The rules that look at a point: those that allow, and those that deny.
pub(super) fn rules<'a>(decider: &Decider<'a>, point: &Point<'_>) -> (Vec<&'a Rule>, Vec<&'a Rule>) {
    decider
        .intent
        .rules_at(point.pods.namespace, point.pods.labels, point.port, point.traffic)
        .partition(|rule| rule.effect == Effect::Allow)
}

/// What a denial by default is nearest to.
fn nearest(for_caller: &[&Rule], for_request: &[&Rule]) -> Vec<Reason> {
    let mut reasons = vec![Reason::Fact("no rule allows it".to_owned())];
    if for_caller.is_empty() {
        reasons.extend(statements(Part::ForOtherCallers, for_request));
    } else {
        reasons.extend(statements(Part::ForOtherRequests, for_caller));
    }
    reasons
}

/// Why no request of a set gets through to a point, where none does. `asked` are the requests of `callers`.
pub(super) fn nothing_through(
    decider: &Decider<'_>,
    point: &Point<'_>,
    callers: &[Caller],
    (asked, of_callers): (&Formula, &Formula),
) -> Vec<Reason> {
    let (allow, deny) = rules(decider, point);
    let allowed = if decider.intent.is_open(point.pods.namespace, point.pods.labels) {
        Formula::Always
    } else {
        decider.requests(&allow)
    };
    let wanted = Formula::All(vec![asked.clone(), allowed]);
    let transport = decider.intent.transport(point.pods.namespace, point.pods.labels, point.port);
    if decider.could_hold(&Formula::All(vec![wanted.clone(), transport.clone()])) {
        let touches = |rule: &&Rule| {
            let both = Formula::All(vec![wanted.clone(), transport.clone(), decider.intent.requests(rule)]);
            decider.could_hold(&both)
        };
        let denying: Vec<&Rule> = deny.into_iter().filter(touches).collect();
        return statements(Part::Denies, &denying);
    }
    if decider.could_hold(&wanted) {
        return vec![refused_by_transport(decider, point)];
    }
    let of_caller = |rule: &&Rule| {
        let both =
            Formula::All(vec![of_callers.clone(), decider.intent.asked(&rule.callers, &rule.except, &[])]);
        could_meet(callers, &rule.callers) && decider.could_hold(&both)
    };
    let (for_caller, others): (Vec<&Rule>, Vec<&Rule>) = allow.into_iter().partition(of_caller);
    nearest(&for_caller, &others)
}

fn statements(part: Part, rules: &[&Rule]) -> Vec<Reason> {
    let mut origins: Vec<&Arc<Origin>> = rules.iter().map(|rule| &rule.origin).collect();
    origins.dedup_by(|one, other| Arc::ptr_eq(one, other));
    origins.into_iter().take(MOST_STATEMENTS).map(|origin| Reason::Statement(part, origin.clone())).collect()
}

/// Why a namespace denies nothing by default.
pub(super) fn opened(policy: &Policy, namespace: &str) -> Reason {
    let covered = policy.covered.iter().find(|covered| covered.namespace == namespace);
    match covered.and_then(|covered| covered.open.as_ref()) {
        Some(origin) => Reason::Statement(Part::Allows, origin.clone()),
        None if namespace == policy.mesh.root_namespace => Reason::Fact(format!(
            "nothing is denied to these pods in `{namespace}`: the root namespace has a default deny under \
             `defaultDeny: mesh` only"
        )),
        None => Reason::Fact(format!(
            "nothing is denied in `{namespace}`: no rule has a target there, and `namespaces:` does not list it"
        )),
    }
}

fn refused_by_transport(decider: &Decider<'_>, point: &Point<'_>) -> Reason {
    // Whoever calls a port that takes plaintext only calls in plaintext.
    debug_assert_eq!(mode(decider, point), MtlsMode::Strict, "nothing else is refused");
    let what = "takes mutual TLS only, and this caller shows no identity";
    let (port, subject) = (point.port, point.subject);
    Reason::Fact(format!("port {port} of `{}/{}` {what}", subject.namespace, subject.name))
}
