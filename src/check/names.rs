//! What a name of the policy stands for: the Service of that name, else the workload.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{Context, Place};
use super::services::{self, Facts, Services};
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::{Key, ServiceGraph, Workload};
use crate::policy::NamedSet;
use crate::source::{Span, Symbol};
use crate::syntax::ast::Name;
use crate::syntax::foreign_name;

/// What a name was bound to.
#[derive(Clone, Debug)]
pub(super) enum Bound<'s, 'a> {
    /// A Service and what is known of it.
    Service(&'s Facts<'a>),
    /// A workload that no Service of its name hides; of several kinds where they share the name.
    Workload(Key, Vec<&'a Workload>),
}

impl<'a> Bound<'_, 'a> {
    pub(super) fn key(&self) -> &Key {
        match self {
            Self::Service(facts) => &facts.service.key,
            Self::Workload(key, _) => key,
        }
    }

    pub(super) fn workloads(&self) -> &[&'a Workload] {
        match self {
            Self::Service(facts) => &facts.workloads,
            Self::Workload(_, workloads) => workloads,
        }
    }

    /// Itself, as a list of one.
    pub(super) fn named(&self) -> Arc<NamedSet> {
        match self {
            Self::Service(facts) => facts.named.clone(),
            Self::Workload(key, workloads) => services::named(key, workloads),
        }
    }

    /// Where it is declared.
    pub(super) fn declared(&self) -> Span {
        match self {
            Self::Service(facts) => facts.service.span,
            Self::Workload(_, workloads) => workloads[0].span,
        }
    }
}

/// Binds a name, or says why it can not be bound.
pub(super) fn bind<'s, 'a>(
    services: &'s Services<'a>,
    place: &Place,
    name: &Name,
    span: Span,
) -> Result<Bound<'s, 'a>, Box<Diagnostic>> {
    let key = find(services.graph, place, name, span)?;
    bound(services, key, span)
}

fn find(graph: &ServiceGraph, place: &Place, name: &Name, span: Span) -> Result<Key, Box<Diagnostic>> {
    if let Some(namespace) = &name.namespace {
        let key = Key::new(*namespace, name.name);
        if exists(graph, &key) {
            return Ok(key);
        }
        known_namespace(graph, namespace, span).map_err(|found| perhaps_a_path(graph, name, found))?;
        return Err(unknown_in(graph, &key, span));
    }
    if let Some(namespace) = &place.namespace {
        let key = Key::new(*namespace, name.name);
        if exists(graph, &key) {
            return Ok(key);
        }
    }
    let candidates: BTreeSet<Key> = graph
        .services_called(&name.name)
        .map(|service| service.key)
        .chain(graph.workloads_called(&name.name).map(|workload| workload.key))
        .collect();
    let mut candidates = candidates.into_iter();
    match (candidates.next(), candidates.next()) {
        (None, _) => Err(unknown(graph, &name.name, span)),
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            let all: Vec<Key> = [first, second].into_iter().chain(candidates).collect();
            Err(ambiguous(graph, &name.name, &all, span))
        }
    }
}

fn exists(graph: &ServiceGraph, key: &Key) -> bool {
    graph.services.contains_key(key) || !graph.workloads_named(key).is_empty()
}

fn bound<'s, 'a>(services: &'s Services<'a>, key: Key, span: Span) -> Result<Bound<'s, 'a>, Box<Diagnostic>> {
    let Some(facts) = services.get(&key) else {
        let named = services.graph.workloads_named(&key).iter().collect();
        return Ok(Bound::Workload(key, named));
    };
    // A Service that reaches more than the workload of its name, such as a canary beside it, is the usual
    // thing and means what it says; one that does not reach it at all is a trap.
    match facts.missed {
        Some(workload) if !facts.workloads.is_empty() => Err(Box::new(
            Diagnostic::new(
                code::SERVICE_AND_WORKLOAD_DIFFER,
                format!(
                    "`{}` is a Service and a {}, and the one does not select the other",
                    key.name, workload.kind
                ),
                span,
                "which one is meant?",
            )
            .label(facts.service.span, "this Service selects other pods")
            .label(workload.span, format!("this {} is not among them", workload.kind))
            .note("mend the selector of the Service, or give one of the two another name"),
        )),
        Some(_) | None => Ok(Bound::Service(facts)),
    }
}

/// A namespace of the graph, or the diagnostic that it is none.
pub(super) fn known_namespace(
    graph: &ServiceGraph,
    namespace: &str,
    span: Span,
) -> Result<(), Box<Diagnostic>> {
    if graph.namespaces.contains_key(namespace) {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(
        code::UNKNOWN_NAMESPACE,
        format!("unknown namespace `{namespace}`"),
        span,
        "nothing of the service graph lies in it",
    );
    diagnostic.notes.extend(did_you_mean(namespace, graph.namespaces.keys().map(Symbol::as_str)));
    Err(Box::new(diagnostic))
}

/// `payments/admin` is a qualified name, where `payments /admin` is a service and a path.
fn perhaps_a_path(graph: &ServiceGraph, name: &Name, mut found: Box<Diagnostic>) -> Box<Diagnostic> {
    if let Some(service) = &name.namespace
        && graph.services_called(service).next().is_some()
    {
        found.notes.push(format!("for a path of the service `{service}` write `{service} /{}`", name.name));
    }
    found
}

fn unknown_in(graph: &ServiceGraph, key: &Key, span: Span) -> Box<Diagnostic> {
    let mut diagnostic = Diagnostic::new(
        code::UNKNOWN_SERVICE,
        format!("unknown service `{}` in namespace `{}`", key.name, key.namespace),
        span,
        "no Service and no workload has this name",
    );
    let here = graph
        .services_in(&key.namespace)
        .map(|service| service.key.name.as_str())
        .chain(graph.workloads_in(&key.namespace).map(|workload| workload.key.name.as_str()));
    diagnostic.notes.extend(did_you_mean(&key.name, here));
    let elsewhere = graph.services_called(&key.name).take(3).map(|service| format!("`{}`", service.key));
    let elsewhere: Vec<String> = elsewhere.collect();
    if !elsewhere.is_empty() {
        diagnostic.notes.push(format!("there is {}", elsewhere.join(", ")));
    }
    Box::new(diagnostic)
}

fn unknown(graph: &ServiceGraph, name: &str, span: Span) -> Box<Diagnostic> {
    let mut diagnostic = Diagnostic::new(
        code::UNKNOWN_SERVICE,
        format!("unknown service `{name}`"),
        span,
        "no Service and no workload has this name",
    );
    let named_by_host = foreign_name::service(name).map(|(namespace, name)| Key::new(namespace, name));
    if let Some(key) = named_by_host.filter(|key| exists(graph, key)) {
        return Box::new(diagnostic.note(format!("did you mean `{key}`?")));
    }
    let names = graph
        .services
        .keys()
        .map(|key| key.name.as_str())
        .chain(graph.workloads.iter().map(|workload| workload.key.name.as_str()));
    diagnostic.notes.extend(did_you_mean(name, names));
    if graph.services.is_empty() && graph.workloads.is_empty() {
        diagnostic.notes.push(
            "the service graph is empty: `graph:` in `meshward.yaml` names the files that describe the services"
                .to_owned(),
        );
    } else if diagnostic.notes.is_empty() {
        diagnostic.notes.push("`meshward graph` lists the services that are known".to_owned());
    }
    Box::new(diagnostic)
}

fn ambiguous(graph: &ServiceGraph, name: &str, candidates: &[Key], span: Span) -> Box<Diagnostic> {
    let list: Vec<String> = candidates.iter().map(|key| format!("`{key}`")).collect();
    let mut diagnostic = Diagnostic::new(
        code::AMBIGUOUS_NAME,
        format!("`{name}` could be {}", list.join(" or ")),
        span,
        "which namespace?",
    );
    for key in candidates.iter().take(3) {
        let declared = graph
            .services
            .get(key)
            .map(|service| service.span)
            .or_else(|| graph.workloads_named(key).first().map(|workload| workload.span));
        if let Some(declared) = declared {
            diagnostic = diagnostic.label(declared, format!("`{key}`"));
        }
    }
    Box::new(
        diagnostic.note("write the namespace before the name, or put the rule into a `namespace` statement"),
    )
}

/// An account as the policy writes it, with the namespace of the enclosing statement where it states none.
pub(super) fn account(place: &Place, name: &Name, span: Span) -> Result<Key, Box<Diagnostic>> {
    match name.namespace.as_ref().or(place.namespace.as_ref()) {
        Some(namespace) => Ok(Key::new(*namespace, name.name)),
        None => Err(Box::new(
            Diagnostic::new(
                code::AMBIGUOUS_NAME,
                format!("the namespace of account `{}` is not stated", name.name),
                span,
                "which namespace?",
            )
            .note(format!("write `account NAMESPACE/{}`", name.name)),
        )),
    }
}

/// Whether the bare word `mesh` or `anyone` could as well be a service; then it has to be written otherwise.
pub(super) fn reserved(context: &Context<'_>, word: &str, span: Span) -> Option<Diagnostic> {
    let service = context.graph().services_called(word).next()?;
    Some(
        Diagnostic::new(
            code::RESERVED_SERVICE_NAME,
            format!("`{word}` is a keyword, and a service has this name too"),
            span,
            "which one is meant?",
        )
        .label(service.span, "this service")
        .note(format!(
            "for the service write `{}`; the keyword can not be used while a service is called so",
            service.key
        )),
    )
}
