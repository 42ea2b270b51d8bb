//! The native service graph, and how it joins manifests and descriptions of endpoints.

mod descriptions;
mod errors;
mod facts;
mod joined;

use std::fmt::Write as _;
use std::path::Path;

use meshward::diagnostic::{Diagnostic, render_human};
use meshward::graph::{self, Backend, Proxy, ServiceGraph, TargetPort};
use meshward::project;
use meshward::source::{MemoryLoader, SourceMap};

const ROOT: &str = "/work";

/// The project that most tests are about.
const PROJECT: &str = "name: shop\ngraph: {services: services.yaml, manifests: k8s}\n";

/// Builds the graph of files below the project's folder, `meshward.yaml` among them.
fn build(files: &[(&str, &str)]) -> (ServiceGraph, Vec<Diagnostic>, SourceMap) {
    let root = Path::new(ROOT);
    let loader = MemoryLoader::new(files.iter().map(|(path, text)| (root.join(path), *text)));
    let mut sources = SourceMap::default();
    let (_, text) = files.iter().find(|(path, _)| *path == project::FILE_NAME).unwrap();
    let source = sources.add(project::FILE_NAME, *text);
    let (project, found) = project::read(root, source, text);
    assert_eq!(found, [], "nothing is wrong with the project file");
    let (graph, diagnostics) = graph::build(&loader, &mut sources, &project.unwrap());
    (graph, diagnostics, sources)
}

/// The graph of a native file alone.
#[track_caller]
fn native(services: &str) -> ServiceGraph {
    let project = "name: shop\ngraph: {services: services.yaml}\n";
    let (graph, diagnostics, sources) = build(&[(project::FILE_NAME, project), ("services.yaml", services)]);
    assert_eq!(render_human(&sources, &diagnostics, false), "", "nothing is wrong with this file");
    graph
}

/// The graph of a native file and one manifest.
#[track_caller]
fn both(services: &str, manifest: &str) -> ServiceGraph {
    let files = [(project::FILE_NAME, PROJECT), ("services.yaml", services), ("k8s/shop.yaml", manifest)];
    let (graph, diagnostics, sources) = build(&files);
    assert_eq!(render_human(&sources, &diagnostics, false), "", "these agree");
    graph
}

/// What is said about a native file and one manifest.
fn messages(services: &str, manifest: &str) -> String {
    let files = [(project::FILE_NAME, PROJECT), ("services.yaml", services), ("k8s/shop.yaml", manifest)];
    let (_, mut diagnostics, sources) = build(&files);
    meshward::diagnostic::sort(&mut diagnostics);
    render_human(&sources, &diagnostics, false)
}

/// Services and workloads, a line for each fact.
fn show(graph: &ServiceGraph) -> String {
    let mut text = String::new();
    for service in graph.services.values() {
        writeln!(text, "service {} {}", service.key, show_backend(&service.backend)).unwrap();
        for port in &service.ports {
            let target = match &port.target {
                TargetPort::Number(number) => number.to_string(),
                TargetPort::Name(name) => format!("`{name}`"),
            };
            let name = port.name.as_deref().unwrap_or("-");
            writeln!(text, "  port {name} {} -> {target} {:?}", port.number, port.protocol).unwrap();
        }
        for endpoint in &service.endpoints {
            writeln!(text, "  endpoint {} {}", endpoint.method, endpoint.path).unwrap();
        }
        for call in &service.calls {
            writeln!(text, "  calls {}", call.node).unwrap();
        }
    }
    for workload in &graph.workloads {
        let stated = if workload.account_stated { "" } else { " (by default)" };
        let account = &workload.account.node;
        writeln!(text, "{} {} {:?} as {account}{stated}", workload.kind, workload.key, workload.labels)
            .unwrap();
        let proxy = match &workload.proxy {
            Proxy::Injected(_) => "has a proxy".to_owned(),
            Proxy::Absent(_, reason) => format!("has no proxy: {reason}"),
            Proxy::Unknown => "may have a proxy".to_owned(),
        };
        let ports: Vec<u16> = workload.ports.iter().map(|port| port.number).collect();
        writeln!(text, "  ports {ports:?}, {proxy}").unwrap();
    }
    text
}

fn show_backend(backend: &Backend) -> String {
    match backend {
        Backend::Selector(selector) => format!("selects {:?}", selector.node),
        Backend::NoSelector => "selects nothing".to_owned(),
        Backend::ExternalName => "is an external name".to_owned(),
        Backend::ServiceEntry => "is a ServiceEntry".to_owned(),
    }
}

/// A result below what it came from.
fn beside(sources: &[&str], result: &str) -> String {
    let sources: Vec<&str> = sources.iter().map(|source| source.trim()).collect();
    format!("{}\n────\n{result}", sources.join("\n────\n"))
}
