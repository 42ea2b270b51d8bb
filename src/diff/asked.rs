//! One of the two worlds, ready to be asked what stands at a place.

use rustc_hash::FxHashMap;

use super::addressed::Addressed;
use super::callers::Accounts;
use super::door::Door;
use super::lanes::Lanes;
use super::subject::Pods;
use crate::graph::{Key, Protocol, Service, Workload};
use crate::istio::semantics::Filters;
use crate::query::{Destination, Judge, Unknown};
use crate::source::SourceMap;

/// A world, ready to be asked.
pub(super) struct Asked<'p, 'a> {
    pub(super) judge: &'p Judge<'a>,
    pub(super) sources: &'a SourceMap,
    pub(super) accounts: Accounts,
    /// The ports of Services that lead to each workload, where some Service may have a waypoint.
    in_front: FxHashMap<usize, Vec<InFront<'a>>>,
}

/// A port of a Service, and that of the pods behind it.
#[derive(Clone, Copy)]
struct InFront<'a> {
    service: &'a Service,
    number: u16,
    port: u16,
}

impl<'p, 'a> Asked<'p, 'a> {
    pub(super) fn new(judge: &'p Judge<'a>, sources: &'a SourceMap) -> Self {
        let in_front = if judge.names_waypoints() { in_front(judge) } else { FxHashMap::default() };
        Self { judge, sources, accounts: Accounts::new(judge.world()), in_front }
    }

    /// What stands on each way to a port of some pods, for one kind of traffic.
    pub(super) fn lanes(
        &self,
        pods: Option<Pods<'a>>,
        addressed: Addressed,
        port: u16,
        tcp: bool,
    ) -> Result<Lanes<'a>, Unknown> {
        let Some(pods) = pods else { return Ok(Lanes::one(Door::Gone, true)) };
        let Some(workload) = pods.workload else {
            // What nobody declares takes both kinds.
            let filters = if tcp { Filters::Network } else { Filters::Http };
            let access = self.judge.decide_for(pods.namespace, pods.labels, port, filters)?;
            return Ok(Lanes::decided(access, false));
        };
        let service = match addressed {
            Addressed::Either | Addressed::Pods => None,
            Addressed::Service(service, number) => self.leading(workload, service, number),
        };
        let service = service.map(|leading| (leading.service, leading.number));
        Lanes::new(self.judge, Destination { workload, port, service }, tcp)
    }

    /// The ports of Services by which somebody takes another way than to the pods.
    pub(super) fn services_apart(&self, pods: Option<Pods<'a>>) -> Result<Vec<(Key, u16)>, Unknown> {
        let Some(workload) = pods.and_then(|pods| pods.workload) else { return Ok(Vec::new()) };
        let mut apart = Vec::new();
        for leading in self.in_front_of(workload) {
            let service = Some((leading.service, leading.number));
            if self.judge.is_apart_from_pod(Destination { workload, port: leading.port, service })? {
                apart.push((leading.service.key, leading.number));
            }
        }
        Ok(apart)
    }

    /// The port of the pods that a port of a Service leads to.
    pub(super) fn port_behind(&self, pods: Option<Pods<'a>>, service: Key, number: u16) -> Option<u16> {
        Some(self.leading(pods?.workload?, service, number)?.port)
    }

    fn leading(&self, workload: &Workload, service: Key, number: u16) -> Option<&InFront<'a>> {
        let mut all = self.in_front_of(workload).iter();
        all.find(|leading| leading.service.key == service && leading.number == number)
    }

    fn in_front_of(&self, workload: &Workload) -> &[InFront<'a>] {
        self.in_front.get(&std::ptr::from_ref(workload).addr()).map_or(&[], Vec::as_slice)
    }
}

fn in_front<'a>(judge: &Judge<'a>) -> FxHashMap<usize, Vec<InFront<'a>>> {
    let graph = &judge.world().graph;
    let mut in_front: FxHashMap<usize, Vec<InFront<'a>>> = FxHashMap::default();
    for service in graph.services.values() {
        for workload in graph.workloads_of(service) {
            let ports = service.ports.iter().filter(|port| port.protocol != Protocol::Udp);
            let leading = ports.filter_map(|declared| {
                let port = declared.number_at(workload)?;
                Some(InFront { service, number: declared.number, port })
            });
            in_front.entry(std::ptr::from_ref(workload).addr()).or_default().extend(leading);
        }
    }
    in_front
}
