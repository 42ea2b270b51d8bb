//! The part `graph:` of a project file: where the facts about the world are.

use super::model::{GraphSources, ManifestSource};
use super::read::{CODE, Context, items};
use crate::graph::check_label;
use crate::source::Spanned;
use crate::yaml::{self, Node, Value};

const KEYS: &[&str] = &["services", "manifests", "openapi", "protobuf"];

pub(super) fn read(ctx: &mut Context<'_>, node: &Node) -> GraphSources {
    let Some(mapping) = ctx.keep(yaml::mapping(node, CODE)) else {
        return GraphSources::default();
    };
    ctx.known_keys(mapping, KEYS);
    let services = node.get("services").map(|node| ctx.paths(node));
    let manifests = node
        .get("manifests")
        .map(|node| items(node).iter().filter_map(|item| manifest(ctx, item)).collect::<Vec<_>>());
    let openapi = node.get("openapi").map(|node| ctx.service_files(node));
    let protobuf = node.get("protobuf").map(|node| ctx.service_files(node));
    GraphSources {
        services: services.unwrap_or_default(),
        manifests: manifests.unwrap_or_default(),
        openapi: openapi.unwrap_or_default().into_iter().collect(),
        protobuf: protobuf.unwrap_or_default().into_iter().collect(),
    }
}

/// `k8s/`, or `{path: vendor/boutique.yaml, namespace: boutique}`
fn manifest(ctx: &mut Context<'_>, node: &Node) -> Option<ManifestSource> {
    let Value::Mapping(mapping) = &node.value else {
        return ctx.path(node).map(|path| ManifestSource { path, namespace: None });
    };
    ctx.known_keys(mapping, &["path", "namespace"]);
    let namespace = node.get("namespace").and_then(|node| {
        let name = ctx.string(node)?;
        Some(Spanned::new(ctx.valid(name, node.span, check_label)?, node.span))
    });
    let Some(path) = node.get("path") else {
        ctx.report(yaml::wrong_type(node, "a path, or a mapping with `path:`", CODE));
        return None;
    };
    Some(ManifestSource { path: ctx.path(path)?, namespace })
}
