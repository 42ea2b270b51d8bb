//! A comparison for people: a block for each target, a sentence for each change, and how to try it.

use std::fmt::Write as _;

use meshward::diff::{Change, Diff, Direction, Status, TargetDiff};

use super::super::check::counted;

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
            let _ = writeln!(text, "      {}", attempt(change));
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

/// How to ask about the request of a change.
pub(super) fn attempt(change: &Change) -> String {
    match &change.question {
        Some(question) => format!("meshward can '{question}'"),
        None => {
            let line = serde_json::to_string(&change.request);
            let line = line.expect("a request is made of strings and numbers, which JSON can hold");
            format!("echo '{}' | meshward can --requests -", line.replace('\'', "'\\''"))
        }
    }
}

/// `2 opened, 1 closed`
pub(super) fn summary(diff: &Diff) -> String {
    let (opened, closed) = (diff.count(Direction::Opened), diff.count(Direction::Closed));
    let mut text = match (opened, closed) {
        (0, 0) if diff.undecided.is_empty() => "nothing opens and nothing closes\n".to_owned(),
        (opened, closed) => format!("{opened} opened, {closed} closed\n"),
    };
    if !diff.undecided.is_empty() {
        let _ = writeln!(text, "{} could not be compared", counted(diff.undecided.len(), "workload"));
    }
    text
}
