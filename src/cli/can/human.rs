//! The answer to a question, for people.

use std::fmt::Write as _;

use indexmap::IndexSet;
use meshward::query::{Answer, Case, Outcome, RulePlace};

/// The answer first, then what says so.
pub(super) fn render(answer: &Answer) -> String {
    let mut text = headline(answer);
    for case in &answer.cases {
        let indent = if answer.cases.len() > 1 {
            let who = case.identity.as_deref().unwrap_or("plaintext");
            let (outcome, door) = (word(case.outcome), door(answer, case));
            let (places, port) = (case.workloads.join(", "), case.port);
            let _ = writeln!(text, "  {outcome} at {door}, port {port} of {places}, as {who}");
            "    "
        } else {
            "  "
        };
        render_case(&mut text, case, indent);
    }
    if let Some(note) = &answer.note {
        let _ = writeln!(text, "  note: {note}");
    }
    if let Some(command) = &answer.command {
        let _ = writeln!(text, "  to see it: {command}");
    }
    text
}

/// What the caller may or may not do, and where that is not the same everywhere, at which ports.
fn headline(answer: &Answer) -> String {
    let Answer { caller, place, .. } = answer;
    let outcome = word(answer.outcome);
    let doors = |is_wanted: fn(Outcome) -> bool| {
        let cases = answer.cases.iter().filter(|case| is_wanted(case.outcome));
        let doors: IndexSet<String> = cases.map(|case| door(answer, case)).collect();
        doors
    };
    let (open, closed) =
        (doors(|outcome| outcome == Outcome::Allowed), doors(|outcome| outcome != Outcome::Allowed));
    if open.is_empty() || closed.is_empty() {
        let verb = verb(answer.outcome);
        return format!("{outcome}: `{caller}` {verb} {}\n", asked(answer, &format!("`{place}`")));
    }
    if !open.is_disjoint(&closed) {
        let what = asked(answer, &format!("`{place}`"));
        return format!("{outcome} in part: whether `{caller}` may {what} depends on what it meets\n");
    }
    let list = |doors: IndexSet<String>| doors.into_iter().collect::<Vec<_>>().join(", ");
    let what = asked(answer, &list(open));
    format!("{outcome} in part: `{caller}` may {what}, not on {}\n", list(closed))
}

/// "GET /a on `payments`", "connect to `payments`"
fn asked(answer: &Answer, target: &str) -> String {
    match answer.request.as_str() {
        "connect" => format!("connect to {target}"),
        request => format!("{request} on {target}"),
    }
}

/// The target with a port, as a question names it.
fn door(answer: &Answer, case: &Case) -> String {
    format!("`{}:{}`", answer.target, case.service_port.unwrap_or(case.port))
}

fn render_case(text: &mut String, case: &Case, indent: &str) {
    let _ = writeln!(text, "{indent}{}", case.reason);
    if let Some(rule) = &case.rule {
        render_rule(text, rule, indent);
    }
    if let Some(nearest) = &case.nearest {
        let _ = writeln!(text, "{indent}nearest: {}", nearest.sentence);
        render_rule(text, &nearest.rule, indent);
    }
}

fn render_rule(text: &mut String, rule: &RulePlace, indent: &str) {
    let name = format!("rule[{}] of {}", rule.rule, rule.policy);
    match (&rule.place, &rule.statement) {
        (Some(place), Some(statement)) => {
            let _ = writeln!(text, "{indent}{place}: {statement}\n{indent}as {name}");
        }
        (Some(place), None) => {
            let _ = writeln!(text, "{indent}{place}: {name}");
        }
        (None, _) => {
            let _ = writeln!(text, "{indent}{name}");
        }
    }
}

/// An outcome in one word.
pub(crate) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::External => "external",
        Outcome::Malformed => "malformed",
        Outcome::Refused => "refused",
        Outcome::Unauthenticated => "unauthenticated",
    }
}

fn verb(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "may",
        Outcome::External => "may, if its provider agrees,",
        Outcome::Malformed | Outcome::Refused => "can not",
        Outcome::Denied | Outcome::Unauthenticated => "may not",
    }
}
