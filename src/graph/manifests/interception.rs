//! Which inbound ports of a pod its sidecar sees, by the annotations that Istio's injector reads.

use std::sync::Arc;

use super::fields::Fields;
use super::injection::is_proxy;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::Interception;
use crate::source::{Span, Spanned};
use crate::yaml::{self, Mapping, Node};

const INCLUDE_PORTS: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const EXCLUDE_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const EXCLUDE_INTERFACES: &str = "traffic.sidecar.istio.io/excludeInterfaces";
const MODE: &str = "sidecar.istio.io/interceptionMode";
const PROXY_CONFIG: &str = "proxy.istio.io/config";
const STATUS_PORT: &str = "status.sidecar.istio.io/port";
const TEMPLATES: &str = "inject.istio.io/templates";

/// The only one of Istio's templates that has `istio-init`, which redirects traffic.
const SIDECAR_TEMPLATE: &str = "sidecar";
const GATEWAY_TEMPLATE: &str = "gateway";

/// Reads the annotations of `metadata`; `spec` is that of the same pod.
pub(super) fn read(metadata: Option<&Node>, spec: &Node, fields: &mut Fields<'_>) -> Arc<Interception> {
    match metadata.and_then(|metadata| fields.mapping(metadata, "annotations")) {
        Some(annotations) => Arc::new(stated(annotations, spec, fields)),
        None => Interception::usual(),
    }
}

fn stated(annotations: &Mapping, spec: &Node, fields: &mut Fields<'_>) -> Interception {
    let mut interception = Interception::default();
    let templates = annotations.get(TEMPLATES).and_then(templates);
    if templates.as_ref().is_some_and(|templates| is_gateway(&templates.node, spec)) {
        interception.of_proxy.clear();
        return interception;
    }
    let include = annotations.get(INCLUDE_PORTS);
    let takes_all = include.and_then(Node::as_scalar).is_some_and(|scalar| scalar.text == "*");
    interception.include = include.filter(|_| !takes_all).and_then(|node| port_list(node, fields));
    interception.exclude = annotations.get(EXCLUDE_PORTS).and_then(|node| port_list(node, fields));
    // The CNI plugin leaves 15020 out whatever stands here, and `0` is for none.
    let status = annotations.get(STATUS_PORT).and_then(|node| port_list(node, fields));
    interception.of_proxy.extend(status.iter().flat_map(|ports| &ports.node).filter(|port| **port != 0));
    interception.nothing = without_redirection(annotations)
        .map(|span| Spanned::new("no traffic is redirected to the proxy", span))
        .or_else(|| with_other_interfaces(annotations))
        .or_else(|| without_sidecar(templates.as_ref()));
    interception
}

/// The interception mode `NONE`, which is for proxies that applications call themselves. The annotation of its own
/// goes before the one with the whole configuration (`injection-template.yaml`).
fn without_redirection(annotations: &Mapping) -> Option<Span> {
    if let Some(mode) = annotations.get(MODE) {
        return (mode.as_scalar()?.text == "NONE").then_some(mode.span);
    }
    let config = annotations.get(PROXY_CONFIG)?;
    // What is no YAML counts for nothing (`EffectiveProxyConfig` in `pilot/pkg/model/proxy_config.go`).
    let (documents, _) = yaml::read(config.span.source, &config.as_scalar()?.text);
    let document = documents.first()?;
    // The names and numbers that JSON of protobuf may have.
    let mode = document.get("interceptionMode").or_else(|| document.get("interception_mode"))?;
    matches!(mode.as_scalar()?.text.as_str(), "NONE" | "2").then_some(config.span)
}

/// What comes in by such an interface goes past the proxy (`shortCircuitExcludeInterfaces` in
/// `tools/istio-iptables/pkg/capture/run.go`), and by which one a client comes is not known.
fn with_other_interfaces(annotations: &Mapping) -> Option<Spanned<&'static str>> {
    let interfaces = annotations.get(EXCLUDE_INTERFACES)?;
    let is_empty = interfaces.as_scalar()?.text.split(',').all(str::is_empty);
    (!is_empty)
        .then(|| Spanned::new("what comes in by these interfaces goes past the proxy", interfaces.span))
}

fn without_sidecar(templates: Option<&Spanned<Vec<String>>>) -> Option<Spanned<&'static str>> {
    let templates = templates.filter(|templates| templates.iter().all(|name| name != SIDECAR_TEMPLATE))?;
    Some(Spanned::new("no template that is named redirects traffic to a proxy", templates.span))
}

/// The names that an annotation lists (`selectTemplates` in `pkg/kube/inject/inject.go`).
fn templates(node: &Node) -> Option<Spanned<Vec<String>>> {
    let names = node.as_scalar()?.text.split(',').map(|name| name.trim().to_owned()).collect();
    Some(Spanned::new(names, node.span))
}

/// A pod of the gateway template whose only container is the proxy is a gateway, whether its Gateway is known or not:
/// clients connect to the proxy itself.
fn is_gateway(templates: &[String], spec: &Node) -> bool {
    templates.iter().any(|name| name == GATEWAY_TEMPLATE) && spec.items("containers").iter().all(is_proxy)
}

/// `8080,9090`; empty for no port at all.
fn port_list(node: &Node, fields: &mut Fields<'_>) -> Option<Spanned<Vec<u16>>> {
    let text = fields.text(node)?;
    let mut ports = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Ok(port) = part.parse() else {
            let message = format!("`{part}` is not a port number");
            let label = "Istio refuses pods with this annotation";
            let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, node.span, label)
                .note("write port numbers with `,` between them");
            fields.report(diagnostic);
            return None;
        };
        ports.push(port);
    }
    Some(Spanned::new(ports, node.span))
}
