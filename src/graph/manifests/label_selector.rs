//! `matchLabels` and `matchExpressions`, as namespaces and pods are selected by.

use super::fields::Fields;
use crate::graph::model::{LabelAsks, LabelExpression, LabelSelector};
use crate::yaml::Node;

/// The selector in a node; an expression with an unknown operator is left out.
pub(super) fn label_selector(node: &Node, fields: &mut Fields<'_>) -> LabelSelector {
    let labels = fields.labels(node, "matchLabels");
    let items = fields.items(node, "matchExpressions");
    let expressions = items.iter().filter_map(expression).collect();
    LabelSelector { labels, expressions }
}

fn expression(node: &Node) -> Option<LabelExpression> {
    let values = || node.items("values").iter().filter_map(|value| Some(value.as_scalar()?.text)).collect();
    let asks = match node.text("operator")?.as_str() {
        "DoesNotExist" => LabelAsks::DoesNotExist,
        "Exists" => LabelAsks::Exists,
        "In" => LabelAsks::In(values()),
        "NotIn" => LabelAsks::NotIn(values()),
        _ => return None,
    };
    Some(LabelExpression { key: node.text("key")?, asks })
}
