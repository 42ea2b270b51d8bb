//! Istio objects among the manifests of a project that it did not make: a cluster has them too, so that an answer
//! counts them.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::graph::ServiceGraph;
use crate::istio;
use crate::istio::resources::Object;
use crate::source::{SourceId, SourceMap, Symbol};

/// The objects that are not of `project`, and what is wrong with those that Istio would refuse, which are left out.
pub fn foreign(graph: &ServiceGraph, project: &str, sources: &SourceMap) -> (Vec<Object>, Vec<Diagnostic>) {
    let foreign = graph.resources.iter().filter(|resource| !resource.is_built_by(project));
    let files: HashSet<SourceId> = foreign.map(|resource| resource.span.source).collect();
    let manifests = graph.security.iter().filter(|manifest| files.contains(&manifest.source));
    let mut diagnostics = Vec::new();
    let objects = istio::read(manifests, &mut diagnostics).bundle.objects;
    let is_foreign = |object: &Object| {
        let labels = &object.resource.metadata().labels;
        let label = |key: &str| labels.get(key).map(Symbol::as_str);
        label("app.kubernetes.io/managed-by") != Some("meshward")
            || label("app.kubernetes.io/part-of") != Some(project)
    };
    diagnostics.retain(Diagnostic::is_error);
    // A file that is read for several namespaces has those objects each time that state their own.
    let mut known = HashSet::new();
    let mut is_new = |object: &Object| {
        let place = object.place.as_ref().map(|place| place.object);
        let written = place.map(|span| (sources.get(span.source).name, span.start));
        written.is_none_or(|written| known.insert((written, object.resource.key())))
    };
    let found = objects.into_iter().filter(is_foreign).filter(|object| is_new(object));
    (found.collect(), diagnostics)
}
