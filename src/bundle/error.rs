//! Why a bundle could not be written. The former one is untouched in every case.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::layout::MARKER;

/// Why a bundle could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The folder holds files that meshward did not write.
    Foreign {
        /// The output folder.
        folder: PathBuf,
        /// One of the files.
        example: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// The system refused something.
    Io {
        /// What was tried, as in "can not *create*".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The folder can not be exchanged for another, since a volume is mounted there.
    MountPoint(PathBuf),
    /// There is something at the place of the folder that is no folder.
    NotAFolder(PathBuf),
    /// The folder is marked as read-only.
    ReadOnly(PathBuf),
    /// Each file is one of meshward's, but the marker of the folder is gone.
    Unmarked(PathBuf),
    /// A file of the bundle would lie outside the folder.
    UnsafePath(String),
}

impl WriteError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { action, path, error }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => {
                "the output folder is replaced as a whole: choose one of its own with `-o` or `output:`, or move \
                 the other files away"
            }
            Self::Io { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
                "make room on the disk; the former bundle is untouched"
            }
            Self::Io { .. } => "the former bundle is untouched",
            Self::MountPoint(_) => "write to a folder inside of it",
            Self::NotAFolder(_) => "choose another place with `-o` or `output:`",
            Self::ReadOnly(_) => "make the folder writable, or choose another with `-o` or `output:`",
            Self::Unmarked(_) => "restore the file and commit it, or delete the folder and build again",
            Self::UnsafePath(_) => "namespaces are made of lower case letters, digits and `-`",
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { folder, example, count } => {
                let (folder, example) = (folder.display(), example.display());
                write!(formatter, "the folder `{folder}` holds files that are not meshward's: `{example}`")?;
                if *count > 1 { write!(formatter, " and {} more", count - 1) } else { Ok(()) }
            }
            Self::Io { action, path, error } => {
                write!(formatter, "can not {action} `{}`: {error}", path.display())
            }
            Self::MountPoint(path) => {
                write!(
                    formatter,
                    "the folder `{}` can not be replaced: a volume is mounted there",
                    path.display()
                )
            }
            Self::NotAFolder(path) => write!(formatter, "`{}` is not a folder", path.display()),
            Self::ReadOnly(path) => write!(formatter, "the folder `{}` is read-only", path.display()),
            Self::Unmarked(path) => {
                let path = path.display();
                write!(
                    formatter,
                    "the folder `{path}` has lost its file `{MARKER}`, which tells that it is meshward's"
                )
            }
            Self::UnsafePath(path) => {
                write!(formatter, "the file `{path}` would lie outside the output folder")
            }
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Foreign { .. }
            | Self::MountPoint(_)
            | Self::NotAFolder(_)
            | Self::ReadOnly(_)
            | Self::Unmarked(_)
            | Self::UnsafePath(_) => None,
        }
    }
}
