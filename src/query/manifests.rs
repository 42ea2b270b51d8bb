//! Bare YAML as a world: Kubernetes and Istio documents together, from files, folders or a stream.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::mesh::{self, Stated};
use super::world::World;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::manifests::{self, Manifest};
use crate::graph::{ServiceGraph, is_native};
use crate::istio;
use crate::project::Injected;
use crate::source::{LoadError, Loader, SourceMap};
use crate::yaml::{self, Node};

/// Where the documents are.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// A stream of documents that lies in no file, such as standard input, by the name that messages show.
    pub stream: Option<(String, String)>,
    /// What the asker says about the mesh; it counts before what the documents say.
    pub stated: Stated,
}

/// Reads every document. A file that can not be read at all is the error; what is wrong inside one is a
/// diagnostic, and the object that it is about counts for nothing.
pub fn read(
    loader: &dyn Loader,
    manifests: &Manifests,
    sources: &mut SourceMap,
) -> Result<(World, Vec<Diagnostic>), LoadError> {
    let mut diagnostics = Vec::new();
    let files = documents(loader, manifests, sources, &mut diagnostics)?;
    let mut graph = ServiceGraph::default();
    manifests::read_cluster(&files, &mut graph, &mut diagnostics);
    graph.finish();
    let stated = mesh::stated(&files, sources, &mut diagnostics);
    let mesh = manifests.stated.clone().or(stated).facts();
    let bundle = istio::read(&files, &mut diagnostics).bundle;
    diagnostics.extend(istio::selects_nothing(&bundle, &graph, &mesh.root_namespace));
    Ok((
        World { graph, bundle, mesh, injected: Injected::Assume, is_bare: true, ..World::default() },
        diagnostics,
    ))
}

/// The documents of each file, in the order of the paths.
fn documents(
    loader: &dyn Loader,
    manifests: &Manifests,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Manifest>, LoadError> {
    let mut ids = Vec::new();
    let mut known = HashSet::new();
    for path in &manifests.paths {
        for file in loader.walk(path, &["json", "yaml", "yml"])? {
            // Links may lead to one file by several paths.
            if !known.insert(loader.identity(&file)) {
                continue;
            }
            let text = loader.read(&file)?;
            ids.push(sources.add(shown(&file), text));
        }
    }
    if let Some((name, text)) = &manifests.stream {
        ids.push(sources.add(name.as_str(), text.as_str()));
    }
    let texts = &*sources;
    let read: Vec<_> = ids.par_iter().map(|id| yaml::read(*id, &texts.get(*id).text)).collect();
    let manifest = |(source, (mut documents, found)): (_, (Vec<Node>, _))| {
        diagnostics.extend(found);
        diagnostics.extend(
            documents.extract_if(.., |document| is_native(document)).map(|native| no_manifest(&native)),
        );
        Manifest { source, documents, namespace: None }
    };
    Ok(ids.into_iter().zip(read).map(manifest).collect())
}

/// A project may name such a file; a cluster knows nothing of it.
fn no_manifest(native: &Node) -> Diagnostic {
    let message = "this describes services in the form of meshward, and is no Kubernetes YAML";
    let place = native.as_mapping().and_then(|fields| fields.entries.first());
    let span = place.map_or(native.span, |(key, _)| key.span);
    Diagnostic::new(code::INVALID_MANIFEST, message, span, "passed over")
        .note("it belongs to a project: `graph: {services: services.yaml}` in meshward.yaml names it")
        .note("without a project, give the manifests of the Services and workloads")
}

/// A path with `/` between its parts.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
