//! The graph for Graphviz.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::view::{Node, NodeKind, View};

/// The digraph: a cluster for each namespace, solid arrows for what is allowed, dashed ones for known calls
/// without a rule.
pub(super) fn render(view: &View) -> String {
    let mut text = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(&view.project));
    let mut namespaces = IndexMap::<&str, Vec<&Node>>::new();
    for node in &view.nodes {
        namespaces.entry(&node.namespace).or_default().push(node);
    }
    for (namespace, nodes) in &namespaces {
        let cluster = quoted(&format!("cluster_{namespace}"));
        let _ = writeln!(text, "  subgraph {cluster} {{\n    label={};", quoted(namespace));
        for node in nodes {
            let _ = writeln!(text, "    {} [label={}{}];", quoted(&node.id), quoted(&node.name), style(node));
        }
        text.push_str("  }\n");
    }
    for outsider in view.outsiders() {
        let _ = writeln!(text, "  {} [shape=oval];", quoted(outsider));
    }
    for arrow in view.arrows() {
        let attributes = if arrow.missing {
            "style=dashed, label=\"no rule\"".to_owned()
        } else {
            format!("label={}", quoted(&arrow.label))
        };
        let _ = writeln!(text, "  {} -> {} [{attributes}];", quoted(arrow.from), quoted(arrow.to));
    }
    text.push_str("}\n");
    text
}

fn style(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::External => ", shape=hexagon",
        NodeKind::Service => ", style=rounded",
        NodeKind::Workload => "",
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
