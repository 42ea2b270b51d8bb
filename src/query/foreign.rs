//! Istio objects among the manifests of a project that it did not make: a cluster has them too, so that an answer
//! counts them.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::graph::ServiceGraph;
use crate::graph::manifests::Manifest;
use crate::istio;
use crate::istio::resources::Object;
use crate::source::{SourceId, SourceMap, Symbol};
use crate::yaml;

/// The objects that are not of `project`, and what is wrong with those that Istio would refuse, which are left out.
pub fn foreign(graph: &ServiceGraph, project: &str, sources: &SourceMap) -> (Vec<Object>, Vec<Diagnostic>) {
    // Where a file names no namespace, its resources have the one that the project gives to the file.
    let mut files: BTreeMap<SourceId, Symbol> = BTreeMap::new();
    for resource in graph.resources.iter().filter(|resource| !resource.is_built_by(project)) {
        files.entry(resource.span.source).or_insert_with(|| resource.key.namespace);
    }
    let manifest = |(source, namespace): (SourceId, Symbol)| {
        let (documents, _) = yaml::read(source, &sources.get(source).text);
        Manifest { source, documents, namespace: Some(namespace) }
    };
    let manifests: Vec<Manifest> = files.into_iter().map(manifest).collect();
    let mut diagnostics = Vec::new();
    let objects = istio::read(&manifests, &mut diagnostics).bundle.objects;
    let is_foreign = |object: &Object| {
        let labels = &object.resource.metadata().labels;
        let label = |key: &str| labels.get(key).map(Symbol::as_str);
        label("app.kubernetes.io/managed-by") != Some("meshward")
            || label("app.kubernetes.io/part-of") != Some(project)
    };
    diagnostics.retain(Diagnostic::is_error);
    (objects.into_iter().filter(is_foreign).collect(), diagnostics)
}
