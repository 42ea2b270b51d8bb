//! What a proof looks at: the pods that a policy governs, and the ports of them with what each can carry.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Intent, Traffic};
use crate::graph::{Protocol, ServiceGraph, Workload};
use crate::policy::{Labels, Policy};

/// Some pods, by their labels.
pub(super) struct Subject<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) labels: &'a Labels,
    pub(super) is_gateway: bool,
    pub(super) ports: Vec<(u16, Traffic)>,
}

/// A port that nothing declares: whatever a policy says, it must be decided like any other.
const UNLISTED: u16 = 65_535;

/// Every workload of a covered namespace, and the pods that rules speak of though nothing is known of them.
pub(super) fn subjects<'a>(
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    intent: &Intent<'_>,
) -> Vec<Subject<'a>> {
    let mut subjects: Vec<Subject<'a>> = graph
        .workloads
        .iter()
        .filter(|workload| intent.covers(&workload.key.namespace))
        .map(|workload| of_workload(workload, graph, intent))
        .collect();
    subjects.extend(bare(policy, graph, intent));
    subjects
}

/// The selectors of rules that select no workload that is known: pods with just these labels may come.
fn bare<'a>(policy: &'a Policy, graph: &ServiceGraph, intent: &Intent<'_>) -> Vec<Subject<'a>> {
    let mut targets: BTreeMap<(&str, &Labels), (&str, BTreeSet<u16>)> = BTreeMap::new();
    for rule in &policy.rules {
        let target = &rule.target;
        if graph.select(&target.namespace, &target.selector).next().is_none() {
            let named = || (target.name.as_str(), BTreeSet::from([UNLISTED]));
            targets
                .entry((&target.namespace, &target.selector))
                .or_insert_with(named)
                .1
                .extend(&target.ports);
        }
    }
    targets
        .into_iter()
        .map(|((namespace, labels), (name, ports))| Subject {
            namespace,
            name,
            labels,
            is_gateway: graph.is_gateway(namespace, labels),
            ports: ports.into_iter().flat_map(|port| any_kind(intent, namespace, labels, port)).collect(),
        })
        .collect()
}

/// Where nothing tells what a port carries: requests, and raw traffic unless a denial looks at requests there.
fn any_kind(
    intent: &Intent<'_>,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> impl Iterator<Item = (u16, Traffic)> {
    let raw = !intent.denies_requests(namespace, labels, port);
    [Some((port, Traffic::Http)), raw.then_some((port, Traffic::Raw))].into_iter().flatten()
}

fn of_workload<'a>(workload: &'a Workload, graph: &ServiceGraph, intent: &Intent<'_>) -> Subject<'a> {
    let is_gateway = graph.is_gateway(&workload.key.namespace, &workload.labels);
    let mut ports: BTreeMap<u16, BTreeSet<Protocol>> = BTreeMap::from([(UNLISTED, BTreeSet::new())]);
    for port in &workload.ports {
        ports.entry(port.number).or_default();
    }
    for (number, protocol) in &workload.declared {
        ports.entry(*number).or_default().insert(*protocol);
    }
    let kinds = |(port, protocols): (u16, BTreeSet<Protocol>)| {
        // One Service may call it HTTP and another TCP, and the older one decides: then both are looked at.
        let all_http = !protocols.is_empty() && protocols.iter().all(|protocol| protocol.is_http());
        let all_raw = !protocols.is_empty()
            && protocols.iter().all(|protocol| matches!(protocol, Protocol::Tcp | Protocol::Udp));
        let http = (!all_raw).then_some((port, Traffic::Http));
        let raw = (!all_http).then_some((port, Traffic::Raw));
        http.into_iter().chain(raw)
    };
    // The servers of a gateway decide, whatever the Services in front of it say.
    let ports = if is_gateway {
        let of_port = |port: &u16| any_kind(intent, &workload.key.namespace, &workload.labels, *port);
        ports.keys().flat_map(of_port).collect()
    } else {
        ports.into_iter().flat_map(kinds).collect()
    };
    Subject {
        namespace: &workload.key.namespace,
        name: &workload.key.name,
        labels: &workload.labels,
        is_gateway,
        ports,
    }
}
