//! Every known port of a world with what is decided there, found by who may get through.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::can::Unanswered;
use super::judge::{Judge, Point, Unknown};
use super::ports::Carries;
use super::restricted::{self, exact, restricted};
use super::words;
use crate::access::Formula;
use crate::graph::{Key, Protocol, Workload};
use crate::istio::semantics::{Access, Filters};

/// A port of a workload with what is decided there.
pub(super) struct Door<'a> {
    pub(super) workload: &'a Workload,
    /// Position of the workload in the graph.
    pub(super) position: usize,
    pub(super) target: Key,
    pub(super) service_port: Option<u16>,
    pub(super) port: u16,
    pub(super) access: Vec<Access<'a>>,
}

/// All doors of a world, found by who may open them.
pub struct Doors<'a, 'j> {
    pub(super) judge: &'j Judge<'a>,
    pub(super) all: Vec<Door<'a>>,
    named: FxHashMap<String, Vec<usize>>,
    open: Vec<usize>,
}

impl<'a, 'j> Doors<'a, 'j> {
    /// Works out what is decided at every port that is known. A rule that can not be modelled is the error.
    pub fn new(judge: &'j Judge<'a>) -> Result<Self, Unanswered> {
        let doors: Result<Vec<Door<'a>>, Unknown> = ports(judge)
            .into_par_iter()
            .map(|mut door| {
                for filters in filters(judge, door.workload, door.port) {
                    let point = Point { workload: door.workload, port: door.port, filters: *filters };
                    door.access.push(judge.decide(point)?);
                }
                Ok(door)
            })
            .collect();
        let doors = doors.map_err(Unanswered::Unknown)?;
        let mut named: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut open = Vec::new();
        for (position, door) in doors.iter().enumerate() {
            match guests(judge, door) {
                Some(identities) => {
                    for identity in identities {
                        named.entry(identity).or_default().push(position);
                    }
                }
                None => open.push(position),
            }
        }
        Ok(Self { judge, all: doors, named, open })
    }

    /// The doors that an identity may open.
    pub(super) fn of(&self, identity: Option<&str>) -> Vec<usize> {
        let named = identity.and_then(|identity| self.named.get(identity));
        let mut doors: Vec<usize> = named.into_iter().flatten().chain(&self.open).copied().collect();
        doors.sort_unstable();
        doors.dedup();
        doors
    }
}

/// The identity that a workload shows.
pub(super) fn own_identity(workload: &Workload, trust_domain: &str) -> String {
    format!("spiffe://{trust_domain}/ns/{}/sa/{}", workload.key.namespace, workload.account.node)
}

/// HTTP filters and those for the rest, where a port takes both.
fn filters(judge: &Judge<'_>, workload: &Workload, port: u16) -> &'static [Filters] {
    match judge.carries(workload, port) {
        Carries::Http => &[Filters::Http],
        Carries::Raw => &[Filters::Network],
        Carries::Either => &[Filters::Http, Filters::Network],
    }
}

/// Each port of each Service at each of its workloads, and the ports of containers that no Service leads to.
fn ports<'a>(judge: &Judge<'a>) -> Vec<Door<'a>> {
    let graph = &judge.world().graph;
    let positions: FxHashMap<*const Workload, usize> =
        graph.workloads.iter().enumerate().map(|(at, workload)| (std::ptr::from_ref(workload), at)).collect();
    let mut doors = Vec::new();
    let mut served: FxHashSet<(usize, u16)> = FxHashSet::default();
    for service in graph.services.values() {
        for workload in graph.workloads_of(service) {
            let position = positions[&std::ptr::from_ref(workload)];
            for declared in service.ports.iter().filter(|port| port.protocol != Protocol::Udp) {
                for port in declared.target.numbers(workload) {
                    served.insert((position, port));
                    let (target, service_port) = (service.key, Some(declared.number));
                    doors.push(Door { workload, position, target, service_port, port, access: Vec::new() });
                }
            }
        }
    }
    for (position, workload) in graph.workloads.iter().enumerate() {
        for port in workload.ports.iter().filter(|port| !port.udp).map(|port| port.number) {
            if served.insert((position, port)) {
                let target = workload.key;
                doors.push(Door { workload, position, target, service_port: None, port, access: Vec::new() });
            }
        }
    }
    doors
}

/// The identities that alone can open a door, as far as its rules name each of them; `None` where others may too.
fn guests(judge: &Judge<'_>, door: &Door<'_>) -> Option<Vec<String>> {
    if judge.is_open(door.workload, door.port) {
        return None;
    }
    let somebody = words::somebody(&judge.world().mesh.trust_domain);
    let mut found = Vec::new();
    for access in &door.access {
        for part in access.allow.as_ref()? {
            let is_closed = |identity| restricted(&part.requests, identity) == Formula::Never;
            if !is_closed(None) || !is_closed(Some(&somebody)) {
                return None;
            }
            for pattern in restricted::identities(&part.requests) {
                found.push(exact(pattern)?.to_owned());
            }
        }
    }
    Some(found)
}
