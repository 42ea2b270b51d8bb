//! `meshward diff`: what a change opens and what it closes.

mod human;
mod markdown;

use std::path::Path;
use std::time::Instant;

use meshward::diff::{self, Diff, Direction, Side, TargetDiff, Undecided};
use meshward::project;
use meshward::query::Manifests;
use serde::Serialize;

use super::args::{DiffArgs, DiffFormat, FailOnChange};
use super::world::{self, Asked};
use super::{Exit, Failure, Terminal, json};

/// Reads both worlds and compares them.
pub(crate) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let old = read(&args.old, args, terminal)?;
    let new = read(&args.new, args, terminal)?;
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
    diff.count(Direction::Opened) > 0 || !diff.undecided.is_empty()
}

fn side(asked: &Asked) -> Side<'_> {
    Side { world: &asked.world, sources: &asked.sources }
}

/// A folder with a project file is a project, any other is YAML.
fn read(path: &Path, args: &DiffArgs, terminal: &Terminal) -> Result<Asked, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| Failure::read(path, &error))?;
    if metadata.is_dir() && path.join(project::FILE_NAME).is_file() {
        return world::in_folder(path, args.day.today, terminal);
    }
    if !metadata.is_dir() && !is_yaml(path) {
        return Err(Failure::usage(
            format!("`{}` is a file, and no YAML", path.display()),
            "name a project folder, a folder of YAML or a YAML file",
        ));
    }
    world::of_yaml(&Manifests { paths: vec![path.to_owned()], ..Manifests::default() }, terminal)
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
    targets: &'a [TargetDiff],
    undecided: &'a [Undecided],
}

impl<'a> Document<'a> {
    fn new(diff: &'a Diff) -> Self {
        Self {
            version: 1,
            opened: diff.count(Direction::Opened),
            closed: diff.count(Direction::Closed),
            targets: &diff.targets,
            undecided: &diff.undecided,
        }
    }
}
