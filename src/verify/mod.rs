//! The proof of a build: for every port of every workload that the policy governs, what was meant and what
//! Istio will do with the emitted objects are the same set of requests.

mod ports;

use rayon::prelude::*;

use crate::access::{Decision, Domain, Request, Space, TooComplex};
use crate::check::{Intent, Traffic, paths_under};
use crate::graph::ServiceGraph;
use crate::istio::Bundle;
use crate::istio::semantics::{Filters, MeshConfig, NotModelled, Semantics, Target};
use crate::policy::{Labels, Policy};
use crate::project::PathNormalization;
use ports::{Subject, subjects};

/// How much was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Workloads that the policy governs.
    pub workloads: usize,
    /// Decisions that were compared: one for each port and kind of traffic.
    pub comparisons: usize,
    /// Of these, decisions that were not plainly the same and were compared class by class.
    pub by_classes: usize,
    /// Classes that this took.
    pub classes: usize,
}

impl Proof {
    fn add(self, other: Self) -> Self {
        Self {
            workloads: self.workloads + other.workloads,
            comparisons: self.comparisons + other.comparisons,
            by_classes: self.by_classes + other.by_classes,
            classes: self.classes + other.classes,
        }
    }
}

/// Why a bundle was not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// A request on which what was meant and what was emitted differ: an error of this program.
    Differs {
        /// The workload, as `namespace/name`.
        workload: String,
        /// The port of the workload.
        port: u16,
        /// The request.
        request: Box<Request>,
        /// Whether the policy means to let it through.
        meant: bool,
    },
    /// An emitted rule looks at something that is not in the model: an error of this program.
    NotModelled(NotModelled),
    /// The patterns of a workload are too many and too mixed to be told apart.
    TooComplex {
        /// The workload, as `namespace/name`.
        workload: String,
        /// How many patterns one dimension has.
        patterns: usize,
    },
}

impl std::fmt::Display for Unproved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Differs { workload, port, request, meant } => {
                let meaning = if *meant { "allows" } else { "denies" };
                let doing = if *meant { "deny" } else { "allow" };
                write!(
                    f,
                    "the policy {meaning} a request to port {port} of `{workload}` that the emitted objects \
                     would {doing}: {request}"
                )
            }
            Self::NotModelled(what) => write!(f, "{what}, so its bundle could not be proved"),
            Self::TooComplex { workload, patterns } => write!(
                f,
                "the {patterns} patterns of `{workload}` are too mixed to be told apart, so its bundle could \
                 not be proved"
            ),
        }
    }
}

impl Unproved {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Differs { .. } | Self::NotModelled(_) => {
                "this is an error of meshward itself: please report it, with the policy if you can share it"
            }
            Self::TooComplex { .. } => "use fewer suffix patterns (`*/x`) and templates on one service",
        }
    }
}

/// Compares the two meanings everywhere. The first difference, in the order of workloads, is the answer.
pub fn prove(
    policy: &Policy,
    graph: &ServiceGraph,
    normalization: PathNormalization,
    bundle: &Bundle,
) -> Result<Proof, Unproved> {
    let intent = Intent::new(policy, graph);
    let semantics = Semantics::new(MeshConfig::new(&policy.mesh), bundle);
    let paths = paths_under(normalization);
    let subjects = subjects(policy, graph, &intent);
    let proofs: Vec<Result<Proof, Unproved>> =
        subjects.par_iter().map(|subject| prove_one(graph, &intent, &semantics, paths, subject)).collect();
    proofs.into_iter().try_fold(Proof::default(), |sum, proof| Ok(sum.add(proof?)))
}

fn prove_one(
    graph: &ServiceGraph,
    intent: &Intent<'_>,
    semantics: &Semantics<'_>,
    paths: Domain,
    subject: &Subject<'_>,
) -> Result<Proof, Unproved> {
    let mut proof = Proof { workloads: 1, ..Proof::default() };
    let labels: &Labels = subject.labels;
    let namespace = subject.namespace;
    let target = |port| {
        if subject.is_gateway {
            let certificates = graph.asks_for_certificates(namespace, labels, port);
            Target::Gateway { namespace, labels, certificates }
        } else {
            Target::Sidecar { namespace, labels }
        }
    };
    for (port, traffic) in &subject.ports {
        let filters = match traffic {
            Traffic::Http => Filters::Http,
            Traffic::Raw => Filters::Network,
        };
        let meant = intent.decide(subject.namespace, labels, *port, *traffic);
        let emitted =
            semantics.decide(target(*port), *port, filters).map_err(Unproved::NotModelled)?.into_decision();
        proof.comparisons += 1;
        if meant.plainly_equals(&emitted) {
            continue;
        }
        proof.by_classes += 1;
        proof.classes += compare(paths, subject, *port, &meant, &emitted)?;
    }
    Ok(proof)
}

/// The number of classes that it took, or the request on which the two differ.
fn compare(
    paths: Domain,
    subject: &Subject<'_>,
    port: u16,
    meant: &Decision,
    emitted: &Decision,
) -> Result<usize, Unproved> {
    let (meant, emitted) = (meant.formula(), emitted.formula());
    let workload = || format!("{}/{}", subject.namespace, subject.name);
    let too_complex =
        |error: TooComplex| Unproved::TooComplex { workload: workload(), patterns: error.patterns };
    let mut space = Space::new(paths, &[&meant, &emitted]).map_err(too_complex)?;
    let left = space.node(&meant).map_err(too_complex)?;
    let right = space.node(&emitted).map_err(too_complex)?;
    let difference = space.difference(left, right).map_err(too_complex)?;
    match space.witness(difference.only_left).or_else(|| space.witness(difference.only_right)) {
        None => Ok(space.class_count()),
        Some(request) => {
            let meant = meant.holds(&request);
            Err(Unproved::Differs { workload: workload(), port, request: Box::new(request), meant })
        }
    }
}
