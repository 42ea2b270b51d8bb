//! Finding the project that a command is about, and having it checked.

use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use meshward::source::{DiskLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};

use super::args::Common;
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
    Ok(upwards(&start, steps))
}

/// `start` and then `steps` folders up, without a needless `a/..`.
fn upwards(start: &Path, steps: usize) -> PathBuf {
    let mut path = start.to_owned();
    for _ in 0..steps {
        let ends_in_name = matches!(path.components().next_back(), Some(Component::Normal(_)));
        if !(ends_in_name && path.pop()) {
            path.push("..");
        }
    }
    path
}

/// Checks the project of the command line.
pub(crate) fn check(root: &Path, today: Option<Date>, terminal: &Terminal) -> Result<Checked, Failure> {
    let options = Options { today: today.unwrap_or_else(date::today) };
    let start = Instant::now();
    let mut checked = meshward::check(&DiskLoader, root, &options)?;
    terminal.stage("check", start.elapsed());
    checked.sources = seen_from(&checked.sources, root);
    Ok(checked)
}

/// The same sources, with names that lead to the files from another folder: the one that `prefix` is relative
/// to. Ids stay the same, so spans do.
pub(crate) fn seen_from(sources: &SourceMap, prefix: &Path) -> SourceMap {
    let mut renamed = SourceMap::default();
    for (_, source) in sources.iter() {
        let inside_the_program = source.name.starts_with("std/");
        let path = if inside_the_program { PathBuf::from(&*source.name) } else { prefix.join(&*source.name) };
        renamed.add(slashed(&simplified(&path)), source.text.clone());
    }
    renamed
}

/// `a/./b/../c` as `a/c`. A `..` that leads above the start stays.
pub(crate) fn simplified(path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for component in path.components() {
        let after_name = matches!(simple.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if after_name => {
                simple.pop();
            }
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                simple.push(component);
            }
        }
    }
    simple
}

/// A path as messages and project files write it: with `/`, and `.` for the empty one.
pub(crate) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}
