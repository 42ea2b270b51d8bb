//! Reads one entry of `services:`.

use rustc_hash::FxHashMap;

use super::model::{NativePort, NativeService};
use super::read::{CODE, Context};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::graph::manifests::protocol::is_tls;
use crate::graph::model::{Endpoint, Key, Protocol, TargetPort};
use crate::graph::name::check_subdomain;
use crate::source::{Span, Spanned, Symbol};
use crate::yaml::{self, Node};

const KEYS: &[&str] = &[
    "serviceAccount",
    "labels",
    "ports",
    "versions",
    "endpoints",
    "openapi",
    "protobuf",
    "calls",
    "sidecar",
    "waypoint",
];

const PORT_KEYS: &[&str] = &["name", "port", "targetPort", "protocol"];

/// How a port's protocol is written.
const PROTOCOLS: &[(&str, Protocol)] = &[
    ("grpc", Protocol::Grpc),
    ("grpc-web", Protocol::Grpc),
    ("http", Protocol::Http),
    ("http2", Protocol::Http2),
    ("https", Protocol::Tcp),
    ("mongo", Protocol::Tcp),
    ("mysql", Protocol::Tcp),
    ("redis", Protocol::Tcp),
    ("tcp", Protocol::Tcp),
    ("tls", Protocol::Tcp),
    ("udp", Protocol::Udp),
];

/// Reads `shop/payments: {…}`.
pub(super) fn read(ctx: &mut Context<'_>, key: &Spanned<Symbol>, node: &Node) -> Option<NativeService> {
    let service = match Key::parse(key) {
        Ok(service) => service,
        Err(reason) => {
            let message = format!("`{}` can not name a service", key.node);
            ctx.report(Diagnostic::new(CODE, message, key.span, reason));
            return None;
        }
    };
    if let Some(fields) = ctx.mapping_or_nothing(node) {
        ctx.known_keys(fields, KEYS);
    }
    if let Some(versions) = node.get("versions") {
        check_versions(ctx, versions);
    }
    if let Some(waypoint) = node.get("waypoint") {
        ctx.not_supported_yet("a waypoint", waypoint.span);
    }
    Some(NativeService {
        account: node.get("serviceAccount").and_then(|node| account(ctx, node)),
        labels: node.get("labels").and_then(|node| Some(Spanned::new(ctx.labels(node)?, node.span))),
        ports: ports(ctx, node.get("ports")),
        endpoints: read_items(ctx, node.get("endpoints"), endpoint),
        calls: read_items(ctx, node.get("calls"), |ctx, node| call(ctx, node, service.namespace)),
        sidecar: node
            .get("sidecar")
            .and_then(|node| Some(Spanned::new(ctx.keep(yaml::boolean(node, CODE))?, node.span))),
        openapi: file(ctx, node.get("openapi")),
        protobuf: file(ctx, node.get("protobuf")),
        key: service,
        span: key.span,
    })
}

fn read_items<T>(
    ctx: &mut Context<'_>,
    node: Option<&Node>,
    mut read: impl FnMut(&mut Context<'_>, &Node) -> Option<T>,
) -> Vec<T> {
    let items = node.and_then(|node| ctx.keep(yaml::sequence(node, CODE))).unwrap_or_default();
    let mut read_items = Vec::with_capacity(items.len());
    read_items.extend(items.iter().filter_map(|item| read(ctx, item)));
    read_items
}

fn account(ctx: &mut Context<'_>, node: &Node) -> Option<Spanned<Symbol>> {
    let name = ctx.string(node)?;
    Some(Spanned::new(ctx.valid(name, node.span, check_subdomain)?, node.span))
}

fn file(ctx: &mut Context<'_>, node: Option<&Node>) -> Option<Spanned<Symbol>> {
    let node = node?;
    Some(Spanned::new(ctx.string(node)?, node.span))
}

/// `{v1: {version: v1}}`: labels by version, which nothing asks for yet.
fn check_versions(ctx: &mut Context<'_>, node: &Node) {
    if let Some(versions) = ctx.keep(yaml::mapping(node, CODE)) {
        for (_, labels) in &versions.entries {
            ctx.labels(labels);
        }
    }
}

fn ports(ctx: &mut Context<'_>, node: Option<&Node>) -> Vec<NativePort> {
    let read = read_items(ctx, node, port);
    let mut ports: Vec<NativePort> = Vec::with_capacity(read.len());
    let mut given: FxHashMap<(u16, bool), Span> = FxHashMap::default();
    for port in read {
        if let Some(first) = given.get(&(port.number, port.is_udp())) {
            let message = format!("the port {} is given twice", port.number);
            let diagnostic = Diagnostic::new(CODE, message, port.span, "given again here");
            ctx.report(diagnostic.label(*first, "first given here"));
        } else {
            given.insert((port.number, port.is_udp()), port.span);
            ports.push(port);
        }
    }
    ports
}

/// `{name: http, port: 80, targetPort: 8080, protocol: http}`
fn port(ctx: &mut Context<'_>, node: &Node) -> Option<NativePort> {
    let fields = ctx.keep(yaml::mapping(node, CODE))?;
    ctx.known_keys(fields, PORT_KEYS);
    let Some(number) = node.get("port") else {
        ctx.report(Diagnostic::new(CODE, "a port without `port:`", node.span, "its number is missing"));
        return None;
    };
    let name = node.get("name").and_then(|node| Some(Spanned::new(ctx.string(node)?, node.span)));
    let target = node.get("targetPort").and_then(|node| target_port(ctx, node));
    let stated = node.get("protocol");
    let is_tls = stated.is_some_and(|node| yaml::string(node, CODE).is_ok_and(|text| is_tls(&text)));
    let protocol = stated.and_then(|node| protocol(ctx, node));
    let number = ctx.keep(yaml::port(number, CODE))?;
    Some(NativePort { number, name, target, protocol, is_tls, span: node.span })
}

/// A number, or the name of a container port.
fn target_port(ctx: &mut Context<'_>, node: &Node) -> Option<Spanned<TargetPort>> {
    let named = yaml::string(node, CODE).ok();
    let target = match named {
        Some(name) => TargetPort::Name(name),
        None => TargetPort::Number(ctx.keep(yaml::port(node, CODE))?),
    };
    Some(Spanned::new(target, node.span))
}

fn protocol(ctx: &mut Context<'_>, node: &Node) -> Option<Spanned<Protocol>> {
    let text = ctx.string(node)?;
    let lower = text.to_ascii_lowercase();
    if let Some((_, protocol)) = PROTOCOLS.iter().find(|(name, _)| *name == lower) {
        return Some(Spanned::new(*protocol, node.span));
    }
    let names: Vec<&str> = PROTOCOLS.iter().map(|(name, _)| *name).collect();
    let advice = did_you_mean(&text, names.iter().copied())
        .unwrap_or_else(|| format!("the protocols are `{}`", names.join("`, `")));
    let message = format!("unknown protocol `{text}`");
    ctx.report(Diagnostic::new(CODE, message, node.span, "not one that Istio knows").note(advice));
    None
}

/// `GET /api/v1/users/{id}`
fn endpoint(ctx: &mut Context<'_>, node: &Node) -> Option<Endpoint> {
    let text = ctx.string(node)?;
    let mut words = text.split_whitespace();
    let (Some(method), Some(path), None) = (words.next(), words.next(), words.next()) else {
        ctx.report(bad_endpoint(&text, node.span, "a method and a path are expected"));
        return None;
    };
    if !method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') {
        let label = format!("write `{}`", method.to_ascii_uppercase());
        ctx.report(bad_endpoint(&text, node.span, &label));
        return None;
    }
    if !path.starts_with('/') {
        ctx.report(bad_endpoint(&text, node.span, "a path begins with `/`"));
        return None;
    }
    Some(Endpoint { method: method.into(), path: path.into(), span: node.span })
}

fn bad_endpoint(text: &str, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(CODE, format!("`{text}` is not an endpoint"), span, label)
        .note("write it like `GET /api/v1/users/{id}`")
}

/// `shop/ledger`, or `ledger` in the service's own namespace.
fn call(ctx: &mut Context<'_>, node: &Node, namespace: Symbol) -> Option<Spanned<Key>> {
    let text = ctx.string(node)?;
    let qualified = if text.contains('/') { text.to_string() } else { format!("{namespace}/{text}") };
    match Key::parse(&qualified) {
        Ok(key) => Some(Spanned::new(key, node.span)),
        Err(reason) => {
            let message = format!("`{text}` can not name a service");
            ctx.report(Diagnostic::new(CODE, message, node.span, reason));
            None
        }
    }
}
