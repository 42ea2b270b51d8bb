//! The known endpoints of a target: an operation that covers none of them is a mistake, and so is each of its paths.

use std::collections::BTreeSet;

use thin_vec::{ThinVec, thin_vec};

use super::exceptions;
use super::overlap::overlap;
use super::paths::parameter;
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

/// The endpoints of a service that an operation covers, in their order; those that its exceptions take away whole are
/// not among them.
pub fn covered<'a>(service: &'a Service, operation: &Operation) -> Vec<&'a Endpoint> {
    let except: Vec<&str> = operation.except_paths.iter().map(Symbol::as_str).collect();
    let is_left =
        |endpoint: &&Endpoint| except.is_empty() || !exceptions::is_empty(&lowered(endpoint), &except);
    service.endpoints.iter().filter(|endpoint| covers(operation, endpoint)).filter(is_left).collect()
}

/// The path of an endpoint as a pattern: `/users/{id}` is `/users/{*}`.
fn lowered(endpoint: &Endpoint) -> String {
    let segments = endpoint.path.split('/');
    segments.map(|segment| parameter(segment).map_or(segment, |_| "{*}")).collect::<Vec<_>>().join("/")
}

/// Says so when an operation covers no endpoint of a service whose endpoints are known.
pub(super) fn check(
    service: &Service,
    about: About,
    operation: &Operation,
    span: Span,
) -> Option<Diagnostic> {
    if !misses(service, operation) {
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
    let same_path: Vec<&Endpoint> =
        service.endpoints.iter().filter(|endpoint| covers_path(operation, endpoint)).collect();
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
        let known = || service.endpoints.iter().map(|endpoint| endpoint.path.as_str());
        diagnostic.notes.extend(did_you_mean(written, known()));
        if diagnostic.notes.is_empty() {
            let first = first(known(), MOST_LISTED + 1);
            let list: Vec<String> = first.iter().take(MOST_LISTED).map(|path| format!("`{path}`")).collect();
            let more = if first.len() > MOST_LISTED { ", …" } else { "" };
            diagnostic.notes.push(format!("its endpoints are {}{more}", list.join(", ")));
        }
        diagnostic = diagnostic.label(service.span, "declared here");
    }
    Some(diagnostic)
}

/// So many endpoints of a service are listed.
const MOST_LISTED: usize = 5;

/// The first of some texts in the order of the alphabet, each once.
fn first<'a>(texts: impl Iterator<Item = &'a str>, count: usize) -> BTreeSet<&'a str> {
    let mut first = BTreeSet::new();
    for text in texts {
        if first.len() < count || first.last().is_some_and(|last| text < *last) {
            first.insert(text);
        }
        if first.len() > count {
            first.pop_last();
        }
    }
    first
}

/// The same for each path of a list, and for each exception: it must cover an endpoint of one of the services at least.
pub(super) fn check_paths(
    services: &[Option<&Service>],
    about: About,
    written: &ast::Operation,
    operation: &Operation,
) -> Vec<Diagnostic> {
    let ast::Operation::Http(http) = written else { return Vec::new() };
    let alone = |path: &Spanned<Symbol>| {
        let paths = thin_vec![path.node];
        Operation { paths, except_paths: ThinVec::new(), ..operation.clone() }
    };
    let of_list = |paths: &[Spanned<Symbol>], about| -> Vec<Diagnostic> {
        let is_known = |path: &&Spanned<Symbol>| !are_missed(services, &alone(path));
        let (mut known, unknown): (Vec<&Spanned<Symbol>>, Vec<_>) = paths.iter().partition(is_known);
        known.sort_unstable_by_key(|path| path.as_str());
        // `/admin` may be there for the sake of `/admin/*`, as other lints advise.
        let stands_beside_known = |path: &&Spanned<Symbol>| {
            let head = path.trim_end_matches(['*', '/']);
            let next = known.partition_point(|other| other.as_str() < head);
            known.get(next).is_some_and(|other| other.starts_with(head))
        };
        let unknown = unknown.into_iter().filter(|path| !stands_beside_known(path));
        unknown.filter_map(|path| of_none(services, about, &alone(path), path.span)).collect()
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
    let first = services.first().copied().flatten().filter(|_| are_missed(services, operation))?;
    check(first, about, operation, span)
}

/// Whether the endpoints of all these services are known, and an operation covers none of them.
fn are_missed(services: &[Option<&Service>], operation: &Operation) -> bool {
    services.iter().all(|service| service.is_some_and(|service| misses(service, operation)))
}

fn misses(service: &Service, operation: &Operation) -> bool {
    !service.endpoints.is_empty() && !service.endpoints.iter().any(|endpoint| covers(operation, endpoint))
}

fn covers(operation: &Operation, endpoint: &Endpoint) -> bool {
    let method = operation.methods.is_empty() || operation.methods.contains(&endpoint.method);
    method && covers_path(operation, endpoint)
}

fn covers_path(operation: &Operation, endpoint: &Endpoint) -> bool {
    operation.paths.is_empty() || operation.paths.iter().any(|path| overlap(path, &endpoint.path))
}
