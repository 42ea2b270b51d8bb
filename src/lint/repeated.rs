//! What a lint says of one caller, one path or one wider rule in many statements, said once: one report at the first of
//! them that names the next ones and counts the rest.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Label, code};
use crate::source::Span;

/// The lints that speak of a caller, a port or a path wherever it is named.
const REPEATING: [Code; 4] =
    [code::SHARED_IDENTITY, code::DEFAULT_ACCOUNT, code::UNDECLARED_PROTOCOL, code::DENY_PATH_PREFIX];

/// The lints that speak of a rule that another one makes needless. Where one does so to many, it is the one to look at.
const BY_ANOTHER: [Code; 2] = [code::REDUNDANT_RULE, code::SHADOWED_RULE];

/// How many further statements are shown.
const SHOWN: usize = 2;

/// Of reports that say the same of several statements, the first is left. To be called after statements were
/// silenced, each for itself.
pub fn fold(diagnostics: &mut Vec<Diagnostic>) {
    let mut repeats: HashMap<Said, Vec<Label>> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics.drain(..) {
        if !repeats_itself(&diagnostic) {
            kept.push(diagnostic);
            continue;
        }
        let said = said(&diagnostic);
        match repeats.get_mut(&said) {
            Some(places) => places.push(diagnostic.primary),
            None => {
                repeats.insert(said, Vec::new());
                kept.push(diagnostic);
            }
        }
    }
    *diagnostics = kept;
    for diagnostic in diagnostics.iter_mut().filter(|found| repeats_itself(found)) {
        if let Some(places) = repeats.remove(&said(diagnostic)) {
            add(diagnostic, places);
        }
    }
}

fn repeats_itself(diagnostic: &Diagnostic) -> bool {
    REPEATING.contains(&diagnostic.code) || other_rule(diagnostic).is_some()
}

/// The one rule that makes another needless.
fn other_rule(diagnostic: &Diagnostic) -> Option<Span> {
    match diagnostic.secondary.as_slice() {
        [other] if BY_ANOTHER.contains(&diagnostic.code) => Some(other.span),
        _ => None,
    }
}

/// What a report says, wherever it says it.
type Said = (Code, String, Option<String>, Option<Span>);

fn said(diagnostic: &Diagnostic) -> Said {
    // By which spellings a path is passed depends on what else is allowed there.
    let spellings = (diagnostic.code == code::DENY_PATH_PREFIX).then(|| diagnostic.primary.message.clone());
    (diagnostic.code, diagnostic.message.clone(), spellings, other_rule(diagnostic))
}

fn add(diagnostic: &mut Diagnostic, mut places: Vec<Label>) {
    // A caller may stand twice in one statement.
    places.retain(|place| place.span != diagnostic.primary.span);
    places.dedup_by_key(|place| place.span);
    let more = places.len().saturating_sub(SHOWN);
    diagnostic.secondary.extend(places.into_iter().take(SHOWN));
    match more {
        0 => {}
        1 => diagnostic.notes.push("the same holds for 1 more statement".to_owned()),
        more => diagnostic.notes.push(format!("the same holds for {more} more statements")),
    }
}
