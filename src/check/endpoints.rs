//! The known endpoints of a target: an operation that covers none of them is a mistake.

use std::collections::BTreeSet;

use super::overlap::overlap;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::{Endpoint, Service};
use crate::policy::Operation;
use crate::source::Span;
use crate::syntax::ast::Effect;

/// Says so when an operation covers no endpoint of a service whose endpoints are known.
pub(super) fn check(
    service: &Service,
    effect: Effect,
    operation: &Operation,
    span: Span,
) -> Option<Diagnostic> {
    if service.endpoints.is_empty() || service.endpoints.iter().any(|endpoint| covers(operation, endpoint)) {
        return None;
    }
    let (code, consequence) = match effect {
        Effect::Allow => (code::UNKNOWN_ENDPOINT, "the rule would open nothing"),
        Effect::Deny => (code::DENY_WITHOUT_ENDPOINT, "the denial closes nothing that is known"),
    };
    let mut diagnostic =
        Diagnostic::new(code, format!("`{}` has no such endpoint", service.key), span, consequence);
    let (same_path, other): (Vec<&Endpoint>, Vec<&Endpoint>) =
        service.endpoints.iter().partition(|endpoint| covers_path(operation, endpoint));
    if let Some(first) = same_path.first() {
        let methods: BTreeSet<&str> = same_path.iter().map(|endpoint| endpoint.method.as_str()).collect();
        let list: Vec<String> = methods.into_iter().map(|method| format!("`{method}`")).collect();
        diagnostic = diagnostic.label(first.span, "declared here").note(format!(
            "`{}` takes {} only",
            first.path,
            list.join(", ")
        ));
    } else {
        let written = operation.paths.first().map_or("", |path| path.as_str());
        let known: BTreeSet<&str> = other.iter().map(|endpoint| endpoint.path.as_str()).collect();
        diagnostic.notes.extend(did_you_mean(written, known.iter().copied()));
        if diagnostic.notes.is_empty() {
            let list: Vec<String> = known.iter().take(5).map(|path| format!("`{path}`")).collect();
            let more = if known.len() > 5 { ", …" } else { "" };
            diagnostic.notes.push(format!("its endpoints are {}{more}", list.join(", ")));
        }
        diagnostic = diagnostic.label(service.span, "declared here");
    }
    Some(diagnostic)
}

fn covers(operation: &Operation, endpoint: &Endpoint) -> bool {
    let method = operation.methods.is_empty() || operation.methods.contains(&endpoint.method);
    method && covers_path(operation, endpoint)
}

fn covers_path(operation: &Operation, endpoint: &Endpoint) -> bool {
    operation.paths.is_empty() || operation.paths.iter().any(|path| overlap(path, &endpoint.path))
}
