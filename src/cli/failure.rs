//! What stops a command before it has a result: it ends with exit code 2.

use std::path::{Path, PathBuf};

use meshward::bundle::WriteError;
use meshward::source::LoadError;
use meshward::verify::Unproved;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The bundle can not be written.
    Bundle(WriteError),
    /// A file or folder can not be read.
    Load(LoadError),
    /// There is no project file in this folder or above it.
    NoProject(PathBuf),
    /// Standard output can not be written, for another reason than a reader that went away.
    Output(std::io::Error),
    /// The bundle does not mean what the policy says, or that could not be decided.
    Unproved(Unproved),
    /// The arguments do not fit together or do not fit what is there.
    Usage {
        /// One sentence in lower case.
        message: String,
        /// What to do, one way out on each line.
        advice: String,
    },
    /// A file or folder can not be written.
    Write {
        /// Which.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl Failure {
    /// Arguments that can not be followed.
    pub(crate) fn usage(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), advice: advice.into() }
    }

    /// `path` can not be read because of `error`.
    pub(crate) fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::Load(LoadError { path: path.to_owned(), reason: reason_of(error) })
    }

    /// `path` can not be written because of `error`.
    pub(crate) fn write(path: &Path, error: &std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), reason: reason_of(error) }
    }

    /// What to do about it, one way out on each line; empty where the message says it.
    pub(crate) fn advice(&self) -> &str {
        match self {
            Self::Bundle(error) => error.advice(),
            Self::Load(_) | Self::Output(_) | Self::Write { .. } => "",
            Self::NoProject(_) => {
                "`meshward init` starts a project here; `-C DIR` names the folder of another one"
            }
            Self::Unproved(unproved) => unproved.advice(),
            Self::Usage { advice, .. } => advice,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bundle(error) => write!(f, "{error}"),
            Self::Load(error) => write!(f, "{error}"),
            Self::NoProject(start) => {
                write!(f, "there is no `meshward.yaml` in `{}` or above it", start.display())
            }
            Self::Output(error) => write!(f, "can not write to standard output: {error}"),
            Self::Unproved(unproved) => write!(f, "{unproved}"),
            Self::Usage { message, .. } => f.write_str(message),
            Self::Write { path, reason } => write!(f, "can not write `{}`: {reason}", path.display()),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Bundle(error)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

fn reason_of(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotADirectory => "a part of this path is a file, not a folder".to_owned(),
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
