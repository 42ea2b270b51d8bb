//! Files that are not written yet, laid over those on disk, so that a draft can be checked first.

use std::path::{Path, PathBuf};

use meshward::source::{DiskLoader, LoadError, Loader, MemoryLoader};

use crate::cli::paths::simplified;

/// Reads drafts from memory and everything else from disk.
pub(super) struct Overlay {
    drafts: MemoryLoader,
}

impl Overlay {
    /// Drafts by absolute path.
    pub(super) fn new(drafts: Vec<(PathBuf, String)>) -> Self {
        Self { drafts: MemoryLoader::new(drafts) }
    }

    /// The folder of the drafts may not be there yet, and then the disk knows no `..` out of it.
    fn over(&self, path: &Path) -> (&dyn Loader, PathBuf) {
        let path = simplified(path);
        if self.drafts.exists(&path) { (&self.drafts, path) } else { (&DiskLoader, path) }
    }
}

impl Loader for Overlay {
    fn read(&self, path: &Path) -> Result<String, LoadError> {
        let (loader, path) = self.over(path);
        loader.read(&path)
    }

    fn walk(&self, path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, LoadError> {
        let path = simplified(path);
        if !self.drafts.exists(&path) {
            return DiskLoader.walk(&path, extensions);
        }
        // The project may lie in the folder of its manifests.
        let mut files = self.drafts.walk(&path, extensions)?;
        if DiskLoader.exists(&path) {
            files.extend(DiskLoader.walk(&path, extensions)?);
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    fn exists(&self, path: &Path) -> bool {
        let (loader, path) = self.over(path);
        loader.exists(&path)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        let (loader, path) = self.over(path);
        loader.identity(&path)
    }
}
