//! Test results for people: a line for each test and guarantee, and below it what came out otherwise.

use std::fmt::Write as _;

use meshward::guarantee::{CaseResult, GuaranteeResult, Reason, Report, TestResult};
use meshward::source::SourceMap;

use crate::cli::phrase::counted;

/// How many requests of one line a person is shown; the other forms have all.
const MAX_LISTED: usize = 5;

/// The whole report.
pub(super) fn render(sources: &SourceMap, report: &Report) -> String {
    let mut text = String::new();
    for test in &report.tests {
        render_test(sources, test, &mut text);
    }
    for guarantee in &report.guarantees {
        let _ = writeln!(text, "{}  {}", verdict(guarantee.broken.is_none()), guarantee.origin.text());
    }
    let _ = writeln!(text, "{}", summary(report));
    text
}

fn render_test(sources: &SourceMap, test: &TestResult, text: &mut String) {
    let _ = writeln!(text, "{}  test \"{}\"", verdict(test.passed()), test.name);
    for case in test.cases.iter().filter(|case| !case.failures.is_empty()) {
        render_case(sources, case, text);
    }
}

fn render_case(sources: &SourceMap, case: &CaseResult, text: &mut String) {
    let _ = writeln!(text, "  {}: {}", sources.place(case.origin.span()), case.origin.text());
    for failure in case.failures.iter().take(MAX_LISTED) {
        let _ = writeln!(text, "    {}", failure.happens);
        for reason in &failure.reasons {
            let _ = writeln!(text, "      {}", sentence(sources, reason));
        }
    }
    if case.failures.len() > MAX_LISTED {
        let _ = writeln!(text, "    and {} more", counted(case.failures.len() - MAX_LISTED, "request"));
    }
}

/// "allowed by policies/main.ward:4: allow orders -> payments"
pub(super) fn sentence(sources: &SourceMap, reason: &Reason) -> String {
    match reason {
        Reason::Statement(part, origin) => {
            format!("{} {}: {}", part.before(), sources.place(origin.span()), origin.text())
        }
        Reason::Fact(fact) => fact.clone(),
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "ok    " } else { "FAILED" }
}

/// "3 tests: 2 passed, 1 failed; 2 guarantees: all hold"
fn summary(report: &Report) -> String {
    let failed = report.tests.iter().filter(|test| !test.passed()).count();
    let tests = counts(report.tests.len(), failed, "test", ["passed", "failed"]);
    let is_broken = |guarantee: &&GuaranteeResult| guarantee.broken.is_some();
    let broken = report.guarantees.iter().filter(is_broken).count();
    let guarantees = counts(report.guarantees.len(), broken, "guarantee", ["kept", "broken"]);
    match (report.tests.is_empty(), report.guarantees.is_empty()) {
        (true, true) => "no tests and no guarantees".to_owned(),
        (false, true) => tests,
        (true, false) => guarantees,
        (false, false) => format!("{tests}; {guarantees}"),
    }
}

fn counts(all: usize, bad: usize, noun: &str, [good_word, bad_word]: [&str; 2]) -> String {
    match all - bad {
        0 if all > 0 => format!("{} {bad_word}", counted(all, noun)),
        good if bad > 0 => format!("{} {good_word}, {bad} {bad_word}", counted(good, noun)),
        good => format!("{} {good_word}", counted(good, noun)),
    }
}
