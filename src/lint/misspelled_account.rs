//! `misspelled-account`: an account that nothing runs as, beside one of nearly the same name.

use std::collections::BTreeSet;

use super::View;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::Key;
use crate::policy::{Reference, Role};
use crate::source::Symbol;

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
    let known = known(view);
    let unknown = stated.into_iter().filter(|(_, account)| !known.contains(account));
    diagnostics.extend(unknown.filter_map(|(reference, account)| {
        let advice = near_account(&account, &known).or_else(|| near_namespace(&account, view))?;
        let message = format!("nothing runs as the service account `{account}`");
        let label = "whoever creates this account is let in, and who is meant is not";
        Some(Diagnostic::new(code::MISSPELLED_ACCOUNT, message, reference.span, label).note(advice))
    }));
}

fn known(view: &View<'_>) -> BTreeSet<Key> {
    let running = view.graph.workloads.iter();
    let running = running.map(|workload| Key::new(workload.key.namespace, workload.account.node));
    running.chain(view.graph.accounts.keys().copied()).collect()
}

fn near_account(account: &Key, known: &BTreeSet<Key>) -> Option<String> {
    let names: Vec<String> = known.iter().map(Key::to_string).collect();
    did_you_mean(&account.to_string(), names.iter().map(String::as_str))
}

/// The root namespace is known though no manifest declares it.
fn near_namespace(account: &Key, view: &View<'_>) -> Option<String> {
    let root = view.policy.mesh.root_namespace;
    let known: BTreeSet<Symbol> = view.graph.namespaces.keys().copied().chain([root]).collect();
    let unknown = Some(account.namespace).filter(|namespace| !known.contains(namespace))?;
    did_you_mean(&unknown, known.iter().map(Symbol::as_str))
}
