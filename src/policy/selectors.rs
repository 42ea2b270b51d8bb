//! Numbers for the pods that rules protect: rules with the same labels in the same namespace get the same number,
//! so that labels are compared once and not for each rule.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::model::{Labels, Target};
use crate::source::Symbol;

/// Which labels have which number.
#[derive(Debug, Default)]
pub struct Selectors<'a> {
    /// The labels of a service are shared by its rules, so nearly always their place in memory tells enough.
    by_place: FxHashMap<(Symbol, *const Labels), usize>,
    by_labels: FxHashMap<(Symbol, &'a Labels), usize>,
}

impl<'a> Selectors<'a> {
    /// The number of what a rule protects; the next free one where it is new.
    pub fn number(&mut self, target: &'a Target) -> usize {
        self.number_of(target.namespace, &target.selector)
    }

    /// The number of pods with these labels; the next free one where they are new.
    pub fn number_of(&mut self, namespace: Symbol, selector: &'a Arc<Labels>) -> usize {
        let by_labels = &mut self.by_labels;
        *self.by_place.entry((namespace, Arc::as_ptr(selector))).or_insert_with(|| {
            let next = by_labels.len();
            *by_labels.entry((namespace, selector)).or_insert(next)
        })
    }

    /// The number of pods with these labels, if they have one.
    pub fn find(&self, namespace: Symbol, selector: &'a Labels) -> Option<usize> {
        let known = self.by_place.get(&(namespace, std::ptr::from_ref(selector)));
        known.or_else(|| self.by_labels.get(&(namespace, selector))).copied()
    }
}
