//! The classes of strings by what they end in, and which of them a string can still come to.

use std::collections::{BTreeSet, VecDeque};

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::automaton::{Automaton, BEGIN, State};
use super::classes::{MOST_STEPS, TooComplex};
use super::domain::{Domain, START};
use super::pattern::Pattern;

/// A place between two letters of a string of the domain.
pub(super) type Place = usize;

/// All places of the domain's strings, as far as the ends tell them apart.
#[derive(Debug)]
pub(super) struct Ends {
    ids: FxHashMap<(u8, State), Place>,
    /// In the order of [`reading_order`].
    edges: Vec<Vec<(char, Place)>>,
    /// The edge of a letter that nothing names.
    other: Vec<Option<(char, Place)>>,
    /// The class of a string that ends here, where one may.
    class: Vec<Option<usize>>,
    /// The ends that each class has.
    pub(super) members: Vec<Vec<u32>>,
    reach: Vec<FixedBitSet>,
}

impl Ends {
    /// Follows all strings of a domain, letter for letter of those that are `named` elsewhere.
    pub(super) fn new(
        domain: Domain,
        ends: &[Pattern],
        mut named: BTreeSet<char>,
    ) -> Result<Self, TooComplex> {
        let mut automaton = Automaton::ends(ends);
        named.extend(automaton.letters());
        named.insert('/');
        let mut keys = vec![(START, BEGIN)];
        let mut graph = Self {
            ids: FxHashMap::from_iter([((START, BEGIN), 0)]),
            edges: Vec::new(),
            other: Vec::new(),
            class: Vec::new(),
            members: Vec::new(),
            reach: Vec::new(),
        };
        let mut classes: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        while let Some((domain_state, state)) = keys.get(graph.edges.len()).copied() {
            graph.class.push(domain.accepts(domain_state).then(|| {
                let members = automaton.accepted(state);
                *classes.entry(members).or_insert_with_key(|members| {
                    graph.members.push(members.clone());
                    graph.members.len() - 1
                })
            }));
            let mut edges = Vec::new();
            for (letter, next) in letters(domain, domain_state, &named) {
                let key = (next, automaton.step(state, letter));
                let place = *graph.ids.entry(key).or_insert_with(|| {
                    keys.push(key);
                    keys.len() - 1
                });
                edges.push((letter, place));
            }
            automaton.work += edges.len();
            if automaton.work > MOST_STEPS {
                return Err(TooComplex { patterns: ends.len() });
            }
            graph.other.push(edges.iter().find(|(letter, _)| !named.contains(letter)).copied());
            graph.edges.push(edges);
        }
        graph.spread();
        Ok(graph)
    }

    /// The class of a string that ends at a place, if one may.
    pub(super) fn class(&self, place: Place) -> Option<usize> {
        self.class[place]
    }

    /// The classes of the strings that go on from a place or end there.
    pub(super) fn reach(&self, place: Place) -> &FixedBitSet {
        &self.reach[place]
    }

    /// Where a letter leads that is named somewhere.
    pub(super) fn follow(&self, place: Place, letter: char) -> Option<(char, Place)> {
        let edges = &self.edges[place];
        let found = edges.binary_search_by_key(&reading_order(letter), |(letter, _)| reading_order(*letter));
        found.ok().map(|index| edges[index])
    }

    /// A letter that nothing names, and where it leads.
    pub(super) fn other(&self, place: Place) -> Option<(char, Place)> {
        self.other[place]
    }

    /// The letters that lead on, with the place behind each.
    pub(super) fn edges(&self, place: Place) -> &[(char, Place)] {
        &self.edges[place]
    }

    /// The shortest way from a place to a string of a class.
    pub(super) fn shortest(&self, from: Place, class: usize) -> Option<String> {
        let mut parents: FxHashMap<Place, Option<(Place, char)>> = FxHashMap::from_iter([(from, None)]);
        let mut open = VecDeque::from([from]);
        while let Some(place) = open.pop_front() {
            if self.class[place] == Some(class) {
                let mut letters = Vec::new();
                let mut current = place;
                while let Some((parent, letter)) = parents[&current] {
                    letters.push(letter);
                    current = parent;
                }
                return Some(letters.into_iter().rev().collect());
            }
            for (letter, next) in &self.edges[place] {
                parents.entry(*next).or_insert_with(|| {
                    open.push_back(*next);
                    Some((place, *letter))
                });
            }
        }
        None
    }

    /// Fills `reach`: what a place reaches is its own class and what its neighbours reach. Most places lead back
    /// to the first ones by one letter, so going backwards settles in a few rounds.
    fn spread(&mut self) {
        self.reach = vec![FixedBitSet::with_capacity(self.members.len()); self.edges.len()];
        for (place, class) in self.class.iter().enumerate() {
            if let Some(class) = class {
                self.reach[place].insert(*class);
            }
        }
        let mut grows = true;
        while grows {
            grows = false;
            for place in (0..self.edges.len()).rev() {
                let mut all = std::mem::take(&mut self.reach[place]);
                let before = all.count_ones(..);
                for (_, next) in &self.edges[place] {
                    all.union_with(&self.reach[*next]);
                }
                grows |= all.count_ones(..) > before;
                self.reach[place] = all;
            }
        }
    }
}

/// The letters after which states can differ, with the state of the domain behind each: those that are named, and
/// one that stands for all others. (A `.` that no pattern names can only make a dot segment, and a space only a
/// string that may not end there, after which less is possible than after a letter, so they stand for nothing of
/// their own.)
fn letters(domain: Domain, state: u8, named: &BTreeSet<char>) -> Vec<(char, u8)> {
    let behind = |letter: char| Some((letter, domain.step(state, letter)?));
    if let Some(forced) = domain.forced(state) {
        return behind(forced).into_iter().collect();
    }
    let free = Domain::fillers().filter(|letter| !named.contains(letter)).find_map(behind);
    let mut letters: Vec<(char, u8)> = named.iter().copied().filter_map(behind).chain(free).collect();
    letters.sort_by_key(|(letter, _)| reading_order(*letter));
    letters
}

/// Letters that read well come first, so that a witness reads like something one would send.
pub(super) fn reading_order(letter: char) -> (bool, bool, char) {
    (!letter.is_ascii_alphanumeric(), letter.is_ascii_uppercase(), letter)
}
