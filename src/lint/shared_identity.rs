//! `shared-identity`: a caller whose service account other workloads run as too, so that a rule about one is a
//! rule about all.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::View;
use super::statements::Statement;
use crate::check::missing_proxy;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Workload};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{Effect, Source};

/// How many of the others are shown.
const SHOWN: usize = 3;

/// Namespace and name of a service account.
type Account = (Symbol, Symbol);

/// Tells once per statement and account; `fold` makes one report per account of those that are left. `default` has a lint of its own.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let users = users(view);
    let shared: FxHashMap<&Account, &[&Workload]> = users
        .iter()
        .filter(|(account, workloads)| workloads.len() > 1 && account.1 != "default")
        .map(|(account, workloads)| (account, workloads.as_slice()))
        .collect();
    if shared.is_empty() {
        return;
    }
    for statement in &view.statements {
        for sources in [&statement.rule.sources, &statement.rule.except] {
            check(view, statement, sources, &shared, diagnostics);
        }
    }
}

/// The workloads of each account that can show it: without a proxy there is no identity.
fn users<'a>(view: &View<'a>) -> FxHashMap<Account, Vec<&'a Workload>> {
    let mut users: FxHashMap<Account, Vec<&Workload>> = FxHashMap::default();
    for workload in &view.graph.workloads {
        if missing_proxy(view.project, workload).is_none() {
            let account = (workload.key.namespace, workload.account.node);
            users.entry(account).or_default().push(workload);
        }
    }
    users
}

/// One list of callers: `sources`, or those behind `except`.
fn check(
    view: &View<'_>,
    statement: &Statement<'_>,
    sources: &[Spanned<Source>],
    shared: &FxHashMap<&Account, &[&Workload]>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let bound = || sources.iter().flat_map(|source| statement.bound(source.span));
    let shares =
        bound().any(|reference| reference.named.accounts.iter().any(|account| shared.contains_key(account)));
    if !shares {
        return;
    }
    let named: BTreeSet<(&Key, &Symbol)> = bound()
        .flat_map(|reference| reference.named.services.iter())
        .flat_map(|(namespace, name)| view.workloads_behind(*namespace, *name))
        .map(|workload| (&workload.key, &workload.kind))
        .collect();
    let mut told = BTreeSet::new();
    for reference in bound() {
        if reference.named.services.is_empty() {
            // A bare account is meant with all that run as it.
            continue;
        }
        for account in &reference.named.accounts {
            let Some(users) = shared.get(account) else { continue };
            let others: Vec<&Workload> = users
                .iter()
                .copied()
                .filter(|workload| !named.contains(&(&workload.key, &workload.kind)))
                .collect();
            if !others.is_empty() && told.insert(account) {
                diagnostics.push(report(statement, *account, &others, reference.span));
            }
        }
    }
}

fn report(statement: &Statement<'_>, account: Account, others: &[&Workload], span: Span) -> Diagnostic {
    let excepted = statement.rule.except.iter().any(|source| source.span == span);
    let verb = match (statement.rule.effect.node, excepted) {
        (Effect::Allow, false) => "allows",
        (Effect::Deny, false) => "denies",
        (Effect::Allow, true) => "leaves out",
        (Effect::Deny, true) => "spares",
    };
    let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
    let mut diagnostic = Diagnostic::new(
        code::SHARED_IDENTITY,
        // Without the name of the caller, since `fold` makes one report of all that share the account.
        format!("callers that run as `{}/{}` can not be told apart", account.0, account.1),
        span,
        format!("this {verb} `{}`{more} as well", others[0].key),
    );
    for other in others.iter().take(SHOWN) {
        diagnostic = diagnostic
            .label(other.account.span, format!("`{}` runs as `{}/{}` too", other.key, account.0, account.1));
    }
    diagnostic.note(
        "Istio knows a caller by its service account alone; give each workload one of its own (`serviceAccountName`)",
    )
}
