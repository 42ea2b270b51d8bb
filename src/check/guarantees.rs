//! Guarantees: `never`, `only` and `reaches` with every name bound, to be decided when all rules are known.

use std::sync::Arc;

use thin_vec::ThinVec;

use super::callers::{Callers, asked};
use super::clauses::{Clauses, origin};
use super::context::{Context, Place};
use super::endpoints::{self, About};
use super::names::bind;
use super::operations::{LoweredOperation, operations};
use super::subjects::{Asked, stop, subjects};
use super::udp;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Service};
use crate::policy::{Caller, Guarantee, Promise, Stop, Subject, SubjectKind};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

/// The meaning of a guarantee; nothing where it has an error or has ended.
pub(super) fn guarantee(
    context: &Context<'_>,
    place: &Place,
    item: &Arc<ast::Item>,
    written: &ast::Guarantee,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Guarantee> {
    // Of its own, since a long list only counts what is added to it.
    let mut found = Vec::new();
    let promise = match written.promise.node {
        ast::Promise::Never => Promise::Never,
        ast::Promise::Only => Promise::Only,
        ast::Promise::Reaches => Promise::Reaches,
    };
    let clauses = Clauses::read(&written.clauses, &mut found);
    let expired = has_ended(context, promise, &clauses, &mut found);
    let callers = asked(context, place, (&written.sources, &written.except), &mut found);
    let operations = operations(context, place, &written.operations, &mut found);
    let kind = if written.operations.is_empty() { Asked::Anything } else { Asked::Request };
    let closing = match promise {
        Promise::Never => Some("never"),
        Promise::Only => Some("only"),
        Promise::Reaches => None,
    };
    let mut meant: Vec<Subject> = Vec::new();
    for target in &written.targets {
        let subjects = subjects(context, place, target, kind, &mut found);
        if let Some(word) = closing.filter(|_| written.operations.is_empty()) {
            let keys = subjects.iter().map(|subject| Key::new(subject.namespace, subject.name));
            udp::left_open(context.graph(), target, keys, word, &mut found);
        }
        meant.extend(subjects);
    }
    found.extend(unknown_endpoints(context, &meant, &written.operations, &operations));
    let via = via(context, place, promise, &written.via, &mut found);
    let is_wrong = found.iter().any(Diagnostic::is_error);
    diagnostics.append(&mut found);
    if expired || is_wrong {
        return None;
    }
    let last = written.targets.last().map_or(written.promise.span, |target| target.name.span);
    let Callers { any_of, none_of } = callers;
    Some(Guarantee {
        promise,
        callers: nodes(&any_of),
        except: nodes(&none_of),
        subjects: meant,
        via,
        operations: operations.into_iter().map(|lowered| lowered.operation).collect(),
        head: written.promise.span.merge(last),
        origin: origin(context.input, item, &clauses),
    })
}

/// What is asked and no service has, so that a misspelled path is kept by nobody's doing.
fn unknown_endpoints(
    context: &Context<'_>,
    subjects: &[Subject],
    written: &[ast::Operation],
    operations: &[LoweredOperation],
) -> Vec<Diagnostic> {
    if written.len() != operations.len() {
        return Vec::new();
    }
    let service = |subject: &Subject| match subject.kind {
        SubjectKind::Service => context.graph().services.get(&Key::new(subject.namespace, subject.name)),
        SubjectKind::Workload => None,
    };
    let services: Vec<Option<&Service>> = subjects.iter().map(service).collect();
    let mut found = Vec::new();
    for (written, LoweredOperation { operation, span, .. }) in written.iter().zip(operations) {
        match endpoints::of_none(&services, About::Guarantee, operation, *span) {
            Some(none) => found.push(none),
            None => found.extend(endpoints::check_paths(&services, About::Guarantee, written, operation)),
        }
    }
    found
}

/// The callers without their places, sorted.
pub(super) fn nodes(list: &[Spanned<Caller>]) -> ThinVec<Caller> {
    let mut found: ThinVec<Caller> = list.iter().map(|caller| caller.node.clone()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Only `reaches` may end by itself: without the others access could widen and nobody would be told.
fn has_ended(
    context: &Context<'_>,
    promise: Promise,
    clauses: &Clauses,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    match promise {
        Promise::Never | Promise::Only => {
            clauses.refuse_until("this guarantee", diagnostics);
            false
        }
        Promise::Reaches => {
            clauses.expired(context.input.today, "this guarantee", "is not checked any more", diagnostics)
        }
    }
}

fn via(
    context: &Context<'_>,
    place: &Place,
    promise: Promise,
    written: &[Spanned<ast::Name>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Stop> {
    let (Some(first), Some(last)) = (written.first(), written.last()) else { return Vec::new() };
    match promise {
        Promise::Reaches => {
            written.iter().filter_map(|name| one_stop(context, place, name, diagnostics)).collect()
        }
        Promise::Never | Promise::Only => {
            diagnostics.push(misplaced_via(first.span.merge(last.span)));
            Vec::new()
        }
    }
}

fn one_stop(
    context: &Context<'_>,
    place: &Place,
    name: &Spanned<ast::Name>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Stop> {
    let subject =
        bind(context.services, place, name, name.span).and_then(|bound| stop(context, &bound, name.span));
    match subject {
        Ok(subject) => {
            let source = [Spanned::new(ast::Source::Name(name.node.clone()), name.span)];
            let callers = asked(context, place, (&source, &[]), diagnostics);
            Some(Stop { subject, callers: nodes(&callers.any_of) })
        }
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
    }
}

fn misplaced_via(span: Span) -> Diagnostic {
    Diagnostic::new(
        code::MISPLACED_CLAUSE,
        "only `reaches` speaks of services on the way",
        span,
        "not expected here",
    )
    .note("`never` and `only` look at direct requests; write one statement for each step of the way")
}
