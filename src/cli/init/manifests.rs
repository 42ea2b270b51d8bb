//! Reads the manifests that `init --from` is given.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use meshward::graph::ServiceGraph;
use meshward::graph::manifests::{self, Manifest, suggest_calls};
use meshward::source::{DiskLoader, Loader as _, SourceMap};

use super::derive::Read;
use crate::cli::Failure;
use crate::cli::paths::{absolute, between, slashed};

/// What these files and folders say, as seen from the project in `root`. Most of what is
/// wrong with them is told by the check of the draft, which reads them again.
pub(super) fn read(root: &Path, from: &[PathBuf], namespace: Option<&str>) -> Result<Read, Failure> {
    let mut sources = SourceMap::default();
    let mut documents = Vec::new();
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    let mut known = HashSet::new();
    for path in from {
        if path.as_os_str() == "-" {
            return Err(Failure::usage(
                "`init --from -` has no file that the project could name",
                "save the manifests to a file: `kubectl get all -A -o yaml > cluster.yaml`",
            ));
        }
        for file in DiskLoader.walk(path, &["json", "yaml", "yml"])? {
            // Links may lead to one file by several paths.
            if !known.insert(DiskLoader.identity(&file)) {
                continue;
            }
            let text = DiskLoader.read(&file)?;
            let source = sources.add(slashed(&between(root, &absolute(&file)?)), text.clone());
            let (read, found) = meshward::yaml::read(source, &text);
            diagnostics.extend(found);
            documents.push(Manifest { source, documents: read, namespace: namespace.map(Into::into) });
        }
        paths.push(slashed(&between(root, &absolute(path)?)));
    }
    let mut graph = ServiceGraph::default();
    manifests::read(&documents, &mut graph, &mut Vec::new());
    graph.finish();
    let calls = suggest_calls(&documents, &graph);
    Ok(Read { graph, calls, sources, paths, diagnostics })
}
