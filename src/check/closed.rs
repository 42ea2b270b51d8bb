//! The services that a policy closes to everybody: their namespace denies by default, and no rule speaks of their pods.

use super::bounds::can_be_protected;
use super::context::missing_proxy;
use super::intent::Intent;
use crate::graph::{Key, ServiceGraph, Workload};
use crate::policy::Policy;
use crate::project::Project;

/// Those services, in the order of the graph. One that a `deny` names is closed on purpose and is none of them; nor is
/// one without pods, or with pods that no proxy stands in front of.
pub fn closed<'a>(policy: &Policy, graph: &'a ServiceGraph, project: &Project) -> Vec<&'a Key> {
    let intent = Intent::new(policy);
    let is_closed = |pods: &&Workload| {
        let namespace = &pods.key.namespace;
        intent.covers(namespace)
            && !intent.is_open(namespace, &pods.labels)
            && !intent.speaks_of(namespace, &pods.labels)
            && missing_proxy(project, pods).is_none()
    };
    let services = graph.services.values().filter(|service| can_be_protected(service));
    services
        .filter(|service| {
            let pods = graph.workloads_of(service);
            !pods.is_empty() && pods.iter().all(is_closed)
        })
        .map(|service| &service.key)
        .collect()
}
