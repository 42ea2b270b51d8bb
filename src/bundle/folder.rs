//! The output folder as it lies on the disk: which files it has, and whether all of them are meshward's.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::layout::{HEADER, MARKER};

/// The files below a folder, relative to it with `/`, sorted. Links are listed and not followed.
pub(super) fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut pending = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = pending.pop() {
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let relative = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                pending.push((entry.path(), format!("{relative}/")));
            } else {
                files.push(relative);
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Fails where the folder is there and may not be replaced.
pub(super) fn check_replaceable(folder: &Path) -> Result<(), WriteError> {
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(WriteError::io("read", folder)(error)),
    };
    if !metadata.is_dir() {
        return Err(WriteError::NotAFolder(folder.to_owned()));
    }
    if metadata.permissions().readonly() {
        return Err(WriteError::ReadOnly(folder.to_owned()));
    }
    let files = list(folder).map_err(WriteError::io("read", folder))?;
    let is_marked = files.iter().any(|file| file == MARKER);
    let foreign: Vec<&String> = files.iter().filter(|file| !is_generated(&folder.join(file))).collect();
    match foreign.first() {
        None if is_marked || files.is_empty() => Ok(()),
        None => Err(WriteError::Unmarked(folder.to_owned())),
        Some(example) => Err(WriteError::Foreign {
            folder: folder.to_owned(),
            example: PathBuf::from(example),
            count: foreign.len(),
        }),
    }
}

/// Whether the file begins as all of ours do.
fn is_generated(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut start = [0; HEADER.len()];
    is_file
        && fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *HEADER.as_bytes()
}
