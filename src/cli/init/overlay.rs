//! Files that are not written yet, laid over those on disk, so that a draft can be checked first.

use std::path::{Path, PathBuf};

use meshward::source::{DiskLoader, LoadError, Loader, MemoryLoader};

/// Reads drafts from memory and everything else from disk.
pub(super) struct Overlay {
    drafts: MemoryLoader,
}

impl Overlay {
    /// Drafts by absolute path.
    pub(super) fn new(drafts: Vec<(PathBuf, String)>) -> Self {
        Self { drafts: MemoryLoader::new(drafts) }
    }

    fn over(&self, path: &Path) -> &dyn Loader {
        if self.drafts.exists(path) { &self.drafts } else { &DiskLoader }
    }
}

impl Loader for Overlay {
    fn read(&self, path: &Path) -> Result<String, LoadError> {
        self.over(path).read(path)
    }

    fn walk(&self, path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, LoadError> {
        self.over(path).walk(path, extensions)
    }

    fn exists(&self, path: &Path) -> bool {
        self.over(path).exists(path)
    }
}
