//! What is promised about a policy, decided on its exact meaning: guarantees for all requests, and the single
//! requests of tests. It is given a checked policy and the graph, and gives diagnostics and results.

mod asker;
mod excess;
mod plain;
mod point;
mod reach;
mod reason;
mod sample;
mod test;
mod witness;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

pub use reason::{Part, Reason};
pub use test::{CaseResult, Failure, TestResult};

use crate::access::{Domain, Formula, Request, Space, TooComplex};
use crate::check::{Intent, paths_under};
use crate::diagnostic::{Diagnostic, MOST_OF_A_KIND};
use crate::graph::ServiceGraph;
use crate::policy::{Guarantee, Origin, Policy, Promise, Rule};
use crate::project::PathNormalization;
use crate::source::SourceId;
use asker::Strangers;

/// What a run of all tests and guarantees found, each in the order of the files.
#[derive(Debug)]
pub struct Report {
    /// One for each `test`.
    pub tests: Vec<TestResult>,
    /// One for each `never`, `only` and `reaches`.
    pub guarantees: Vec<GuaranteeResult>,
}

/// Whether a guarantee holds.
#[derive(Debug)]
pub struct GuaranteeResult {
    /// The guarantee.
    pub origin: Arc<Origin>,
    /// The request that breaks it, and the rules that let it; `None` if it holds.
    pub broken: Option<Diagnostic>,
}

/// Every guarantee of the policy that does not hold.
///
/// ```text
/// allow orders -> payments
/// never shop/* -> payments      `never` does not hold: `shop/orders` may `GET /` on `shop/payments`
/// ```
pub fn check(policy: &Policy, graph: &ServiceGraph, normalization: PathNormalization) -> Vec<Diagnostic> {
    if policy.guarantees.is_empty() {
        return Vec::new();
    }
    let decider = Decider::new(policy, graph, normalization);
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut told: HashMap<(SourceId, Promise), usize> = HashMap::new();
    for part in policy.guarantees.chunks(MOST_OF_A_KIND) {
        let detail = |guarantee: &Guarantee| match told.get(&(guarantee.head.source, guarantee.promise)) {
            Some(count) if *count >= MOST_OF_A_KIND => Detail::Counted,
            Some(_) | None => Detail::Shown,
        };
        let broken: Vec<(&Guarantee, Diagnostic)> = part
            .par_iter()
            .filter_map(|guarantee| Some((guarantee, decider.broken(guarantee, detail(guarantee))?)))
            .collect();
        for (guarantee, diagnostic) in broken {
            *told.entry((guarantee.head.source, guarantee.promise)).or_default() += 1;
            found.push(diagnostic);
        }
    }
    found
}

/// Runs the tests and guarantees whose name or text contains `filter`.
pub fn run(policy: &Policy, graph: &ServiceGraph, normalization: PathNormalization, filter: &str) -> Report {
    let decider = Decider::new(policy, graph, normalization);
    let guarantees = policy
        .guarantees
        .par_iter()
        .filter(|guarantee| guarantee.origin.text().contains(filter))
        .map(|guarantee| GuaranteeResult {
            origin: guarantee.origin.clone(),
            broken: decider.broken(guarantee, Detail::Shown),
        })
        .collect();
    let tests = policy
        .tests
        .par_iter()
        .filter(|test| test.name.contains(filter))
        .map(|test| test::run(&decider, test))
        .collect();
    Report { tests, guarantees }
}

/// What is wanted of a guarantee that does not hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// A request that reads well, and the rules that let it through.
    Shown,
    /// That it does not hold: so many of its kind have been told in its file that this one will only be counted.
    Counted,
}

/// A policy that can be asked.
struct Decider<'a> {
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    intent: Intent<'a>,
    paths: Domain,
    strangers: OnceLock<Strangers>,
    known: OnceLock<Vec<String>>,
}

impl<'a> Decider<'a> {
    fn new(policy: &'a Policy, graph: &'a ServiceGraph, normalization: PathNormalization) -> Self {
        Self {
            policy,
            graph,
            intent: Intent::new(policy, graph),
            paths: paths_under(normalization),
            strangers: OnceLock::new(),
            known: OnceLock::new(),
        }
    }

    /// Those whom nothing names; to find them takes a look at every rule, and most guarantees ask for none.
    fn strangers(&self) -> &Strangers {
        self.strangers.get_or_init(|| Strangers::of(self.policy, self.graph))
    }

    /// The identities of all workloads, in their order.
    fn known(&self) -> &[String] {
        let mesh = &self.policy.mesh;
        self.known.get_or_init(|| {
            let workloads = self.graph.workloads.iter();
            workloads.map(|workload| mesh.identity(&workload.key.namespace, &workload.account.node)).collect()
        })
    }

    /// The requests that one of some rules speaks of.
    fn requests(&self, rules: &[&Rule]) -> Formula {
        Formula::Any(rules.iter().map(|rule| self.intent.requests(rule)).collect())
    }

    /// One request of a set; `None` if the set is empty.
    fn one_of(&self, set: &Formula) -> Result<Option<Request>, TooComplex> {
        let mut space = Space::new(self.paths, &[set])?;
        let node = space.node(set)?;
        Ok(space.witness(node))
    }

    /// Whether a set has a request in it; yes where that can not be told.
    fn could_hold(&self, set: &Formula) -> bool {
        self.one_of(set).map_or(true, |found| found.is_some())
    }

    fn broken(&self, guarantee: &Guarantee, detail: Detail) -> Option<Diagnostic> {
        match guarantee.promise {
            Promise::Never | Promise::Only => excess::find(self, guarantee, detail),
            Promise::Reaches => reach::find(self, guarantee),
        }
    }
}
