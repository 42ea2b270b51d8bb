//! Test results for programs. The form is documented in `docs/json.md`.

use meshward::diagnostic::{Diagnostic, Record, records};
use meshward::guarantee::{CaseResult, Failure, GuaranteeResult, Reason, Report, TestResult};
use meshward::source::SourceMap;
use serde::Serialize;

use super::has_failed;
use crate::cli::json::document;

/// The version of the form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    status: &'static str,
    tests: Vec<Test>,
    guarantees: Vec<Guarantee>,
    diagnostics: Vec<Record>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    place: String,
    status: &'static str,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    text: String,
    place: String,
    expected: &'static str,
    requests: usize,
    failures: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    message: String,
    reasons: Vec<Why>,
}

#[derive(Serialize)]
struct Why {
    message: String,
    statement: Option<String>,
    place: Option<String>,
}

#[derive(Serialize)]
struct Guarantee {
    text: String,
    place: String,
    status: &'static str,
    diagnostic: Option<Record>,
}

/// The whole report.
pub(super) fn render(sources: &SourceMap, report: &Report) -> String {
    document(&Document {
        version: VERSION,
        status: if has_failed(report) { "failed" } else { "passed" },
        tests: report.tests.iter().map(|result| test(sources, result)).collect(),
        guarantees: report.guarantees.iter().map(|result| guarantee(sources, result)).collect(),
        diagnostics: Vec::new(),
    })
}

/// What keeps a policy from being tested.
pub(super) fn refused(sources: &SourceMap, errors: &[Diagnostic]) -> String {
    document(&Document {
        version: VERSION,
        status: "refused",
        tests: Vec::new(),
        guarantees: Vec::new(),
        diagnostics: records(sources, errors),
    })
}

fn test(sources: &SourceMap, result: &TestResult) -> Test {
    Test {
        name: result.name.clone(),
        place: sources.place(result.span),
        status: if result.passed() { "passed" } else { "failed" },
        lines: result.cases.iter().map(|case| line(sources, case)).collect(),
    }
}

fn line(sources: &SourceMap, case: &CaseResult) -> Line {
    Line {
        text: case.origin.text(),
        place: sources.place(case.origin.span()),
        expected: if case.expects_allowed { "allowed" } else { "denied" },
        requests: case.requests,
        failures: case.failures.iter().map(|failure| failed(sources, failure)).collect(),
    }
}

fn failed(sources: &SourceMap, failure: &Failure) -> Failed {
    let reasons = failure.reasons.iter().map(|reason| match reason {
        Reason::Statement(part, origin) => Why {
            message: part.before().to_owned(),
            statement: Some(origin.text()),
            place: Some(sources.place(origin.span())),
        },
        Reason::Fact(fact) => Why { message: fact.clone(), statement: None, place: None },
    });
    Failed { message: failure.happens.clone(), reasons: reasons.collect() }
}

fn guarantee(sources: &SourceMap, result: &GuaranteeResult) -> Guarantee {
    Guarantee {
        text: result.origin.text(),
        place: sources.place(result.origin.span()),
        status: if result.broken.is_some() { "broken" } else { "kept" },
        diagnostic: result
            .broken
            .as_ref()
            .and_then(|broken| records(sources, [broken.clone()].as_slice()).pop()),
    }
}
