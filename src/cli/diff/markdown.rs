//! A comparison as Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use meshward::diff::{Diff, Direction};

use super::human::{attempt, status, summary};

/// A heading for each target, a line for each change, the requests to try folded away.
pub(super) fn render(diff: &Diff) -> String {
    let mut text = format!("**{}**\n", summary(diff).trim_end().replace('\n', "; "));
    for target in &diff.targets {
        let _ = writeln!(text, "\n### {}{}\n", target.workloads.join(", "), status(target));
        for change in &target.changes {
            let sign = match change.direction {
                Direction::Opened => "🔓",
                Direction::Closed => "🔒",
            };
            let _ = writeln!(text, "- {sign} {}", escaped(&change.sentence));
        }
        let attempts: Vec<String> =
            target.changes.iter().filter_map(|change| attempt(target, change)).collect();
        if !attempts.is_empty() {
            let _ = writeln!(text, "\n<details><summary>To try it</summary>\n\n```sh");
            let _ = writeln!(text, "{}\n```\n\n</details>", attempts.join("\n"));
        }
    }
    for undecided in &diff.undecided {
        let _ = writeln!(text, "\n- {} was not compared: {}", undecided.workload, escaped(&undecided.reason));
    }
    text
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\`*_{}[]<>|#~".contains(letter) {
            shown.push('\\');
        }
        shown.push(letter);
    }
    shown
}
