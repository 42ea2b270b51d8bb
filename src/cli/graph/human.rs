//! The graph for people: a paragraph for each service, one line for each of its ports and callers.

use std::fmt::Write as _;

use super::view::{Edge, EdgeKind, Node, NodeKind, Port, View};

/// The text.
pub(super) fn render(view: &View) -> String {
    let paragraphs: Vec<String> = view.nodes.iter().map(|node| paragraph(view, node)).collect();
    paragraphs.join("\n")
}

/// ```text
/// shop/payments                                      services.yaml:4
///   runs as  shop/payments
///   port     http 80 -> 8080, http
///   allows   marketing/marketing-api GET /api/v1/users/*    policies/main.ward:3
///   covers   GET /api/v1/users/{id}
///   misses   shop/orders, which is known to call it         services.yaml:12
/// ```
fn paragraph(view: &View, node: &Node) -> String {
    let mut text = String::new();
    let remark = match node.kind {
        NodeKind::External => " (outside of the mesh)",
        NodeKind::Service => "",
        NodeKind::Workload => " (a workload without a service)",
    };
    let _ = writeln!(text, "{}{remark}  {}", node.id, node.place);
    for account in &node.accounts {
        row(&mut text, "runs as", account, None);
    }
    for entry in &node.ports {
        row(&mut text, "port", &port(entry), None);
    }
    for edge in view.edges.iter().filter(|edge| edge.to == node.id) {
        let (head, what) = match edge.kind {
            EdgeKind::Allow => ("allows", permission(edge)),
            EdgeKind::Deny => ("denies", permission(edge)),
            EdgeKind::Missing => {
                ("misses", format!("{}, known to call it, but no rule allows it", edge.from))
            }
        };
        row(&mut text, head, &what, Some(&edge.place));
        if is_open(edge) && !edge.covers.is_empty() {
            row(&mut text, "covers", &listed(&edge.covers), None);
        }
    }
    text
}

/// Whether one can not tell by the operations alone which endpoints are meant.
fn is_open(edge: &Edge) -> bool {
    edge.operations.iter().any(|operation| operation.contains(['*', '{']) || !operation.contains('/'))
}

/// How many endpoints are named.
const MOST_NAMED: usize = 5;

fn listed(endpoints: &[String]) -> String {
    let named = endpoints[..endpoints.len().min(MOST_NAMED)].join(", ");
    match endpoints.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn row(text: &mut String, head: &str, what: &str, place: Option<&str>) {
    let place = place.map_or_else(String::new, |place| format!("  ({place})"));
    let _ = writeln!(text, "  {head:<9}{what}{place}");
}

fn port(port: &Port) -> String {
    let name = port.name.as_ref().map_or_else(String::new, |name| format!("{name} "));
    let target =
        if port.target == port.number.to_string() { String::new() } else { format!(" -> {}", port.target) };
    format!("{name}{}{target}, {}", port.number, port.protocol)
}

fn permission(edge: &Edge) -> String {
    let mut text = edge.from.clone();
    if !edge.except.is_empty() {
        let _ = write!(text, " except {}", edge.except.join(", "));
    }
    let ports: Vec<String> = edge.ports.iter().map(ToString::to_string).collect();
    if edge.operations.is_empty() {
        let _ = write!(text, ": everything on port {}", ports.join(", "));
    } else {
        let _ = write!(text, ": {}", edge.operations.join("; "));
    }
    text
}
