//! Namespaces in which nothing differs that a decision depends on: none of their workloads need be looked at.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::{Gateway, Interception, Proxy, Service, Waypoint, Workload};
use crate::istio::resources::{AuthorizationPolicy, Metadata, Resource};
use crate::policy::Labels;
use crate::query::{Senders, ServerNames, World, behind_waypoints};

/// The namespaces that are alike in both worlds; none where something differs that holds for all of them.
pub(super) fn untouched<'a>(old: &'a World, new: &'a World) -> FxHashSet<&'a str> {
    let (old_parts, new_parts) = (parts(old), parts(new));
    let is_alike = |namespace: &&str| match (old_parts.get(namespace), new_parts.get(namespace)) {
        (Some(old), Some(new)) => old.is_like(new),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let same_gateways = old.graph.gateways.len() == new.graph.gateways.len()
        && old.graph.gateways.iter().zip(&new.graph.gateways).all(|(old, new)| same_gateway(old, new));
    let same_waypoints = old.graph.waypoints.len() == new.graph.waypoints.len()
        && old
            .graph
            .waypoints
            .values()
            .zip(new.graph.waypoints.values())
            .all(|(old, new)| same_waypoint(old, new));
    if old.mesh != new.mesh || old.injected != new.injected || !same_gateways || !same_waypoints {
        return FxHashSet::default();
    }
    if !is_alike(&old.mesh.root_namespace.as_str()) {
        return FxHashSet::default();
    }
    let mut alike: FxHashSet<&str> =
        old_parts.par_iter().map(|(namespace, _)| *namespace).filter(is_alike).collect();
    // Whether traffic goes through a waypoint depends on what sends it, and what decides there may lie in the namespace of
    // the waypoint. Which server names it reads depends on all Services behind it. Both worlds have the same ones here.
    let same_everywhere = Senders::new(old) == Senders::new(new)
        && ServerNames::new(&old.graph) == ServerNames::new(&new.graph);
    let by_themselves = alike.clone();
    let is_nowhere =
        |namespace: &str| !old_parts.contains_key(namespace) && !new_parts.contains_key(namespace);
    for (workload, waypoint) in behind_waypoints(&old.graph) {
        let namespace = waypoint.namespace.as_str();
        if !same_everywhere || !(by_themselves.contains(namespace) || is_nowhere(namespace)) {
            alike.remove(workload.namespace.as_str());
        }
    }
    alike
}

/// What a world has in one namespace.
#[derive(Default)]
struct Part<'a> {
    objects: Vec<&'a Resource>,
    workloads: Vec<&'a Workload>,
    services: Vec<&'a Service>,
    labels: Option<&'a Labels>,
}

fn parts(world: &World) -> FxHashMap<&str, Part<'_>> {
    let mut parts: FxHashMap<&str, Part<'_>> = FxHashMap::default();
    for object in &world.bundle.objects {
        let namespace = object.resource.metadata().namespace.as_str();
        parts.entry(namespace).or_default().objects.push(&object.resource);
    }
    for workload in &world.graph.workloads {
        parts.entry(&workload.key.namespace).or_default().workloads.push(workload);
    }
    for (name, namespace) in &world.graph.namespaces {
        parts.entry(name).or_default().labels = Some(&namespace.labels);
    }
    for service in world.graph.services.values().chain(&world.graph.namesakes) {
        parts.entry(&service.key.namespace).or_default().services.push(service);
    }
    for part in parts.values_mut() {
        part.objects.sort_by_key(|object| (object.kind(), object.metadata().name.as_str()));
    }
    parts
}

impl Part<'_> {
    fn is_like(&self, other: &Self) -> bool {
        let counts = |part: &Self| (part.objects.len(), part.workloads.len(), part.services.len());
        counts(self) == counts(other)
            && self.labels == other.labels
            && self.workloads.iter().zip(&other.workloads).all(|(one, other)| same_workload(one, other))
            && self.services.iter().zip(&other.services).all(|(one, other)| same_service(one, other))
            && self.objects.iter().zip(&other.objects).all(|(one, other)| same_object(one, other))
    }
}

pub(super) fn same_object(one: &Resource, other: &Resource) -> bool {
    let dry_run = |policy: &AuthorizationPolicy| policy.metadata.annotations.get("istio.io/dry-run").cloned();
    let stated = |one: &Metadata, other: &Metadata| {
        (&one.name, &one.creation_timestamp) == (&other.name, &other.creation_timestamp)
    };
    match (one, other) {
        (Resource::AuthorizationPolicy(one), Resource::AuthorizationPolicy(other)) => {
            one.metadata.name == other.metadata.name
                && one.spec == other.spec
                && dry_run(one) == dry_run(other)
        }
        (Resource::PeerAuthentication(one), Resource::PeerAuthentication(other)) => {
            stated(&one.metadata, &other.metadata) && one.spec == other.spec
        }
        (Resource::RequestAuthentication(one), Resource::RequestAuthentication(other)) => {
            stated(&one.metadata, &other.metadata) && one.spec == other.spec
        }
        (
            Resource::AuthorizationPolicy(_)
            | Resource::PeerAuthentication(_)
            | Resource::RequestAuthentication(_),
            _,
        ) => false,
    }
}

fn same_workload(one: &Workload, other: &Workload) -> bool {
    let proxy = |workload: &Workload| match workload.proxy {
        Proxy::Injected(_) => Some(true),
        Proxy::Absent(..) => Some(false),
        Proxy::Unknown => None,
    };
    let interception = |workload: &Workload| {
        let Interception { nothing, include, exclude, of_proxy } = &*workload.interception;
        let stated = [include, exclude].map(|ports| ports.as_ref().map(|ports| ports.node.clone()));
        (nothing.is_some(), stated, of_proxy.clone())
    };
    one.key == other.key
        && one.kind == other.kind
        && one.labels == other.labels
        && one.ports == other.ports
        && one.declared == other.declared
        && one.account.node == other.account.node
        && interception(one) == interception(other)
        && one.capture == other.capture
        && proxy(one) == proxy(other)
}

fn same_service(one: &Service, other: &Service) -> bool {
    let ports = one.ports.iter().zip(&other.ports);
    let same_backend = match (&one.backend, &other.backend) {
        (crate::graph::Backend::Selector(one), crate::graph::Backend::Selector(other)) => {
            one.node == other.node
        }
        (one, other) => one == other,
    };
    one.key == other.key
        && (one.created, one.entry) == (other.created, other.entry)
        && same_backend
        && one.ports.len() == other.ports.len()
        && ports.into_iter().all(|(one, other)| {
            (one.number, &one.target, one.protocol, one.is_tls)
                == (other.number, &other.target, other.protocol, other.is_tls)
        })
        && (&one.labels, one.headless) == (&other.labels, other.headless)
}

fn same_waypoint(one: &Waypoint, other: &Waypoint) -> bool {
    let says = |waypoint: &Waypoint| (waypoint.serves, waypoint.account, waypoint.admits.clone());
    one.key == other.key && says(one) == says(other) && (one.ready, one.bound) == (other.ready, other.bound)
}

fn same_gateway(one: &Gateway, other: &Gateway) -> bool {
    (&one.key, &one.selector, one.own_namespace, &one.servers)
        == (&other.key, &other.selector, other.own_namespace, &other.servers)
}
