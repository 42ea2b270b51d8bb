//! What a change opens and what it closes: two worlds, each of a project or of bare YAML, compared exactly at every
//! port of every workload of both.

mod callers;
mod compare;
mod door;
mod example;
mod model;
mod operations;
mod sentence;
mod subject;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::access::TooComplex;
use crate::check::paths_under;
use crate::graph::Workload;
use crate::istio::semantics::{Filters, NotModelled, RuleRef};
use crate::query::{Judge, RulePlace, World};
use crate::source::SourceMap;
use callers::{Accounts, Class, Domains};
use compare::{Comparison, Found, compare};
use door::Door;
use sentence::Speech;
use subject::{Ports, Subject, subjects};

pub use model::{
    Cause, CauseKind, Change, Diff, Direction, Example, Operation, Status, TargetDiff, Undecided,
};

/// One of the two worlds, with the texts that it was made of.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The world.
    pub world: &'a World,
    /// The texts.
    pub sources: &'a SourceMap,
}

/// What differs between two worlds.
pub fn diff(old: Side<'_>, new: Side<'_>) -> Diff {
    let pair = Pair::new(old, new);
    let subjects = subjects(old.world, new.world);
    let found: Vec<Result<Option<TargetDiff>, Undecided>> =
        subjects.par_iter().map(|subject| pair.compare(subject)).collect();
    let mut diff = Diff::default();
    for target in found {
        match target {
            Ok(Some(target)) => diff.targets.push(target),
            Ok(None) => {}
            Err(undecided) => diff.undecided.push(undecided),
        }
    }
    diff.undecided.dedup();
    diff
}

/// Both worlds, ready to be asked.
struct Pair<'a> {
    old: Asked<'a>,
    new: Asked<'a>,
    domains: Domains,
}

/// A world, ready to be asked.
struct Asked<'a> {
    judge: Judge<'a>,
    sources: &'a SourceMap,
    accounts: Accounts,
}

impl<'a> Asked<'a> {
    fn new(side: Side<'a>) -> Self {
        let accounts = Accounts::new(side.world);
        Self { judge: Judge::new(side.world), sources: side.sources, accounts }
    }

    /// What stands at a port for one kind of traffic.
    fn door(&self, workload: Option<&'a Workload>, port: u16, tcp: bool) -> Result<Door<'a>, NotModelled> {
        let Some(workload) = workload else { return Ok(Door::Gone) };
        if !self.judge.world().has_proxy(workload) {
            return Ok(Door::Open);
        }
        match self.judge.filters(workload, port, tcp) {
            (_, false) => Ok(Door::Closed),
            (filters, true) => {
                let access =
                    self.judge.decide_for(&workload.key.namespace, &workload.labels, port, filters)?;
                Ok(Door::Guarded(Box::new(access)))
            }
        }
    }

    /// Whether a port asks the same of traffic of both kinds.
    fn is_raw(&self, workload: Option<&'a Workload>, port: u16) -> bool {
        workload.is_none_or(|workload| self.judge.filters(workload, port, false).0 == Filters::Network)
    }
}

/// Why a workload could not be compared.
enum Unknown {
    NotModelled(NotModelled),
    TooComplex(TooComplex),
}

impl<'a> Pair<'a> {
    fn new(old: Side<'a>, new: Side<'a>) -> Self {
        let domains = Domains::new(old.world, new.world);
        Self { old: Asked::new(old), new: Asked::new(new), domains }
    }

    fn compare(&self, subject: &Subject<'a>) -> Result<Option<TargetDiff>, Undecided> {
        let undecided = |reason: String| Undecided { workload: subject.key.to_string(), reason };
        let status = match (subject.old, subject.new) {
            (None, _) => Status::New,
            (Some(_), None) => Status::Removed,
            (Some(_), Some(_)) => Status::Changed,
        };
        let changes = self.changes(subject, status).map_err(|unknown| {
            undecided(match unknown {
                Unknown::NotModelled(what) => what.to_string(),
                Unknown::TooComplex(TooComplex { patterns }) => {
                    format!("its {patterns} patterns are too mixed to be told apart")
                }
            })
        })?;
        Ok((!changes.is_empty()).then(|| TargetDiff {
            workloads: vec![subject.key.to_string()],
            status,
            changes,
        }))
    }

    fn changes(&self, subject: &Subject<'a>, status: Status) -> Result<Vec<Change>, Unknown> {
        let workloads = subject.old.into_iter().chain(subject.new);
        let ports = Ports::new(workloads, &BTreeSet::new());
        let mut speech = Speech::new(subject.key.clone(), status, &ports);
        for port in ports.all() {
            for tcp in [false, true] {
                let raw = self.old.is_raw(subject.old, port) && self.new.is_raw(subject.new, port);
                if raw && !tcp {
                    continue;
                }
                let old = self.old.door(subject.old, port, tcp).map_err(Unknown::NotModelled)?;
                let new = self.new.door(subject.new, port, tcp).map_err(Unknown::NotModelled)?;
                if old.plainly_equals(&new) {
                    continue;
                }
                let normalization = self.new.judge.world().mesh.path_normalization;
                let about = compare::Subject { is_http: !tcp, paths: paths_under(normalization) };
                let Comparison { classes, found } =
                    compare(about, &old, &new, &self.domains).map_err(Unknown::TooComplex)?;
                for change in found {
                    self.say(&mut speech, &classes, change, port, tcp);
                }
            }
        }
        Ok(speech.into_changes())
    }

    fn say(&self, speech: &mut Speech, classes: &[Class], found: Found<'a>, port: u16, tcp: bool) {
        let callers: Vec<&Class> = found.callers.iter().map(|position| &classes[*position]).collect();
        let accounts = [&self.new.accounts, &self.old.accounts];
        let names = callers::names(&callers, classes, accounts, &speech.key().namespace);
        let rule = found.rule.map(|(world, rule)| self.place(world, rule));
        let winner = match found.direction {
            Direction::Opened => &self.new,
            Direction::Closed => &self.old,
        };
        let place = example::Place { key: speech.key(), port, tcp };
        let request = example::example(&place, &found.request);
        let question = example::question(winner.judge.world(), &winner.accounts, &place, &found.request);
        speech.add(Change {
            direction: found.direction,
            sentence: String::new(),
            callers: names,
            operations: found.operations,
            ports: vec![port],
            cause: Cause { kind: found.kind, rule },
            request,
            question,
        });
    }

    fn place(&self, world: compare::World, rule: RuleRef<'a>) -> RulePlace {
        let asked = match world {
            compare::World::Old => &self.old,
            compare::World::New => &self.new,
        };
        RulePlace::new(&asked.judge, asked.sources, rule)
    }
}
