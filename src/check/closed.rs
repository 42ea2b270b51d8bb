//! The services that a policy closes to everybody: their namespace denies by default, and no rule speaks of their pods.

use super::bounds::can_be_protected;
use super::context::missing_proxy;
use super::intent::Intent;
use crate::graph::{Key, Service, ServiceGraph, Workload, selects};
use crate::policy::Policy;
use crate::project::Project;

/// Those services, in the order of the graph. One that a `deny` names is closed on purpose and is none of them; nor is
/// one without pods, or with pods that no proxy stands in front of.
pub fn closed<'a>(policy: &Policy, graph: &'a ServiceGraph, project: &Project) -> Vec<&'a Key> {
    let intent = Intent::new(policy);
    // What others allow, and annotations that keep ports from the proxy, open a service without a rule.
    let is_let_in_by_others = |pods: &Workload| {
        let root = policy.mesh.root_namespace;
        graph.resources.iter().any(|resource| {
            !resource.is_built_by(&policy.project)
                && resource.kind == "AuthorizationPolicy"
                && resource.action == "ALLOW"
                && resource.rules > 0
                && (resource.key.namespace == root || resource.key.namespace == pods.key.namespace)
                && selects(&resource.selector, &pods.labels)
        })
    };
    let is_closed = |pods: &&Workload| {
        let namespace = &pods.key.namespace;
        intent.covers(namespace)
            && !intent.is_open(namespace, &pods.labels)
            && !intent.speaks_of(namespace, &pods.labels)
            && missing_proxy(project, pods).is_none()
            && !is_let_in_by_others(pods)
    };
    let services = graph.services.values().filter(|service| can_be_protected(service));
    services
        .filter(|service| {
            let pods = graph.workloads_of(service);
            !pods.is_empty()
                && pods.iter().all(is_closed)
                && !pods.iter().any(|pods| is_left_out(service, pods))
        })
        .map(|service| &service.key)
        .collect()
}

/// Whether an annotation keeps a port of the service from the proxy.
fn is_left_out(service: &Service, pods: &Workload) -> bool {
    let mut ports = service.ports.iter().flat_map(|port| port.target.numbers(pods));
    ports.any(|number| pods.interception.leaves_out(number).is_some())
}
