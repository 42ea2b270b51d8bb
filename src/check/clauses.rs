//! What a statement says about itself: its reason, owner, ticket and end.

use std::sync::Arc;

use super::Input;
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{self, Origin};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{Clause, Date, Item};
use crate::syntax::print_statement_line;

/// The clauses of one statement, each at most once.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    pub(super) reason: Option<Spanned<Symbol>>,
    pub(super) ticket: Option<Spanned<Symbol>>,
    pub(super) owner: Option<Spanned<Symbol>>,
    pub(super) until: Option<Spanned<Date>>,
}

impl Clauses {
    /// Sorts the clauses by kind and reports a second one of the same kind.
    pub(super) fn read(clauses: &[Spanned<Clause>], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut read = Self::default();
        for clause in clauses {
            let span = clause.span;
            let former = match &clause.node {
                Clause::Because(text) => set(&mut read.reason, *text, span),
                Clause::Ticket(text) => set(&mut read.ticket, *text, span),
                Clause::Owner(text) => set(&mut read.owner, *text, span),
                Clause::Until(date) => set(&mut read.until, *date, span),
                Clause::Unsupported(_) => None,
            };
            if let Some(former) = former {
                diagnostics.push(
                    Diagnostic::new(
                        code::MISPLACED_CLAUSE,
                        "this clause is written twice",
                        span,
                        "written again",
                    )
                    .label(former, "first written here")
                    .note("keep one of them"),
                );
            }
        }
        read
    }

    /// Whether the statement has ended before `today`; then it is told, with what that means.
    pub(super) fn expired(
        &self,
        today: Date,
        what: &str,
        consequence: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> bool {
        let Some(until) = self.until.as_ref().filter(|until| until.node < today) else { return false };
        diagnostics.push(
            Diagnostic::new(
                code::EXPIRED,
                format!("{what} ended on {} and {consequence}", until.node),
                until.span,
                format!("today is {today}"),
            )
            .note("remove the statement, or give it a later date if it is still needed"),
        );
        true
    }

    /// Reports `until` where an end would widen access.
    pub(super) fn refuse_until(&self, what: &str, diagnostics: &mut Vec<Diagnostic>) {
        if let Some(until) = &self.until {
            diagnostics.push(
                Diagnostic::new(
                    code::EXPIRING_DENIAL,
                    format!("{what} can not end by itself"),
                    until.span,
                    "after this day access would widen without anybody deciding it",
                )
                .note("remove the clause; remove the statement itself when the time has come"),
            );
        }
    }
}

/// Sets a clause that is still free; otherwise the place of the one that took it.
fn set<T>(slot: &mut Option<Spanned<T>>, value: T, span: Span) -> Option<Span> {
    if let Some(former) = slot {
        return Some(former.span);
    }
    *slot = Some(Spanned::new(value, span));
    None
}

/// Where something came from, for annotations, reports and explanations.
pub(super) fn origin(input: Input<'_>, item: &Arc<Item>, clauses: &Clauses) -> Arc<Origin> {
    let text = |clause: &Option<Spanned<Symbol>>| clause.as_ref().map(|text| text.node);
    Arc::new(Origin {
        statement: Arc::<Item>::clone(item),
        file: input.sources.get(item.span.source).name,
        owner: text(&clauses.owner),
        ticket: text(&clauses.ticket),
        reason: text(&clauses.reason),
    })
}

impl policy::Statement for Item {
    fn span(&self) -> Span {
        self.span
    }

    fn text(&self) -> String {
        print_statement_line(self)
    }

    fn doc(&self) -> Option<String> {
        Item::doc(self)
    }
}
