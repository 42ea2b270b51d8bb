//! What a change opens and what it closes: two worlds, each of a project or of bare YAML, compared exactly at every
//! port of every workload of both.

mod addressed;
mod asked;
mod attached;
mod callers;
mod compare;
mod door;
mod example;
mod lanes;
mod model;
mod operations;
mod sentence;
mod spelling;
mod subject;
mod untouched;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::access::{Normalization, Request, TooComplex};
use crate::check::normalization;
use crate::diagnostic::code;
use crate::graph::{Key, Workload};
use crate::istio;
use crate::istio::resources::MutualTlsMode;
use crate::istio::semantics::RuleRef;
use crate::query::{self, Judge, ObjectPlace, RulePlace, World};
use crate::source::SourceMap;
use addressed::{Addressed, Place};
use asked::Asked;
use callers::{Class, Classes};
use compare::{Comparison, Found, compare};
use lanes::{What, plainly_equal};
use sentence::{Said, Speech, Target, merged};
use subject::{Pods, Ports, SpokenOf, Subject, subjects};
use untouched::untouched;

pub use model::{
    Cause, CauseKind, Change, Diff, Direction, Example, ModePlace, Normalizations, Operation, ServicePort,
    Status, TargetDiff, Undecided, Waypoints, Which,
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
    let spoken_of = SpokenOf::new(old.world, new.world, &untouched);
    let judges = [Judge::new(old.world), Judge::new(new.world)];
    let asked = [Asked::new(&judges[0], old.sources), Asked::new(&judges[1], new.sources)];
    let pair = Pair::new(asked, spoken_of);
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
    diff.undecided.extend(attached::undecided(old.world, new.world));
    diff
}

/// Both worlds, ready to be asked.
struct Pair<'p, 'a> {
    old: Asked<'p, 'a>,
    new: Asked<'p, 'a>,
    classes: Classes<'p, 'a>,
    /// Whether each identity sends in the same way in both.
    same_senders: bool,
    spoken_of: SpokenOf<'a>,
}

/// Why a workload could not be compared.
enum Unknown {
    Decision(query::Unknown),
    TooComplex(TooComplex),
}

impl<'p, 'a> Pair<'p, 'a> {
    fn new([old, new]: [Asked<'p, 'a>; 2], spoken_of: SpokenOf<'a>) -> Self {
        let classes = Classes::new([old.judge, new.judge]);
        let same_senders = old.judge.sends_as(new.judge);
        Self { old, new, classes, same_senders, spoken_of }
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
        let services = self.services(subject).map_err(Unknown::Decision)?;
        let addressed = if services.is_empty() { Addressed::Either } else { Addressed::Pods };
        for port in ports.all() {
            self.changes_at(&mut speech, subject, Place { addressed, ports: [port; 2] })?;
        }
        for place in services {
            self.changes_at(&mut speech, subject, place)?;
        }
        Ok(speech.into_changes())
    }

    /// The Services by which some traffic takes another way than to the pods, in one of the worlds.
    fn services(&self, subject: &Subject<'a>) -> Result<Vec<Place>, query::Unknown> {
        let old = self.old.services_apart(subject.old)?;
        let new = self.new.services_apart(subject.new)?;
        let names: BTreeSet<(Key, u16)> = old.into_iter().chain(new).collect();
        let place = |(service, number): (Key, u16)| {
            let before = self.old.port_behind(subject.old, service, number);
            let after = self.new.port_behind(subject.new, service, number);
            let some = before.or(after)?;
            let addressed = Addressed::Service(service, number);
            Some(Place { addressed, ports: [before.unwrap_or(some), after.unwrap_or(some)] })
        };
        Ok(names.into_iter().filter_map(place).collect())
    }

    fn changes_at(
        &self,
        speech: &mut Speech<'_>,
        subject: &Subject<'a>,
        place: Place,
    ) -> Result<(), Unknown> {
        for tcp in [false, true] {
            let what = What { tcp, by_service: matches!(place.addressed, Addressed::Service(..)) };
            let old = self.old.lanes(subject.old, place.addressed, place.ports[0], tcp);
            let new = self.new.lanes(subject.new, place.addressed, place.ports[1], tcp);
            let (old, new) = (old.map_err(Unknown::Decision)?, new.map_err(Unknown::Decision)?);
            let normalizations = self.normalizations();
            let reads_alike = tcp || normalizations.is_none();
            if reads_alike && plainly_equal([&old, &new], self.same_senders, what) {
                continue;
            }
            let about = compare::Subject { what, paths: self.normalization().domain(), normalizations };
            let Comparison { classes, found } =
                compare(about, [&old, &new], &self.classes).map_err(Unknown::TooComplex)?;
            for change in found {
                self.say(speech, (subject, &classes), change, place, tcp);
            }
        }
        Ok(())
    }

    /// What proxies do to paths.
    fn normalization(&self) -> Normalization {
        normalization(self.new.judge.world().mesh.path_normalization)
    }

    /// What they do in each world, where that differs.
    fn normalizations(&self) -> Option<[Normalization; 2]> {
        let both = [self.old.judge, self.new.judge].map(|judge| judge.world().mesh.path_normalization);
        (both[0] != both[1]).then(|| both.map(normalization))
    }

    fn say(
        &self,
        speech: &mut Speech<'_>,
        (subject, classes): (&Subject<'a>, &[Class]),
        found: Found<'a>,
        Place { addressed, ports }: Place,
        tcp: bool,
    ) {
        let (winner, port) = match found.direction {
            Direction::Opened => (&self.new, ports[1]),
            Direction::Closed => (&self.old, ports[0]),
        };
        let callers: Vec<&Class> = found.callers.iter().map(|position| &classes[*position]).collect();
        let accounts = [&self.new.accounts, &self.old.accounts];
        let names = callers::names(&callers, classes, accounts, &speech.key().namespace);
        let rule = found.rule.map(|(world, rule)| self.place((subject, port, &found.request), world, rule));
        let is_of_pods = found.kind == CauseKind::Transport && found.waypoints == [None; 2];
        let mode = is_of_pods.then(|| self.mode(subject, port)).flatten();
        let is_by_spelling = found.kind == CauseKind::Normalization;
        // Such a path is already one as it is sent.
        let normalization = if is_by_spelling { Normalization::None } else { self.normalization() };
        let place = example::Place { key: speech.key(), addressed, port, tcp, normalization };
        let request = example::example(&place, &found.request);
        let question = example::question(winner.judge.world(), &winner.accounts, &place, &found.request);
        let question = question.filter(|_| !is_by_spelling);
        let waypoints = Waypoints::of(found.waypoints);
        speech.add(Change {
            direction: found.direction,
            sentence: String::new(),
            callers: names,
            operations: found.operations,
            ports: vec![port],
            service: addressed.service(),
            undeclared: false,
            cause: Cause { kind: found.kind, rule, mode, waypoints },
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
                RulePlace::at(asked.judge, asked.sources, rule, pods, request)
            }
            None => RulePlace::new(asked.judge, asked.sources, rule),
        }
    }

    /// What says the mode of mutual TLS at a port: of a gateway its `Gateway`; of other pods an object, where both sides
    /// have one and they differ. Else the trust domains of the mesh are the reason, or the other side has no such pods.
    fn mode(&self, subject: &Subject<'a>, port: u16) -> Option<ModePlace> {
        let pods = subject.new?;
        let graph = &self.new.judge.world().graph;
        if let Some(gateway) = graph.gateway_of(pods.namespace, pods.labels) {
            let object = ObjectPlace::of_gateway(self.new.sources, gateway);
            return Some(ModePlace { object, side: Which::New });
        }
        let stated =
            |asked: &Asked<'p, 'a>, pods: Pods<'a>| asked.judge.mutual_tls(pods.namespace, pods.labels, port);
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
