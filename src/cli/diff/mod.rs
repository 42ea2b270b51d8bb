//! `meshward diff`: what a change opens and what it closes.

mod args;
mod human;
mod markdown;

use std::path::Path;
use std::time::Instant;

use meshward::Options;
use meshward::diff::{self, Diff, Direction, Normalizations, Side, TargetDiff, Undecided, Which};
use meshward::project;
use meshward::query::{Manifests, Stated};
use meshward::source::{DiskLoader, Loader as _};
use serde::Serialize;

use super::world::{self, Loaded};
use super::{Exit, Failure, Terminal, date, json};
pub(crate) use args::DiffArgs;
use args::{DiffFormat, FailOnChange};

/// Reads both worlds and compares them.
pub(crate) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let (old, new) = match (is_project(&args.old)?, is_project(&args.new)?) {
        (true, true) => (project(&args.old, args, terminal)?, project(&args.new, args, terminal)?),
        (false, false) => {
            let stated = Stated::default();
            (yaml(&args.old, &stated, terminal)?, yaml(&args.new, &stated, terminal)?)
        }
        // What the project says of its mesh holds for the YAML of that mesh too.
        (true, false) => {
            let old = project(&args.old, args, terminal)?;
            let new = yaml(&args.new, &stated(&old), terminal)?;
            (old, new)
        }
        (false, true) => {
            let new = project(&args.new, args, terminal)?;
            (yaml(&args.old, &stated(&new), terminal)?, new)
        }
    };
    for (path, asked) in [(&args.old, &old), (&args.new, &new)] {
        if asked.world.bundle.objects.is_empty() && asked.world.graph.workloads.is_empty() {
            terminal.say(&format!("`{}` has no workloads and no policies", path.display()));
        }
    }
    let start = Instant::now();
    let diff = diff::diff(side(&old), side(&new));
    terminal.stage("compare", start.elapsed());
    terminal.result(&match args.format {
        DiffFormat::Human => human::render(&diff),
        DiffFormat::Json => json::document(&Document::new(&diff)),
        DiffFormat::Markdown => markdown::render(&diff),
    })?;
    let widened = args.fail_on == Some(FailOnChange::Widened) && may_widen(&diff);
    let differs = args.exit_code && !diff.is_empty();
    Ok(if widened || differs { Exit::Findings } else { Exit::Fine })
}

/// Whether something opens, or that is not known.
fn may_widen(diff: &Diff) -> bool {
    diff.count(Direction::Opened) > 0 || !diff.is_complete()
}

fn side(asked: &Loaded) -> Side<'_> {
    Side { world: &asked.world, sources: &asked.sources }
}

/// Whether a folder is a project; any other folder, and a file, is YAML.
fn is_project(path: &Path) -> Result<bool, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| Failure::read(path, &error))?;
    if metadata.is_dir() {
        let is_project = path.join(project::FILE_NAME).is_file();
        return if is_project { Ok(true) } else { refuse_project_below(path).map(|()| false) };
    }
    if is_yaml(path) {
        return Ok(false);
    }
    Err(Failure::usage(
        format!("`{}` is no folder, and no YAML of a cluster", path.display()),
        "name a project folder, a folder of YAML or a YAML file",
    ))
}

/// The YAML of such a folder is what was built some time ago, and whoever names it means what is written now.
fn refuse_project_below(folder: &Path) -> Result<(), Failure> {
    let files = DiskLoader.walk(folder, &["yaml"])?;
    let found = files.iter().find(|file| file.file_name().is_some_and(|name| name == project::FILE_NAME));
    let Some(below) = found.and_then(|file| file.parent()) else { return Ok(()) };
    Err(Failure::usage(
        format!("`{}` is no project, and the project `{}` lies in it", folder.display(), below.display()),
        "name the folder of the project, or that of the YAML that it was built into",
    ))
}

fn project(path: &Path, args: &DiffArgs, terminal: &Terminal) -> Result<Loaded, Failure> {
    let has_errors = || {
        Failure::usage(
            format!("the project `{}` has errors and can not be compared", path.display()),
            "mend the errors above first",
        )
    };
    let options = Options::on(args.day.today.unwrap_or_else(date::today));
    world::in_folder(path, &options, world::EVERYTHING, terminal, has_errors)
}

fn yaml(path: &Path, stated: &Stated, terminal: &Terminal) -> Result<Loaded, Failure> {
    let manifests = Manifests { paths: vec![path.to_owned()], stated: stated.clone(), stream: None };
    world::of_yaml(&manifests, terminal)
}

/// The facts of a project's mesh.
fn stated(project: &Loaded) -> Stated {
    let mesh = project.world.mesh.clone();
    Stated {
        trust_domain: Some(mesh.trust_domain),
        trust_domain_aliases: Some(mesh.trust_domain_aliases),
        root_namespace: Some(mesh.root_namespace),
        path_normalization: Some(mesh.path_normalization),
        providers: mesh.providers,
    }
}

fn is_yaml(path: &Path) -> bool {
    let is_project = path.file_name().is_some_and(|name| name == project::FILE_NAME);
    let extension = path.extension().and_then(|extension| extension.to_str());
    !is_project && extension.is_some_and(|extension| ["json", "yaml", "yml"].contains(&extension))
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    opened: usize,
    closed: usize,
    graph_from: Option<Which>,
    selecting_nothing: usize,
    relabelled: &'a [String],
    normalizations: Option<&'a Normalizations>,
    targets: &'a [TargetDiff],
    undecided: &'a [Undecided],
}

impl<'a> Document<'a> {
    fn new(diff: &'a Diff) -> Self {
        Self {
            version: 1,
            opened: diff.count(Direction::Opened),
            closed: diff.count(Direction::Closed),
            graph_from: diff.graph_from,
            selecting_nothing: diff.selecting_nothing,
            relabelled: &diff.relabelled,
            normalizations: diff.normalizations.as_ref(),
            targets: &diff.targets,
            undecided: &diff.undecided,
        }
    }
}
