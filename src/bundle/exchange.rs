//! Exchanging the output folder for the new tree.
//!
//! On Linux `renameat2` exchanges two folders in one step: whoever looks sees the former tree or the new one.
//! Where the system or the file system has no such step the former folder is moved aside and the new one into
//! its place; a build that is killed between the two leaves no output folder, and the next build puts the
//! former one back before it does anything else.

use std::fs;
use std::io;
use std::path::Path;

use super::error::WriteError;
use super::scratch;

/// Puts the folder `new` into the place of `target`. What was there lies at `new` afterwards, if anything did.
pub(super) fn exchange(new: &Path, target: &Path) -> Result<(), WriteError> {
    // A rename replaces an empty folder at most, so nothing is lost where one appears after the look.
    let step = if target.exists() { swap(new, target) } else { fs::rename(new, target) };
    step.map_err(|error| {
        if is_mounted(&error) {
            WriteError::MountPoint(target.to_owned())
        } else {
            WriteError::io("replace", target)(error)
        }
    })
}

fn is_mounted(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::CrossesDevices | io::ErrorKind::ResourceBusy)
}

#[cfg(target_os = "linux")]
fn swap(new: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => swap_in_two_steps(new, target),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn swap(new: &Path, target: &Path) -> io::Result<()> {
    swap_in_two_steps(new, target)
}

fn swap_in_two_steps(new: &Path, target: &Path) -> io::Result<()> {
    let former = scratch::former(target);
    fs::rename(target, &former)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&former, target)?;
        return Err(error);
    }
    fs::rename(&former, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_exchanges_and_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let (new, target) = (parent.path().join("new"), parent.path().join("target"));
        for folder in [&new, &target] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("was"), folder.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        swap_in_two_steps(&new, &target).unwrap();
        assert_eq!(fs::read_to_string(target.join("was")).unwrap(), "new");
        assert_eq!(fs::read_to_string(new.join("was")).unwrap(), "target");
        assert!(!scratch::former(&target).exists());
    }
}
