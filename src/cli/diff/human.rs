//! A comparison for people: a block for each target, a sentence for each change, and how to try it.

use std::fmt::Write as _;

use meshward::diff::{Change, Diff, Direction, Normalizations, Status, TargetDiff, Which};

use super::super::phrase::counted;

/// The changes, and how many there are.
pub(super) fn render(diff: &Diff) -> String {
    let mut text = String::new();
    for target in &diff.targets {
        let _ = writeln!(text, "{}{}", target.workloads.join(", "), status(target));
        for change in &target.changes {
            let sign = match change.direction {
                Direction::Opened => '+',
                Direction::Closed => '-',
            };
            let _ = writeln!(text, "  {sign} {}", change.sentence);
            if let Some(attempt) = attempt(target, change) {
                let _ = writeln!(text, "      {attempt}");
            }
        }
    }
    for undecided in &diff.undecided {
        let _ = writeln!(text, "{}\n  ? not compared: {}", undecided.workload, undecided.reason);
    }
    text + &summary(diff)
}

pub(super) fn status(target: &TargetDiff) -> &'static str {
    match target.status {
        Status::Changed => "",
        Status::New => " (new)",
        Status::Removed => " (removed)",
    }
}

/// How to ask about the request of a change. A port that nothing declares has no name in a question, and the change
/// is rarely what one looks for; the JSON form has the request.
pub(super) fn attempt(target: &TargetDiff, change: &Change) -> Option<String> {
    if change.undeclared {
        return None;
    }
    if let Some(question) = &change.question {
        return Some(format!("meshward can '{question}'"));
    }
    let line = serde_json::to_string(&change.request);
    let line = line.expect("a request is made of strings and numbers, which JSON can hold");
    // Of pods that no workload is known to run nobody can ask.
    if !target.known {
        return Some(format!("for example {line}"));
    }
    Some(format!("echo '{}' | meshward can --requests -", line.replace('\'', "'\\''")))
}

/// `2 opened, 1 closed`
pub(super) fn summary(diff: &Diff) -> String {
    let (opened, closed) = (diff.count(Direction::Opened), diff.count(Direction::Closed));
    let mut text = match (opened, closed) {
        (0, 0) if diff.is_empty() => "nothing opens and nothing closes\n".to_owned(),
        (opened, closed) => format!("{opened} opened, {closed} closed\n"),
    };
    if let Some(which) = diff.graph_from {
        let (with, without) = match which {
            Which::New => ("NEW", "OLD"),
            Which::Old => ("OLD", "NEW"),
        };
        let _ = writeln!(text, "{without} has no workloads; those of {with} were taken for both");
        if diff.selecting_nothing > 0 {
            let objects = counted(diff.selecting_nothing, "object");
            let _ = writeln!(
                text,
                "{objects} of {without} select none of their pods, and count for nothing here"
            );
        }
    }
    if let Some(first) = diff.relabelled.first() {
        let workloads = counted(diff.relabelled.len(), "workload");
        let _ =
            writeln!(text, "the pods of {workloads} carry other labels in NEW, such as those of `{first}`");
    }
    if let Some(Normalizations { old, new }) = &diff.normalizations {
        let _ = writeln!(
            text,
            "path normalization goes from {old} to {new}: paths are compared as NEW leaves them; of what that \
             alone opens or closes, one request at a port is told where one is found"
        );
    }
    if !diff.undecided.is_empty() {
        let _ = writeln!(text, "{} could not be compared", counted(diff.undecided.len(), "workload"));
    }
    text
}
