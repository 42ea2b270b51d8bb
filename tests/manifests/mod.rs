//! Kubernetes manifests become the service graph: one small manifest per rule.

mod calls;
mod contradictions;
mod injection;
mod owners;
mod security;
mod services;
mod shapes;
mod workloads;

use meshward::diagnostic::{self, Diagnostic};
use meshward::graph::manifests::{self, Manifest};
use meshward::graph::{ServiceGraph, Workload};
use meshward::source::SourceMap;
use meshward::yaml;

/// A graph and what was said on the way to it.
pub(crate) struct Read {
    pub(crate) sources: SourceMap,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) graph: ServiceGraph,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Read {
    /// The diagnostics as a person sees them.
    pub(crate) fn rendered(&self) -> String {
        diagnostic::render_human(&self.sources, &self.diagnostics, false)
    }

    /// The ids of the diagnostics, in order.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|diagnostic| diagnostic.code.id()).collect()
    }

    /// The only workload of that name.
    #[track_caller]
    pub(crate) fn workload(&self, name: &str) -> &Workload {
        let found: Vec<&Workload> = self.graph.workloads_called(name).collect();
        assert_eq!(found.len(), 1, "workloads called {name}");
        found[0]
    }
}

/// Reads files given as name and text.
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
    manifests::read(&manifests, &mut graph, &mut diagnostics);
    graph.finish();
    diagnostic::sort(&mut diagnostics);
    Read { sources, manifests, graph, diagnostics }
}

/// Reads one text that must be without fault.
#[track_caller]
pub(crate) fn read(text: &str) -> Read {
    let read = read_files([("k8s.yaml", text)]);
    assert!(read.diagnostics.is_empty(), "{}", read.rendered());
    read
}

/// What is said about a text that has faults.
#[track_caller]
pub(crate) fn complaints(text: &str) -> String {
    let read = read_files([("k8s.yaml", text)]);
    assert!(!read.diagnostics.is_empty(), "nothing was said");
    read.rendered()
}

/// A Deployment `shop/cart` whose pod template has these lines under `metadata` and `spec`.
pub(crate) fn deployment(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata:
{}    spec:
      containers: [{{name: server, image: cart}}]
{}---
",
        indented(if metadata.is_empty() { "labels: {app: cart}" } else { metadata }, 6),
        indented(spec, 6)
    )
}

/// The lines of `text`, each indented by so many spaces.
pub(crate) fn indented(text: &str, by: usize) -> String {
    text.lines().flat_map(|line| [" ".repeat(by), line.to_owned(), "\n".to_owned()]).collect()
}
