//! What an identity gets through to: its blast radius, and with chains what it reaches by way of others.

use std::collections::{BTreeMap, VecDeque};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::can::{Unanswered, identities, plain};
use super::judge::{Judge, Point, Unknown};
use super::operations::operations;
use super::ports::Carries;
use super::restricted::{self, exact, lets_in, matching, restricted};
use super::rule_place::RulePlace;
use super::words;
use crate::access::Formula;
use crate::check::AskedCaller;
use crate::graph::{Key, Protocol, Workload};
use crate::istio::semantics::{Access, Filters};
use crate::source::SourceMap;

/// Everything that a caller gets through to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The caller, as the question names it.
    pub caller: String,
    /// The target, if the question names one.
    pub target: Option<String>,
    /// How many workloads it reaches.
    pub workloads: usize,
    /// Of how many.
    pub of: usize,
    /// One for each port of a service or workload that it reaches.
    pub targets: Vec<TargetRow>,
}

/// One port that is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TargetRow {
    /// The services and workloads on the way, without the caller and the target; empty where it calls itself.
    pub via: Vec<String>,
    /// `namespace/name` of the Service, or of a workload without one.
    pub target: String,
    /// The workload, as `namespace/name`.
    pub workload: String,
    /// The port that clients use; `null` without a Service.
    pub service_port: Option<u16>,
    /// The port of the workload.
    pub port: u16,
    /// What the last one on the way may do there, as the policies say it.
    pub operations: Vec<String>,
    /// What closes a part of that again.
    pub denied: Vec<String>,
    /// The rules that let it in; none where no ALLOW policy holds.
    pub rules: Vec<RulePlace>,
    /// Whether a CUSTOM provider is asked first.
    pub external: bool,
}

/// A port of a workload with what is decided there.
struct Door<'a> {
    workload: &'a Workload,
    /// Position of the workload in the graph.
    position: usize,
    target: Key,
    service_port: Option<u16>,
    port: u16,
    access: Vec<Access<'a>>,
}

/// All doors of a world, found by who may open them.
pub struct Doors<'a, 'j> {
    judge: &'j Judge<'a>,
    all: Vec<Door<'a>>,
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

    /// Answers a question with a caller; `target` narrows it to one service or workload. With `chains`, what those
    /// reach that it reaches counts too, by the shortest way.
    pub fn reach(
        &self,
        sources: &SourceMap,
        caller: &AskedCaller<'_>,
        target: Option<&Key>,
        chains: bool,
    ) -> Reach {
        let world = self.judge.world();
        let start = identities(caller, &world.mesh.trust_domain);
        let mut seen: FxHashSet<Option<String>> = start.iter().cloned().collect();
        let mut queue: VecDeque<(Option<String>, Vec<String>)> =
            start.into_iter().map(|identity| (identity, Vec::new())).collect();
        let mut rows: BTreeMap<(Key, Option<u16>, u16, usize), TargetRow> = BTreeMap::new();
        while let Some((identity, via)) = queue.pop_front() {
            for door in self.of(identity.as_deref()) {
                let Some(row) = self.row(sources, door, identity.as_deref(), &via) else { continue };
                if chains {
                    let next = own_identity(door.workload, &world.mesh.trust_domain);
                    if seen.insert(Some(next.clone())) {
                        let way = via.iter().cloned().chain([door.target.to_string()]).collect();
                        queue.push_back((Some(next), way));
                    }
                }
                let key = (door.target.clone(), door.service_port, door.port, door.position);
                rows.entry(key).or_insert(row);
            }
        }
        rows.retain(|(key, ..), _| target.is_none_or(|target| key == target));
        let reached: FxHashSet<usize> = rows.keys().map(|(.., position)| *position).collect();
        let mut targets: Vec<TargetRow> = rows.into_values().collect();
        targets.sort_by_key(|row| row.via.len());
        Reach {
            caller: plain(caller),
            target: target.map(Key::to_string),
            workloads: reached.len(),
            of: world.graph.workloads.len(),
            targets,
        }
    }

    /// The doors that an identity may open.
    fn of(&self, identity: Option<&str>) -> impl Iterator<Item = &Door<'a>> {
        let named = identity.and_then(|identity| self.named.get(identity));
        let mut positions: Vec<usize> = named.into_iter().flatten().chain(&self.open).copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions.into_iter().map(|position| &self.all[position])
    }

    fn row(
        &self,
        sources: &SourceMap,
        door: &Door<'a>,
        identity: Option<&str>,
        via: &[String],
    ) -> Option<TargetRow> {
        let normalization = self.judge.normalization();
        let has_proxy = !self.judge.is_open(door.workload);
        let open = |access: &&Access<'a>| !has_proxy || lets_in(access, identity, normalization);
        let (mut permitted, mut denied, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_open, mut external) = (false, false);
        for access in door.access.iter().filter(open) {
            is_open = true;
            match &access.allow {
                Some(parts) if has_proxy => {
                    for part in matching(parts, identity, normalization) {
                        permitted.extend(self.texts(part.rule, door.port));
                        rules.push(RulePlace::new(self.judge, sources, part.rule));
                    }
                }
                Some(_) | None => permitted.push("everything".to_owned()),
            }
            if has_proxy {
                for part in matching(&access.deny, identity, normalization) {
                    denied.extend(self.texts(part.rule, door.port));
                }
                external |=
                    !access.external_fails && !matching(&access.external, identity, normalization).is_empty();
            }
        }
        rules.sort();
        rules.dedup();
        is_open.then(|| TargetRow {
            via: via.to_vec(),
            target: door.target.to_string(),
            workload: door.workload.key.to_string(),
            service_port: door.service_port,
            port: door.port,
            operations: once(permitted),
            denied: once(denied),
            rules,
            external,
        })
    }

    fn texts(&self, rule: crate::istio::semantics::RuleRef<'_>, port: u16) -> Vec<String> {
        let (_, policy) = self.judge.policy(rule);
        operations(&policy.spec.rules[rule.rule], port)
    }
}

fn once(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}

fn own_identity(workload: &Workload, trust_domain: &str) -> String {
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
                    let (target, service_port) = (service.key.clone(), Some(declared.number));
                    doors.push(Door { workload, position, target, service_port, port, access: Vec::new() });
                }
            }
        }
    }
    for (position, workload) in graph.workloads.iter().enumerate() {
        for port in workload.ports.iter().filter(|port| !port.udp).map(|port| port.number) {
            if served.insert((position, port)) {
                let target = workload.key.clone();
                doors.push(Door { workload, position, target, service_port: None, port, access: Vec::new() });
            }
        }
    }
    doors
}

/// The identities that alone can open a door, as far as its rules name each of them; `None` where others may too.
fn guests(judge: &Judge<'_>, door: &Door<'_>) -> Option<Vec<String>> {
    if judge.is_open(door.workload) {
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
