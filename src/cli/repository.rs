//! The git repository around a folder: code hosts name files from its top.

use std::path::{Path, PathBuf};

use meshward::source::SourceMap;

use super::paths::simplified;
use super::project::renamed;

/// The way from the top of the repository around `folder` to `folder`.
pub(crate) fn inside(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    folder.strip_prefix(top).ok().map(Path::to_owned)
}

/// Sources named from the working folder, named from the top of its repository; outside of a repository the
/// names stay as they are.
pub(crate) fn seen(sources: &SourceMap) -> SourceMap {
    match inside(Path::new(".")) {
        Some(inside) => renamed(sources, |name| simplified(&inside.join(name))),
        None => sources.clone(),
    }
}
