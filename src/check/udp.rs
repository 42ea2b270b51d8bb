//! `open-udp-port`: a denial or a promise about a service that has a UDP port, too. No proxy carries UDP, so that such a
//! port stays open to everyone, whatever the policy says.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Protocol, ServiceGraph, Workload};
use crate::source::Span;
use crate::syntax::ast::{Target, TargetName};

/// What is left open of the services and workloads that a target means. A target with a port means TCP. `word` opens the
/// statement: `deny`, `never` or `only`.
pub(super) fn left_open(
    graph: &ServiceGraph,
    target: &Target,
    keys: impl Iterator<Item = Key>,
    word: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if target.port.is_some() {
        return;
    }
    let mut keys: Vec<Key> = keys.collect();
    if let TargetName::Namespace(namespace) = &target.name.node {
        keys.extend(with_udp_alone(graph, namespace.as_str()));
    }
    let mut told = FxHashSet::default();
    keys.retain(|key| told.insert(*key));
    diagnostics.extend(keys.iter().filter_map(|key| port_left_open(graph, key, target.name.span, word)));
}

/// The Services and workloads of a namespace that no rule can speak of, since the mesh carries none of their ports.
fn with_udp_alone<'g>(graph: &'g ServiceGraph, namespace: &'g str) -> impl Iterator<Item = Key> + 'g {
    let services = graph.services_in(namespace).map(|service| service.key);
    let is_alone = |workload: &&Workload| workload.declared.is_empty();
    let workloads = graph.workloads_in(namespace).filter(is_alone).map(|workload| workload.key);
    services.chain(workloads)
}

fn port_left_open(graph: &ServiceGraph, key: &Key, span: Span, word: &str) -> Option<Diagnostic> {
    let (number, place, declared) = udp_port(graph, key)?;
    let diagnostic = Diagnostic::new(
        code::OPEN_UDP_PORT,
        format!("UDP port {number} of `{key}` stays open to everyone"),
        span,
        format!("no proxy carries UDP, so that `{word}` is about TCP alone"),
    );
    let ports = graph.services.get(key).map_or(&[] as &[_], |service| service.ports.as_slice());
    let tcp = ports.iter().find(|port| port.protocol != Protocol::Udp).map(|port| port.number);
    let name = match tcp {
        Some(tcp) => format!("; name the TCP port if that is meant: `{key}:{tcp}`"),
        None => String::new(),
    };
    Some(
        diagnostic
            .label(place, declared)
            .note(format!("keep callers out of UDP by a Kubernetes NetworkPolicy{name}")),
    )
}

/// The first UDP port that a Service or one of its workloads declares, and where.
fn udp_port(graph: &ServiceGraph, key: &Key) -> Option<(u16, Span, String)> {
    let service = graph.services.get(key);
    let of_service = service.into_iter().flat_map(|service| &service.ports);
    let mut declared = of_service.filter(|port| port.protocol == Protocol::Udp);
    if let Some(port) = declared.next() {
        return Some((port.number, port.span, "declared here".to_owned()));
    }
    let workloads = match service {
        Some(service) => graph.workloads_of(service),
        None => graph.workloads_named(key).iter().collect(),
    };
    workloads.into_iter().find_map(|workload| {
        let port = workload.ports.iter().find(|port| port.udp)?;
        Some((port.number, workload.span, format!("this {} declares it", workload.kind)))
    })
}
