//! The known endpoints of a target: an operation that covers none of them is a mistake, and so is each of its paths.

use std::collections::BTreeSet;

use thin_vec::{ThinVec, thin_vec};

use super::overlap::overlap;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::{Endpoint, Service};
use crate::policy::Operation;
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{self, Effect};

/// Who speaks of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// An `allow`.
    Permission,
    /// A `deny`.
    Denial,
    /// What an `allow` leaves out.
    Exception,
    /// A guarantee.
    Guarantee,
}

impl From<Effect> for About {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Allow => Self::Permission,
            Effect::Deny => Self::Denial,
        }
    }
}

/// Says so when an operation covers no endpoint of a service whose endpoints are known.
pub(super) fn check(
    service: &Service,
    about: About,
    operation: &Operation,
    span: Span,
) -> Option<Diagnostic> {
    if service.endpoints.is_empty() || service.endpoints.iter().any(|endpoint| covers(operation, endpoint)) {
        return None;
    }
    let (code, consequence) = match about {
        About::Permission => (code::UNKNOWN_ENDPOINT, "the rule would open nothing"),
        About::Denial => (code::DENY_WITHOUT_ENDPOINT, "the denial closes nothing that is known"),
        About::Exception => (code::DENY_WITHOUT_ENDPOINT, "the exception takes away nothing that is known"),
        About::Guarantee => (code::DENY_WITHOUT_ENDPOINT, "the guarantee is about nothing that is known"),
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

/// The same for each path of a list, and for each exception: it must cover an endpoint of one of the services at least.
pub(super) fn check_paths(
    services: &[Option<&Service>],
    about: About,
    written: &ast::Operation,
    operation: &Operation,
) -> Vec<Diagnostic> {
    let ast::Operation::Http(http) = written else { return Vec::new() };
    let unknown = |path: &Spanned<Symbol>, about| {
        let paths = thin_vec![path.node];
        let alone = Operation { paths, except_paths: ThinVec::new(), ..operation.clone() };
        of_none(services, about, &alone, path.span)
    };
    let of_list = |paths: &[Spanned<Symbol>], about| -> Vec<Diagnostic> {
        let found: Vec<_> = paths.iter().map(|path| (path, unknown(path, about))).collect();
        let known: Vec<&str> =
            found.iter().filter(|(_, unknown)| unknown.is_none()).map(|(path, _)| path.as_str()).collect();
        // `/admin` may be there for the sake of `/admin/*`, as other lints advise.
        let stands_beside_known = |path: &str| {
            let head = path.trim_end_matches(['*', '/']);
            known.iter().any(|other| other.starts_with(head))
        };
        let unknown = found.into_iter().filter(|(path, _)| !stands_beside_known(path));
        unknown.filter_map(|(_, unknown)| unknown).collect()
    };
    // The path of an operation that has one is the operation.
    let paths = if http.paths.len() > 1 { http.paths.as_slice() } else { &[] };
    let mut found = of_list(paths, about);
    found.extend(of_list(&http.except, About::Exception));
    found
}

/// What is to be said where an operation covers no endpoint of any of several services.
pub(super) fn of_none(
    services: &[Option<&Service>],
    about: About,
    operation: &Operation,
    span: Span,
) -> Option<Diagnostic> {
    let mut found = services.iter().map(|service| check((*service)?, about, operation, span));
    let first = found.next()??;
    found.all(|other| other.is_some()).then_some(first)
}

fn covers(operation: &Operation, endpoint: &Endpoint) -> bool {
    let method = operation.methods.is_empty() || operation.methods.contains(&endpoint.method);
    method && covers_path(operation, endpoint)
}

fn covers_path(operation: &Operation, endpoint: &Endpoint) -> bool {
    operation.paths.is_empty() || operation.paths.iter().any(|path| overlap(path, &endpoint.path))
}
