//! More diagnostics than anyone reads: of one kind in one file the first are told, and the others are counted.

use std::collections::HashMap;

use super::{Code, Diagnostic};
use crate::source::SourceId;

/// How many diagnostics of one code are told of one file.
pub const MOST_OF_A_KIND: usize = 1_000;

/// What is counted together.
type Kind = (SourceId, Code);

fn kind(diagnostic: &Diagnostic) -> Kind {
    (diagnostic.primary.span.source, diagnostic.code)
}

/// Leaves the first of each kind in the order in which they are; the last one that is left counts the others.
pub fn fold(diagnostics: &mut Vec<Diagnostic>) {
    if diagnostics.len() <= MOST_OF_A_KIND {
        return;
    }
    let mut told: HashMap<Kind, (usize, usize)> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics.drain(..) {
        let (count, last) = told.entry(kind(&diagnostic)).or_default();
        if *count == MOST_OF_A_KIND {
            kept[*last].more += 1 + diagnostic.more;
        } else {
            (*count, *last) = (*count + 1, kept.len());
            kept.push(diagnostic);
        }
    }
    *diagnostics = kept;
}

/// What the last message about a file says where the rest of it is not read.
const REST_IS_NOT_READ: &str = "so much is wrong here that the rest of the file was not read";

/// Whether a long run of errors of one kind about this file ends the list. Then it is refused whatever else it says,
/// so the rest of it need not be read, and the last message tells that it was not.
pub fn is_hopeless(diagnostics: &mut [Diagnostic], source: SourceId) -> bool {
    let Some(first) = diagnostics.len().checked_sub(MOST_OF_A_KIND) else { return false };
    let first = kind(&diagnostics[first]);
    let last =
        diagnostics.last_mut().filter(|last| last.is_error() && first == kind(last) && first.0 == source);
    let Some(last) = last else { return false };
    if last.notes.last().is_none_or(|note| note != REST_IS_NOT_READ) {
        last.notes.push(REST_IS_NOT_READ.to_owned());
    }
    true
}

/// Adds a diagnostic, or counts it where a long run of its kind ends the list. So a stage that finds millions of
/// them does not hold them all.
pub fn add(diagnostics: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    let first_of_run = diagnostics.len().checked_sub(MOST_OF_A_KIND).map(|first| kind(&diagnostics[first]));
    match diagnostics.last_mut() {
        Some(last) if first_of_run == Some(kind(&diagnostic)) && kind(last) == kind(&diagnostic) => {
            last.more += 1 + diagnostic.more;
        }
        Some(_) | None => diagnostics.push(diagnostic),
    }
}
