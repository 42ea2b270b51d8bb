//! Joins what native files state to what the manifests say: what they agree on is one fact, what only one of
//! them says is added, and a contradiction is reported with both places.

use std::sync::Arc;

use super::combine;
use super::model::{NativeFile, NativePort, NativeService};
use super::workload::{implied_workload, join_workload, workloads_behind};
use crate::diagnostic::{Diagnostic, add, code, did_you_mean};
use crate::graph::manifests::protocol;
use crate::graph::model::{
    Backend, IndexMap, Key, Labels, Namespace, Protocol, Service, ServiceGraph, ServicePort, TargetPort,
    selects,
};
use crate::source::{Span, Spanned};

/// Adds the namespaces, before manifests are read: their labels decide about injection.
pub(in crate::graph) fn add_namespaces(
    files: &[NativeFile],
    graph: &mut ServiceGraph,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for native in files.iter().flat_map(|file| &file.namespaces) {
        let known = graph.namespaces.entry(native.name).or_insert_with(|| Namespace {
            labels: Labels::new(),
            span: native.span,
            declared: true,
        });
        for (key, value) in &native.labels {
            let label = known.labels.entry(*key).or_insert_with(|| *value);
            if label != value {
                let what = format!("two values for the label `{key}` of namespace `{}`", native.name);
                let first = (known.span, format!("`{label}` here"));
                diagnostics.push(contradiction(what, first, (native.span, format!("`{value}` here"))));
            }
        }
    }
}

/// Adds the services, after manifests are read and the graph is indexed: where a manifest knows of the same
/// service or of workloads behind it, what is stated must agree and what is missing is filled in.
pub(in crate::graph) fn add_services(
    files: Vec<NativeFile>,
    graph: &mut ServiceGraph,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let services = combine::services(files, diagnostics);
    graph.services.reserve(services.len());
    graph.workloads.reserve(services.len());
    for native in services.values() {
        graph.namespaces.entry(native.key.namespace).or_insert_with(|| Namespace {
            labels: Labels::new(),
            span: native.span,
            declared: false,
        });
        let Some(selector) = join_service(native, graph, diagnostics) else {
            continue;
        };
        let behind = workloads_behind(native, &selector, graph);
        if behind.is_empty() {
            let implied = implied_workload(native, &selector, graph);
            graph.workloads.push(implied);
        }
        for position in behind {
            join_workload(native, &selector, &mut graph.workloads[position], diagnostics);
        }
    }
    check_calls(&services, graph, diagnostics);
}

/// Adds or completes the service itself, and gives its selector, if it has one.
fn join_service(
    native: &NativeService,
    graph: &mut ServiceGraph,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Labels> {
    if let Some(known) = graph.services.get_mut(&native.key) {
        join_ports(native, known, diagnostics);
        known.endpoints.extend(native.endpoints.iter().cloned());
        known.calls.extend(native.calls.iter().copied());
        return join_backend(native, known, diagnostics);
    }
    let selector = default_selector(native, graph);
    let service = Service {
        key: native.key,
        labels: Labels::new(),
        backend: Backend::Selector(selector.clone().map(Arc::new)),
        headless: false,
        ports: native.ports.iter().map(service_port).collect(),
        endpoints: native.endpoints.clone(),
        calls: native.calls.clone(),
        created: None,
        entry: None,
        span: native.span,
    };
    graph.services.insert(native.key, service);
    Some(selector.node)
}

/// The stated labels, else those of the workload of the same name, else `app: <name>`.
fn default_selector(native: &NativeService, graph: &ServiceGraph) -> Spanned<Labels> {
    if let Some(labels) = &native.labels {
        return labels.clone();
    }
    let mut namesakes = graph.workloads_named(&native.key).iter();
    match namesakes.next() {
        Some(first) if namesakes.all(|other| other.labels == first.labels) => {
            Spanned::new(first.labels.clone(), first.span)
        }
        Some(_) | None => Spanned::new(Labels::from([("app".into(), native.key.name)]), native.span),
    }
}

fn service_port(port: &NativePort) -> ServicePort {
    let name = port.name.as_ref().map(|name| name.node);
    let by_name = || protocol::of_service_port(None, None, name.as_deref(), port.number);
    ServicePort {
        number: port.number,
        target: port.target.as_ref().map_or(TargetPort::Number(port.number), |target| target.node.clone()),
        protocol: port.protocol.as_ref().map_or_else(by_name, |protocol| protocol.node),
        is_tls: port.is_tls
            || port.protocol.is_none() && protocol::is_tls_at_service(None, None, name.as_deref()),
        name,
        span: port.span,
    }
}

fn join_backend(
    native: &NativeService,
    known: &Service,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Labels> {
    let name = &native.key;
    match (&known.backend, &native.labels) {
        (Backend::Selector(selector), Some(labels)) => {
            if !selects(selector, labels) {
                let what = format!("the labels of `{name}` are not those that its Service selects");
                let first = (selector.span, "selected here".to_owned());
                diagnostics.push(contradiction(what, first, (labels.span, "stated here".to_owned())));
            }
            Some(Labels::clone(&selector.node))
        }
        (Backend::Selector(selector), None) => Some(Labels::clone(&selector.node)),
        (Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry, Some(labels)) => {
            let what = format!("`{name}` is given labels, and its manifest selects nothing");
            let first = (known.span, "without a selector".to_owned());
            diagnostics.push(contradiction(what, first, (labels.span, "stated here".to_owned())));
            None
        }
        (Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry, None) => None,
    }
}

fn join_ports(native: &NativeService, known: &mut Service, diagnostics: &mut Vec<Diagnostic>) {
    let name = &native.key;
    for port in &native.ports {
        let number = port.number;
        let Some(declared) = declared_port(port, &mut known.ports) else {
            let what = format!("the Service `{name}` has no port {number}");
            let first = (known.span, "declared here".to_owned());
            diagnostics.push(contradiction(what, first, (port.span, "stated here".to_owned())));
            continue;
        };
        if let Some(target) = port.target.as_ref().filter(|target| target.node != declared.target) {
            let what = format!("two targets for port {number} of `{name}`");
            let first = (declared.span, format!("leads to {}", show_target(&declared.target)));
            let second = (target.span, format!("leads to {}", show_target(target)));
            diagnostics.push(contradiction(what, first, second));
        }
        if let Some(protocol) = port.protocol.as_ref().filter(|stated| stated.node != declared.protocol) {
            diagnostics.push(other_protocol(native, declared, protocol));
        }
        match (&declared.name, &port.name) {
            (None, Some(stated)) => declared.name = Some(stated.node),
            (Some(known), Some(stated)) if *known != stated.node => {
                let what = format!("two names for port {number} of `{name}`");
                let first = (declared.span, format!("`{known}`"));
                diagnostics.push(contradiction(what, first, (stated.span, format!("`{}`", stated.node))));
            }
            (Some(_) | None, _) => {}
        }
    }
}

/// A Service may have a TCP and a UDP port of one number; what says nothing of either means the first.
fn declared_port<'a>(stated: &NativePort, declared: &'a mut [ServicePort]) -> Option<&'a mut ServicePort> {
    let mut same_number = declared.iter_mut().filter(|port| port.number == stated.number);
    let Some(protocol) = &stated.protocol else {
        return same_number.next();
    };
    let udp = |protocol: Protocol| protocol == Protocol::Udp;
    same_number.max_by_key(|port| udp(port.protocol) == udp(protocol.node))
}

/// What Istio takes a port for is decided by the Service alone, so it can not be stated elsewhere.
fn other_protocol(native: &NativeService, declared: &ServicePort, stated: &Spanned<Protocol>) -> Diagnostic {
    let (number, name) = (declared.number, &native.key);
    let stated_as = (stated.span, format!("{} here", show_protocol(stated.node)));
    if declared.protocol != Protocol::Auto {
        let what = format!("two protocols for port {number} of `{name}`");
        return contradiction(
            what,
            (declared.span, format!("{} here", show_protocol(declared.protocol))),
            stated_as,
        );
    }
    let what = format!("the Service `{name}` declares no protocol for port {number}");
    let first = (declared.span, "Istio guesses it from the first bytes".to_owned());
    contradiction(what, first, stated_as)
        .note(format!("add `appProtocol: {}` to the port of the Service", show_protocol(stated.node)))
}

fn check_calls(
    services: &IndexMap<Key, NativeService>,
    graph: &ServiceGraph,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let calls = services.values().flat_map(|service| &service.calls);
    let unknown: Vec<_> = calls.filter(|call| !graph.services.contains_key(&call.node)).collect();
    if unknown.is_empty() {
        return;
    }
    let names: Vec<String> = graph.services.keys().map(Key::to_string).collect();
    for call in unknown {
        let message = format!("unknown service `{}`", call.node);
        let mut diagnostic = Diagnostic::new(code::INVALID_GRAPH_FILE, message, call.span, "called here");
        diagnostic.notes.extend(did_you_mean(&call.node.to_string(), names.iter().map(String::as_str)));
        add(diagnostics, diagnostic);
    }
}

/// Each place comes with what is said there.
pub(super) fn contradiction(what: String, first: (Span, String), second: (Span, String)) -> Diagnostic {
    Diagnostic::new(code::CONTRADICTING_FACTS, what, second.0, second.1).label(first.0, first.1)
}

fn show_target(target: &TargetPort) -> String {
    match target {
        TargetPort::Number(number) => number.to_string(),
        TargetPort::Name(name) => format!("`{name}`"),
    }
}

fn show_protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::Http2 => "http2",
        Protocol::Grpc => "grpc",
        Protocol::Tcp => "tcp",
        Protocol::Auto => "undeclared",
        Protocol::Udp => "udp",
    }
}
