//! Folders beside the output folder: the one in which a build makes the new tree, and what a killed build left
//! behind. Whoever holds the lock of the output folder may do with them what it wants.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::WriteError;

/// A folder that is gone when this is dropped, whatever lies in it then.
pub(super) struct Scratch {
    pub(super) path: PathBuf,
}

impl Scratch {
    /// An empty folder beside `target`.
    pub(super) fn beside(target: &Path) -> Result<Self, WriteError> {
        let path = sibling(target, NEW);
        fs::create_dir(&path).map_err(WriteError::io("create", &path))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can not be removed now is removed by the next build.
        let _ = fs::remove_dir_all(&self.path);
    }
}

const NEW: &str = "new";
const FORMER: &str = "former";

/// Where the fallback of the exchange keeps the former tree for a moment.
pub(super) fn former(target: &Path) -> PathBuf {
    sibling(target, FORMER)
}

/// `.istio.meshward-new` beside `istio`.
pub(super) fn sibling(target: &Path, what: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.meshward-{what}"))
}

/// Clears what a killed build left beside the output folder. If it was killed between the two steps of the
/// fallback, the former tree is put back.
pub(super) fn clear_leftovers(target: &Path) -> Result<(), WriteError> {
    let former = former(target);
    if former.exists() && !target.exists() {
        fs::rename(&former, target).map_err(WriteError::io("put back", target))?;
    }
    for leftover in [former, sibling(target, NEW)].into_iter().filter(|path| path.exists()) {
        fs::remove_dir_all(&leftover).map_err(WriteError::io("remove", leftover))?;
    }
    Ok(())
}
