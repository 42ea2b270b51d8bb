//! A folder beside the output folder in which a build makes the new tree. Its lock tells other builds that its
//! owner is alive, and the kernel releases it when the owner dies, so that what a killed build left behind is
//! cleared by the next one and a running build is left alone.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::error::WriteError;

/// Distinguishes the builds of one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that is gone when this is dropped, whatever lies in it then.
pub(super) struct Scratch {
    pub(super) path: PathBuf,
    /// Held until the end; absent where a folder can not be locked.
    _lock: Option<File>,
}

impl Scratch {
    /// An empty folder `.<name>.meshward-<process>-<number>` beside `target`.
    pub(super) fn beside(target: &Path) -> Result<Self, WriteError> {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = sibling(target, &format!("{}-{number}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(WriteError::io("create", path)(error)),
            }
            let lock = lock(&path);
            // Before it was locked another build may have taken it for a leftover.
            if path.is_dir() {
                return Ok(Self { path, _lock: lock });
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can not be removed now is removed by the next build.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Where the fallback of the exchange keeps the former tree for a moment.
pub(super) fn former(target: &Path) -> PathBuf {
    sibling(target, FORMER)
}

const FORMER: &str = "former";

fn sibling(target: &Path, suffix: &str) -> PathBuf {
    target.with_file_name(format!("{}{suffix}", prefix(target)))
}

fn prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.meshward-")
}

/// Waits until the folder is ours. `None` on systems where a folder can not be opened.
pub(super) fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Clears what killed builds left beside the output folder. If one was killed between the two steps of the
/// fallback, the former tree is put back first.
pub(super) fn clear_leftovers(target: &Path) {
    let (prefix, former) = (prefix(target), former(target));
    let entries = target.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(&prefix);
        let is_unlocked = || File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if !is_ours || !path.is_dir() || !is_unlocked() {
            continue;
        }
        let must_be_restored = path == former && !target.exists();
        // A failure leaves things as they are, and the build goes on with a new name.
        let _ = if must_be_restored { fs::rename(&path, target) } else { fs::remove_dir_all(&path) };
    }
}
