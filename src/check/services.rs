//! What a rule asks about a service, found out once for all rules that name it: the pods behind it, the accounts
//! that they run as, its ports.

use std::sync::{Arc, OnceLock};

use super::ports::{self, Port};
use crate::graph::{Key, Service, ServiceGraph, Workload};
use crate::policy::{Named, NamedSet};

/// The services of a graph. Each is looked at when the first rule names it.
pub(super) struct Services<'a> {
    pub(super) graph: &'a ServiceGraph,
    facts: Vec<OnceLock<Facts<'a>>>,
}

/// One service.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) service: &'a Service,
    /// The workloads behind it.
    pub(super) workloads: Vec<&'a Workload>,
    /// A workload of its name that is not behind it.
    pub(super) missed: Option<&'a Workload>,
    /// Itself, and the accounts of its workloads.
    pub(super) named: Arc<NamedSet>,
    /// All its ports but those for UDP; `None` if the numbers of one are in doubt.
    pub(super) ports: Option<Vec<Port>>,
}

impl<'a> Services<'a> {
    pub(super) fn new(graph: &'a ServiceGraph) -> Self {
        Self { graph, facts: graph.services.keys().map(|_| OnceLock::new()).collect() }
    }

    /// The service of that namespace and name.
    pub(super) fn get(&self, key: &Key) -> Option<&Facts<'a>> {
        let (position, _, service) = self.graph.services.get_full(key)?;
        Some(self.facts[position].get_or_init(|| Facts::of(self.graph, service)))
    }
}

impl<'a> Facts<'a> {
    fn of(graph: &'a ServiceGraph, service: &'a Service) -> Self {
        let workloads = graph.workloads_of(service);
        let is_behind = |named: &&Workload| workloads.iter().any(|other| std::ptr::eq(*other, *named));
        let missed = graph.workloads_named(&service.key).iter().find(|named| !is_behind(named));
        Self {
            service,
            missed,
            named: named(&service.key, &workloads),
            ports: ports::all_of(graph, service, &workloads),
            workloads,
        }
    }
}

/// What the name of a service or workload stands for, with the workloads behind it.
pub(super) fn named(key: &Key, workloads: &[&Workload]) -> Arc<NamedSet> {
    let account = |workload: &&Workload| (workload.key.namespace, workload.account.node);
    let mut accounts: Vec<Named> = workloads.iter().map(account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    Arc::new(NamedSet { services: vec![(key.namespace, key.name)], accounts })
}
