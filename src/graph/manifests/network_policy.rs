//! What each `NetworkPolicy` reveals about who calls whom: its ingress rules that let in the pods of workloads that are
//! known. Each find is a suggestion for a person to judge, since such a rule may be wider than what is used.

use std::collections::BTreeSet;

use super::Manifest;
use super::document::{Document, documents};
use super::fields::Fields;
use super::label_selector::label_selector;
use crate::graph::model::{Key, LabelSelector, Protocol, Service, ServiceGraph, ServicePort, Workload};
use crate::source::{Span, Symbol};
use crate::yaml::Node;

/// The label of a namespace that has its name.
const NAME: &str = "kubernetes.io/metadata.name";

/// A workload that a `NetworkPolicy` lets in to a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdmittedCall {
    /// The service, all of whose pods the policy selects.
    pub callee: Key,
    /// The policy.
    pub policy: Key,
    /// The number of its ingress rule.
    pub rule: usize,
    /// The workload.
    pub caller: Key,
    /// The port of the service; `None` where the rule lets in to all of them.
    pub port: Option<u16>,
    /// Where the rule is written.
    pub span: Span,
}

/// Every workload that an ingress rule lets in to a service by the labels of its pods, sorted. `graph` is what the
/// manifests gave, after `finish`.
pub fn admitted_calls(manifests: &[Manifest], graph: &ServiceGraph) -> Vec<AdmittedCall> {
    let documents = documents(manifests);
    let policies = documents.iter().filter(|document| {
        document.kind == "NetworkPolicy" && ["networking.k8s.io", "extensions"].contains(&document.group())
    });
    let calls: BTreeSet<AdmittedCall> =
        policies.filter_map(|policy| of_policy(policy, graph)).flatten().collect();
    calls.into_iter().collect()
}

fn of_policy(document: &Document<'_>, graph: &ServiceGraph) -> Option<Vec<AdmittedCall>> {
    let metadata = document.node.get("metadata")?;
    let name = metadata.text("name")?;
    let namespace = metadata.text("namespace").unwrap_or_else(|| document.default_namespace());
    let spec = document.node.get("spec")?;
    if !is_for_ingress(spec) {
        return None;
    }
    let selected = selector(spec.get("podSelector"))?;
    let services = graph.services_in(&namespace).filter(|service| {
        let pods = graph.workloads_of(service);
        !pods.is_empty() && pods.iter().all(|pods| selected.selects(&pods.labels))
    });
    let services: Vec<&Service> = services.collect();
    let mut calls = Vec::new();
    for (rule, node) in spec.items("ingress").iter().enumerate() {
        let callers = node.items("from").iter().flat_map(|peer| peers(peer, namespace, graph));
        let callers: BTreeSet<&Key> = callers.map(|workload| &workload.key).collect();
        for service in &services {
            let own: Vec<&Key> = graph.workloads_of(service).iter().map(|workload| &workload.key).collect();
            let ports = ports(node, service, graph);
            let others = callers.iter().filter(|caller| !own.contains(caller));
            calls.extend(others.flat_map(|caller| {
                ports.iter().map(|port| AdmittedCall {
                    callee: service.key,
                    policy: Key::new(namespace, name),
                    rule,
                    caller: **caller,
                    port: *port,
                    span: node.span,
                })
            }));
        }
    }
    Some(calls)
}

/// One that lists its types and not this one says nothing about who may call.
fn is_for_ingress(spec: &Node) -> bool {
    let mut types = spec.items("policyTypes").iter().filter_map(Node::as_scalar).peekable();
    types.peek().is_none() || types.any(|name| name.text == "Ingress")
}

/// The workloads whose pods a peer selects by their labels. All pods of a namespace are nobody in particular.
fn peers<'a>(peer: &Node, own: Symbol, graph: &'a ServiceGraph) -> Vec<&'a Workload> {
    let selected = peer.get("podSelector").and_then(|node| selector(Some(node)));
    let Some(selected) = selected.filter(|selector| *selector != LabelSelector::default()) else {
        return Vec::new();
    };
    let namespace = match peer.get("namespaceSelector") {
        None => Some(own),
        Some(node) => {
            let labels = node.get("matchLabels").and_then(Node::as_mapping);
            let is_named = labels.is_some_and(|labels| labels.entries.len() == 1)
                && node.get("matchExpressions").is_none();
            node.get("matchLabels").filter(|_| is_named).and_then(|labels| labels.text(NAME))
        }
    };
    let workloads = namespace.iter().flat_map(|namespace| graph.workloads_in(namespace));
    workloads.filter(|workload| selected.selects(&workload.labels)).collect()
}

/// The ports of a service that a rule opens: `[None]` where those are all, and none where it opens others.
fn ports(rule: &Node, service: &Service, graph: &ServiceGraph) -> Vec<Option<u16>> {
    let opened = rule.items("ports");
    if opened.is_empty() {
        return vec![None];
    }
    let pods = graph.workloads_of(service);
    let carried = || service.ports.iter().filter(|port| port.protocol != Protocol::Udp);
    let is_opened = |target: &ServicePort| opened.iter().any(|port| opens(port, target, &pods));
    let ports: Vec<Option<u16>> =
        carried().filter(|port| is_opened(port)).map(|port| Some(port.number)).collect();
    if ports.len() == carried().count() { vec![None] } else { ports }
}

/// Whether one of the `ports` of a rule is the port of the pods that a service port leads to.
fn opens(opened: &Node, target: &ServicePort, pods: &[&Workload]) -> bool {
    if opened.text("protocol").is_some_and(|protocol| protocol != "TCP") {
        return false;
    }
    let Some(port) = opened.text("port") else {
        return true;
    };
    let last = opened.text("endPort").and_then(|last| last.parse::<u16>().ok());
    let is_named = |number: u16, pod: &Workload| {
        pod.ports.iter().any(|own| !own.udp && own.number == number && own.name == Some(port))
    };
    let is_it = |number: u16, pod: &Workload| match port.parse::<u16>() {
        Ok(first) => (first..=last.unwrap_or(first)).contains(&number),
        Err(_) => is_named(number, pod),
    };
    pods.iter().any(|pod| target.number_at(pod).is_some_and(|number| is_it(number, pod)))
}

/// A selector that can be read whole.
fn selector(node: Option<&Node>) -> Option<LabelSelector> {
    let node = node?;
    let mut wrong = Vec::new();
    let selector = label_selector(node, &mut Fields::new(&mut wrong));
    let is_whole = wrong.is_empty() && selector.expressions.len() == node.items("matchExpressions").len();
    is_whole.then_some(selector)
}
