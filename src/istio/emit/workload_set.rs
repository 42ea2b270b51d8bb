//! Protected workload sets: the rules of a namespace grouped by the labels that they select. Two services with
//! one selector are one set, since Istio decides by the pods.

use std::collections::HashMap;
use std::sync::Arc;

use super::fingerprint::Fingerprint;
use super::name::{self, BaseName};
use crate::istio::resources::WorkloadSelector;
use crate::policy::{Effect, Labels, Mtls, MtlsScope, Rule, Selectors};
use crate::source::Symbol;

/// The pods of a namespace that one selector takes, and what is said about them.
pub(super) struct WorkloadSet<'a> {
    selector: &'a Arc<Labels>,
    base: BaseName,
    /// In the order of the policy.
    pub(super) allow: Vec<&'a Rule>,
    pub(super) deny: Vec<&'a Rule>,
    pub(super) mtls: Vec<&'a Mtls>,
}

impl<'a> WorkloadSet<'a> {
    fn new(selector: &'a Arc<Labels>, name: Symbol) -> Self {
        let mut fingerprint = Fingerprint::default();
        for (key, value) in selector.iter() {
            fingerprint.add(key);
            fingerprint.add(value);
        }
        let base = BaseName::new(&name, fingerprint.finish());
        Self { selector, base, allow: Vec::new(), deny: Vec::new(), mtls: Vec::new() }
    }

    pub(super) fn selector(&self) -> WorkloadSelector {
        WorkloadSelector { match_labels: Arc::clone(self.selector) }
    }

    /// The name of one of its objects: `payments` and `-allow` give `payments-allow`.
    pub(super) fn object_name(&self, suffix: &str) -> String {
        self.base.with_suffix(suffix)
    }
}

/// The sets of a namespace, sorted by name.
pub(super) fn of<'a>(rules: &[&'a Rule], mtls: &[&'a Mtls]) -> Vec<WorkloadSet<'a>> {
    let mut sets = Sets::default();
    for rule in rules {
        let target = &rule.target;
        let set = sets.of(target.namespace, &target.selector, target.name);
        match rule.effect {
            Effect::Allow => set.allow.push(rule),
            Effect::Deny => set.deny.push(rule),
        }
    }
    for mtls in mtls {
        if let MtlsScope::Workload { namespace, selector, name } = &mtls.scope {
            sets.of(*namespace, selector, *name).mtls.push(mtls);
        }
    }
    sets.named()
}

#[derive(Default)]
struct Sets<'a> {
    selectors: Selectors<'a>,
    /// By the number of their selector, each with the smallest name so far.
    sets: Vec<(Symbol, WorkloadSet<'a>)>,
}

impl<'a> Sets<'a> {
    fn of(&mut self, namespace: Symbol, selector: &'a Arc<Labels>, name: Symbol) -> &mut WorkloadSet<'a> {
        let number = self.selectors.number_of(namespace, selector);
        if number == self.sets.len() {
            self.sets.push((name, WorkloadSet::new(selector, name)));
        }
        let (smallest_name, set) = &mut self.sets[number];
        // A set with several services is called by the first of their names, whatever the order of the rules.
        if name < *smallest_name {
            *smallest_name = name;
            set.base.rename(&name);
        }
        set
    }

    fn named(self) -> Vec<WorkloadSet<'a>> {
        let mut sets: Vec<_> = self.sets.into_iter().map(|(_, set)| set).collect();
        let mut wanted: HashMap<String, usize> = HashMap::new();
        for set in &sets {
            *wanted.entry(set.base.text().to_owned()).or_default() += 1;
        }
        for set in &mut sets {
            if wanted[set.base.text()] > 1 {
                set.base.mark_shared();
            }
        }
        sets.sort_by(|a, b| name::order(&a.base, &b.base));
        sets
    }
}
