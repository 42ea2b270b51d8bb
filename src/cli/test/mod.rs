//! `meshward test`: the tests and guarantees of a project, for people, programs and CI servers.

mod args;
mod human;
mod json;
mod junit;

use meshward::Checked;
use meshward::diagnostic::Diagnostic;
use meshward::guarantee::Report;

use super::args::Common;
use super::phrase::findings;
use super::{Exit, Failure, Terminal, project};
pub(crate) use args::TestArgs;
use args::TestFormat;

/// Runs the tests of the project and prints what became of them.
pub(crate) fn run(common: &Common, args: &TestArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let root = project::root(common)?;
    let checked =
        project::checked(meshward::understand, &root, &project::options(common, args.day.today), terminal)?;
    let errors = errors_beside_guarantees(&checked);
    let Some(program) = checked.program.as_ref().filter(|_| errors.is_empty()) else {
        return refuse(&checked, &errors, args.format, terminal);
    };
    let report = meshward::test(program, &args.filter);
    let is_empty = report.tests.is_empty() && report.guarantees.is_empty();
    if is_empty && !args.filter.is_empty() {
        return Err(Failure::usage(
            format!("no test and no guarantee has `{}` in its name", args.filter),
            "the name is compared letter by letter; without a name all of them are run",
        ));
    }
    match args.format {
        TestFormat::Human => {
            terminal.result(&human::render(&checked.sources, &report))?;
            let broken: Vec<Diagnostic> = broken(&report).cloned().collect();
            terminal.report(&checked.sources, &broken);
        }
        TestFormat::Json => terminal.result(&json::render(&checked.sources, &report))?,
        TestFormat::Junit => terminal.result(&junit::render(&checked.sources, &report)?)?,
    }
    if is_empty {
        terminal.say("write a `test`, a `never`, an `only` or a `reaches` into a policy file to have some");
    }
    Ok(if has_failed(&report) { Exit::Findings } else { Exit::Fine })
}

fn has_failed(report: &Report) -> bool {
    broken(report).next().is_some() || report.tests.iter().any(|test| !test.passed())
}

fn broken(report: &Report) -> impl Iterator<Item = &Diagnostic> {
    report.guarantees.iter().filter_map(|guarantee| guarantee.broken.as_ref())
}

/// What keeps the policy from being tested. A broken guarantee is a result.
fn errors_beside_guarantees(checked: &Checked) -> Vec<Diagnostic> {
    let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.filter(|error| !error.is_broken_guarantee()).cloned().collect()
}

fn refuse(
    checked: &Checked,
    errors: &[Diagnostic],
    format: TestFormat,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match format {
        TestFormat::Human => terminal.report(&checked.sources, errors),
        TestFormat::Json => terminal.result(&json::refused(&checked.sources, errors))?,
        TestFormat::Junit => terminal.result(&junit::refused(&checked.sources, errors)?)?,
    }
    terminal.say(&format!("nothing was tested: {}", findings(errors)));
    Ok(Exit::Findings)
}
