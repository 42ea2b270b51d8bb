//! What a run has against meshward, and how a reader is told.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::case::{Case, Kind};
use crate::istiod::{Admission, Message};
use crate::request::{Outcome, Request, Verdict};

/// Something that should not be.
#[derive(Debug)]
pub enum Finding {
    /// A document that meshward wrote is refused, or taken with a warning.
    Admission(Admission, String),
    /// The analyzers have something to say about what meshward wrote.
    Analysis(Message),
    /// A request becomes something else than meshward says.
    Verdict {
        /// The mesh, as small as it could be made.
        case: Box<Case>,
        /// The request.
        request: Box<Request>,
        /// What meshward says.
        said: Verdict,
        /// What the real Envoy did.
        seen: Verdict,
    },
    /// A connection becomes something else at a ztunnel than meshward says.
    Ztunnel {
        /// The mesh.
        case: Box<Case>,
        /// The request, of which a ztunnel sees the connection.
        request: Box<Request>,
        /// What meshward says.
        said: Outcome,
        /// What the converted policies say.
        seen: Outcome,
    },
}

impl Finding {
    /// The whole story, with the folder that repeats it written below `folder`.
    pub fn tell(&self, seed: u64, folder: &Path) -> Result<String> {
        match self {
            Self::Admission(admission, text) => {
                Ok(format!("seed {seed}: a cluster says {admission:?} to\n{text}"))
            }
            Self::Analysis(message) => Ok(format!("seed {seed}: istioctl analyze says {message:?}")),
            Self::Ztunnel { case, request, said, seen } => {
                let folder = write(case, request, &folder.join(format!("seed-{seed}-ztunnel")))?;
                Ok(format!(
                    "seed {seed}: {}\n  request  {}\n  meshward {said:?} at a ztunnel\n  ztunnel  {seen:?}\n",
                    folder.display(),
                    request.line()?
                ))
            }
            Self::Verdict { case, request, said, seen } => {
                let folder = write(case, request, &folder.join(format!("seed-{seed}-{}", request.id)))?;
                let mut text = format!("seed {seed}: {}\n", folder.display());
                write!(text, "  request  {}\n  meshward {said}\n  Envoy    {seen}\n", request.line()?)?;
                if let Some(project) = &case.project {
                    writeln!(text, "{}", project.statements.join("\n"))?;
                }
                for object in &case.objects {
                    writeln!(text, "{}", object.text)?;
                }
                Ok(text)
            }
        }
    }
}

/// The files of a case, and its request as a line for `meshward can --requests`.
fn write(case: &Case, request: &Request, folder: &Path) -> Result<PathBuf> {
    let files = case.files().into_iter().chain([("request.jsonl".into(), request.line()? + "\n")]);
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    let kind = match case.kind() {
        Kind::Project => "project",
        Kind::Bundle => "bundle",
    };
    std::fs::write(folder.join("seed"), format!("{kind} {}\n", case.seed))?;
    Ok(folder.to_owned())
}
