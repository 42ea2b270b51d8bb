//! The files that a new project is to get, written all or not at all.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::paths::slashed;

/// Stands in [`Plan::next`] where the `-C DIR` of the new project belongs.
pub(super) const OPTION: &str = "{-C}";

/// A new project before it is written.
pub(super) struct Plan {
    /// Each file with its text.
    pub(super) files: Vec<(PathBuf, String)>,
    /// What was learnt on the way, one sentence each.
    pub(super) found: Vec<String>,
    /// What to do next, one command or sentence each.
    pub(super) next: Vec<String>,
}

impl Plan {
    /// Writes the files. Nothing is overwritten: where one exists, none is written, and what was written
    /// before a failure is taken away again.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let existing: Vec<String> = self
            .files
            .iter()
            .filter(|(path, _)| path.symlink_metadata().is_ok())
            .map(|(path, _)| format!("`{}`", slashed(path)))
            .collect();
        if !existing.is_empty() {
            let verb = if existing.len() == 1 { "exists" } else { "exist" };
            return Err(Failure::usage(
                format!("{} {verb} already", existing.join(", ")),
                "nothing was written; `meshward init DIR` starts the project in another folder",
            ));
        }
        let mut written = Vec::new();
        for (path, text) in &self.files {
            if let Err(error) = create(path, text, &mut written) {
                for path in written {
                    let _ = std::fs::remove_file(path);
                }
                return Err(Failure::write(path, &error));
            }
        }
        Ok(())
    }
}

fn create<'a>(path: &'a Path, text: &str, written: &mut Vec<&'a Path>) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    written.push(path);
    file.write_all(text.as_bytes())
}
