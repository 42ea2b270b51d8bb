//! Every known port of a world with what is decided on each way to it, found by who may get through.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::can::Unanswered;
use super::judge::{Judge, Point, Unknown};
use super::passage::Passage;
use super::restricted::{self, exact, restricted};
use super::route::{Destination, Hop, Sender};
use super::words;
use crate::access::Formula;
use crate::graph::{Key, Protocol, Workload};

/// A port of a workload with what is decided on each way to it.
pub(super) struct Door<'a> {
    pub(super) workload: &'a Workload,
    /// Position of the workload in the graph.
    pub(super) position: usize,
    pub(super) target: Key,
    pub(super) service_port: Option<u16>,
    pub(super) port: u16,
    pub(super) ways: Vec<Way<'a>>,
}

/// What is decided on a way, for some of the traffic.
pub(super) struct Way<'a> {
    /// Those who send on it.
    pub(super) senders: Vec<Sender>,
    pub(super) passage: Passage<'a>,
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
                let to = (door.workload, door.port);
                let to = Destination::new(judge.world(), &door.target, to, door.service_port);
                door.ways = ways(judge, to, None)?;
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

/// What is decided on every way to a destination about traffic of one kind, `tcp` or not; without one, about HTTP and
/// about the rest apart where a port takes both.
pub(super) fn ways<'a>(
    judge: &Judge<'a>,
    to: Destination<'a>,
    tcp: Option<bool>,
) -> Result<Vec<Way<'a>>, Unknown> {
    let Destination { workload, port, .. } = to;
    let mut ways = Vec::new();
    for (hop, senders) in hops(judge, to)? {
        for filters in judge.carries_at(hop, workload, port).all_filters(tcp) {
            let passage = judge.passage(Point { workload, port, hop, filters })?;
            ways.push(Way { senders: senders.clone(), passage });
        }
    }
    Ok(ways)
}

/// The first proxies on the ways to a destination, each with those who send to it.
pub(super) fn hops<'a>(
    judge: &Judge<'a>,
    to: Destination<'a>,
) -> Result<Vec<(Hop<'a>, Vec<Sender>)>, Unknown> {
    if !judge.names_waypoints() {
        return Ok(vec![(Hop::Pod, Sender::ALL.to_vec())]);
    }
    let mut hops: Vec<(Hop<'a>, Vec<Sender>)> = Vec::new();
    for sender in Sender::ALL {
        let hop = judge.route(to, sender)?.first;
        match hops.iter_mut().find(|(known, _)| *known == hop) {
            Some((_, senders)) => senders.push(sender),
            None => hops.push((hop, vec![sender])),
        }
    }
    Ok(hops)
}

impl Way<'_> {
    /// Whether one of these sends on it.
    pub(super) fn is_taken_by(&self, senders: &[Sender]) -> bool {
        senders.iter().any(|sender| self.senders.contains(sender))
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
                if let Some(port) = declared.number_at(workload) {
                    served.insert((position, port));
                    let (target, service_port) = (service.key, Some(declared.number));
                    doors.push(Door { workload, position, target, service_port, port, ways: Vec::new() });
                }
            }
        }
    }
    for (position, workload) in graph.workloads.iter().enumerate() {
        for port in workload.ports.iter().filter(|port| !port.udp).map(|port| port.number) {
            if served.insert((position, port)) {
                let target = workload.key;
                doors.push(Door { workload, position, target, service_port: None, port, ways: Vec::new() });
            }
        }
    }
    doors
}

/// The identities that alone can open a door, as far as its rules name each of them; `None` where others may too.
fn guests(judge: &Judge<'_>, door: &Door<'_>) -> Option<Vec<String>> {
    let somebody = words::somebody(&judge.world().mesh.trust_domain);
    let mut found = Vec::new();
    for passage in door.ways.iter().map(|way| &way.passage).filter(|passage| !passage.is_shut()) {
        if judge.is_open_at(passage.point) {
            return None;
        }
        for part in passage.access.allow.as_ref()? {
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
