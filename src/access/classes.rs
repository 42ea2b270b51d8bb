//! The classes of a string dimension: all patterns are read side by side, byte for byte, and every set of
//! patterns that some string satisfies exactly is a class, with the shortest such string as its witness.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::domain::{Domain, START};
use super::pattern::{Pattern, Piece};

/// How many states of the automaton may be visited in one dimension of one workload.
pub const BUDGET: usize = 400_000;

/// A piece of a dimension that every pattern either covers or misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The patterns that cover it, by position, sorted.
    pub members: Vec<u32>,
    /// A string in it: one that is usually sent, or else the shortest.
    pub witness: String,
}

/// The patterns of a dimension can not be told apart within the [`BUDGET`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooComplex {
    /// How many patterns there are.
    pub patterns: usize,
}

/// Cuts the strings of a domain into classes, each with its shortest string as a witness, or with one that is
/// usually sent.
///
/// Patterns must be distinct. The budget bounds the work, never the result: it ends in an error.
pub fn partition(domain: Domain, patterns: &[Pattern]) -> Result<Vec<Class>, TooComplex> {
    let automaton = Automaton::new(patterns);
    let mut states: HashSet<(u8, Vec<u32>)> = HashSet::new();
    let mut parents: Vec<(usize, u8)> = vec![(0, 0)];
    let mut found: Vec<Class> = Vec::new();
    let mut known: BTreeSet<Vec<u32>> = BTreeSet::new();
    let start = (START, automaton.close(automaton.starts.iter().copied()));
    let mut open = VecDeque::from([(0_usize, start.clone())]);
    states.insert(start);
    while let Some((id, (domain_state, set))) = open.pop_front() {
        if domain.accepts(domain_state) {
            let members = automaton.accepted(&set);
            if known.insert(members.clone()) {
                found.push(Class { members, witness: spell(&parents, id) });
            }
        }
        for byte in automaton.telling(domain, domain_state, &set) {
            let Some(next_state) = domain.step(domain_state, byte) else { continue };
            let next = (next_state, automaton.step(&set, byte));
            if states.contains(&next) {
                continue;
            }
            if states.len() >= BUDGET {
                return Err(TooComplex { patterns: patterns.len() });
            }
            states.insert(next.clone());
            parents.push((id, byte));
            open.push_back((parents.len() - 1, next));
        }
    }
    for class in &mut found {
        if let Some(usual) = domain.usual().iter().find(|text| matching(patterns, text) == class.members) {
            (*usual).clone_into(&mut class.witness);
        }
    }
    Ok(found)
}

/// The patterns that match a string, by position.
fn matching(patterns: &[Pattern], text: &str) -> Vec<u32> {
    (0..patterns.len() as u32).filter(|index| patterns[*index as usize].matches(text)).collect()
}

/// The bytes on the way from the start to a state.
fn spell(parents: &[(usize, u8)], mut id: usize) -> String {
    let mut bytes = Vec::new();
    while id != 0 {
        let (parent, byte) = parents[id];
        bytes.push(byte);
        id = parent;
    }
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One step of one pattern.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// This byte, then the next step.
    Byte(u8),
    /// This lower case letter or its upper case form, or this byte, then the next step.
    Caseless(u8),
    /// Any byte, then this step again or the next one.
    Some,
    /// Any byte but `/`, likewise.
    Segment,
    /// Nothing, then the next step; or any byte, then this step again.
    Any,
    /// The end of a pattern.
    Accept(u32),
}

/// The steps of all patterns, one behind the other. A state is a sorted set of positions.
struct Automaton {
    steps: Vec<Step>,
    starts: Vec<u32>,
}

impl Automaton {
    fn new(patterns: &[Pattern]) -> Self {
        let mut automaton = Self { steps: Vec::new(), starts: Vec::new() };
        for (index, pattern) in patterns.iter().enumerate() {
            automaton.starts.push(automaton.steps.len() as u32);
            for piece in pattern.pieces() {
                match piece {
                    Piece::Text(text) => automaton.steps.extend(text.bytes().map(Step::Byte)),
                    Piece::Caseless(text) => automaton.steps.extend(text.bytes().map(Step::Caseless)),
                    Piece::Any => automaton.steps.push(Step::Any),
                    Piece::Some => automaton.steps.push(Step::Some),
                    Piece::Segment => automaton.steps.push(Step::Segment),
                }
            }
            automaton.steps.push(Step::Accept(index as u32));
        }
        automaton
    }

    /// The bytes after which the states of `set` can differ: those that it names, `/` where a segment looks at
    /// it, and one that stands for all others. (A `.` that no pattern names can only make a dot segment, after
    /// which less is possible than after a letter, so it stands for nothing of its own.)
    fn telling(&self, domain: Domain, state: u8, set: &[u32]) -> Vec<u8> {
        if let Some(forced) = domain.forced(state) {
            return vec![forced];
        }
        let mut bytes: BTreeSet<u8> = set
            .iter()
            .filter_map(|position| match self.steps[*position as usize] {
                Step::Byte(byte) | Step::Caseless(byte) => Some(byte),
                Step::Any | Step::Some | Step::Segment | Step::Accept(_) => None,
            })
            .collect();
        bytes.insert(b'/');
        let others = domain.fillers().iter().copied().chain(b'!'..=b'~');
        bytes.extend({
            let mut free = others.filter(|byte| !bytes.contains(byte) && domain.step(state, *byte).is_some());
            free.next()
        });
        // Letters first, so that a witness reads like something one would send.
        let mut ordered: Vec<u8> = bytes.into_iter().collect();
        ordered.sort_by_key(|byte| (!byte.is_ascii_alphanumeric(), *byte));
        ordered
    }

    fn step(&self, set: &[u32], byte: u8) -> Vec<u32> {
        let moved = set.iter().flat_map(|position| {
            let (stay, go) = match self.steps[*position as usize] {
                Step::Byte(expected) => (false, byte == expected),
                Step::Caseless(expected) => (false, byte.to_ascii_lowercase() == expected),
                Step::Some => (true, true),
                Step::Segment => (byte != b'/', byte != b'/'),
                Step::Any => (true, false),
                Step::Accept(_) => (false, false),
            };
            stay.then_some(*position).into_iter().chain(go.then_some(*position + 1))
        });
        self.close(moved)
    }

    /// Adds the steps that are reached without a byte.
    fn close(&self, positions: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut closed: Vec<u32> = Vec::new();
        for mut position in positions {
            closed.push(position);
            while matches!(self.steps[position as usize], Step::Any) {
                position += 1;
                closed.push(position);
            }
        }
        closed.sort_unstable();
        closed.dedup();
        closed
    }

    fn accepted(&self, set: &[u32]) -> Vec<u32> {
        let mut members: Vec<u32> = set
            .iter()
            .filter_map(|position| match self.steps[*position as usize] {
                Step::Accept(pattern) => Some(pattern),
                Step::Any | Step::Byte(_) | Step::Caseless(_) | Step::Some | Step::Segment => None,
            })
            .collect();
        members.sort_unstable();
        members
    }
}
