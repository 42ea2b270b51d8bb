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
            let last = &mut kept[*last];
            last.more += 1 + diagnostic.more;
            if diagnostic.ends_reading() {
                last.end_reading();
            }
        } else {
            (*count, *last) = (*count + 1, kept.len());
            kept.push(diagnostic);
        }
    }
    *diagnostics = kept;
}

/// The kind of the run that ends a list, if the run is long.
fn long_run(diagnostics: &[Diagnostic]) -> Option<Kind> {
    let first = kind(&diagnostics[diagnostics.len().checked_sub(MOST_OF_A_KIND)?]);
    diagnostics.last().map(kind).filter(|last| *last == first)
}

/// What the last message about a file says where the rest of it is not read.
const REST_IS_NOT_READ: &str = "so much is wrong here that the rest of the file was not read";

impl Diagnostic {
    /// Whether the rest of its file was not read, so that what stands there is not known.
    pub fn ends_reading(&self) -> bool {
        self.notes.iter().any(|note| note == REST_IS_NOT_READ)
    }

    fn end_reading(&mut self) {
        if !self.ends_reading() {
            self.notes.push(REST_IS_NOT_READ.to_owned());
        }
    }
}

/// Gives a file up about which a long run of errors of one kind ends the list: its rest need not be read to refuse
/// it. The last message tells so, and whoever does not refuse the file has to ask it ([`Diagnostic::ends_reading`]).
pub fn give_up(diagnostics: &mut [Diagnostic], source: SourceId) -> bool {
    let is_about_it = long_run(diagnostics).is_some_and(|(about, _)| about == source);
    let last = diagnostics.last_mut().filter(|last| is_about_it && last.is_error());
    last.map(Diagnostic::end_reading).is_some()
}

/// Adds a diagnostic, or counts it where a long run of its kind ends the list. So a stage that finds millions of
/// them does not hold them all.
pub fn add(diagnostics: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    let is_counted = long_run(diagnostics) == Some(kind(&diagnostic));
    match diagnostics.last_mut().filter(|_| is_counted) {
        Some(last) => last.more += 1 + diagnostic.more,
        None => diagnostics.push(diagnostic),
    }
}
