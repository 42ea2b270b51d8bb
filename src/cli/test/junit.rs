//! Test results as `JUnit` XML: a suite for each policy file, a case for each test and guarantee in it.

use std::fmt::Write as _;

use indexmap::IndexMap;
use meshward::diagnostic::{Diagnostic, render_human};
use meshward::guarantee::{GuaranteeResult, Report, TestResult};
use meshward::source::{SourceMap, Span};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::human::sentence;
use crate::cli::Failure;

/// The whole report.
pub(super) fn render(sources: &SourceMap, report: &Report) -> Result<String, Failure> {
    let mut suites = Suites { sources, by_file: IndexMap::new() };
    for test in &report.tests {
        let status = status_of(sources, test);
        suites.add(test.span, &test.name, status);
    }
    for guarantee in &report.guarantees {
        suites.add(
            guarantee.origin.span(),
            &guarantee.origin.text(),
            status_of_guarantee(sources, guarantee),
        );
    }
    suites.finish()
}

/// What keeps a policy from being tested: each error is a case of its own.
pub(super) fn refused(sources: &SourceMap, errors: &[Diagnostic]) -> Result<String, Failure> {
    let mut suites = Suites { sources, by_file: IndexMap::new() };
    for error in errors {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(error.message.clone());
        status.set_type(error.code.id());
        status.set_description(render_human(sources, std::slice::from_ref(error), false));
        suites.add(error.primary.span, &format!("{} {}", error.code.id(), error.code.name()), status);
    }
    suites.finish()
}

/// The cases of each file, in order.
struct Suites<'a> {
    sources: &'a SourceMap,
    by_file: IndexMap<String, TestSuite>,
}

impl Suites<'_> {
    fn add(&mut self, span: Span, name: &str, status: TestCaseStatus) {
        let file = self.sources.get(span.source).name.to_string();
        let line = self.sources.line(span).to_string();
        let mut case = TestCase::new(name, status);
        case.set_classname(file.as_str());
        case.extra.insert("file".into(), file.as_str().into());
        case.extra.insert("line".into(), line.into());
        self.by_file.entry(file).or_insert_with_key(|file| TestSuite::new(file.as_str())).add_test_case(case);
    }

    fn finish(self) -> Result<String, Failure> {
        let mut report = quick_junit::Report::new("meshward");
        report.add_test_suites(self.by_file.into_values());
        report
            .to_string()
            .map(|text| text + "\n")
            .map_err(|error| Failure::Output(std::io::Error::other(error)))
    }
}

fn status_of(sources: &SourceMap, test: &TestResult) -> TestCaseStatus {
    if test.passed() {
        return TestCaseStatus::success();
    }
    let failures =
        test.cases.iter().flat_map(|case| case.failures.iter().map(move |failure| (case, failure)));
    let mut text = String::new();
    let mut first = None;
    for (case, failure) in failures {
        first.get_or_insert(&failure.happens);
        let place = sources.place(case.origin.span());
        let _ = writeln!(text, "{place}: {}\n  {}", case.origin.text(), failure.happens);
        for reason in &failure.reasons {
            let _ = writeln!(text, "    {}", sentence(sources, reason));
        }
    }
    failure(first.map_or("", String::as_str), &text)
}

fn status_of_guarantee(sources: &SourceMap, guarantee: &GuaranteeResult) -> TestCaseStatus {
    match &guarantee.broken {
        None => TestCaseStatus::success(),
        Some(broken) => failure(&broken.message, &render_human(sources, std::slice::from_ref(broken), false)),
    }
}

fn failure(message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message);
    status.set_description(text);
    status
}
