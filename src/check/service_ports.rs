//! Which service ports lead to a port of a workload. Several may, and where they declare different protocols the
//! older Service tells Istio which one holds; its age is not known here.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::graph::{Key, Protocol, Service, ServiceGraph, ServicePort, TargetPort, Workload};

/// The services in front of each workload.
#[derive(Debug, Default)]
pub(super) struct ServicePorts<'a> {
    services: HashMap<(&'a Key, &'a SmolStr), Vec<&'a Service>>,
}

impl<'a> ServicePorts<'a> {
    pub(super) fn new(graph: &'a ServiceGraph) -> Self {
        let mut services: HashMap<_, Vec<&Service>> = HashMap::new();
        for service in graph.services.values() {
            for workload in graph.workloads_of(service) {
                services.entry((&workload.key, &workload.kind)).or_default().push(service);
            }
        }
        Self { services }
    }

    /// The first service port that leads to this port of the workload and is not declared as HTTP.
    pub(super) fn other_than_http(&self, workload: &Workload, number: u16) -> Option<&'a ServicePort> {
        let services = self.services.get(&(&workload.key, &workload.kind))?;
        let ports = services.iter().flat_map(|service| &service.ports);
        ports
            .filter(|port| !port.protocol.is_http() && port.protocol != Protocol::Udp)
            .find(|port| leads_to(port, workload, number))
    }
}

/// Whether a service port leads to this port of the workload, which the service is known to select.
pub(super) fn leads_to(port: &ServicePort, workload: &Workload, number: u16) -> bool {
    match &port.target {
        TargetPort::Number(target) => *target == number,
        TargetPort::Name(name) => {
            let is_meant = |port: &&crate::graph::ContainerPort| port.name.as_ref() == Some(name);
            workload.ports.iter().filter(|port| !port.udp).filter(is_meant).any(|port| port.number == number)
        }
    }
}
