//! `edge-without-rule`: a call that the service graph knows and no rule allows. The default deny will break it.

use std::collections::BTreeSet;

use super::View;
use super::inclusion;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Backend, Key, Service, Workload};
use crate::policy::{Caller, Effect, Labels, Named, Role, Rule, Selectors};
use crate::source::Spanned;
use crate::syntax::ast;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let known = view.graph.services.values().any(|service| !service.calls.is_empty());
    if !known || !view.whole {
        return;
    }
    let permissions = Permissions::of(view);
    for caller in view.graph.services.values().filter(|caller| !caller.calls.is_empty()) {
        let accounts = accounts(view, caller);
        for call in &caller.calls {
            let Some(callee) = view.graph.services.get(&call.node) else { continue };
            // Of a caller without an account, or of pods that nobody names, too little is known.
            let Backend::Selector(selector) = &callee.backend else { continue };
            let rules = permissions.on(callee, selector);
            // Where a rule allows something, the rest is denied without a default deny too.
            let is_closed = !rules.is_empty() || view.denies_by_default(&callee.key.namespace);
            let is_let_through = || accounts.is_empty() || rules.iter().any(|rule| admits(rule, &accounts));
            if is_closed && !is_let_through() && !permissions.are_void(caller, callee) {
                diagnostics.push(report(caller, call));
            }
        }
    }
}

/// The permissions of the policy, by the pods that they open.
struct Permissions<'a> {
    selectors: Selectors<'a>,
    /// By the number of what they protect.
    rules: Vec<Vec<&'a Rule>>,
    /// Callers and targets of statements that came to nothing, be it by an error or by their end: that has been
    /// told, and the call need not be complained of as well.
    void: BTreeSet<(&'a Named, &'a Named)>,
}

impl<'a> Permissions<'a> {
    fn of(view: &View<'a>) -> Self {
        let mut selectors = Selectors::default();
        let mut rules: Vec<Vec<&Rule>> = Vec::new();
        for rule in view.policy.rules.iter().filter(|rule| rule.effect == Effect::Allow) {
            let number = selectors.number(&rule.target);
            if number == rules.len() {
                rules.push(Vec::new());
            }
            rules[number].push(rule);
        }
        let mut void = BTreeSet::new();
        for statement in &view.statements {
            if statement.rule.effect.node == ast::Effect::Allow && statement.meant.is_empty() {
                for caller in statement.services(Role::Caller) {
                    for target in statement.services(Role::Target) {
                        void.insert((caller, target));
                    }
                }
            }
        }
        Self { selectors, rules, void }
    }

    /// The rules that allow something to the pods of a service.
    fn on(&self, callee: &Service, selector: &Labels) -> &[&'a Rule] {
        let number = self.selectors.find(callee.key.namespace, selector);
        number.map_or(&[], |number| &self.rules[number])
    }

    fn are_void(&self, caller: &Service, callee: &Service) -> bool {
        let name = |key: &Key| (key.namespace, key.name);
        self.void.contains(&(&name(&caller.key), &name(&callee.key)))
    }
}

/// What the pods of a service show of themselves.
fn accounts(view: &View<'_>, caller: &Service) -> Vec<Caller> {
    let workloads = view.graph.workloads_of(caller);
    let account = |workload: &Workload| Caller::Account {
        namespace: workload.key.namespace,
        name: workload.account.node,
    };
    workloads.iter().map(|workload| account(workload)).collect()
}

fn admits(rule: &Rule, accounts: &[Caller]) -> bool {
    // The addresses of a caller are not known, so a network may hold them.
    let by_address =
        || rule.callers.iter().any(|caller| matches!(caller, Caller::Peer(_) | Caller::Client(_)));
    let by_identity = || {
        accounts.iter().any(|account| {
            inclusion::among(&rule.callers, account) && !inclusion::among(&rule.except, account)
        })
    };
    by_identity() || by_address()
}

fn report(caller: &Service, call: &Spanned<Key>) -> Diagnostic {
    let callee = &call.node;
    Diagnostic::new(
        code::EDGE_WITHOUT_RULE,
        format!("default deny will break the call of `{}` to `{callee}`", caller.key),
        call.span,
        "no rule allows it",
    )
    .note(format!("allow what it needs: `allow {} -> {callee} …`", caller.key))
    .note("or remove the call from the service graph if it is made no longer")
}
