//! One build at a time per output folder: a second one waits for the first. The kernel releases the lock of a
//! build that was killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::scratch;

/// The lock of an output folder; the file of it is gone when this is dropped.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits until no other build writes to `target`.
    pub(super) fn of(target: &Path) -> Result<Self, WriteError> {
        let path = scratch::sibling(target, "lock");
        loop {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(WriteError::io("create", &path))?;
            // A file system that knows no locks has builds that do not wait; each of them is whole all the same.
            let _ = file.lock();
            // The build that we waited for has removed the file, and the next one would make another.
            if is_at(&file, &path) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What can not be removed now is used again by the next build.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    fs::metadata(path).ok().map(identity) == file.metadata().ok().map(identity)
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
