//! `meshward build`: checks the policy and writes the bundle, all or nothing.

mod args;
mod report;

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Instant;

use meshward::bundle::{self, File, Stale, Written};
use meshward::diagnostic::{self, Diagnostic};
use meshward::istio::resources::Bundle;
use meshward::verify::Proof;
use meshward::{Checked, Program};

use super::args::{Common, Format};
use super::phrase::{counted, findings};
use super::{Exit, Failure, Terminal, caution, check, project};
pub(crate) use args::BuildArgs;
use report::{Report, Status};

/// Builds the bundle of the project, or compares it with what is there.
pub(crate) fn run(common: &Common, args: &BuildArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let destination = Destination::of(args)?;
    let root = project::root(common)?;
    let mut checked =
        project::checked(meshward::check, &root, &project::options(common, args.day.today), terminal)?;
    let bundle = emit(&mut checked, terminal);
    let refused = checked.has_errors();
    if args.format == Format::Human {
        terminal.report(&checked.sources, &checked.diagnostics);
    }
    let (Some(program), Some(bundle), false) = (&checked.program, bundle, refused) else {
        if args.format == Format::Json {
            terminal.result(&Report::refused(&checked).to_json())?;
        }
        terminal.say(&format!("nothing was written: {}", findings(&checked.diagnostics)));
        return Ok(Exit::of_errors(&checked));
    };
    prove(program, &bundle, terminal)?;
    match destination {
        Destination::Stream => {
            terminal.result(&bundle::stream(&bundle))?;
            Ok(Exit::Fine)
        }
        Destination::Folder => {
            let folder = folder(program, args);
            let report = put(&folder, &bundle, &checked, args, terminal)?;
            print(&report, args.format, program, terminal)?;
            Ok(report.exit())
        }
    }
}

/// Where the bundle goes.
#[derive(Clone, Copy)]
enum Destination {
    Folder,
    Stream,
}

impl Destination {
    fn of(args: &BuildArgs) -> Result<Self, Failure> {
        if args.output.as_deref() != Some(Path::new("-")) {
            return Ok(Self::Folder);
        }
        if args.check {
            return Err(Failure::usage(
                "`--check` compares with a folder, and `-o -` names none",
                "leave `-o -` out, or compare the stream yourself: `meshward build -o - | diff FILE -`",
            ));
        }
        if args.format == Format::Json {
            return Err(Failure::usage(
                "`-o -` prints the bundle where `--format json` would print the summary",
                "leave one of them out",
            ));
        }
        Ok(Self::Stream)
    }
}

/// The bundle of a program without errors. What Istio would refuse joins the other diagnostics. As the program, it is
/// never dropped.
fn emit(checked: &mut Checked, terminal: &Terminal) -> Option<ManuallyDrop<Bundle>> {
    let program =
        checked.program.as_ref().filter(|_| !checked.diagnostics.iter().any(Diagnostic::is_error))?;
    let start = Instant::now();
    let (bundle, refused) = meshward::emit(program);
    terminal.stage("emit", start.elapsed());
    checked.diagnostics.extend(refused);
    diagnostic::sort(&mut checked.diagnostics);
    diagnostic::fold(&mut checked.diagnostics);
    Some(ManuallyDrop::new(bundle))
}

/// Nothing is written that was not proved to mean what the policy says.
fn prove(program: &Program, bundle: &Bundle, terminal: &Terminal) -> Result<(), Failure> {
    let start = Instant::now();
    let proof = meshward::prove(program, bundle).map_err(Failure::Unproved)?;
    terminal.stage("prove", start.elapsed());
    terminal.detail(&proved(&proof));
    Ok(())
}

/// "proved 27 decisions at the ports of 9 workloads, 24 by equal normal forms and 3 by comparing 120 classes of
/// requests"
fn proved(proof: &Proof) -> String {
    if proof.comparisons == 0 {
        return "there was nothing to prove: the policy governs no workload".to_owned();
    }
    let decisions = counted(proof.comparisons, "decision");
    let workloads = counted(proof.workloads, "workload");
    let how = match proof.by_classes {
        0 => "all of them by equal normal forms".to_owned(),
        by_classes => format!(
            "{} by equal normal forms and {by_classes} by comparing {} classes of requests",
            proof.comparisons - by_classes,
            proof.classes
        ),
    };
    format!("proved {decisions} at the ports of {workloads}, {how}")
}

fn folder(program: &Program, args: &BuildArgs) -> PathBuf {
    args.output.clone().unwrap_or_else(|| program.project.output.clone())
}

/// Compares, and writes unless `--check`.
fn put(
    folder: &Path,
    bundle: &Bundle,
    checked: &Checked,
    args: &BuildArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let start = Instant::now();
    let files = ManuallyDrop::new(bundle::files(bundle));
    terminal.stage("layout", start.elapsed());

    let start = Instant::now();
    let stale = bundle::compare(folder, &files);
    let is_unchanged = stale.as_ref().is_ok_and(Stale::is_empty);
    let removed = if is_unchanged { Vec::new() } else { bundle::removed(folder, bundle) };
    if !args.check && says_nothing(checked) && !removed.is_empty() {
        return Err(nothing_would_be_left(folder, removed.len()));
    }
    let (status, stale) = if is_unchanged {
        (Status::Unchanged, Stale::default())
    } else if args.check {
        (Status::Stale, stale.map_err(|error| Failure::read(folder, &error))?)
    } else {
        // Where the folder can not be compared, writing it says why.
        (write(folder, &files)?, stale.unwrap_or_default())
    };
    terminal.stage(if args.check { "compare" } else { "write" }, start.elapsed());
    Ok(Report::new(status, folder, bundle, removed, stale, checked))
}

fn says_nothing(checked: &Checked) -> bool {
    checked.program.as_ref().is_some_and(|program| program.files.is_empty() || check::says_nothing(program))
}

/// An emptied policy is more likely lost than meant, and what it closed would be open once its objects are pruned.
fn nothing_would_be_left(folder: &Path, removed: usize) -> Failure {
    let objects = counted(removed, "object");
    Failure::usage(
        format!("no policy says anything, and the {objects} in `{}` would be gone", folder.display()),
        "nothing was written; where nothing shall be closed any more, remove the folder yourself",
    )
}

fn write(folder: &Path, files: &[File]) -> Result<Status, Failure> {
    match bundle::write(folder, files)? {
        Written::Replaced => Ok(Status::Written),
        Written::Unchanged => Ok(Status::Unchanged),
    }
}

fn print(report: &Report, format: Format, program: &Program, terminal: &Terminal) -> Result<(), Failure> {
    match format {
        Format::Human => {
            terminal.result(&report.to_human())?;
            if report.is_new() {
                let taken = [caution::assumed_labels(program), caution::assumed_sidecars(program)];
                let cautions = caution::closed(program).into_iter().chain(taken.into_iter().flatten());
                cautions.for_each(|line| terminal.say(&line));
            }
            report.advice().iter().for_each(|line| terminal.say(line));
            Ok(())
        }
        Format::Json => terminal.result(&report.to_json()),
    }
}
