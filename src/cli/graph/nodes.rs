//! The nodes of the view: each service, and each workload that no service leads to.

use std::collections::BTreeSet;

use meshward::graph::{Backend, Key, Protocol, Service, ServiceGraph, ServicePort, TargetPort, Workload};
use meshward::source::SourceMap;

use super::view::{Node, NodeKind, Port};

/// All nodes, by namespace and name.
pub(super) fn of(graph: &ServiceGraph, sources: &SourceMap) -> Vec<Node> {
    let mut served = BTreeSet::new();
    let mut nodes = Vec::new();
    for service in graph.services.values() {
        let workloads = graph.workloads_of(service);
        served.extend(workloads.iter().map(|workload| (&workload.key, &workload.kind)));
        nodes.push(service_node(service, &workloads, sources));
    }
    let alone = graph.workloads.iter().filter(|workload| {
        !served.contains(&(&workload.key, &workload.kind)) && !graph.services.contains_key(&workload.key)
    });
    nodes.extend(alone.map(|workload| workload_node(workload, sources)));
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    nodes.dedup_by(|a, b| a.id == b.id);
    nodes
}

fn service_node(service: &Service, workloads: &[&Workload], sources: &SourceMap) -> Node {
    let kind = match service.backend {
        Backend::ExternalName | Backend::ServiceEntry => NodeKind::External,
        Backend::NoSelector | Backend::Selector(_) => NodeKind::Service,
    };
    let ports = service.ports.iter().map(service_port).collect();
    let place = sources.place(service.span);
    node(&service.key, kind, accounts(workloads.iter().copied()), ports, place)
}

fn workload_node(workload: &Workload, sources: &SourceMap) -> Node {
    let ports = workload
        .ports
        .iter()
        .map(|port| Port {
            name: port.name.as_ref().map(ToString::to_string),
            number: port.number,
            target: port.number.to_string(),
            protocol: if port.udp { "udp" } else { "tcp" }.to_owned(),
        })
        .collect();
    let place = sources.place(workload.span);
    node(&workload.key, NodeKind::Workload, accounts([workload]), ports, place)
}

fn node(key: &Key, kind: NodeKind, accounts: Vec<String>, ports: Vec<Port>, place: String) -> Node {
    Node {
        id: key.to_string(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        kind,
        accounts,
        ports,
        place,
    }
}

/// The accounts that workloads run as, sorted, each once.
pub(super) fn accounts<'a>(workloads: impl IntoIterator<Item = &'a Workload>) -> Vec<String> {
    let accounts: BTreeSet<String> = workloads
        .into_iter()
        .map(|workload| format!("{}/{}", workload.key.namespace, workload.account.node))
        .collect();
    accounts.into_iter().collect()
}

fn service_port(port: &ServicePort) -> Port {
    let target = match &port.target {
        TargetPort::Number(number) => number.to_string(),
        TargetPort::Name(name) => name.to_string(),
    };
    Port {
        name: port.name.as_ref().map(ToString::to_string),
        number: port.number,
        target,
        protocol: protocol(port.protocol).to_owned(),
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::Http2 => "http2",
        Protocol::Grpc => "grpc",
        Protocol::Tcp => "tcp",
        Protocol::Auto => "auto",
        Protocol::Udp => "udp",
    }
}
