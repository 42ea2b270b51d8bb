//! `misspelled-account`: an account that nothing runs as, beside one of nearly the same name.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::View;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::Key;
use crate::policy::{Reference, Role};
use crate::source::Symbol;

/// How many names are compared in all: accounts beyond that are not asked about.
const MOST_COMPARED: usize = 10_000_000;

/// An account that is unlike all others may well run where no manifest tells of it.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let callers = view.statements.iter().flat_map(|statement| statement.side(Role::Caller));
    let stated = callers.filter_map(|reference| match reference.named.accounts.as_slice() {
        [(namespace, name)] if reference.named.services.is_empty() => {
            Some((reference, Key::new(*namespace, *name)))
        }
        _ => None,
    });
    let stated: Vec<(&Reference, Key)> = stated.collect();
    if stated.is_empty() {
        return;
    }
    let known = Known::of(view);
    let mut asked: FxHashMap<Key, Option<String>> = FxHashMap::default();
    for (reference, account) in stated.into_iter().filter(|(_, account)| !known.accounts.contains(account)) {
        if asked.len() == known.most_asked() && !asked.contains_key(&account) {
            continue;
        }
        let advice = asked.entry(account).or_insert_with(|| known.near(&account));
        diagnostics.extend(advice.as_ref().map(|advice| {
            let message = format!("nothing runs as the service account `{account}`");
            let label = "whoever creates this account is let in, and who is meant is not";
            Diagnostic::new(code::MISSPELLED_ACCOUNT, message, reference.span, label).note(advice)
        }));
    }
}

/// What an account could have been meant for.
struct Known {
    accounts: BTreeSet<Key>,
    /// The accounts as texts.
    names: Vec<String>,
    namespaces: BTreeSet<Symbol>,
}

impl Known {
    /// The root namespace is known though no manifest declares it.
    fn of(view: &View<'_>) -> Self {
        let running = view.graph.workloads.iter();
        let running = running.map(|workload| Key::new(workload.key.namespace, workload.account.node));
        let accounts: BTreeSet<Key> = running.chain(view.graph.accounts.keys().copied()).collect();
        let names = accounts.iter().map(Key::to_string).collect();
        let root = view.policy.mesh.root_namespace;
        Self { accounts, names, namespaces: view.graph.namespaces.keys().copied().chain([root]).collect() }
    }

    fn most_asked(&self) -> usize {
        (MOST_COMPARED / (self.names.len() + self.namespaces.len())).max(1)
    }

    fn near(&self, account: &Key) -> Option<String> {
        let near = did_you_mean(&account.to_string(), self.names.iter().map(String::as_str));
        let of_namespace = || {
            let unknown = Some(account.namespace).filter(|namespace| !self.namespaces.contains(namespace))?;
            did_you_mean(&unknown, self.namespaces.iter().map(Symbol::as_str))
        };
        near.or_else(of_namespace)
    }
}
