//! What is compared: the workloads of both worlds, each with its counterpart, and the ports at which policies are
//! asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Key, Protocol, Workload};
use crate::query::World;

/// A workload in both worlds, or in one of them.
pub(super) struct Subject<'a> {
    pub(super) key: Key,
    pub(super) old: Option<&'a Workload>,
    pub(super) new: Option<&'a Workload>,
}

/// The workloads of both worlds by namespace and name. Of several of one name those of one kind belong together, then
/// those that are left over.
pub(super) fn subjects<'a>(old: &'a World, new: &'a World) -> Vec<Subject<'a>> {
    let mut by_key: BTreeMap<&Key, [Vec<&Workload>; 2]> = BTreeMap::new();
    for (side, world) in [old, new].into_iter().enumerate() {
        for workload in &world.graph.workloads {
            by_key.entry(&workload.key).or_default()[side].push(workload);
        }
    }
    let mut subjects = Vec::new();
    for (key, [old, new]) in by_key {
        let mut new: Vec<Option<&Workload>> = new.into_iter().map(Some).collect();
        let mut left = Vec::new();
        for old in old {
            let twin = new.iter_mut().find(|new| new.is_some_and(|new| new.kind == old.kind));
            match twin.and_then(Option::take) {
                Some(twin) => subjects.push(Subject { key: key.clone(), old: Some(old), new: Some(twin) }),
                None => left.push(old),
            }
        }
        let mut new = new.into_iter().flatten();
        for old in left {
            subjects.push(Subject { key: key.clone(), old: Some(old), new: new.next() });
        }
        subjects.extend(new.map(|new| Subject { key: key.clone(), old: None, new: Some(new) }));
    }
    subjects
}

/// The ports of a workload: those that are known of it, those that some policy speaks of, and one that stands for all
/// others.
pub(super) struct Ports {
    pub(super) known: BTreeSet<u16>,
    pub(super) unlisted: u16,
}

impl Ports {
    pub(super) fn new<'a>(workloads: impl Iterator<Item = &'a Workload>, spoken_of: &BTreeSet<u16>) -> Self {
        let mut known = BTreeSet::new();
        for workload in workloads {
            known.extend(workload.ports.iter().filter(|port| !port.udp).map(|port| port.number));
            let declared = workload.declared.iter().filter(|(_, protocol)| *protocol != Protocol::Udp);
            known.extend(declared.map(|(number, _)| *number));
        }
        known.extend(spoken_of);
        let unlisted = (1..=u16::MAX).rev().find(|port| !known.contains(port)).unwrap_or(u16::MAX);
        Self { known, unlisted }
    }

    /// All of them.
    pub(super) fn all(&self) -> BTreeSet<u16> {
        self.known.iter().copied().chain([self.unlisted]).collect()
    }
}
