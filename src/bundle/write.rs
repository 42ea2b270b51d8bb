//! Writing a bundle all or nothing: the new tree is made beside the output folder, brought onto the disk, and
//! exchanged for the former one in one step.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::compare::compare;
use super::error::WriteError;
use super::exchange::exchange;
use super::folder::check_replaceable;
use super::layout::File;
use super::lock::Lock;
use super::scratch::{self, Scratch};

/// What a build did to the output folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it is new.
    Replaced,
    /// It held exactly these files already and was not touched.
    Unchanged,
}

/// Makes `folder` hold these files and nothing else. On an error it is as it was before.
///
/// A folder that is a link is replaced where it points to, so that the link stays.
pub fn write(folder: &Path, files: &[File]) -> Result<Written, WriteError> {
    if let Some(file) = files.iter().find(|file| !stays_inside(&file.path)) {
        return Err(WriteError::UnsafePath(file.path.clone()));
    }
    let target = resolve(folder)?;
    let _lock = Lock::of(&target)?;
    scratch::clear_leftovers(&target)?;
    check_replaceable(&target)?;
    let stale = compare(&target, files).map_err(WriteError::io("read", &target))?;
    if stale.is_empty() {
        return Ok(Written::Unchanged);
    }
    let scratch = Scratch::beside(&target)?;
    fill(&scratch.path, files)?;
    if let Ok(former) = fs::metadata(&target) {
        fs::set_permissions(&scratch.path, former.permissions())
            .map_err(WriteError::io("set the permissions of", &scratch.path))?;
    }
    exchange(&scratch.path, &target)?;
    // The exchange has happened; a file system that can not sync a folder does not undo it.
    let _ = sync_folder(parent(&target));
    Ok(Written::Replaced)
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The place itself where the folder is a link; its parent is there afterwards. Messages name the place as the
/// user wrote it, so nothing else is resolved.
fn resolve(folder: &Path) -> Result<PathBuf, WriteError> {
    // Without a slash at the end, behind which the system would follow a link.
    let folder: PathBuf = folder.components().collect();
    let has_name = folder.file_name().is_some();
    if folder.is_symlink() || !has_name {
        let place = fs::canonicalize(&folder).map_err(WriteError::io("follow", &folder))?;
        return if place.file_name().is_some() { Ok(place) } else { Err(WriteError::MountPoint(place)) };
    }
    let parent = parent(&folder);
    fs::create_dir_all(parent).map_err(WriteError::io("create", parent))?;
    Ok(folder)
}

fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn fill(folder: &Path, files: &[File]) -> Result<(), WriteError> {
    let parents: BTreeSet<&Path> =
        files.iter().flat_map(|file| Path::new(&file.path).ancestors().skip(1)).collect();
    for parent in parents.iter().filter(|parent| !parent.as_os_str().is_empty()) {
        let path = folder.join(parent);
        fs::create_dir(&path).map_err(WriteError::io("create", path))?;
    }
    files.par_iter().try_for_each(|file| {
        let path = folder.join(&file.path);
        fs::write(&path, &file.text).map_err(WriteError::io("write", path))
    })?;
    sync(folder, files).map_err(WriteError::io("write", folder))
}

/// Brings the tree onto the disk, in one step for all of its files: a bundle has thousands, and to wait for each
/// of them takes longer than all of the build before.
#[cfg(target_os = "linux")]
fn sync(folder: &Path, _: &[File]) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync(folder: &Path, files: &[File]) -> io::Result<()> {
    files
        .par_iter()
        .try_for_each(|file| fs::File::options().write(true).open(folder.join(&file.path))?.sync_all())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder can not be opened, and its entries are written with the files.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
