//! Finding the project that a command is about, and having it checked.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Instant;

use meshward::source::{DiskLoader, LoadError, Loader, ON_COMMAND_LINE, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};

use super::args::Common;
use super::paths::{shortest, simplified, slashed};
use super::{Failure, Terminal, date};

/// The folder of the project, as a path from the working folder: empty for the working folder itself.
pub(crate) fn root(common: &Common) -> Result<PathBuf, Failure> {
    let start = common.project.clone().unwrap_or_default();
    let start_or_dot = if start.as_os_str().is_empty() { Path::new(".") } else { &start };
    let real = start_or_dot.canonicalize().map_err(|error| Failure::read(start_or_dot, &error))?;
    let Some(root) = meshward::project::find(&DiskLoader, &real) else {
        return Err(Failure::NoProject(start_or_dot.to_owned()));
    };
    let steps = real.components().count() - root.components().count();
    let up: PathBuf = std::iter::repeat_n("..", steps).collect();
    Ok(simplified(&start.join(up)))
}

/// What the command line says of a project.
pub(crate) fn options(common: &Common, today: Option<Date>) -> Options {
    Options { today: today.unwrap_or_else(date::today), settings: common.set.clone() }
}

/// [`meshward::check`], or [`meshward::understand`] where warnings are not shown.
type Check = fn(&dyn Loader, &Path, &Options) -> Result<Checked, LoadError>;

/// Checks the project in `root`. The sources of the result are named from the working folder.
///
/// The result is never dropped: the process ends soon after, and to give all of a large program back piece by
/// piece takes longer than to parse it.
pub(crate) fn checked(
    check: Check,
    root: &Path,
    options: &Options,
    terminal: &Terminal,
) -> Result<ManuallyDrop<Checked>, Failure> {
    let start = Instant::now();
    let mut checked = check(&DiskLoader, root, options)?;
    terminal.stage("check", start.elapsed());
    checked.sources = renamed(&checked.sources, |name| shortest(&root.join(name)));
    Ok(ManuallyDrop::new(checked))
}

/// The same sources by other names; the standard library and settings keep their own.
pub(crate) fn renamed(sources: &SourceMap, name: impl Fn(&Path) -> PathBuf) -> SourceMap {
    sources.renamed(&|source| {
        let path = Path::new(&*source.name);
        let is_no_file = path.starts_with("std") || source.name.starts_with(ON_COMMAND_LINE);
        if is_no_file { source.name } else { slashed(&name(path)).into() }
    })
}
