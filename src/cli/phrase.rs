//! Parts of sentences that several commands say: how many there are of something, and which they are.

use std::fmt::Display;

use meshward::diagnostic::Diagnostic;

/// So many are named; the others are counted.
const MOST_NAMED: usize = 5;

/// "0 errors, 2 warnings"
pub(crate) fn findings(diagnostics: &[Diagnostic]) -> String {
    let count = |is_error| -> usize {
        let such = diagnostics.iter().filter(|diagnostic| diagnostic.is_error() == is_error);
        such.map(|diagnostic| 1 + diagnostic.more).sum()
    };
    let (errors, warnings) = (count(true), count(false));
    format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))
}

/// "1 rule", "2 rules"
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// "`a/b`, `a/c` and 3 more"
pub(crate) fn named(keys: &[impl Display]) -> String {
    let quoted: Vec<String> = keys.iter().take(MOST_NAMED).map(|key| format!("`{key}`")).collect();
    match (keys.len().saturating_sub(MOST_NAMED), quoted.split_last()) {
        (0, Some((last, [_, ..]))) => format!("{} and {last}", quoted[..quoted.len() - 1].join(", ")),
        (0, _) => quoted.join(""),
        (more, _) => format!("{} and {more} more", quoted.join(", ")),
    }
}
