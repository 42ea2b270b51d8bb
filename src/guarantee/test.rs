//! Tests: every request that a line stands for, sent to every port that it means.

use std::sync::Arc;

use super::Decider;
use super::asker::askers;
use super::point::{Point, pods, points};
use super::reason::{Reason, decide};
use super::sample::{requests, usual_host, usual_operation};
use super::witness::{what, who};
use crate::access::Request;
use crate::policy::{Case, Origin, Test};
use crate::source::Span;

/// What became of a test.
#[derive(Debug)]
pub struct TestResult {
    /// What it is called.
    pub name: String,
    /// Its name in the text.
    pub span: Span,
    /// Its lines.
    pub cases: Vec<CaseResult>,
}

impl TestResult {
    /// Whether every line is as expected.
    pub fn passed(&self) -> bool {
        self.cases.iter().all(|case| case.failures.is_empty())
    }
}

/// What became of a line.
#[derive(Debug)]
pub struct CaseResult {
    /// The line.
    pub origin: Arc<Origin>,
    /// Whether its requests are expected to get through.
    pub expects_allowed: bool,
    /// How many requests it stands for.
    pub requests: usize,
    /// The requests that came out otherwise, in order.
    pub failures: Vec<Failure>,
}

/// A request that came out otherwise than expected.
#[derive(Debug)]
pub struct Failure {
    /// Who asks for what: "`shop/orders` may not `GET /a` on `shop/payments`".
    pub happens: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Runs all lines of a test.
pub(super) fn run(decider: &Decider<'_>, test: &Test) -> TestResult {
    let cases = test.cases.iter().map(|case| run_case(decider, case)).collect();
    TestResult { name: test.name.clone(), span: test.span, cases }
}

fn run_case(decider: &Decider<'_>, case: &Case) -> CaseResult {
    let mut result = CaseResult {
        origin: case.origin.clone(),
        expects_allowed: case.allowed,
        requests: 0,
        failures: Vec::new(),
    };
    let askers = askers(decider, &case.callers, &case.except);
    let operation = case.operation.clone().unwrap_or_else(usual_operation);
    for subject in &case.subjects {
        for pods in pods(decider.graph, subject) {
            for point in points(subject, pods) {
                for asker in &askers {
                    for request in requests(decider, &point, asker, &operation) {
                        result.requests += 1;
                        result.failures.extend(failure(decider, &point, case, &request));
                    }
                }
            }
        }
    }
    result.failures.dedup_by(|one, other| one.happens == other.happens);
    result
}

fn failure(decider: &Decider<'_>, point: &Point<'_>, case: &Case, request: &Request) -> Option<Failure> {
    let (allowed, reasons) = decide(decider, point, request);
    (allowed != case.allowed).then(|| {
        let may = if allowed { "may" } else { "may not" };
        // Where nobody is named by an address, the address is no news.
        let mut shown = request.clone();
        let usual = Request::new("", "", "");
        if shown.peer == decider.strangers().address() {
            shown.peer = usual.peer;
        }
        if shown.client == decider.strangers().address() {
            shown.client = usual.client;
        }
        let happens = format!("{} {may} {}", who(decider, &shown), what(point, request, &usual_host(point)));
        Failure { happens, reasons }
    })
}
