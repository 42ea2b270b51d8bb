//! What `meshward graph` shows, independent of how: nodes and edges in a fixed order. Its JSON form is
//! documented in `docs/json.md`, where a change of a field raises the version.

use meshward::Program;
use meshward::source::SourceMap;
use serde::Serialize;

use super::{edges, nodes};
use crate::cli::json;

/// The version of the JSON form.
const VERSION: u32 = 1;

/// The graph of one project.
#[derive(Debug, Serialize)]
pub(super) struct View {
    version: u32,
    /// The name of the project.
    pub(super) project: String,
    /// Services, and workloads without one, by namespace and name.
    pub(super) nodes: Vec<Node>,
    /// Who may call whom, in the order of the policy; then the known calls that no rule allows.
    pub(super) edges: Vec<Edge>,
}

/// Something that can be called, or that calls.
#[derive(Debug, Serialize)]
pub(super) struct Node {
    /// `namespace/name`, as edges name it.
    pub(super) id: String,
    /// The first half of the id.
    pub(super) namespace: String,
    /// The second half of the id.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: NodeKind,
    /// The service accounts that its workloads run as, as `namespace/name`.
    pub(super) accounts: Vec<String>,
    /// The ports of the service, or those that the containers declare.
    pub(super) ports: Vec<Port>,
    /// File and line.
    pub(super) place: String,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NodeKind {
    /// A name for something outside: an `ExternalName` service or a `ServiceEntry`.
    External,
    /// A service with workloads behind it.
    Service,
    /// A workload that no service leads to.
    Workload,
}

/// A port of a node.
#[derive(Debug, Serialize)]
pub(super) struct Port {
    /// Its name, if it has one.
    pub(super) name: Option<String>,
    /// The number that callers use.
    #[serde(rename = "port")]
    pub(super) number: u16,
    /// The port of the workload: a number or a name.
    pub(super) target: String,
    /// What travels there: `http`, `grpc`, `tcp`, `auto`, …
    pub(super) protocol: String,
}

/// A caller, a callee and what is between them.
#[derive(Debug, Serialize)]
pub(super) struct Edge {
    /// The id of a node, or what else may call: `account shop/batch`, `shop/*`, `mesh`, `anyone`,
    /// `203.0.113.0/24`.
    pub(super) from: String,
    /// The id of a node.
    pub(super) to: String,
    /// Why it is here.
    pub(super) kind: EdgeKind,
    /// Callers taken out by `except`, named as `from` is.
    pub(super) except: Vec<String>,
    /// Workload ports; empty for a known call without a stated port.
    pub(super) ports: Vec<u16>,
    /// `GET /api/v1/users/*`; empty for everything on the ports.
    pub(super) operations: Vec<String>,
    /// The known endpoints of the target that the operations cover: `GET /api/v1/users/{id}`.
    pub(super) covers: Vec<String>,
    /// File and line of the rule or of the known call.
    pub(super) place: String,
}

/// Why an edge is in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EdgeKind {
    /// A rule allows it.
    Allow,
    /// A rule denies it.
    Deny,
    /// The graph knows of the call and no rule allows it.
    Missing,
}

impl View {
    /// The view of a project; places are named as `sources` names them.
    pub(super) fn new(program: &Program, sources: &SourceMap) -> Self {
        let nodes = nodes::of(&program.graph, sources);
        let edges = edges::of(program, &nodes, sources);
        Self { version: VERSION, project: program.project.name.to_string(), nodes, edges }
    }

    /// One JSON document.
    pub(super) fn to_json(&self) -> String {
        json::document(self)
    }

    /// Callers that are no node, each once, in the order of the edges.
    pub(super) fn outsiders(&self) -> indexmap::IndexSet<&str> {
        let is_node = |id: &str| self.nodes.iter().any(|node| node.id == id);
        let froms = self.edges.iter().map(|edge| edge.from.as_str());
        froms.filter(|from| !is_node(from)).collect()
    }

    /// Allowed and missing edges with their operations, one for each pair of ends and kind: a drawing with
    /// twenty arrows between two boxes tells nothing.
    pub(super) fn arrows(&self) -> Vec<Arrow<'_>> {
        let mut arrows = indexmap::IndexMap::<(&str, &str, bool), indexmap::IndexSet<String>>::new();
        for edge in &self.edges {
            let missing = match edge.kind {
                EdgeKind::Allow => false,
                EdgeKind::Missing => true,
                EdgeKind::Deny => continue,
            };
            let labels = arrows.entry((&edge.from, &edge.to, missing)).or_default();
            labels.extend(edge.operations.iter().cloned());
            if edge.operations.is_empty() {
                labels.extend(edge.ports.iter().map(|port| format!(":{port}")));
            }
        }
        arrows
            .into_iter()
            .map(|((from, to, missing), labels)| Arrow {
                from,
                to,
                missing,
                label: labels.into_iter().collect::<Vec<_>>().join("\n"),
            })
            .collect()
    }
}

/// One line of a drawing.
#[derive(Debug)]
pub(super) struct Arrow<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// Whether no rule allows it.
    pub(super) missing: bool,
    /// What is called, one a line.
    pub(super) label: String,
}
