//! Reads the manifests that `init --from` is given.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use meshward::graph::ServiceGraph;
use meshward::graph::manifests::{self, Manifest, calls_elsewhere, suggest_calls};
use meshward::source::{DiskLoader, Loader as _, SourceMap};

use super::derive::{Named, Read};
use crate::cli::Failure;
use crate::cli::paths::{absolute, between, slashed};

/// What these files and folders say, as seen from the project in `root`. Most of what is
/// wrong with them is told by the check of the draft, which reads them again.
pub(super) fn read(root: &Path, from: &[PathBuf], namespaces: &[String]) -> Result<Read, Failure> {
    let mut sources = SourceMap::default();
    let mut documents = Vec::new();
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    let mut known = HashSet::new();
    for (path, namespace) in with_namespaces(from, namespaces)? {
        if path.as_os_str() == "-" {
            return Err(Failure::usage(
                "`init --from -` has no file that the project could name",
                "save the manifests to a file:\n`kubectl get ns,deploy,svc,cm,authorizationpolicy,peerauthentication,\
                 requestauthentication -A -o yaml > cluster.yaml`\nthen `meshward init --from cluster.yaml`",
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
        let path = slashed(&between(root, &absolute(path)?));
        paths.push(Named { path, namespace: namespace.map(Into::into) });
    }
    let mut graph = ServiceGraph::default();
    manifests::read(&documents, &mut graph, &mut Vec::new());
    graph.finish();
    let calls = suggest_calls(&documents, &graph);
    let elsewhere = calls_elsewhere(&documents, &graph);
    Ok(Read { graph, manifests: documents, calls, elsewhere, sources, paths, diagnostics })
}

/// Each path with the namespace of its documents: one for all of them, or each its own.
fn with_namespaces<'a>(
    from: &'a [PathBuf],
    namespaces: &'a [String],
) -> Result<Vec<(&'a PathBuf, Option<&'a str>)>, Failure> {
    let of = |at: usize| match namespaces {
        [] => None,
        [all] => Some(all.as_str()),
        each => each.get(at).map(String::as_str),
    };
    if namespaces.len() > 1 && namespaces.len() != from.len() {
        return Err(Failure::usage(
            format!(
                "{} `--namespace` do not tell the namespaces of {} `--from`",
                namespaces.len(),
                from.len()
            ),
            "give one for all of them, or one for each in the same order: `--from a --namespace x --from b --namespace y`",
        ));
    }
    Ok(from.iter().enumerate().map(|(at, path)| (path, of(at))).collect())
}
