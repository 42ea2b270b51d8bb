//! The answer to a question, for people.

use std::fmt::Write as _;

use meshward::query::{Answer, Case, Outcome, RulePlace};

/// The answer first, then what says so.
pub(super) fn render(answer: &Answer) -> String {
    let mut text = String::new();
    let Answer { caller, target, request, .. } = answer;
    let what = match request.as_str() {
        "connect" => format!("connect to `{target}`"),
        request => format!("{request} on `{target}`"),
    };
    let (outcome, verb) = (word(answer.outcome), verb(answer.outcome));
    let _ = writeln!(text, "{outcome}: `{caller}` {verb} {what}");
    for case in &answer.cases {
        let indent = if answer.cases.len() > 1 {
            let who = case.identity.as_deref().unwrap_or("plaintext");
            let (places, port, outcome) = (case.workloads.join(", "), case.port, word(case.outcome));
            let _ = writeln!(text, "  {outcome} at port {port} of {places}, as {who}");
            "    "
        } else {
            "  "
        };
        render_case(&mut text, case, indent);
    }
    if let Some(command) = &answer.command {
        let _ = writeln!(text, "  to see it: {command}");
    }
    text
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
