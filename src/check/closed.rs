//! What a policy closes to everybody: the services and the workloads without one whose namespace denies by default, and of
//! whose pods no rule speaks.

use rustc_hash::FxHashSet;

use super::bounds::can_be_protected;
use super::context::missing_proxy;
use super::intent::Intent;
use crate::graph::{Key, Service, ServiceGraph, Workload, selects};
use crate::policy::Policy;
use crate::project::Project;

/// Who is called by nobody. Whoever a `deny` names is closed on purpose and is none of them; nor is one without pods, or
/// with pods that no proxy stands in front of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed<'a> {
    /// The services, in the order of the graph.
    pub services: Vec<&'a Key>,
    /// The workloads that no Service selects, sorted, where a container declares a port: somebody may call them by the
    /// addresses of their pods, as Prometheus does.
    pub workloads: Vec<&'a Key>,
}

/// What a policy closes without a word.
pub fn closed<'a>(policy: &Policy, graph: &'a ServiceGraph, project: &Project) -> Closed<'a> {
    let doors = Doors { policy, graph, project, intent: Intent::new(policy, graph) };
    Closed { services: services(graph, &doors), workloads: workloads(graph, &doors) }
}

fn services<'a>(graph: &'a ServiceGraph, doors: &Doors<'_>) -> Vec<&'a Key> {
    let services = graph.services.values().filter(|service| can_be_protected(service));
    services
        .filter(|service| {
            let pods = graph.workloads_of(service);
            !pods.is_empty()
                && pods.iter().all(|pods| doors.is_closed(pods))
                && !pods.iter().any(|pods| is_left_out(graph, service, pods))
        })
        .map(|service| &service.key)
        .collect()
}

fn workloads<'a>(graph: &'a ServiceGraph, doors: &Doors<'_>) -> Vec<&'a Key> {
    let served = graph.services.values().flat_map(|service| graph.workloads_of(service));
    let served: FxHashSet<&Key> = served.map(|workload| &workload.key).collect();
    let is_called_by_address = |workload: &&Workload| {
        let mut ports = workload.ports.iter().filter(|port| !port.udp);
        !served.contains(&workload.key) && ports.any(|port| graph.left_out(workload, port.number).is_none())
    };
    let closed =
        graph.workloads.iter().filter(is_called_by_address).filter(|workload| doors.is_closed(workload));
    let mut closed: Vec<&Key> = closed.map(|workload| &workload.key).collect();
    closed.sort_unstable();
    closed.dedup();
    closed
}

/// What is asked of each workload.
struct Doors<'a> {
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    project: &'a Project,
    intent: Intent<'a>,
}

impl Doors<'_> {
    fn is_closed(&self, pods: &Workload) -> bool {
        let namespace = &pods.key.namespace;
        self.intent.covers(namespace)
            && !self.intent.is_open(namespace, &pods.labels)
            && !self.intent.speaks_of(namespace, &pods.labels)
            && missing_proxy(self.project, pods).is_none()
            && !self.is_let_in_by_others(pods)
    }

    /// What others allow opens a service without a rule.
    fn is_let_in_by_others(&self, pods: &Workload) -> bool {
        let root = self.policy.mesh.root_namespace;
        self.graph.resources.iter().any(|resource| {
            !resource.is_built_by(&self.policy.project)
                && resource.kind == "AuthorizationPolicy"
                && resource.action == "ALLOW"
                && resource.rules > 0
                && (resource.key.namespace == root || resource.key.namespace == pods.key.namespace)
                && selects(&resource.selector, &pods.labels)
        })
    }
}

/// Whether the proxy does not see a port of the service.
fn is_left_out(graph: &ServiceGraph, service: &Service, pods: &Workload) -> bool {
    let mut ports = service.ports.iter().filter_map(|port| port.number_at(pods));
    ports.any(|number| graph.left_out(pods, number).is_some())
}
