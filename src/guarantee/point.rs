//! Where a question is decided: the pods behind a service or workload, and what arrives at their ports.

use crate::check::Traffic;
use crate::graph::{Backend, Key, ServiceGraph, Workload};
use crate::policy::{Labels, Subject, SubjectKind};

/// Pods that are decided about alike.
#[derive(Clone, Copy)]
pub(super) struct Pods<'a> {
    pub(super) namespace: &'a str,
    pub(super) labels: &'a Labels,
}

/// One port of some pods, and one kind of traffic there.
#[derive(Clone, Copy)]
pub(super) struct Point<'a> {
    pub(super) subject: &'a Subject,
    pub(super) pods: Pods<'a>,
    pub(super) port: u16,
    pub(super) traffic: Traffic,
}

/// The pods behind a subject: those of each workload, or where none is known yet those that the Service selects.
pub(super) fn pods<'a>(graph: &'a ServiceGraph, subject: &'a Subject) -> Vec<Pods<'a>> {
    let key = Key::new(subject.namespace, subject.name);
    let of_workload =
        |workload: &'a Workload| Pods { namespace: &subject.namespace, labels: &workload.labels };
    let workloads = match subject.kind {
        SubjectKind::Service => {
            graph.services.get(&key).map_or(Vec::new(), |service| graph.workloads_of(service))
        }
        SubjectKind::Workload => graph.workloads_named(&key).iter().collect(),
    };
    if !workloads.is_empty() {
        return workloads.into_iter().map(of_workload).collect();
    }
    match graph.services.get(&key).map(|service| &service.backend) {
        Some(Backend::Selector(labels)) => vec![Pods { namespace: &subject.namespace, labels }],
        Some(Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry) | None => Vec::new(),
    }
}

/// Every port of some pods with each kind of traffic that can arrive there.
pub(super) fn points<'a>(subject: &'a Subject, pods: Pods<'a>) -> impl Iterator<Item = Point<'a>> {
    subject.ports.iter().flat_map(move |port| {
        let http = port.http.then_some(Traffic::Http);
        let raw = port.raw.then_some(Traffic::Raw);
        http.into_iter().chain(raw).map(move |traffic| Point { subject, pods, port: port.number, traffic })
    })
}
