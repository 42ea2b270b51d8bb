//! `reaches`: for each caller and each target some request that gets through, at each step of the way.

use super::Decider;
use super::asker::{Asker, askers, mode};
use super::point::{Pods, Point, pods, points};
use super::reason::{Reason, nothing_through, rules};
use super::sample::{Opening, gets_through};
use super::witness::who;
use crate::access::{Formula, Request, TooComplex};
use crate::check::Traffic;
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{Caller, Guarantee, Operation, Rule, Subject};

/// One step of the way: each of the callers must reach each of the subjects.
struct Step<'a> {
    callers: &'a [Caller],
    except: &'a [Caller],
    subjects: Vec<&'a Subject>,
    operations: &'a [Operation],
}

/// The first caller, in the order of the steps, that does not reach its target.
pub(super) fn find(decider: &Decider<'_>, guarantee: &Guarantee) -> Option<Diagnostic> {
    steps(guarantee).iter().find_map(|step| broken_step(decider, guarantee, step))
}

/// What is asked for is asked of the last service; any request will do on the way.
fn steps(guarantee: &Guarantee) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let (mut callers, mut except) = (guarantee.callers.as_slice(), guarantee.except.as_slice());
    for stop in &guarantee.via {
        steps.push(Step { callers, except, subjects: vec![&stop.subject], operations: &[] });
        (callers, except) = (stop.callers.as_slice(), &[]);
    }
    let subjects = guarantee.subjects.iter().collect();
    steps.push(Step { callers, except, subjects, operations: &guarantee.operations });
    steps
}

fn broken_step(decider: &Decider<'_>, guarantee: &Guarantee, step: &Step<'_>) -> Option<Diagnostic> {
    let askers = askers(decider, step.callers, step.except);
    for asker in &askers {
        for subject in &step.subjects {
            for pods in pods(decider.graph, subject) {
                match reached(decider, asker, subject, pods, step.operations) {
                    Ok(true) => {}
                    Ok(false) => return Some(broken(decider, guarantee, step, asker, (subject, pods))),
                    Err(error) => return Some(undecided(guarantee, subject, &error)),
                }
            }
        }
    }
    None
}

/// Whether some request of a caller gets through to one of the ports. Mostly one does that a rule suggests, and
/// only where none does a space is needed.
fn reached(
    decider: &Decider<'_>,
    asker: &Asker,
    subject: &Subject,
    pods: Pods<'_>,
    operations: &[Operation],
) -> Result<bool, TooComplex> {
    for point in points_for(subject, pods, operations) {
        let asked = asked(decider, asker, &point, operations);
        let (allow, deny) = rules(decider, &point);
        let denied = decider.requests(&deny);
        let is_shown_by = |rule: &&Rule| {
            let opening = Opening::by_rule(decider, rule);
            let asker = std::iter::once(asker.clone());
            gets_through(decider, &point, (&opening, &denied), asker, (operations, &asked))
        };
        if allow.iter().any(is_shown_by) {
            return Ok(true);
        }
        let decision = decider.intent.decide(pods.namespace, pods.labels, point.port, point.traffic);
        let set = Formula::All(vec![asked, decision.formula()]);
        if decider.one_of(&set)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn points_for<'a>(
    subject: &'a Subject,
    pods: Pods<'a>,
    operations: &'a [Operation],
) -> impl Iterator<Item = Point<'a>> {
    points(subject, pods).filter(|point| operations.is_empty() || point.traffic == Traffic::Http)
}

fn asked(decider: &Decider<'_>, asker: &Asker, point: &Point<'_>, operations: &[Operation]) -> Formula {
    Formula::All(vec![
        asker.requests(mode(decider, point)),
        decider.intent.asked(&[Caller::Anyone], &[], operations),
    ])
}

fn broken(
    decider: &Decider<'_>,
    guarantee: &Guarantee,
    step: &Step<'_>,
    asker: &Asker,
    (subject, pods): (&Subject, Pods<'_>),
) -> Diagnostic {
    let point = points_for(subject, pods, step.operations).next();
    let identity = point.as_ref().and_then(|point| asker.identities(mode(decider, point)).into_iter().next());
    let mut request = Request::new("GET", "example.com", "/");
    request.identity = identity.flatten();
    let message = format!(
        "`reaches` does not hold: no request of {} gets through to `{}/{}`",
        who(decider, &request),
        subject.namespace,
        subject.name
    );
    let label =
        if step.operations.is_empty() { "nothing gets through" } else { "no such request gets through" };
    let mut diagnostic = Diagnostic::new(code::BROKEN_REACHES, message, guarantee.head, label);
    let Some(point) = point else { return diagnostic };
    let sets = (&asked(decider, asker, &point, step.operations), &asker.requests(mode(decider, &point)));
    for reason in nothing_through(decider, &point, step.callers, sets) {
        diagnostic = match reason {
            Reason::Statement(part, origin) => diagnostic.label(origin.span(), part.below()),
            Reason::Fact(fact) => diagnostic.note(fact),
        };
    }
    diagnostic
}

fn undecided(guarantee: &Guarantee, subject: &Subject, error: &TooComplex) -> Diagnostic {
    let message = format!(
        "`reaches` can not be decided: the {} patterns of `{}/{}` are too mixed to be told apart",
        error.patterns, subject.namespace, subject.name
    );
    Diagnostic::new(code::BROKEN_REACHES, message, guarantee.head, "not decided, and so not promised")
        .note("use fewer suffix patterns (`*/x`) and templates on one service")
}
