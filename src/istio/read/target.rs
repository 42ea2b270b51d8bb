//! What an object is about: `selector`, `targetRef` and `targetRefs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::Fields;
use super::lint::empty_selector;
use super::refuse::{Gate, Refusal, label, target, text};
use crate::diagnostic::code;
use crate::istio::resources::{TargetRef, WorkloadSelector};
use crate::source::{Span, Symbol};
use crate::yaml::{self, Node};

/// The ways to say it, of which an object has at most one: CEL of the schema, "only one of targetRefs or selector
/// can be set", where an empty list counts.
const WAYS: [&str; 3] = ["selector", "targetRef", "targetRefs"];

/// Where it is said.
pub(super) fn place(spec: &Node) -> Option<Span> {
    WAYS.into_iter().find_map(|way| spec.get(way)).map(|node| node.span)
}

/// The selector. An empty one is kept apart from none.
pub(super) fn selector(spec: &Node, fields: &mut Fields<'_>) -> Option<WorkloadSelector> {
    let selector = fields.object(spec, "selector", &["matchLabels"])?;
    let mut labels = BTreeMap::new();
    if let Some(node) = selector.get("matchLabels")
        && let Some(mapping) = fields.accept(yaml::mapping(node, code::REFUSED_BY_SCHEMA))
    {
        if let Some((beyond, _)) = mapping.entries.get(label::MAX_LABELS) {
            let count = mapping.entries.len();
            fields.judge(text::no_more_than(count, label::MAX_LABELS, "labels in a selector"), beyond.span);
        }
        for (name, value) in &mapping.entries {
            fields.judge(label::key(name), name.span);
            let name = fields.accept(yaml::key(name));
            let value: Option<Symbol> = fields.text_of(value, label::value);
            labels.extend(name.zip(value));
        }
    }
    if labels.is_empty() {
        fields.report(empty_selector::diagnose(selector.span));
    }
    Some(WorkloadSelector { match_labels: Arc::new(labels) })
}

/// What the object is attached to.
pub(super) fn target_refs(spec: &Node, fields: &mut Fields<'_>) -> Vec<TargetRef> {
    let mut ways = WAYS.into_iter().filter_map(|way| Some((way, spec.get(way)?)));
    if let (Some((first, first_node)), Some((second, node))) = (ways.next(), ways.next()) {
        let refusal = Refusal::new(Gate::Schema, format!("both `{first}` and `{second}`"))
            .advice("an object has one of `selector` and `targetRefs`; even an empty list counts");
        fields.report(refusal.at(node.span).label(first_node.span, "the other one"));
    }
    let single = spec.get("targetRef");
    let listed = fields.limited(spec, "targetRefs", target::MAX_TARGETS);
    single.into_iter().chain(listed).filter_map(|node| target_ref(node, fields)).collect()
}

fn target_ref(node: &Node, fields: &mut Fields<'_>) -> Option<TargetRef> {
    fields.mapping(node, &["group", "kind", "name", "namespace"])?;
    let group: Option<Symbol> = fields.text(node, "group", target::group);
    let kind: Option<Symbol> = fields.required(node, "kind", target::kind_name);
    let name: Option<Symbol> = fields.required(node, "name", target::name);
    let _: Option<Symbol> = fields.text(node, "namespace", target::namespace);
    // The core group has a name of its own, too.
    let group = group.filter(|group| *group != "core").unwrap_or_default();
    let (kind, name) = (kind?, name?);
    fields.judge(target::kind(&group, &kind), node.span);
    Some(TargetRef { group, kind, name })
}
