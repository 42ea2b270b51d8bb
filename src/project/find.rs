//! Finds the project file, as git finds its repository: here or in a folder above.

use std::path::{Path, PathBuf};

use crate::source::Loader;

/// The name of the project file.
pub const FILE_NAME: &str = "meshward.yaml";

/// The nearest folder at or above `start` that has a project file. `start` should be absolute: a relative
/// path ends where it begins.
pub fn find(loader: &dyn Loader, start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| loader.exists(&folder.join(FILE_NAME))).map(Path::to_owned)
}
