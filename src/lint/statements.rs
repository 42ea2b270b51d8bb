//! The rules of a policy as written, each beside what it means: the lowered rules and the bound names.

use std::sync::Arc;

use crate::policy::{Named, Policy, Reference, Role, Rule};
use crate::source::Span;
use crate::syntax::ast::{self, Clause, Date, Item};

/// One rule as written and as meant.
pub(super) struct Statement<'a> {
    /// All that was written.
    pub(super) rule: &'a ast::Rule,
    /// From the effect to the last character.
    pub(super) span: Span,
    /// One rule per target; empty where the statement has an error or has ended, and where a clause is refused, without
    /// which it would say more.
    pub(super) meant: &'a [Rule],
    references: &'a [Reference],
}

impl<'a> Statement<'a> {
    fn new(item: &Item, rule: &'a ast::Rule, meant: &'a [Rule], references: &'a [Reference]) -> Self {
        // The item begins with its attributes; what is meant by "this rule" begins with its effect.
        let span = rule.effect.span.merge(Span { start: item.span.end, ..item.span });
        let is_refused = rule.clauses.iter().any(|clause| matches!(clause.node, Clause::Unsupported(_)));
        Self { rule, span, meant: if is_refused { &[] } else { meant }, references }
    }

    /// The first line of it: from the effect to the last target.
    pub(super) fn arrow(&self) -> Span {
        let target = self.rule.targets.last().map_or(self.rule.effect.span, |target| target.name.span);
        self.rule.effect.span.merge(target)
    }

    /// What the caller or target that is written at `span` was bound to: one for each service.
    pub(super) fn bound(&self, span: Span) -> impl Iterator<Item = &'a Reference> {
        self.references.iter().filter(move |reference| reference.span == span)
    }

    /// Every bound name on one side of the arrow.
    pub(super) fn side(&self, role: Role) -> impl Iterator<Item = &'a Reference> {
        self.references.iter().filter(move |reference| reference.role == role)
    }

    /// Every service on one side of the arrow.
    pub(super) fn services(&self, role: Role) -> impl Iterator<Item = &'a Named> {
        self.side(role).flat_map(|reference| reference.named.services.iter())
    }

    /// The last day that the rule holds, if it ends.
    pub(super) fn until(&self) -> Option<Date> {
        self.rule.clauses.iter().find_map(|clause| match clause.node {
            Clause::Until(date) => Some(date),
            Clause::Because(_) | Clause::Ticket(_) | Clause::Owner(_) | Clause::Unsupported(_) => None,
        })
    }
}

/// Every rule of the files. The policy keeps rules and references in the order of the files, so that one walk
/// over all three finds what belongs together.
pub(super) fn statements<'a>(files: &'a [ast::File], policy: &'a Policy) -> Vec<Statement<'a>> {
    let mut found = Vec::new();
    let (mut rules, mut references) = (policy.rules.as_slice(), policy.references.as_slice());
    for file in files {
        visit_items(&file.items, &mut |item| {
            let ast::Statement::Rule(rule) = &item.statement else { return };
            let meant = take(&mut rules, |rule| rule.origin.span() == item.span);
            let bound = take(&mut references, |reference| contains(item.span, reference.span));
            found.push(Statement::new(item, rule, meant, bound));
        });
    }
    debug_assert!(rules.is_empty() && references.is_empty(), "every rule came from a statement of the files");
    found
}

/// Whether every statement could be read. What is missing in a policy is not complained of while a part of it
/// is not understood.
pub(super) fn all_read(files: &[ast::File]) -> bool {
    let mut bad = false;
    for file in files {
        visit_items(&file.items, &mut |item| {
            bad |= matches!(item.statement, ast::Statement::Bad(_) | ast::Statement::Unsupported(_));
        });
    }
    !bad
}

/// Every statement in the order of the text, those of blocks included.
pub(super) fn visit_items<'a>(items: &'a [Arc<Item>], found: &mut impl FnMut(&'a Item)) {
    for item in items {
        match &item.statement {
            ast::Statement::Namespace(ast::Namespace { block: Some(block), .. }) => {
                visit_items(&block.items, found);
            }
            _ => found(item),
        }
    }
}

/// Takes the leading elements that belong here off a list.
fn take<'a, T>(list: &mut &'a [T], belongs: impl Fn(&T) -> bool) -> &'a [T] {
    let count = list.iter().take_while(|element| belongs(element)).count();
    let (here, rest) = list.split_at(count);
    *list = rest;
    here
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}
