//! `rule-without-owner`: a rule that does not say whose it is. Nothing is said unless the project asks for it.

use super::View;
use crate::diagnostic::{Diagnostic, code};
use crate::syntax::ast::Clause;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for statement in &view.statements {
        let owned = statement.rule.clauses.iter().any(|clause| matches!(clause.node, Clause::Owner(_)));
        if !owned {
            diagnostics.push(
                Diagnostic::new(
                    code::RULE_WITHOUT_OWNER,
                    "nobody owns this rule",
                    statement.arrow(),
                    "whom to ask when it is in the way?",
                )
                .note("add `owner \"TEAM\"`"),
            );
        }
    }
}
