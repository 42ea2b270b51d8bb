//! Gateways: which pods are one, and what their servers take at their ports.

use super::model::{Gateway, Labels, Protocol, Server, Service, ServiceGraph, Workload};

/// The label of a Service whose ports a server does not name (`gateway.go`, `DisableGatewayPortTranslationLabel`).
const UNTRANSLATED: &str = "experimental.istio.io/disable-gateway-port-translation";

impl ServiceGraph {
    /// Whether pods with these labels are a gateway's.
    pub fn is_gateway(&self, namespace: &str, labels: &Labels) -> bool {
        self.gateway_of(namespace, labels).is_some()
    }

    /// The first `Gateway` that selects pods with these labels.
    pub fn gateway_of(&self, namespace: &str, labels: &Labels) -> Option<&Gateway> {
        self.gateways.iter().find(|gateway| gateway.is_of(namespace, labels))
    }

    /// What a gateway takes the traffic for at one of its ports, whatever the Service in front of it calls that. `None`
    /// where no server is known there.
    pub fn served(&self, gateway: &Workload, port: u16) -> Option<Protocol> {
        let servers = self.servers_at(&gateway.key.namespace, &gateway.labels, port);
        let mut protocols = servers.iter().map(|server| server.protocol);
        let first = protocols.next()?;
        Some(if protocols.all(|other| other == first) { first } else { Protocol::Auto })
    }

    /// Whether a gateway asks its clients for certificates at one of its ports, so that they can show an identity there.
    /// So it may be where no server is known.
    pub fn asks_for_certificates(&self, namespace: &str, labels: &Labels, port: u16) -> bool {
        let servers = self.servers_at(namespace, labels, port);
        servers.is_empty() || servers.iter().any(|server| server.certificates)
    }

    /// Whether clients speak TLS to a gateway at one of its ports.
    pub fn speaks_tls(&self, gateway: &Workload, port: u16) -> bool {
        self.servers_at(&gateway.key.namespace, &gateway.labels, port).iter().any(|server| server.tls)
    }

    /// The servers at a port of the pods with these labels; other pods than those of a gateway have none.
    fn servers_at(&self, namespace: &str, labels: &Labels, port: u16) -> Vec<&Server> {
        if !self.is_gateway(namespace, labels) {
            return Vec::new();
        }
        let pod = self.workloads_in(namespace).find(|workload| workload.labels == *labels);
        let is_translated = |service: &&Service| !service.labels.contains_key(UNTRANSLATED);
        let mut in_front: Vec<&Service> = self.in_front_of(namespace, labels).filter(is_translated).collect();
        in_front.sort_by(|a, b| a.by_age(b));
        let leads_here = |gateway: &Gateway, server: &Server| {
            // The Service that comes with a gateway of the Gateway API leads to the ports of the listeners themselves, and
            // no other counts.
            let bound =
                if gateway.own_namespace { Some(server.number) } else { bound(server, &in_front, pod) };
            bound == Some(port)
        };
        self.gateways
            .iter()
            .filter(|gateway| gateway.configures(namespace, labels))
            .flat_map(|gateway| gateway.servers.iter().filter(|server| leads_here(gateway, server)))
            .collect()
    }
}

/// The port of the pod at which a server listens: it names a port of the first Service that has one of this number, else
/// one of the pod (`gateway.go`, `resolvePorts`).
fn bound(server: &Server, in_front: &[&Service], pod: Option<&Workload>) -> Option<u16> {
    let mut ports = in_front.iter().flat_map(|service| &service.ports);
    match ports.find(|port| port.number == server.number) {
        Some(port) => port.leads_to(pod),
        None => Some(server.number),
    }
}
