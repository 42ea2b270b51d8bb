//! Reads the manifests that `init --from` is given.

use std::path::{Component, Path, PathBuf};

use meshward::graph::ServiceGraph;
use meshward::graph::manifests::{self, Manifest, suggest_calls};
use meshward::source::{DiskLoader, Loader as _, SourceMap};

use super::derive::Read;
use crate::cli::Failure;
use crate::cli::project::{simplified, slashed};

/// What these files and folders say, as seen from the project in `root`. What is wrong with them is told by
/// the check of the draft, which reads them again.
pub(super) fn read(root: &Path, from: &[PathBuf], namespace: Option<&str>) -> Result<Read, Failure> {
    let mut sources = SourceMap::default();
    let mut documents = Vec::new();
    let mut paths = Vec::new();
    for path in from {
        if path.as_os_str() == "-" {
            return Err(Failure::usage(
                "`init --from -` has no file that the project could name",
                "save the manifests to a file: `kubectl get all -A -o yaml > cluster.yaml`",
            ));
        }
        for file in DiskLoader.walk(path, &["json", "yaml", "yml"])? {
            let text = DiskLoader.read(&file)?;
            let source = sources.add(slashed(&way(root, &file)?), text.clone());
            let (read, _) = meshward::yaml::read(source, &text);
            documents.push(Manifest { source, documents: read, namespace: namespace.map(Into::into) });
        }
        paths.push(slashed(&way(root, path)?));
    }
    let mut graph = ServiceGraph::default();
    manifests::read(&documents, &mut graph, &mut Vec::new());
    graph.finish();
    let calls = suggest_calls(&documents, &graph);
    Ok(Read { graph, calls, sources, paths })
}

/// The way from the folder `root` to `path`.
fn way(root: &Path, path: &Path) -> Result<PathBuf, Failure> {
    let (root, path) = (whole(root)?, whole(path)?);
    let common = root.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = root.components().skip(common).map(|_| Component::ParentDir);
    Ok(up.chain(path.components().skip(common)).collect())
}

/// An absolute path without links, also of a folder that is not there yet.
pub(super) fn whole(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|error| Failure::read(path, &error))?;
    let absolute = simplified(&absolute);
    for there in absolute.ancestors() {
        if let Ok(real) = there.canonicalize() {
            let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
            return Ok(real.components().chain(rest.components()).collect());
        }
    }
    Ok(absolute)
}
