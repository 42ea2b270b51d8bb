//! What a build did, for people and for programs. The JSON form is documented in `docs/json.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use meshward::Checked;
use meshward::bundle::Stale;
use meshward::diagnostic::{Record, records};
use meshward::istio::resources::{Bundle, ObjectKey};
use serde::Serialize;

use crate::cli::paths::slashed;
use crate::cli::phrase::counted;
use crate::cli::{Exit, json};

/// The version of the JSON form.
const VERSION: u32 = 1;

/// How many files a person is shown of each kind; the JSON form has all.
const MAX_LISTED: usize = 20;

/// How a build ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// There are errors; nothing was written.
    Refused,
    /// `--check` found differences; nothing was written.
    Stale,
    /// The folder held this bundle already.
    Unchanged,
    /// The folder holds the new bundle.
    Written,
}

/// What a build did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    version: u32,
    status: Status,
    /// The folder, if the policy had one to go to.
    output: Option<String>,
    objects: usize,
    namespaces: usize,
    /// Files of the folder, with `/`.
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    /// Objects of the former bundle that a cluster keeps until somebody deletes them there.
    left_in_cluster: Vec<ObjectKey>,
    diagnostics: Vec<Record>,
}

impl Report {
    /// A build that errors stopped.
    pub(crate) fn refused(checked: &Checked) -> Self {
        Self {
            version: VERSION,
            status: Status::Refused,
            output: None,
            objects: 0,
            namespaces: 0,
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            left_in_cluster: Vec::new(),
            diagnostics: records(&checked.sources, &checked.diagnostics),
        }
    }

    /// A build that came to an end; `stale` is how the folder differed before.
    pub(crate) fn new(
        status: Status,
        folder: &Path,
        bundle: &Bundle,
        left_in_cluster: Vec<ObjectKey>,
        stale: Stale,
        checked: &Checked,
    ) -> Self {
        let namespaces: BTreeSet<_> =
            bundle.objects.iter().map(|object| object.resource.key().namespace).collect();
        Self {
            version: VERSION,
            status,
            output: Some(slashed(folder)),
            objects: bundle.objects.len(),
            namespaces: namespaces.len(),
            added: stale.missing,
            changed: stale.different,
            removed: stale.extra,
            left_in_cluster,
            diagnostics: records(&checked.sources, &checked.diagnostics),
        }
    }

    /// Only a stale bundle and an error are findings.
    pub(crate) fn exit(&self) -> Exit {
        match self.status {
            Status::Refused | Status::Stale => Exit::Findings,
            Status::Unchanged | Status::Written => Exit::Fine,
        }
    }

    /// Whether there is a bundle that was not there before.
    pub(crate) fn is_new(&self) -> bool {
        self.status == Status::Written
    }

    /// One JSON document.
    pub(crate) fn to_json(&self) -> String {
        json::document(self)
    }

    /// What changed, and what has to be deleted in a cluster.
    pub(crate) fn to_human(&self) -> String {
        let output = self.output.as_deref().unwrap_or_default();
        let size =
            format!("{} in {}", counted(self.objects, "object"), counted(self.namespaces, "namespace"));
        let mut text = match self.status {
            Status::Refused => return String::new(),
            Status::Stale => format!("{output} is stale\n"),
            Status::Unchanged => format!("{output} is up to date: {size}\n"),
            Status::Written => format!("wrote {output}: {size}\n"),
        };
        let [added, changed, removed] = match self.status {
            Status::Refused | Status::Unchanged | Status::Written => ["added", "changed", "removed"],
            Status::Stale => ["missing", "differs", "too much"],
        };
        for (what, files) in [(added, &self.added), (changed, &self.changed), (removed, &self.removed)] {
            text.push_str(&listed(what, files));
        }
        if !self.left_in_cluster.is_empty() {
            text.push_str("a cluster keeps what left the bundle until you delete it there:\n");
        }
        for object in &self.left_in_cluster {
            let _ = writeln!(text, "  kubectl delete {object}");
        }
        text
    }

    /// What to do next.
    pub(crate) fn advice(&self) -> Vec<String> {
        let output = self.output.as_deref().unwrap_or_default();
        match self.status {
            Status::Unchanged | Status::Written if self.objects == 0 => vec![
                "there is nothing to apply: the policy has no rule, and `namespaces:` of meshward.yaml covers no \
                 namespace"
                    .to_owned(),
            ],
            Status::Stale => vec!["run `meshward build` and commit the result".to_owned()],
            Status::Written => vec![format!("apply it with `kubectl apply -k {output}`")],
            Status::Refused | Status::Unchanged => Vec::new(),
        }
    }
}

/// One line for each file, and how many more there are.
fn listed(what: &str, files: &[String]) -> String {
    let mut text = String::new();
    for file in files.iter().take(MAX_LISTED) {
        let _ = writeln!(text, "  {what:<8} {file}");
    }
    if files.len() > MAX_LISTED {
        let _ = writeln!(text, "  {what:<8} {} more", files.len() - MAX_LISTED);
    }
    text
}
