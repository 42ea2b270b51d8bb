//! `metadata:` the name and namespace of an object, its labels and annotations, and when it was made.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::object::Kind;
use super::refuse::{annotation, text};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::manifests::Document;
use crate::graph::{check_label, check_label_value, check_subdomain};
use crate::istio::resources::{Action, Metadata};
use crate::source::{Span, Symbol};
use crate::yaml::{self, LiteralText, Node};

/// Kubernetes' `ObjectMeta`, with `clusterName`, which it had until 1.24.
const KNOWN: [&str; 16] = [
    "annotations",
    "clusterName",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The metadata, and the place of the name.
pub(super) fn read(document: &Document<'_>, fields: &mut Fields<'_>) -> (Metadata, Span) {
    let node = document.node;
    let kind = node.get("kind").map_or(node.span, |kind| kind.span);
    let Some(metadata) = node.get("metadata") else {
        fields.report(invalid("`metadata` is missing", kind, "this object needs it"));
        return (Metadata::default(), kind);
    };
    fields.mapping_with_nulls(metadata, &KNOWN);
    let (name, span) = name(metadata, fields);
    let read = Metadata {
        name,
        namespace: namespace(metadata, fields).unwrap_or_else(|| document.default_namespace()),
        labels: labels(metadata, fields),
        annotations: annotations(metadata, fields),
        creation_timestamp: fields.text(metadata, "creationTimestamp", text::any),
    };
    (read, span)
}

/// `name`, else `generateName`.
fn name(metadata: &Node, fields: &mut Fields<'_>) -> (String, Span) {
    let stated = ["name", "generateName"].into_iter().find_map(|key| Some((key, metadata.get(key)?)));
    let Some((key, node)) = stated else {
        fields.report(invalid("`metadata.name` is missing", metadata.span, "this object needs it"));
        return (String::new(), metadata.span);
    };
    let Some(text) = fields.accept(yaml::string(node, code::INVALID_MANIFEST)) else {
        return (String::new(), node.span);
    };
    let name = if key == "name" { text.as_str() } else { text.trim_end_matches('-') };
    check_name(name, node.span, check_subdomain, fields);
    (name.to_owned(), node.span)
}

fn namespace(metadata: &Node, fields: &mut Fields<'_>) -> Option<Symbol> {
    let node = metadata.get("namespace")?;
    let namespace = fields.accept(yaml::string(node, code::INVALID_MANIFEST))?;
    if namespace.is_empty() {
        return None;
    }
    check_name(&namespace, node.span, check_label, fields);
    Some(namespace)
}

fn labels(metadata: &Node, fields: &mut Fields<'_>) -> BTreeMap<Symbol, Symbol> {
    let mut labels = BTreeMap::new();
    for (key, node) in entries(metadata, "labels", fields) {
        let Some(value) = value(node, fields) else { continue };
        if !value.is_empty() {
            check_name(&value, node.span, check_label_value, fields);
        }
        labels.insert(key, value);
    }
    labels
}

fn annotations(metadata: &Node, fields: &mut Fields<'_>) -> BTreeMap<Symbol, LiteralText> {
    let mut annotations = BTreeMap::new();
    for (key, node) in entries(metadata, "annotations", fields) {
        fields.judge(annotation::key(&key), node.span);
        if let Some(value) = value(node, fields) {
            annotations.insert(key, LiteralText(value.into()));
        }
    }
    annotations
}

/// The entries of the mapping at `key` whose names kubectl takes for strings too.
fn entries<'n>(metadata: &'n Node, key: &str, fields: &mut Fields<'_>) -> Vec<(Symbol, &'n Node)> {
    let Some(node) = metadata.get(key) else {
        return Vec::new();
    };
    let Some(mapping) = fields.accept(yaml::mapping(node, code::INVALID_MANIFEST)) else {
        return Vec::new();
    };
    let named = mapping.entries.iter().map(|(key, node)| (yaml::key(key), node));
    named.filter_map(|(key, node)| Some((fields.accept(key)?, node))).collect()
}

/// A value of a label or an annotation; nothing stands for an empty one.
fn value(node: &Node, fields: &mut Fields<'_>) -> Option<Symbol> {
    if node.is_null() {
        return Some(Symbol::default());
    }
    fields.accept(yaml::string(node, code::INVALID_MANIFEST))
}

/// What Istio's webhook says to the annotation that lets a policy be tried out.
pub(super) fn judge_dry_run(object: &Node, action: Action, fields: &mut Fields<'_>) {
    if let Some(node) = dry_run(object)
        && let Some(scalar) = node.as_scalar()
    {
        fields.judge(annotation::dry_run(&scalar.text, action), node.span);
    }
}

/// Only AuthorizationPolicies can be tried out.
pub(super) fn refuse_dry_run(object: &Node, kind: Kind, fields: &mut Fields<'_>) {
    if let Some(node) = dry_run(object) {
        fields.report(annotation::dry_run_of_kind(kind.name()).at(node.span));
    }
}

fn dry_run(object: &Node) -> Option<&Node> {
    object.get("metadata")?.get("annotations")?.as_mapping()?.get(annotation::DRY_RUN)
}

fn check_name(name: &str, span: Span, check: fn(&str) -> Result<(), String>, fields: &mut Fields<'_>) {
    if let Err(reason) = check(name) {
        let diagnostic = invalid(&format!("Kubernetes refuses `{name}`"), span, reason);
        fields.report(if name.contains(['$', '<', '{']) {
            diagnostic.note("if this is a placeholder, fill it in first, for example with `envsubst`")
        } else {
            diagnostic
        });
    }
}

fn invalid(message: &str, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code::INVALID_MANIFEST, message, span, label)
}
