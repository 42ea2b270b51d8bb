//! The git repository around a folder: code hosts name files from its top.

use std::path::{Path, PathBuf};

use meshward::source::SourceMap;

use super::project::{seen_from, simplified};

/// The top of the repository that `folder` lies in, and the way from there to `folder`.
pub(crate) fn around(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    let inside = folder.strip_prefix(top).unwrap_or(Path::new(""));
    Some((top.to_owned(), inside.to_owned()))
}

/// Sources named from the working folder, named from the top of its repository; outside of a repository the
/// names stay as they are.
pub(crate) fn seen(sources: &SourceMap) -> SourceMap {
    match around(Path::new(".")) {
        Some((_, inside)) => seen_from(sources, &simplified(&inside)),
        None => sources.clone(),
    }
}
