//! Which endings go with which beginnings of strings: both are read side by side until the beginning is settled,
//! and from there every ending is possible that the place still leads to.

use fixedbitset::FixedBitSet;
use rustc_hash::{FxHashMap, FxHashSet};

use super::automaton::{Automaton, BEGIN, State};
use super::classes::{MOST_STEPS, TooComplex};
use super::domain::Domain;
use super::ends::{Ends, Place, reading_order};
use super::pattern::Pattern;

/// The strings that match the same patterns among those that read whole strings.
#[derive(Debug)]
pub(super) struct Beginning {
    /// These patterns.
    pub(super) members: Vec<u32>,
    /// The classes of endings that they can have.
    pub(super) endings: FixedBitSet,
    /// Strings to begin with for each of these endings; the shortest is first.
    pub(super) origins: Vec<Origin>,
}

/// A string from which a beginning is certain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) text: String,
    pub(super) place: Place,
    /// Whether the beginning stays certain however the string goes on, or only if it ends here.
    pub(super) settled: bool,
}

/// The classes of beginnings, and the places of endings.
pub(super) fn beginnings(
    domain: Domain,
    begins: &[Pattern],
    ends: &[Pattern],
) -> Result<(Vec<Beginning>, Ends), TooComplex> {
    let automaton = Automaton::whole(begins);
    let ends = Ends::new(domain, ends, automaton.letters())?;
    let mut product = Product {
        automaton,
        ends: &ends,
        complete: ends.members.len(),
        keys: vec![(0, BEGIN)],
        seen: FxHashSet::from_iter([(0, BEGIN)]),
        parents: vec![None],
        beginnings: Vec::new(),
        classes: FxHashMap::default(),
        class_of: FxHashMap::default(),
    };
    let mut next = 0;
    while next < product.keys.len() {
        product.visit(next);
        if product.automaton.work > MOST_STEPS {
            return Err(TooComplex { patterns: begins.len() });
        }
        next += 1;
    }
    let beginnings = product.beginnings;
    Ok((beginnings.into_iter().filter(|beginning| !beginning.origins.is_empty()).collect(), ends))
}

struct Product<'a> {
    automaton: Automaton,
    ends: &'a Ends,
    /// How many endings there are in all.
    complete: usize,
    keys: Vec<(Place, State)>,
    seen: FxHashSet<(Place, State)>,
    parents: Vec<Option<(usize, char)>>,
    beginnings: Vec<Beginning>,
    classes: FxHashMap<Vec<u32>, usize>,
    class_of: FxHashMap<State, usize>,
}

impl Product<'_> {
    fn visit(&mut self, id: usize) {
        let (place, state) = self.keys[id];
        if self.automaton.is_settled(state) {
            let ends = self.ends;
            self.record(id, state, ends.reach(place), true);
            return;
        }
        if let Some(ending) = self.ends.class(place) {
            let mut endings = FixedBitSet::with_capacity(self.complete);
            endings.insert(ending);
            self.record(id, state, &endings, false);
        }
        let edges = self.edges(place, state);
        self.automaton.work += edges.len();
        for (letter, next) in edges {
            let key = (next, self.automaton.step(state, letter));
            if self.seen.insert(key) {
                self.keys.push(key);
                self.parents.push(Some((id, letter)));
            }
        }
    }

    /// The letters that lead on. Those that the state does not name all lead to one state, so of them the first
    /// to each place is enough; and if that state is settled and has every ending already, one of them is.
    fn edges(&mut self, place: Place, state: State) -> Vec<(char, Place)> {
        let ends = self.ends;
        let mut named = self.automaton.named(state);
        if !named.contains(&'/') {
            named.push('/');
        }
        let other = ends.other(place);
        let known = other.is_some_and(|(letter, _)| {
            let next = self.automaton.step(state, letter);
            self.automaton.is_settled(next) && {
                let class = self.class(next);
                self.beginnings[class].endings.count_ones(..) == self.complete
            }
        });
        if known {
            let followed = named.into_iter().filter_map(|letter| ends.follow(place, letter));
            let mut edges: Vec<(char, Place)> = followed.chain(other).collect();
            edges.sort_by_key(|(letter, _)| reading_order(*letter));
            return edges;
        }
        let mut reached = Vec::new();
        let leads_on = |(letter, next): &(char, Place)| {
            let is_new = !reached.contains(next);
            named.contains(letter) || {
                if is_new {
                    reached.push(*next);
                }
                is_new
            }
        };
        ends.edges(place).iter().copied().filter(leads_on).collect()
    }

    /// Notes that a beginning has these endings.
    fn record(&mut self, id: usize, state: State, endings: &FixedBitSet, settled: bool) {
        let class = self.class(state);
        if endings.is_subset(&self.beginnings[class].endings) {
            return;
        }
        let origin = Origin { text: self.spell(id), place: self.keys[id].0, settled };
        let beginning = &mut self.beginnings[class];
        beginning.endings.union_with(endings);
        beginning.origins.push(origin);
    }

    fn class(&mut self, state: State) -> usize {
        if let Some(known) = self.class_of.get(&state) {
            return *known;
        }
        let members = self.automaton.accepted(state);
        let next = self.beginnings.len();
        let class = *self.classes.entry(members).or_insert_with_key(|members| {
            self.beginnings.push(Beginning {
                members: members.clone(),
                endings: FixedBitSet::with_capacity(self.complete),
                origins: Vec::new(),
            });
            next
        });
        self.class_of.insert(state, class);
        class
    }

    /// The letters on the way from the start.
    fn spell(&self, mut id: usize) -> String {
        let mut letters = Vec::new();
        while let Some((parent, letter)) = self.parents[id] {
            letters.push(letter);
            id = parent;
        }
        letters.into_iter().rev().collect()
    }
}
