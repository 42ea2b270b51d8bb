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
mod untouched;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::access::{Normalization, Request, TooComplex};
use crate::check::normalization;
use crate::diagnostic::code;
use crate::graph::{Key, Workload};
use crate::istio;
use crate::istio::resources::MutualTlsMode;
use crate::istio::semantics::{Filters, RuleRef};
use crate::query::{self, Judge, ObjectPlace, Point, RulePlace, World};
use crate::source::SourceMap;
use callers::{Accounts, Class, Domains};
use compare::{Comparison, Found, compare};
use door::Door;
use sentence::{Said, Speech, Target, merged};
use subject::{Pods, Ports, SpokenOf, Subject, subjects};
use untouched::untouched;

pub use model::{
    Cause, CauseKind, Change, Diff, Direction, Example, ModePlace, Normalizations, Operation, Status,
    TargetDiff, Undecided, Which,
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
///
/// A world that knows of no workload, as one of Istio objects alone, is taken to have those of the other one: it says
/// what is allowed, and not that there is nobody. The result says so.
pub fn diff(old: Side<'_>, new: Side<'_>) -> Diff {
    match (old.world.graph.workloads.is_empty(), new.world.graph.workloads.is_empty()) {
        (true, false) => {
            let lent = with_graph_of(old.world, new.world);
            Diff {
                graph_from: Some(Which::New),
                selecting_nothing: selecting_nothing(&lent),
                ..compared(Side { world: &lent, ..old }, new)
            }
        }
        (false, true) => {
            let lent = with_graph_of(new.world, old.world);
            Diff {
                graph_from: Some(Which::Old),
                selecting_nothing: selecting_nothing(&lent),
                ..compared(old, Side { world: &lent, ..new })
            }
        }
        (true, true) | (false, false) => {
            Diff { relabelled: relabelled(old.world, new.world), ..compared(old, new) }
        }
    }
}

fn selecting_nothing(world: &World) -> usize {
    let found = istio::selects_nothing(&world.bundle, &world.graph, &world.mesh.root_namespace);
    found.iter().filter(|found| found.code == code::SELECTS_NOTHING).count()
}

/// The workloads of both worlds whose labels differ.
fn relabelled(old: &World, new: &World) -> Vec<String> {
    let differs = |workload: &&Workload| {
        let mut namesakes = new.graph.workloads_named(&workload.key).iter();
        let again = namesakes.find(|other| other.kind == workload.kind);
        again.is_some_and(|other| other.labels != workload.labels)
    };
    old.graph.workloads.iter().filter(differs).map(|workload| workload.key.to_string()).collect()
}

fn with_graph_of(world: &World, other: &World) -> World {
    World { graph: other.graph.clone(), injected: other.injected, ..world.clone() }
}

fn compared(old: Side<'_>, new: Side<'_>) -> Diff {
    let untouched = untouched(old.world, new.world);
    let subjects = subjects(old.world, new.world, &untouched);
    let pair = Pair::new(old, new, &untouched);
    let found: Vec<Result<Option<Target>, Undecided>> =
        subjects.par_iter().map(|subject| pair.compare(subject)).collect();
    let [before, after] = [old, new].map(|side| side.world.mesh.path_normalization);
    let normalizations = (before != after).then(|| Normalizations { old: before.name(), new: after.name() });
    let mut diff = Diff { normalizations, ..Diff::default() };
    let mut targets = Vec::new();
    for target in found {
        match target {
            Ok(target) => targets.extend(target),
            Err(undecided) => diff.undecided.push(undecided),
        }
    }
    diff.targets = merged(targets);
    diff.undecided.dedup();
    diff
}

/// Both worlds, ready to be asked.
struct Pair<'a> {
    old: Asked<'a>,
    new: Asked<'a>,
    domains: Domains,
    spoken_of: SpokenOf<'a>,
}

/// A world, ready to be asked.
struct Asked<'a> {
    judge: Judge<'a>,
    sources: &'a SourceMap,
    accounts: Accounts,
    /// Workloads that a part of their traffic reaches through a waypoint.
    behind_waypoints: FxHashSet<&'a Key>,
}

impl<'a> Asked<'a> {
    fn new(side: Side<'a>) -> Self {
        Self {
            judge: Judge::new(side.world),
            sources: side.sources,
            accounts: Accounts::new(side.world),
            behind_waypoints: query::behind_waypoints(&side.world.graph)
                .map(|(workload, _)| workload)
                .collect(),
        }
    }

    /// What stands at a port for one kind of traffic.
    fn door(&self, pods: Option<Pods<'a>>, port: u16, tcp: bool) -> Result<Door<'a>, query::Unknown> {
        let Some(pods) = pods else { return Ok(Door::Gone) };
        if let Some(workload) = pods.workload {
            if self.behind_waypoints.contains(&workload.key) {
                return Err(query::Unknown::Uncompared(workload.key.to_string()));
            }
            if self.judge.is_open(workload, port) {
                return Ok(Door::Open);
            }
        }
        match self.filters(pods, port, tcp) {
            (_, false) => Ok(Door::Closed),
            (filters, true) => {
                let access = match pods.workload {
                    Some(workload) => self.judge.decide(Point::of_pod(workload, port, filters))?,
                    None => self.judge.decide_for(pods.namespace, pods.labels, port, filters)?,
                };
                Ok(Door::Guarded(Box::new(access)))
            }
        }
    }

    /// The filters that traffic meets, and whether the port takes it. What nobody declares takes both kinds.
    fn filters(&self, pods: Pods<'a>, port: u16, tcp: bool) -> (Filters, bool) {
        match pods.workload {
            Some(workload) => self.judge.filters(workload, port, tcp),
            None if tcp => (Filters::Network, true),
            None => (Filters::Http, true),
        }
    }

    /// Whether a port asks the same of traffic of both kinds.
    fn is_raw(&self, pods: Option<Pods<'a>>, port: u16) -> bool {
        pods.is_none_or(|pods| self.filters(pods, port, false).0 == Filters::Network)
    }
}

/// Why a workload could not be compared.
enum Unknown {
    Decision(query::Unknown),
    TooComplex(TooComplex),
}

impl<'a> Pair<'a> {
    fn new(old: Side<'a>, new: Side<'a>, untouched: &FxHashSet<&str>) -> Self {
        let domains = Domains::new(old.world, new.world);
        let spoken_of = SpokenOf::new(old.world, new.world, untouched);
        Self { old: Asked::new(old), new: Asked::new(new), domains, spoken_of }
    }

    fn compare(&self, subject: &Subject<'a>) -> Result<Option<Target>, Undecided> {
        let undecided = |reason: String| Undecided { workload: subject.key.to_string(), reason };
        let status = match (subject.old, subject.new) {
            (None, _) => Status::New,
            (Some(_), None) => Status::Removed,
            (Some(_), Some(_)) => Status::Changed,
        };
        let changes = self.changes(subject).map_err(|unknown| {
            undecided(match unknown {
                Unknown::Decision(what) => what.to_string(),
                Unknown::TooComplex(TooComplex { patterns }) => {
                    format!("its {patterns} patterns are too mixed to be told apart")
                }
            })
        })?;
        let known = subject.old.or(subject.new).is_some_and(|pods| pods.workload.is_some());
        Ok((!changes.is_empty()).then_some(Target { key: subject.key, known, status, changes }))
    }

    fn changes(&self, subject: &Subject<'a>) -> Result<Vec<Said>, Unknown> {
        let ports = Ports::new(subject, &self.spoken_of);
        let mut speech = Speech::new(subject.key, &ports);
        for port in ports.all() {
            for tcp in [false, true] {
                let raw = self.old.is_raw(subject.old, port) && self.new.is_raw(subject.new, port);
                if raw && !tcp {
                    continue;
                }
                let old = self.old.door(subject.old, port, tcp).map_err(Unknown::Decision)?;
                let new = self.new.door(subject.new, port, tcp).map_err(Unknown::Decision)?;
                if old.plainly_equals(&new) {
                    continue;
                }
                let about = compare::Subject { is_http: !tcp, paths: self.normalization().domain() };
                let Comparison { classes, found } =
                    compare(about, &old, &new, &self.domains).map_err(Unknown::TooComplex)?;
                for change in found {
                    self.say(&mut speech, (subject, &classes), change, port, tcp);
                }
            }
        }
        Ok(speech.into_changes())
    }

    /// What proxies do to paths.
    fn normalization(&self) -> Normalization {
        normalization(self.new.judge.world().mesh.path_normalization)
    }

    fn say(
        &self,
        speech: &mut Speech,
        (subject, classes): (&Subject<'a>, &[Class]),
        found: Found<'a>,
        port: u16,
        tcp: bool,
    ) {
        let callers: Vec<&Class> = found.callers.iter().map(|position| &classes[*position]).collect();
        let accounts = [&self.new.accounts, &self.old.accounts];
        let names = callers::names(&callers, classes, accounts, &speech.key().namespace);
        let rule = found.rule.map(|(world, rule)| self.place((subject, port, &found.request), world, rule));
        let mode = (found.kind == CauseKind::Transport).then(|| self.mode(subject, port)).flatten();
        let winner = match found.direction {
            Direction::Opened => &self.new,
            Direction::Closed => &self.old,
        };
        let place = example::Place { key: speech.key(), port, tcp, normalization: self.normalization() };
        let request = example::example(&place, &found.request);
        let question = example::question(winner.judge.world(), &winner.accounts, &place, &found.request);
        speech.add(Change {
            direction: found.direction,
            sentence: String::new(),
            callers: names,
            operations: found.operations,
            ports: vec![port],
            undeclared: false,
            cause: Cause { kind: found.kind, rule, mode },
            request,
            question,
        });
    }

    /// Where the rule stands that decides about a request in one of the worlds.
    fn place(
        &self,
        (subject, port, request): (&Subject<'a>, u16, &Request),
        world: compare::World,
        rule: RuleRef<'a>,
    ) -> RulePlace {
        let (asked, pods) = match world {
            compare::World::Old => (&self.old, subject.old),
            compare::World::New => (&self.new, subject.new),
        };
        match pods {
            Some(pods) => {
                let pods = (pods.namespace, pods.labels, port);
                RulePlace::at(&asked.judge, asked.sources, rule, pods, request)
            }
            None => RulePlace::new(&asked.judge, asked.sources, rule),
        }
    }

    /// What says the mode of mutual TLS at a port, where both sides have one and they differ; else the trust domains
    /// of the mesh are the reason, or the other side has no such pods.
    fn mode(&self, subject: &Subject<'a>, port: u16) -> Option<ModePlace> {
        let stated =
            |asked: &Asked<'a>, pods: Pods<'a>| asked.judge.mutual_tls(pods.namespace, pods.labels, port);
        let old = stated(&self.old, subject.old?);
        let new = stated(&self.new, subject.new?);
        let effective =
            |stated: Option<(_, MutualTlsMode)>| stated.map_or(MutualTlsMode::Permissive, |(_, mode)| mode);
        if effective(old) == effective(new) {
            return None;
        }
        let (asked, object, side) = match (old, new) {
            (_, Some((object, _))) => (&self.new, object, Which::New),
            (Some((object, _)), None) => (&self.old, object, Which::Old),
            (None, None) => return None,
        };
        Some(ModePlace { object: ObjectPlace::new(asked.sources, object), side })
    }
}
