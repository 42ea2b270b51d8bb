//! What a rule asks about a service, found out once for all rules that name it: the pods behind it, the accounts
//! that they run as, its ports.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::ports::{self, Port};
use crate::graph::{Key, Service, ServiceGraph, Workload};
use crate::policy::Named;

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
    /// Itself, as a list of one.
    pub(super) named: Arc<[Named]>,
    /// The accounts of its workloads, sorted.
    pub(super) accounts: Arc<[Named]>,
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
            named: named(&service.key),
            accounts: accounts(&workloads),
            ports: ports::all_of(graph, service, &workloads),
            workloads,
        }
    }
}

/// One service or workload, as a list.
pub(super) fn named(key: &Key) -> Arc<[Named]> {
    [(key.namespace, key.name)].into()
}

/// The accounts that workloads run as, sorted.
pub(super) fn accounts(workloads: &[&Workload]) -> Arc<[Named]> {
    let of_one = |workload: &&Workload| (workload.key.namespace, workload.account.node);
    let accounts: BTreeSet<Named> = workloads.iter().map(of_one).collect();
    accounts.into_iter().collect()
}
