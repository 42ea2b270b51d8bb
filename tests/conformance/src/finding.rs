//! What a run has against meshward, and how a reader is told.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use crate::answers::Answers;
use crate::case::{Case, Kind};
use crate::istiod::{Admission, Message};
use crate::request::{Request, Verdict};
use crate::shrink::Failing;
use crate::ztunnel::Decision;

/// Something that should not be.
#[derive(Debug)]
pub enum Finding {
    /// The case can not be compared.
    Error(anyhow::Error),
    /// A document that meshward wrote is refused, or taken with a warning.
    Admission(Admission, String),
    /// A random document that a cluster takes is refused by meshward, or the other way round.
    Refusal {
        /// What a cluster says.
        admission: Admission,
        /// The codes under which meshward refuses it.
        refused: Vec<&'static str>,
        /// The document.
        text: String,
    },
    /// The analyzers have something to say about what meshward wrote.
    Analysis(Message),
    /// A request becomes something else than meshward says, or than its policy means.
    Verdict {
        /// The mesh and the request, as small as they could be made.
        failing: Box<Failing>,
        /// What is said and done.
        answers: Answers,
    },
    /// A connection becomes something else at a ztunnel than meshward says, or by another policy.
    Ztunnel {
        /// The mesh.
        case: Box<Case>,
        /// The request, of which a ztunnel sees the connection.
        request: Box<Request>,
        /// What meshward says, and by which policy.
        said: Verdict,
        /// What the converted policies say.
        seen: Decision,
    },
    /// istiod tells ztunnels of another waypoint than meshward.
    Waypoint {
        /// The mesh.
        documents: Vec<String>,
        /// The Service or pod.
        target: String,
        /// The answer of meshward.
        said: Value,
        /// The waypoint that istiod names, as `namespace/name`.
        told: Option<Value>,
    },
}

impl Finding {
    /// The whole story, with the folder that repeats it written below `folder`.
    pub fn tell(&self, seed: u64, folder: &Path) -> Result<String> {
        match self {
            Self::Error(error) => Ok(format!("seed {seed}: can not be compared: {error:#}\n")),
            Self::Admission(admission, text) => {
                Ok(format!("seed {seed}: a cluster says {admission:?} to\n{text}"))
            }
            Self::Refusal { admission, refused, text } => {
                Ok(format!("seed {seed}: meshward says {refused:?} and a cluster {admission:?} to\n{text}\n"))
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
            Self::Waypoint { documents, target, said, told } => Ok(format!(
                "seed {seed}: to {target}\n  meshward {said}\n  istiod   {told:?}\n{}\n",
                documents.join("\n---\n")
            )),
            Self::Verdict { failing, answers } => {
                let Failing { case, request } = &**failing;
                let folder = write(case, request, &folder.join(format!("seed-{seed}-{}", request.id)))?;
                let mut text = format!("seed {seed}: {}\n", folder.display());
                write!(text, "  request  {}\n{answers}", request.line()?)?;
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
