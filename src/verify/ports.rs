//! What a proof looks at: the pods that a policy governs, and the ports of them with what each can carry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::check::{Intent, Traffic};
use crate::graph::{Protocol, ServiceGraph, TargetPort, Workload};
use crate::policy::{Labels, Policy};

/// Some pods, by their labels.
pub(super) struct Subject<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) labels: &'a Labels,
    pub(super) ports: Vec<(u16, Traffic)>,
}

/// A port that nothing declares: whatever a policy says, it must be decided like any other.
const UNLISTED: u16 = 65_535;

/// Every workload of a covered namespace, and for every selector of a rule the pods that carry just its labels.
pub(super) fn subjects<'a>(
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    intent: &Intent<'_>,
) -> Vec<Subject<'a>> {
    let declared = declared(graph);
    let mut subjects: Vec<Subject<'a>> = graph
        .workloads
        .iter()
        .filter(|workload| intent.covers(&workload.key.namespace))
        .map(|workload| of_workload(workload, &declared))
        .collect();
    let mut bare: BTreeMap<(&str, &Labels), (&str, BTreeSet<u16>)> = BTreeMap::new();
    for rule in &policy.rules {
        let target = &rule.target;
        let entry = bare
            .entry((&target.namespace, &target.selector))
            .or_insert_with(|| (&target.name, BTreeSet::from([UNLISTED])));
        entry.1.extend(&target.ports);
    }
    subjects.extend(bare.into_iter().map(|((namespace, labels), (name, ports))| Subject {
        namespace,
        name,
        labels,
        ports: ports.into_iter().flat_map(|port| [(port, Traffic::Http), (port, Traffic::Raw)]).collect(),
    }));
    subjects
}

/// What the Services in front of a workload say about its ports.
type Declared = HashMap<*const Workload, Vec<(u16, Protocol)>>;

fn declared(graph: &ServiceGraph) -> Declared {
    let mut declared: Declared = HashMap::new();
    for service in graph.services.values() {
        for workload in graph.workloads_of(service) {
            let ports = declared.entry(std::ptr::from_ref(workload)).or_default();
            for port in &service.ports {
                match &port.target {
                    TargetPort::Number(number) => ports.push((*number, port.protocol)),
                    TargetPort::Name(name) => {
                        let named = workload.ports.iter().filter(|port| port.name.as_ref() == Some(name));
                        ports.extend(named.map(|found| (found.number, port.protocol)));
                    }
                }
            }
        }
    }
    declared
}

fn of_workload<'a>(workload: &'a Workload, declared: &Declared) -> Subject<'a> {
    let mut ports: BTreeMap<u16, BTreeSet<Protocol>> = BTreeMap::from([(UNLISTED, BTreeSet::new())]);
    for port in &workload.ports {
        ports.entry(port.number).or_default();
    }
    for (number, protocol) in declared.get(&std::ptr::from_ref(workload)).into_iter().flatten() {
        ports.entry(*number).or_default().insert(*protocol);
    }
    let kinds = |(port, protocols): (u16, BTreeSet<Protocol>)| {
        // One Service may call it HTTP and another TCP, and the older one decides: then both are looked at.
        let all_http = !protocols.is_empty() && protocols.iter().all(|protocol| protocol.is_http());
        let all_raw = !protocols.is_empty() && protocols.iter().all(|protocol| *protocol == Protocol::Tcp);
        let http = (!all_raw).then_some((port, Traffic::Http));
        let raw = (!all_http).then_some((port, Traffic::Raw));
        http.into_iter().chain(raw)
    };
    Subject {
        namespace: &workload.key.namespace,
        name: &workload.key.name,
        labels: &workload.labels,
        ports: ports.into_iter().flat_map(kinds).collect(),
    }
}
