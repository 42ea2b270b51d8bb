//! Patterns read side by side, letter for letter: each state is the set of places at which some pattern can be,
//! and each set gets a number when it is first seen.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::pattern::{BESIDE_TEMPLATES, Pattern, Piece, in_path_glob, in_text_glob};

/// One step of one pattern.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// This letter, then the next step.
    Letter(char),
    /// This lower case letter or its upper case form, then the next step.
    Caseless(char),
    /// Any letter, then this step again or the next one.
    Some,
    /// Any letter but `/`, likewise.
    Segment,
    /// Any letter that a template's `{*}` matches, likewise.
    PathGlob,
    /// Nothing, then the next step; or any letter, then this step again.
    Any,
    /// Nothing, then the next step; or any letter that a template's `{**}` matches, then this step again.
    TextGlob,
    /// The end of a pattern.
    Accept(u32),
}

/// A set of places, by the order in which it was seen.
pub(super) type State = u32;

/// The state before the first letter.
pub(super) const BEGIN: State = 0;

/// The steps of all patterns, one behind the other.
pub(super) struct Automaton {
    steps: Vec<Step>,
    /// Where patterns go on after a letter from places at which they always are, which no state lists: so a
    /// thousand patterns that begin with a gap cost no state a thousand entries.
    restarts: FxHashMap<char, Vec<u32>>,
    /// Each at the position that its state names.
    sets: IndexSet<Box<[u32]>, FxBuildHasher>,
    moves: FxHashMap<(State, char), State>,
    /// The places that were looked at so far, the measure of the work.
    pub(super) work: usize,
}

impl Automaton {
    /// Reads whole strings.
    pub(super) fn whole(patterns: &[Pattern]) -> Self {
        let (mut automaton, starts) = Self::of(patterns);
        let begin = automaton.close(starts.into_iter());
        automaton.state(begin);
        automaton
    }

    /// Reads the ends of strings: each pattern may begin anywhere.
    pub(super) fn ends(patterns: &[Pattern]) -> Self {
        let (mut automaton, starts) = Self::of(patterns);
        for start in starts {
            for letter in automaton.steps[start as usize].named() {
                automaton.restarts.entry(letter).or_default().push(start + 1);
            }
        }
        automaton.state(Vec::new());
        automaton
    }

    fn of(patterns: &[Pattern]) -> (Self, Vec<u32>) {
        let mut automaton = Self {
            steps: Vec::new(),
            restarts: FxHashMap::default(),
            sets: IndexSet::default(),
            moves: FxHashMap::default(),
            work: 0,
        };
        let mut starts = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            starts.push(automaton.steps.len() as u32);
            for piece in pattern.pieces() {
                match piece {
                    Piece::Text(text) => automaton.steps.extend(text.chars().map(Step::Letter)),
                    Piece::Caseless(text) => automaton.steps.extend(text.chars().map(Step::Caseless)),
                    Piece::Any => automaton.steps.push(Step::Any),
                    Piece::Some => automaton.steps.push(Step::Some),
                    Piece::Segment => automaton.steps.push(Step::Segment),
                    Piece::PathGlob => automaton.steps.push(Step::PathGlob),
                    Piece::TextGlob => automaton.steps.push(Step::TextGlob),
                }
            }
            automaton.steps.push(Step::Accept(index as u32));
        }
        automaton.work = automaton.steps.len();
        (automaton, starts)
    }

    /// The state behind a letter.
    pub(super) fn step(&mut self, state: State, letter: char) -> State {
        if let Some(known) = self.moves.get(&(state, letter)) {
            return *known;
        }
        let set = &self.sets[state as usize];
        self.work += set.len() + 1;
        let moved = set.iter().flat_map(|place| {
            let (stay, go) = self.steps[*place as usize].reads(letter);
            stay.then_some(*place).into_iter().chain(go.then_some(*place + 1))
        });
        let restarted = self.restarts.get(&letter).into_iter().flatten().copied();
        let next = self.close(moved.chain(restarted));
        let next = self.state(next);
        self.moves.insert((state, letter), next);
        next
    }

    /// The patterns that match the string so far, sorted.
    pub(super) fn accepted(&self, state: State) -> Vec<u32> {
        let accepts = |place: &u32| match self.steps[*place as usize] {
            Step::Accept(pattern) => Some(pattern),
            Step::Any
            | Step::Caseless(_)
            | Step::Letter(_)
            | Step::PathGlob
            | Step::Segment
            | Step::Some
            | Step::TextGlob => None,
        };
        self.sets[state as usize].iter().filter_map(accepts).collect()
    }

    /// The letters that a state names, each once.
    pub(super) fn named(&self, state: State) -> Vec<char> {
        let set = self.sets[state as usize].iter();
        let mut letters: Vec<char> = set.flat_map(|place| self.steps[*place as usize].named()).collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    }

    /// The letters that any pattern names.
    pub(super) fn letters(&self) -> BTreeSet<char> {
        self.steps.iter().flat_map(|step| step.named()).collect()
    }

    /// Whether every further letter leaves the state as it is: each pattern that is not yet out of question has
    /// only a gap before its end, which it has passed.
    pub(super) fn is_settled(&self, state: State) -> bool {
        let set = &self.sets[state as usize];
        let is_gap = |place: u32| matches!(self.steps[place as usize], Step::Any | Step::Some);
        let is_end = |place: u32| matches!(self.steps[place as usize], Step::Accept(_));
        set.iter().enumerate().all(|(index, place)| {
            let before = index.checked_sub(1).map(|index| set[index]);
            let after = set.get(index + 1);
            let passed = is_gap(*place) && is_end(*place + 1) && after == Some(&(*place + 1));
            let ends = is_end(*place) && before.is_some_and(|before| before + 1 == *place && is_gap(before));
            passed || ends
        })
    }

    /// Adds the steps that are reached without a letter.
    fn close(&self, places: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut closed: Vec<u32> = Vec::new();
        for mut place in places {
            closed.push(place);
            while matches!(self.steps[place as usize], Step::Any | Step::TextGlob) {
                place += 1;
                closed.push(place);
            }
        }
        closed.sort_unstable();
        closed.dedup();
        closed
    }

    fn state(&mut self, set: Vec<u32>) -> State {
        self.sets.insert_full(set.into()).0 as State
    }
}

impl Step {
    /// Whether the pattern can stay at this step after a letter, and whether it can go on to the next one.
    fn reads(self, letter: char) -> (bool, bool) {
        match self {
            Self::Letter(expected) => (false, letter == expected),
            Self::Caseless(expected) => (false, letter.to_ascii_lowercase() == expected),
            Self::Some => (true, true),
            Self::Segment => (letter != '/', letter != '/'),
            Self::PathGlob => (in_path_glob(letter), in_path_glob(letter)),
            Self::Any => (true, false),
            Self::TextGlob => (in_text_glob(letter), false),
            Self::Accept(_) => (false, false),
        }
    }

    /// The letters that it names: all others, but for `/`, are the same to it.
    fn named(self) -> impl Iterator<Item = char> {
        let (first, second, refused) = match self {
            Self::Letter(letter) => (Some(letter), None, ""),
            Self::Caseless(letter) => (Some(letter), Some(letter.to_ascii_uppercase()), ""),
            Self::PathGlob | Self::TextGlob => (None, None, BESIDE_TEMPLATES),
            Self::Any | Self::Some | Self::Segment | Self::Accept(_) => (None, None, ""),
        };
        first.into_iter().chain(second).chain(refused.chars())
    }
}
