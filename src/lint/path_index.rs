//! An index of rules by their paths: which of them could take in all that a path or pattern matches.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::inclusion::Pattern;
use crate::policy::Rule;
use crate::source::Symbol;

/// Numbers of rules by their path patterns.
#[derive(Default)]
pub(super) struct PathIndex<'a> {
    any: Vec<usize>,
    same: FxHashMap<&'a str, Vec<usize>>,
    /// By what stands before the star, with the lengths that occur.
    prefixes: FxHashMap<&'a str, Vec<usize>>,
    prefix_lengths: BTreeSet<usize>,
    /// By what stands behind the star.
    suffixes: FxHashMap<&'a str, Vec<usize>>,
    suffix_lengths: BTreeSet<usize>,
}

/// Entries that may cover a rule, in several lists.
pub(super) type Candidates<'i> = Vec<&'i [usize]>;

impl<'a> PathIndex<'a> {
    /// Files a rule under each of its paths.
    pub(super) fn add(&mut self, entry: usize, rule: &'a Rule) {
        if rule.operations.is_empty() {
            self.any.push(entry);
        }
        for operation in &rule.operations {
            self.add_paths(entry, &operation.paths);
        }
    }

    fn add_paths(&mut self, entry: usize, paths: &'a [Symbol]) {
        if paths.is_empty() {
            self.any.push(entry);
        }
        for path in paths {
            let list = match Pattern::read(path) {
                Pattern::Any => &mut self.any,
                Pattern::Exact(_) | Pattern::Template(..) => self.same.entry(path).or_default(),
                Pattern::Prefix(head) => {
                    self.prefix_lengths.insert(head.len());
                    self.prefixes.entry(head).or_default()
                }
                Pattern::Suffix(tail) => {
                    self.suffix_lengths.insert(tail.len());
                    self.suffixes.entry(tail).or_default()
                }
            };
            list.push(entry);
        }
    }

    /// The rules with a pattern that takes in all of this one, and perhaps others.
    pub(super) fn covering(&self, path: &str) -> Candidates<'_> {
        let (head, tail) = match Pattern::read(path) {
            Pattern::Any => ("", ""),
            Pattern::Exact(path) => (path, path),
            Pattern::Prefix(head) | Pattern::Template(_, head) => (head, ""),
            Pattern::Suffix(tail) => ("", tail),
        };
        let same = self.same.get(path);
        let prefixes = self
            .prefix_lengths
            .range(..=head.len())
            .filter_map(|length| self.prefixes.get(head.get(..*length)?));
        let suffixes = self
            .suffix_lengths
            .range(..=tail.len())
            .filter_map(|length| self.suffixes.get(tail.get(tail.len() - length..)?));
        let lists = same.into_iter().chain(prefixes).chain(suffixes).chain([&self.any]);
        lists.map(Vec::as_slice).collect()
    }
}
