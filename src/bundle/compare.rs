//! Whether the output folder holds what would be written now.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::folder;
use super::layout::File;

/// In what an output folder differs from a bundle; paths are relative to the folder and sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stale {
    /// Files that are not there.
    pub missing: Vec<String>,
    /// Files with another text.
    pub different: Vec<String>,
    /// Files that do not belong there.
    pub extra: Vec<String>,
}

impl Stale {
    /// Whether the folder is up to date.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.extra.is_empty()
    }
}

/// Compares a folder, which need not exist, with the files of a bundle.
pub fn compare(folder: &Path, files: &[File]) -> io::Result<Stale> {
    let present: BTreeSet<String> = match folder::list(folder) {
        Ok(present) => present.into_iter().collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    let wanted: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut stale = Stale {
        missing: wanted
            .iter()
            .filter(|path| !present.contains(**path))
            .map(|&path| path.to_owned())
            .collect(),
        extra: present.iter().filter(|path| !wanted.contains(path.as_str())).cloned().collect(),
        different: files
            .par_iter()
            .filter(|file| present.contains(&file.path))
            .map(|file| Ok((fs::read(folder.join(&file.path))? != file.text.as_bytes(), file)))
            .filter_map(|compared: io::Result<_>| {
                compared.map(|(differs, file)| differs.then(|| file.path.clone())).transpose()
            })
            .collect::<io::Result<_>>()?,
    };
    stale.different.sort_unstable();
    Ok(stale)
}
