//! `rule-without-edge`: a permission for a call that the service graph does not know. Nothing is said unless
//! the project asks for it.

use super::View;
use super::statements::Statement;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Service};
use crate::policy::{Reference, Role};
use crate::syntax::ast::Effect;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let allowing = view.statements.iter().filter(|statement| statement.rule.effect.node == Effect::Allow);
    for statement in allowing {
        for source in &statement.rule.sources {
            for reference in statement.bound(source.span) {
                diagnostics.extend(check(view, statement, reference));
            }
        }
    }
}

/// One caller against all targets of its rule.
fn check(view: &View<'_>, statement: &Statement<'_>, reference: &Reference) -> Option<Diagnostic> {
    let (namespace, name) = reference.named.services.first()?;
    let caller = view.graph.services.get(&Key::new(*namespace, *name))?;
    let known = caller.calls.first()?;
    let unknown: Vec<Key> = statement
        .services(Role::Target)
        .map(|(namespace, name)| Key::new(*namespace, *name))
        .filter(|target| !calls(caller, target))
        .collect();
    let first = unknown.first()?;
    let more = if unknown.len() > 1 { format!(" and {} more", unknown.len() - 1) } else { String::new() };
    Some(
        Diagnostic::new(
            code::RULE_WITHOUT_EDGE,
            format!("`{}` is not known to call `{first}`{more}", caller.key),
            reference.span,
            "allowed, and perhaps never needed",
        )
        .label(known.span, "its known calls are listed here")
        .note("remove the permission, or add the call to `calls:` of the service graph"),
    )
}

fn calls(caller: &Service, target: &Key) -> bool {
    caller.calls.iter().any(|call| call.node == *target)
}
