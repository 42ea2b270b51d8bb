//! Istio objects among the manifests of a project that it did not make: a cluster has them too, so that an answer
//! counts them.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::graph::manifests::{Manifest, documents};
use crate::graph::{SecurityResource, ServiceGraph};
use crate::istio;
use crate::istio::resources::Object;
use crate::source::{SourceId, SourceMap, Span, Symbol};
use crate::yaml::{self, Node};

/// The objects that are not of `project`, and what is wrong with those that Istio would refuse, which are left out.
pub fn foreign(graph: &ServiceGraph, project: &str, sources: &SourceMap) -> (Vec<Object>, Vec<Diagnostic>) {
    let mut files: BTreeMap<SourceId, Vec<&SecurityResource>> = BTreeMap::new();
    for resource in graph.resources.iter().filter(|resource| !resource.is_built_by(project)) {
        files.entry(resource.span.source).or_default().push(resource);
    }
    let manifest = |(source, resources): (SourceId, Vec<&SecurityResource>)| {
        let (documents, _) = yaml::read(source, &sources.get(source).text);
        let manifest = Manifest { source, documents, namespace: None };
        Manifest { namespace: given_namespace(&manifest, &resources), ..manifest }
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

/// The namespace that the project gives to a file: that of an object which states none itself.
fn given_namespace(manifest: &Manifest, resources: &[&SecurityResource]) -> Option<Symbol> {
    let spans: HashMap<Span, Symbol> =
        resources.iter().map(|resource| (resource.span, resource.key.namespace)).collect();
    documents(std::slice::from_ref(manifest)).into_iter().find_map(|document| {
        let metadata = document.node.get("metadata")?;
        let stated = metadata.get("namespace").and_then(Node::as_scalar);
        let states_none = stated.is_none_or(|scalar| scalar.text.is_empty());
        let named = ["name", "generateName"].into_iter().find_map(|key| metadata.get(key));
        spans.get(&named?.span).copied().filter(|_| states_none)
    })
}
