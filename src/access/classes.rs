//! The classes of a string dimension: every set of patterns that some string satisfies exactly is a class, with
//! a short such string as its witness.

use std::collections::BTreeMap;

use super::domain::Domain;
use super::pattern::Pattern;
use super::strings::Strings;

/// How many places of patterns may be looked at to cut one dimension into classes.
pub const MOST_STEPS: usize = 8_000_000;

/// How many conditions a space may tell apart. Each takes some microseconds, and each set of requests repeats it.
pub const MOST_CONDITIONS: usize = 100_000;

/// A piece of a dimension that every pattern either covers or misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The patterns that cover it, by position, sorted.
    pub members: Vec<u32>,
    /// A string in it: one that is usually sent, or else a short one.
    pub witness: String,
}

/// What is asked for can not be told apart within the budget of [`MOST_STEPS`], [`MOST_CONDITIONS`] and
/// [`MOST_RUNS`](super::diagram::MOST_RUNS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooComplex {
    /// How many patterns there are.
    pub patterns: usize,
}

/// Cuts the strings of a domain into classes.
///
/// The budget bounds the work, never the result: it ends in an error.
pub fn partition(domain: Domain, patterns: &[Pattern]) -> Result<Vec<Class>, TooComplex> {
    let strings = Strings::new(domain, patterns)?;
    let pairs: Vec<(usize, usize)> = strings.pairs().collect();
    if pairs.len().saturating_mul(patterns.len()) > MOST_STEPS {
        return Err(TooComplex { patterns: patterns.len() });
    }
    // Several pairs come to one class where the difference between them is one that no pattern makes.
    let mut classes: BTreeMap<Vec<u32>, String> = BTreeMap::new();
    for (beginning, ending) in pairs {
        let members = strings.members(beginning, ending);
        let shorter = |known: &String, new: &String| (new.len(), new) < (known.len(), known);
        let witness = strings.witness(beginning, ending);
        classes
            .entry(members)
            .and_modify(|known| {
                if shorter(known, &witness) {
                    known.clone_from(&witness);
                }
            })
            .or_insert(witness);
    }
    Ok(classes.into_iter().map(|(members, witness)| Class { members, witness }).collect())
}
