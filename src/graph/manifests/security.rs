//! Istio security resources among the manifests: enough of each to tell what it would open or close beside
//! the policies that are built.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexSet;

use super::fields::Fields;
use super::object::Object;
use crate::graph::model::{Labels, SecurityResource, ServiceGraph};
use crate::source::Symbol;
use crate::yaml::Node;

/// Adds an AuthorizationPolicy, PeerAuthentication or RequestAuthentication.
pub(super) fn read(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let labels = object.metadata().map(|metadata| fields.labels(metadata, "labels")).unwrap_or_default();
    let mut resource = SecurityResource {
        kind: object.kind_name,
        key: object.key,
        labels,
        selector: Labels::new(),
        action: Symbol::new("ALLOW"),
        rules: 0,
        modes: IndexSet::new(),
        span: object.span,
    };
    if let Some(spec) = object.spec() {
        read_spec(spec, &mut resource, fields);
    }
    graph.resources.push(resource);
}

/// Keeps the first of each: one resource may come twice, in a file and in a listing of the cluster.
pub(super) fn once(resources: &mut Vec<SecurityResource>) {
    let mut known = HashSet::new();
    resources.retain(|resource| {
        let SecurityResource { kind, key, selector, action, rules, modes, .. } = resource;
        let modes: BTreeSet<Symbol> = modes.iter().copied().collect();
        known.insert((*kind, *key, selector.clone(), *action, *rules, modes))
    });
}

fn read_spec(spec: &Node, resource: &mut SecurityResource, fields: &mut Fields<'_>) {
    if fields.mapping(spec, "selector").is_some()
        && let Some(selector) = spec.get("selector")
    {
        resource.selector = fields.labels(selector, "matchLabels");
    }
    if let Some(action) = fields.string(spec, "action") {
        resource.action = action.node;
    }
    resource.rules = fields.items(spec, "rules").len() + fields.items(spec, "jwtRules").len();
    resource.modes = modes(spec, fields);
}

/// The mode of the whole scope first, then those of its ports.
fn modes(spec: &Node, fields: &mut Fields<'_>) -> IndexSet<Symbol> {
    let ports = fields.mapping(spec, "portLevelMtls").into_iter().flat_map(|ports| &ports.entries);
    let scopes = spec.get("mtls").into_iter().chain(ports.map(|(_, scope)| scope));
    scopes.filter_map(|scope| fields.string(scope, "mode")).map(|mode| mode.node).collect()
}
