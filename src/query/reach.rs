//! What an identity gets through to: its blast radius, and with chains what it reaches by way of others.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::can::{Shown, has_assumed_sidecar, plain, shown};
use super::doors::{Door, Doors, own_identity};
use super::operations::operations;
use super::restricted::matching;
use super::rule_place::RulePlace;
use super::unsaid::origin;
use crate::check::AskedCaller;
use crate::graph::Key;
use crate::istio::semantics::Part;
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
    /// What else is to be known: that the caller comes in plaintext, and that sidecars were taken for granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
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

impl TargetRow {
    /// Adds what another account of the same caller may do there.
    fn merge(&mut self, other: Self) {
        self.operations.extend(other.operations);
        self.operations = once(std::mem::take(&mut self.operations));
        self.denied.retain(|denied| other.denied.contains(denied));
        self.rules.extend(other.rules);
        self.rules.sort();
        self.rules.dedup();
        self.external |= other.external;
    }
}

impl<'a> Doors<'a, '_> {
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
        let shown = shown(self.judge, caller);
        let plaintext: BTreeSet<String> = shown.iter().filter_map(Shown::in_plaintext).collect();
        let start = shown.into_iter().map(|shown| shown.identity).collect();
        let mut rows = self.explore(sources, start, chains);
        rows.retain(|door, _| target.is_none_or(|target| self.all[*door].target == *target));
        let reached: FxHashSet<usize> = rows.keys().map(|door| self.all[*door].position).collect();
        let notes: Vec<String> = plaintext.into_iter().chain(self.assumed(&reached, target)).collect();
        let mut targets: Vec<TargetRow> = rows.into_values().collect();
        targets.sort_by_cached_key(|row| {
            (row.via.len(), row.target.clone(), row.service_port, row.port, row.workload.clone())
        });
        Reach {
            caller: plain(caller),
            target: target.map(Key::to_string),
            workloads: reached.len(),
            of: world.graph.workloads.len(),
            targets,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    }

    /// That what is not reached was taken to have a sidecar, without which everybody reaches it.
    fn assumed(&self, reached: &FxHashSet<usize>, target: Option<&Key>) -> Option<String> {
        let world = self.judge.world();
        let is_meant = |door: &&Door<'_>| target.is_none_or(|target| door.target == *target);
        let left = self.all.iter().filter(is_meant).filter(|door| !reached.contains(&door.position));
        let assumed: BTreeSet<&Key> = left
            .filter(|door| has_assumed_sidecar(world, door.workload))
            .map(|door| &door.workload.key)
            .collect();
        let first = assumed.first()?;
        Some(match assumed.len() {
            1 => format!("nothing states a sidecar for `{first}`, and it is taken to have one"),
            count => format!(
                "nothing states a sidecar for {count} workloads that it does not reach, such as `{first}`, and they are \
                 taken to have one"
            ),
        })
    }

    /// The doors that open, by position, the nearest ones first: what one row has is not asked again of those who
    /// come later.
    fn explore(
        &self,
        sources: &SourceMap,
        start: Vec<Option<String>>,
        chains: bool,
    ) -> BTreeMap<usize, TargetRow> {
        let trust_domain = &self.judge.world().mesh.trust_domain;
        let mut seen: FxHashSet<Option<String>> = start.iter().cloned().collect();
        let mut queue: VecDeque<(Option<String>, Vec<String>)> =
            start.into_iter().map(|identity| (identity, Vec::new())).collect();
        let mut rows: BTreeMap<usize, TargetRow> = BTreeMap::new();
        while let Some((identity, via)) = queue.pop_front() {
            let identity = identity.as_deref();
            let is_news =
                |door: &usize| rows.get(door).is_none_or(|row| via.is_empty() && row.via.is_empty());
            let doors: Vec<usize> = self.of(identity).into_iter().filter(is_news).collect();
            let found: Vec<(usize, TargetRow)> = doors
                .into_par_iter()
                .filter_map(|door| Some((door, self.row(sources, &self.all[door], identity, &via)?)))
                .collect();
            for (door, row) in found {
                let Door { workload, target, .. } = &self.all[door];
                let next = self.judge.shows_identity(workload).then(|| own_identity(workload, trust_domain));
                if chains && seen.insert(next.clone()) {
                    queue.push_back((next, via.iter().cloned().chain([target.to_string()]).collect()));
                }
                match rows.entry(door) {
                    Entry::Vacant(entry) => {
                        entry.insert(row);
                    }
                    Entry::Occupied(mut entry) => entry.get_mut().merge(row),
                }
            }
        }
        rows
    }

    fn row(
        &self,
        sources: &SourceMap,
        door: &Door<'a>,
        identity: Option<&str>,
        via: &[String],
    ) -> Option<TargetRow> {
        let normalization = self.judge.normalization();
        let senders = self.judge.senders(identity);
        let taken = door.ways.iter().filter(|way| way.is_taken_by(&senders)).map(|way| &way.passage);
        let (mut permitted, mut denied, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_open, mut external) = (false, false);
        for passage in taken.filter(|passage| passage.lets_in(self.judge, identity)) {
            is_open = true;
            let is_guarded = !self.judge.is_open_at(passage.point);
            let (access, port) = (&passage.access, passage.point.seen_port());
            let identity = access.arriving(identity);
            match &access.allow {
                Some(parts) if is_guarded => {
                    for part in matching(parts, identity, normalization) {
                        permitted.extend(self.texts(part, (identity, port)));
                        rules.extend(RulePlace::about(self.judge, sources, part.rule, (identity, port)));
                    }
                }
                Some(_) | None => permitted.push("everything".to_owned()),
            }
            if is_guarded {
                for part in matching(&access.deny, identity, normalization) {
                    denied.extend(self.texts(part, (identity, port)));
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

    fn texts(&self, part: &Part<'_>, (identity, port): (Option<&str>, u16)) -> Vec<String> {
        let Some((_, policy)) = self.judge.policy(part.rule) else { return Vec::new() };
        let origin = origin(&part.requests, identity, self.judge.normalization());
        operations(&policy.spec.rules[part.rule.rule], port, &origin, None)
    }
}

fn once(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}
