//! Existing YAML becomes typed resources, and what a cluster would refuse is told with Istio's reason.

use meshward::diagnostic::{self, Diagnostic};
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
