//! Existing YAML becomes typed resources, and what a cluster would refuse is told with Istio's reason.

mod agreement;
mod corpus;
mod envoy;
mod metadata;
mod mistakes;
mod round_trip;
mod schema;
mod warnings;
mod webhook;

use meshward::diagnostic::{self, Code, Diagnostic};
use meshward::graph::ServiceGraph;
use meshward::graph::manifests::{self, Manifest};
use meshward::istio::{self, Reading};
use meshward::source::SourceMap;
use meshward::yaml;

/// What was read, and what was said on the way.
pub(crate) struct Read {
    pub(crate) sources: SourceMap,
    pub(crate) reading: Reading,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Read {
    /// The diagnostics as a person sees them.
    pub(crate) fn rendered(&self) -> String {
        diagnostic::render_human(&self.sources, &self.diagnostics, false)
    }
}

/// Reads files given as name and text: the cluster, the security resources, and what these select.
pub(crate) fn read_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Read {
    let mut sources = SourceMap::default();
    let mut manifests = Vec::new();
    let mut diagnostics = Vec::new();
    for (name, text) in files {
        let source = sources.add(name, text);
        let (documents, found) = yaml::read(source, text);
        diagnostics.extend(found);
        manifests.push(Manifest { source, documents, namespace: None });
    }
    let mut graph = ServiceGraph::default();
    manifests::read_cluster(&manifests, &mut graph, &mut diagnostics);
    graph.finish();
    let reading = istio::read(&manifests, &mut diagnostics);
    diagnostics.extend(istio::selects_nothing(&reading.bundle, &graph, "istio-system"));
    diagnostic::sort(&mut diagnostics);
    Read { sources, reading, diagnostics }
}

/// A document of a kind with this `spec`, in flow style.
pub(crate) fn document(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: it, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Fails unless the object is counted; warnings may be said.
#[track_caller]
fn accepted(fact: &str, text: &str) {
    let read = read_files([("it.yaml", text)]);
    let is_error = read.diagnostics.iter().any(Diagnostic::is_error);
    assert!(!is_error, "{fact}\n{text}\n{}", read.rendered());
    assert_eq!(read.reading.bundle.objects.len(), 1, "{fact}\n{text}");
    assert_eq!(read.reading.refused, []);
}

/// Fails unless the object is refused by this code alone, once, and is not counted.
#[track_caller]
fn refused(fact: &str, code: Code, text: &str) {
    let read = read_files([("it.yaml", text)]);
    let codes: Vec<&str> =
        read.diagnostics.iter().filter(|said| said.is_error()).map(|said| said.code.id()).collect();
    assert_eq!(codes, [code.id()], "{fact}\n{text}\n{}", read.rendered());
    assert!(read.reading.bundle.objects.is_empty(), "{fact}\n{text}");
    assert_eq!(read.reading.refused.len(), 1, "{fact}\n{text}");
}
