//! The strings of one dimension, cut twice: by what they begin with or are, and by what they end in. A pair of
//! both is a class. Which pairs there are is found by reading both side by side until the beginning is settled;
//! after that every ending is possible that the place still leads to.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::classes::TooComplex;
use super::domain::Domain;
use super::ends::Ends;
use super::parts::{Parts, parts};
use super::pattern::{Pattern, Piece};
use super::product::{Beginning, Origin, beginnings};

/// All strings of a domain, as far as some patterns tell them apart.
#[derive(Debug)]
pub(super) struct Strings {
    shapes: Vec<Shape>,
    /// In the order of their shortest strings, so that the classes of a prefix are neighbours.
    beginnings: Vec<Beginning>,
    ends: Ends,
    /// The sets of endings that some beginning can have; most beginnings share one.
    possible: Vec<FixedBitSet>,
    possible_of: Vec<usize>,
    usual: FxHashMap<(usize, usize), &'static str>,
    covered_beginnings: Vec<Vec<u32>>,
    covered_endings: Vec<FixedBitSet>,
}

/// A pattern, by the positions of its parts.
#[derive(Debug)]
pub(super) struct Shape {
    /// What the whole string or its beginning must match.
    pub(super) begin: Option<u32>,
    /// What it must end in.
    pub(super) end: Option<u32>,
    /// What the whole string must not be.
    pub(super) except: Vec<u32>,
}

impl Strings {
    /// Tells the patterns apart within a budget.
    pub(super) fn new(domain: Domain, patterns: &[Pattern]) -> Result<Self, TooComplex> {
        let Parted { shapes, begins, ends: end_patterns } = Parted::new(patterns);
        let (mut beginnings, ends) = beginnings(domain, &begins, &end_patterns)
            .map_err(|_| TooComplex { patterns: patterns.len() })?;
        beginnings.sort_by(|left, right| left.origins.cmp(&right.origins));
        let mut covered_beginnings = vec![Vec::new(); begins.len()];
        for (class, beginning) in beginnings.iter().enumerate() {
            for begin in &beginning.members {
                covered_beginnings[*begin as usize].push(class as u32);
            }
        }
        let mut covered_endings = vec![FixedBitSet::with_capacity(ends.members.len()); end_patterns.len()];
        for (class, members) in ends.members.iter().enumerate() {
            for end in members {
                covered_endings[*end as usize].insert(class);
            }
        }
        let (possible, possible_of) = intern(&beginnings);
        let usual = domain.usual().iter().filter(|text| domain.contains(text)).rev().filter_map(|text| {
            let (begins, ends_in) = (matching(&begins, text), matching_ends(&end_patterns, text));
            let beginning = beginnings.iter().position(|beginning| beginning.members == begins)?;
            let ending = ends.members.iter().position(|members| *members == ends_in)?;
            Some(((beginning, ending), *text))
        });
        let usual = usual.collect();
        Ok(Self {
            shapes,
            beginnings,
            ends,
            possible,
            possible_of,
            usual,
            covered_beginnings,
            covered_endings,
        })
    }

    /// How many classes of beginnings there are.
    pub(super) fn beginning_count(&self) -> usize {
        self.beginnings.len()
    }

    /// How many classes of endings there are.
    pub(super) fn ending_count(&self) -> usize {
        self.ends.members.len()
    }

    /// The pattern at a position, in parts.
    pub(super) fn shape(&self, pattern: u32) -> &Shape {
        &self.shapes[pattern as usize]
    }

    /// The classes of beginnings that a part covers, sorted.
    pub(super) fn beginnings_of(&self, begin: u32) -> &[u32] {
        &self.covered_beginnings[begin as usize]
    }

    /// The classes of endings that a part covers.
    pub(super) fn endings_of(&self, end: u32) -> &FixedBitSet {
        &self.covered_endings[end as usize]
    }

    /// The sets of endings that some beginning can have.
    pub(super) fn possible(&self) -> &[FixedBitSet] {
        &self.possible
    }

    /// Which of these sets a beginning has.
    pub(super) fn possible_of(&self, beginning: usize) -> usize {
        self.possible_of[beginning]
    }

    /// Every pair that is a class.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let possible = self.possible_of.iter().enumerate();
        possible.flat_map(|(class, set)| self.possible[*set].ones().map(move |ending| (class, ending)))
    }

    /// The patterns that cover a class, sorted.
    pub(super) fn members(&self, beginning: usize, ending: usize) -> Vec<u32> {
        let begins = &self.beginnings[beginning].members;
        let ends = &self.ends.members[ending];
        let has = |list: &[u32], part: &u32| list.binary_search(part).is_ok();
        let covers = |shape: &Shape| {
            shape.begin.is_none_or(|begin| has(begins, &begin))
                && shape.end.is_none_or(|end| has(ends, &end))
                && !shape.except.iter().any(|except| has(begins, except))
        };
        let all = self.shapes.iter().enumerate();
        all.filter(|(_, shape)| covers(shape)).map(|(index, _)| index as u32).collect()
    }

    /// A string of a class: one that is usually sent, or else a short one.
    pub(super) fn witness(&self, beginning: usize, ending: usize) -> String {
        if let Some(usual) = self.usual.get(&(beginning, ending)) {
            return (*usual).to_owned();
        }
        let complete = |origin: &Origin| {
            if self.ends.class(origin.place) == Some(ending) {
                return Some(origin.text.clone());
            }
            let rest = origin.settled.then(|| self.ends.shortest(origin.place, ending)).flatten()?;
            Some(format!("{}{rest}", origin.text))
        };
        let origins = &self.beginnings[beginning].origins;
        let shortest = origins.iter().filter_map(complete).min_by_key(|text| text.chars().count());
        shortest.expect("each ending that a beginning can have was reached from one of its origins")
    }

    /// Whether a beginning can have an ending.
    pub(super) fn can_end(&self, beginning: usize, ending: usize) -> bool {
        self.possible[self.possible_of[beginning]].contains(ending)
    }

    /// The first ending that a beginning can have.
    pub(super) fn first_ending(&self, beginning: usize) -> usize {
        let first = self.possible[self.possible_of[beginning]].minimum();
        first.expect("a beginning that no string has is not listed")
    }

    /// How many pairs are classes.
    pub(super) fn class_count(&self) -> usize {
        self.possible_of.iter().map(|set| self.possible[*set].count_ones(..)).sum()
    }

    /// An ending of a beginning that one would usually send, or else its first one.
    pub(super) fn usual_ending(&self, beginning: usize) -> usize {
        let possible = &self.possible[self.possible_of[beginning]];
        let usual = possible.ones().find(|ending| self.usual.contains_key(&(beginning, *ending)));
        usual.unwrap_or_else(|| self.first_ending(beginning))
    }
}

/// The patterns in parts, and the distinct parts.
#[derive(Default)]
struct Parted {
    shapes: Vec<Shape>,
    begins: Vec<Pattern>,
    ends: Vec<Pattern>,
}

impl Parted {
    fn new(patterns: &[Pattern]) -> Self {
        let mut parted = Self::default();
        let (mut known_begins, mut known_ends) = (FxHashMap::default(), FxHashMap::default());
        for pattern in patterns {
            let Parts { begin, end, except } = parts(pattern);
            let mut position = |part| position(&mut known_begins, &mut parted.begins, part);
            parted.shapes.push(Shape {
                begin: begin.map(&mut position),
                except: except.into_iter().map(&mut position).collect(),
                end: end.map(|end| super::strings::position(&mut known_ends, &mut parted.ends, end)),
            });
        }
        parted
    }
}

fn position(known: &mut FxHashMap<Pattern, u32>, list: &mut Vec<Pattern>, part: Pattern) -> u32 {
    *known.entry(part).or_insert_with_key(|part| {
        list.push(part.clone());
        list.len() as u32 - 1
    })
}

/// The distinct sets of endings, and which of them each beginning has.
fn intern(beginnings: &[Beginning]) -> (Vec<FixedBitSet>, Vec<usize>) {
    let mut sets: Vec<FixedBitSet> = Vec::new();
    let mut known: FxHashMap<&FixedBitSet, usize> = FxHashMap::default();
    let of = beginnings
        .iter()
        .map(|beginning| {
            *known.entry(&beginning.endings).or_insert_with_key(|endings| {
                sets.push((*endings).clone());
                sets.len() - 1
            })
        })
        .collect();
    (sets, of)
}

/// The beginnings that match a string, by position.
fn matching(begins: &[Pattern], text: &str) -> Vec<u32> {
    (0..begins.len() as u32).filter(|index| begins[*index as usize].matches(text)).collect()
}

/// The ends that a string has, by position.
fn matching_ends(ends: &[Pattern], text: &str) -> Vec<u32> {
    let suffix = |end: &Pattern| Pattern::new([Piece::Any].into_iter().chain(end.pieces().iter().cloned()));
    (0..ends.len() as u32).filter(|index| suffix(&ends[*index as usize]).matches(text)).collect()
}
