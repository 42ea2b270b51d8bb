//! `wildcard-over-admin`: a wildcard in a permission that takes in endpoints whose names suggest
//! administration, though the pattern itself does not speak of it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::View;
use super::inclusion::{self, Pattern};
use super::statements::Statement;
use crate::check::overlap;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Endpoint, Key, Service};
use crate::policy::{Operation, Role};
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{self, Effect};

/// Words of a path that suggest administration.
const ADMIN_WORDS: &[&str] = &[
    "actuator",
    "admin",
    "administration",
    "administrator",
    "config",
    "console",
    "debug",
    "env",
    "heapdump",
    "internal",
    "jmx",
    "jolokia",
    "management",
    "metrics",
    "phpmyadmin",
    "pprof",
    "private",
    "profiler",
    "prometheus",
    "shutdown",
    "swagger",
    "threaddump",
];

/// How many endpoints are shown where they are declared.
const SHOWN: usize = 3;

/// An endpoint with the word that gives it away.
type Sensitive<'a> = (&'a Endpoint, &'static str);

/// Such endpoints, by the namespace and name of their service.
type Suspects<'a> = FxHashMap<(&'a str, &'a str), Vec<Sensitive<'a>>>;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let suspects = suspects(view);
    if suspects.is_empty() {
        return;
    }
    let allowing = view.statements.iter().filter(|statement| statement.rule.effect.node == Effect::Allow);
    for statement in allowing {
        let Some(rule) = statement.meant.first() else { continue };
        let operations = statement.rule.operations.iter().zip(&rule.operations);
        let wildcards: Vec<(Written<'_>, &Operation)> = operations
            .flat_map(|(written, meant)| patterns(written).map(move |path| (path, meant)))
            .filter(|(written, _)| Pattern::read(&written.path).is_wildcard())
            .collect();
        if wildcards.is_empty() {
            continue;
        }
        let sensitive = sensitive(&suspects, statement);
        for (written, operation) in wildcards {
            let swallowed: Vec<Sensitive<'_>> = sensitive
                .iter()
                .copied()
                .filter(|(endpoint, word)| swallows(&written.path, operation, endpoint, word))
                .collect();
            diagnostics.extend(report(&written, &swallowed));
        }
    }
}

/// A path pattern, or a gRPC name and the path that it stands for.
struct Written<'a> {
    name: &'a Spanned<Symbol>,
    path: Symbol,
    grpc: bool,
}

fn patterns(operation: &ast::Operation) -> impl Iterator<Item = Written<'_>> {
    let (names, grpc) = match operation {
        ast::Operation::Http(http) => (&http.paths, false),
        ast::Operation::Grpc(names) => (names, true),
    };
    names.iter().map(move |name| {
        let path = if grpc { Symbol::from(format!("/{}", name.node)) } else { name.node };
        Written { name, path, grpc }
    })
}

/// The services with endpoints that suggest administration.
fn suspects<'a>(view: &View<'a>) -> Suspects<'a> {
    let of_service = |service: &'a Service| {
        let suspect = |endpoint: &'a Endpoint| admin_word(&endpoint.path).map(|word| (endpoint, word));
        service.endpoints.iter().filter_map(suspect).collect::<Vec<_>>()
    };
    let named = |key: &'a Key| (key.namespace.as_str(), key.name.as_str());
    let services = view.graph.services.values().map(|service| (named(&service.key), of_service(service)));
    services.filter(|(_, sensitive)| !sensitive.is_empty()).collect()
}

/// The endpoints of the rule's targets that suggest administration.
fn sensitive<'a>(suspects: &Suspects<'a>, statement: &Statement<'_>) -> Vec<Sensitive<'a>> {
    statement
        .services(Role::Target)
        .filter_map(|(namespace, name)| suspects.get(&(namespace.as_str(), name.as_str())))
        .flatten()
        .copied()
        .collect()
}

fn swallows(path: &str, operation: &Operation, endpoint: &Endpoint, word: &str) -> bool {
    let method = operation.methods.is_empty() || operation.methods.contains(&endpoint.method);
    let excepted = || {
        operation.except_paths.iter().any(|except| {
            // Two templates are compared by their paths in common: one calls `{id}` what the other calls `{*}`.
            let templates = except.contains('{') && endpoint.path.contains('{');
            inclusion::path(except, &endpoint.path) || (templates && overlap(except, &endpoint.path))
        })
    };
    method
        && overlap(path, &endpoint.path)
        && !words(path).any(|own| own.eq_ignore_ascii_case(word))
        && !excepted()
}

fn admin_word(path: &str) -> Option<&'static str> {
    words(path).find_map(|word| ADMIN_WORDS.iter().find(|admin| word.eq_ignore_ascii_case(admin)).copied())
}

/// The words of a path: `/shop.AdminService/dropAll-now` has `shop`, `Admin`, `Service`, `drop`, `All` and `now`.
fn words(path: &str) -> impl Iterator<Item = &str> {
    path.split(|letter: char| !letter.is_ascii_alphanumeric()).flat_map(|name| {
        let mut rest = name;
        std::iter::from_fn(move || {
            let (word, behind) = rest.split_at(first_word(rest));
            rest = behind;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// How long the first word of a name is: up to an upper case letter that stands behind a lower case one.
fn first_word(name: &str) -> usize {
    let pair = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    name.as_bytes().windows(2).position(pair).map_or(name.len(), |before| before + 1)
}

fn report(written: &Written<'_>, swallowed: &[Sensitive<'_>]) -> Option<Diagnostic> {
    let (first, word) = swallowed.first()?;
    let shown: BTreeSet<&str> = swallowed.iter().take(SHOWN).map(|(found, _)| found.path.as_str()).collect();
    let shown: Vec<String> = shown.into_iter().map(|path| format!("`{path}`")).collect();
    let more = swallowed.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let mut diagnostic = Diagnostic::new(
        code::WILDCARD_OVER_ADMIN,
        format!("`{}` opens endpoints that look like administration", written.name.node),
        written.name.span,
        format!("takes in {}{more}", shown.join(", ")),
    );
    for (endpoint, _) in swallowed.iter().take(SHOWN) {
        let message = format!("`{} {}` is one of them", endpoint.method, endpoint.path);
        diagnostic = diagnostic.label(endpoint.span, message);
    }
    let note = if written.grpc {
        "name the gRPC methods that the caller needs".to_owned()
    } else {
        let except = match until_word(&first.path, word) {
            Some(head) => format!("`except {head}, {head}/*`"),
            None => "`except` and their paths".to_owned(),
        };
        format!("name the paths that the caller needs, or take these out: {except}")
    };
    Some(diagnostic.note(note))
}

/// The path up to the segment that holds the word, if it is fixed so far.
fn until_word(path: &str, word: &str) -> Option<String> {
    let mut head = String::new();
    for segment in path.split('/').skip(1) {
        if segment.contains('{') {
            return None;
        }
        head.push('/');
        head.push_str(segment);
        if words(segment).any(|own| own.eq_ignore_ascii_case(word)) {
            return Some(head);
        }
    }
    None
}
