//! `meshward check`: what is wrong with the policy, for people, programs, code scanning and pull requests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use meshward::diagnostic::{Diagnostic, Severity, render_github, render_json, render_sarif};
use meshward::project::FILE_NAME;
use meshward::source::SourceMap;
use meshward::syntax::ast::{Item, Statement};
use meshward::{Checked, Program};

use super::args::{Common, DayArgs};
use super::phrase::{counted, findings};
use super::{Exit, Failure, Terminal, caution, paths, project, repository};

/// Check the policy: syntax, names, types, guarantees, lints
///
/// The whole project is always checked, since the meaning of a rule depends on the rest of it. PATHS only
/// choose which findings are shown and counted: those that point into one of these files or folders.
///
/// Exit codes: 0 no errors, 1 errors, 2 wrong arguments or a file that can not be read. With
/// `--format sarif` the code is 0 once the report is written, unless `--fail-on` says otherwise.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Show only what points into these files or folders
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,

    /// Make errors of all warnings
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) deny: Option<Deny>,

    /// From which severity on the exit code is 1 [default: error; for sarif: never]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<FailOn>,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
}

/// The forms of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Annotations beside the lines of a pull request on GitHub
    Github,
    /// For people, on standard error
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
}

/// What `--deny` makes an error of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Warnings,
}

/// The lowest severity that fails a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    Error,
    /// No finding fails it
    Never,
    /// Warnings and errors
    Warning,
}

/// Checks the project and prints what was found.
pub(crate) fn run(common: &Common, args: &CheckArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let root = project::root(common).map_err(|failure| perhaps_a_project(failure, &args.paths))?;
    let mut checked =
        project::checked(meshward::check, &root, &project::options(common, args.day.today), terminal)?;
    let hidden = keep_only(&mut checked, &args.paths)?;
    if let Some(Deny::Warnings) = args.deny {
        for diagnostic in &mut checked.diagnostics {
            diagnostic.severity = Severity::Error;
        }
    }
    print(&checked, args.format, terminal)?;
    terminal.say(&summary(&checked));
    let good = checked.program.as_ref().filter(|_| !checked.has_errors());
    for line in good.map(caution::closed).unwrap_or_default() {
        terminal.say(&line);
    }
    if hidden > 0 {
        terminal.say(&format!("{} in other files not shown", counted(hidden, "finding")));
    }
    Ok(exit(&checked, args))
}

fn print(checked: &Checked, format: CheckFormat, terminal: &Terminal) -> Result<(), Failure> {
    let Checked { sources, diagnostics, .. } = checked;
    match format {
        CheckFormat::Github => terminal.result(&render_github(&repository::seen(sources), diagnostics)),
        CheckFormat::Human => {
            terminal.report(sources, diagnostics);
            Ok(())
        }
        CheckFormat::Json => terminal.result(&render_json(sources, diagnostics)),
        CheckFormat::Sarif => terminal.result(&render_sarif(&repository::seen(sources), diagnostics)),
    }
}

/// Drops what points into none of `paths`, and tells how many that were. No paths mean all files.
fn keep_only(checked: &mut Checked, paths: &[PathBuf]) -> Result<usize, Failure> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| paths::shortest(path)).collect();
    for path in &paths {
        let known = checked.sources.iter().any(|(_, source)| Path::new(&*source.name).starts_with(path));
        if !known {
            return Err(no_file_of_the_project(path));
        }
    }
    if paths.is_empty() {
        return Ok(0);
    }
    let before = checked.diagnostics.len();
    let sources = &checked.sources;
    // Without a file that can not be read, the rest is not fully known either.
    let shown = |found: &Diagnostic| found.is_unreadable() || points_into(sources, found, &paths);
    checked.diagnostics.retain(shown);
    Ok(before - checked.diagnostics.len())
}

/// `meshward check mesh`, where `mesh` is the project.
fn perhaps_a_project(failure: Failure, paths: &[PathBuf]) -> Failure {
    let project = paths.iter().find(|path| path.join(FILE_NAME).is_file());
    match (&failure, project) {
        (Failure::NoProject(_), Some(project)) => {
            let advice = format!("did you mean `meshward check -C {}`?", project.display());
            Failure::usage(failure.to_string(), advice)
        }
        (_, _) => failure,
    }
}

fn no_file_of_the_project(path: &Path) -> Failure {
    if !path.exists() {
        return Failure::usage(
            format!("there is no file or folder `{}`", path.display()),
            "paths are taken from the working folder",
        );
    }
    Failure::usage(
        format!("`{}` holds no file of this project", path.display()),
        "paths choose among the files that `policies:` and `graph:` of meshward.yaml name; \
         `-C DIR` checks another project",
    )
}

fn points_into(sources: &SourceMap, diagnostic: &Diagnostic, paths: &[PathBuf]) -> bool {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    labels.map(|label| &sources.get(label.span.source).name).any(|name| {
        let file = Path::new(&**name);
        paths.iter().any(|path| file.starts_with(path))
    })
}

/// "checked 12 rules and 1 guarantee over 14 services: 0 errors, 2 warnings"
fn summary(checked: &Checked) -> String {
    let findings = findings(&checked.diagnostics);
    let Some(program) = &checked.program else {
        return format!("checked the project file only: {findings}");
    };
    let rules = match (rules(program), unreadable_rules(program)) {
        (read, 0) => counted(read, "rule"),
        (read, unreadable) => format!("{read} of {}", counted(read + unreadable, "rule")),
    };
    let services = counted(program.graph.services.len(), "service");
    match program.policy.guarantees.len() {
        0 if says_nothing(program) => {
            format!(
                "checked {rules} over {services}: {findings}; no policy says anything yet, and a rule looks like \
                 `allow orders -> payments GET /api/*`"
            )
        }
        0 => format!("checked {rules} over {services}: {findings}"),
        count if checked.are_guarantees_decided => {
            let guarantees = counted(count, "guarantee");
            format!("checked {rules} and {guarantees} over {services}: {findings}")
        }
        count => {
            let were = if count == 1 { "was" } else { "were" };
            let guarantees = counted(count, "guarantee");
            format!("checked {rules} over {services}: {findings}; {guarantees} {were} not decided")
        }
    }
}

/// Whether there are policies, and no statement in any of them.
pub(crate) fn says_nothing(program: &Program) -> bool {
    !program.files.is_empty() && program.files.iter().all(|file| file.items.is_empty())
}

/// The rules as written: a statement with two targets is one.
pub(crate) fn rules(program: &Program) -> usize {
    counted_in(program, |statement| matches!(statement, Statement::Rule(_)))
}

/// The rules that can not be read, as far as one sees that they were meant as such.
fn unreadable_rules(program: &Program) -> usize {
    counted_in(program, |statement| {
        let Statement::Bad(text) = statement else { return false };
        let mut lines = text.node.lines().map(str::trim_start);
        let effect = lines.find(|line| !line.is_empty() && !line.starts_with(['@', '#']));
        let word = effect.and_then(|line| line.split_whitespace().next());
        matches!(word, Some("allow" | "deny"))
    })
}

fn counted_in(program: &Program, is_counted: fn(&Statement) -> bool) -> usize {
    program.files.iter().map(|file| counted_among(&file.items, is_counted)).sum()
}

fn counted_among(items: &[Arc<Item>], is_counted: fn(&Statement) -> bool) -> usize {
    let count = |item: &Arc<Item>| match &item.statement {
        Statement::Namespace(namespace) => {
            namespace.block.as_ref().map_or(0, |block| counted_among(&block.items, is_counted))
        }
        statement => usize::from(is_counted(statement)),
    };
    items.iter().map(count).sum()
}

/// An upload of SARIF must run though there are findings, so that only `--fail-on` lets such a check fail.
fn exit(checked: &Checked, args: &CheckArgs) -> Exit {
    let default = match args.format {
        CheckFormat::Sarif => FailOn::Never,
        CheckFormat::Github | CheckFormat::Human | CheckFormat::Json => FailOn::Error,
    };
    let failed = match args.fail_on.unwrap_or(default) {
        FailOn::Error => checked.has_errors(),
        FailOn::Never => false,
        FailOn::Warning => !checked.diagnostics.is_empty(),
    };
    if failed { Exit::of_errors(checked) } else { Exit::Fine }
}
