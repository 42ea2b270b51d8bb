//! Policies that differ and are attached by name to something of which no pod is known, such as a `Gateway` whose pods
//! Istio makes itself: what they open or close is not known.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::model::Undecided;
use super::untouched::same_object;
use crate::graph::Key;
use crate::istio::resources::{Resource, TargetRef};
use crate::query::{World, behind_waypoints};

/// The label by which a pod belongs to a `Gateway`.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// What is attached to something without pods, in one of the worlds, and is not the same in the other.
pub(super) fn undecided(old: &World, new: &World) -> Vec<Undecided> {
    let worlds = [Known::new(old), Known::new(new)];
    let mut found: BTreeMap<(String, String), Undecided> = BTreeMap::new();
    for (resource, other) in changed(old, new).into_iter().chain(changed(new, old)) {
        let targets = [Some(resource), other].into_iter().flatten().flat_map(target_refs);
        for target in targets {
            let namespace = resource.metadata().namespace;
            if worlds.iter().any(|known| known.has_pods(namespace.as_str(), target)) {
                continue;
            }
            let object = format!("{} {}/{}", resource.kind(), namespace, resource.metadata().name);
            let workload = format!("{namespace}/{}", target.name);
            let reason = format!(
                "`{object}` is attached to the {} `{}`, and no pods of it are known",
                target.kind, target.name
            );
            found.insert((workload.clone(), object), Undecided { workload, reason });
        }
    }
    found.into_values().collect()
}

/// The objects of a world that are not the same in another one, each with what stands in its place there.
fn changed<'a>(world: &'a World, other: &'a World) -> Vec<(&'a Resource, Option<&'a Resource>)> {
    let key = |resource: &'a Resource| {
        let metadata = resource.metadata();
        (resource.kind(), metadata.namespace.as_str(), metadata.name.as_str())
    };
    let attached = |world: &'a World| {
        let all = world.bundle.objects.iter().map(|object| &object.resource);
        all.filter(|resource| !target_refs(resource).is_empty())
    };
    let others: BTreeMap<_, &Resource> = attached(other).map(|resource| (key(resource), resource)).collect();
    attached(world)
        .map(|resource| (resource, others.get(&key(resource)).copied()))
        .filter(|(resource, other)| other.is_none_or(|other| !same_object(resource, other)))
        .collect()
}

fn target_refs(resource: &Resource) -> &[TargetRef] {
    match resource {
        Resource::AuthorizationPolicy(policy) => &policy.spec.target_refs,
        Resource::PeerAuthentication(_) => &[],
        Resource::RequestAuthentication(authentication) => &authentication.spec.target_refs,
    }
}

/// What of a world is needed to know whether there are pods.
struct Known<'a> {
    world: &'a World,
    waypoints: FxHashSet<Key>,
}

impl<'a> Known<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, waypoints: behind_waypoints(&world.graph).map(|(_, waypoint)| waypoint).collect() }
    }

    /// Whether pods are known to which a target leads: those of a Service, of a gateway, or behind a waypoint.
    fn has_pods(&self, namespace: &str, target: &TargetRef) -> bool {
        let graph = &self.world.graph;
        let key = Key::new(namespace, target.name);
        match target.kind.as_str() {
            "Gateway" => {
                let is_its = |labels: &crate::policy::Labels| labels.get(GATEWAY_NAME) == Some(&target.name);
                self.waypoints.contains(&key)
                    || graph.workloads_in(&key.namespace).any(|workload| is_its(&workload.labels))
            }
            "GatewayClass" => !self.waypoints.is_empty(),
            _ => graph.services.get(&key).is_some_and(|service| !graph.workloads_of(service).is_empty()),
        }
    }
}
