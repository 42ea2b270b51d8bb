//! The graph as a Mermaid flowchart, which GitHub and other viewers of Markdown draw.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::view::{Node, NodeKind, View};

/// The flowchart: a box for each namespace, solid arrows for what is allowed, dashed ones for known calls
/// without a rule.
pub(super) fn render(view: &View) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let mut ids = IndexMap::<&str, String>::new();
    let mut namespaces = IndexMap::<&str, Vec<&Node>>::new();
    for node in &view.nodes {
        ids.insert(&node.id, format!("n{}", ids.len()));
        namespaces.entry(&node.namespace).or_default().push(node);
    }
    for (index, (namespace, nodes)) in namespaces.iter().enumerate() {
        let _ = writeln!(text, "  subgraph s{index}[{}]", quoted(namespace));
        for node in nodes {
            let _ = writeln!(text, "    {}{}", ids[node.id.as_str()], shape(node));
        }
        text.push_str("  end\n");
    }
    for outsider in view.outsiders() {
        ids.insert(outsider, format!("n{}", ids.len()));
        let _ = writeln!(text, "  {}([{}])", ids[outsider], quoted(outsider));
    }
    for arrow in view.arrows() {
        // A known call may lead to something that is no node of this graph.
        let (Some(from), Some(to)) = (ids.get(arrow.from), ids.get(arrow.to)) else { continue };
        let line = if arrow.missing { "-.->" } else { "-->" };
        let label = if arrow.missing { "no rule" } else { &arrow.label };
        let label = if label.is_empty() { String::new() } else { format!("|{}|", quoted(label)) };
        let _ = writeln!(text, "  {from} {line}{label} {to}");
    }
    text
}

/// Rounded for a service, a plain box for a workload alone, a hexagon for the outside.
fn shape(node: &Node) -> String {
    let name = quoted(&node.name);
    match node.kind {
        NodeKind::External => format!("{{{{{name}}}}}"),
        NodeKind::Service => format!("({name})"),
        NodeKind::Workload => format!("[{name}]"),
    }
}

/// A label: Mermaid reads entities, and `*` or `_` would be taken for Markdown in backticks only.
fn quoted(text: &str) -> String {
    let escaped =
        text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('\n', "<br/>");
    format!("\"{escaped}\"")
}
