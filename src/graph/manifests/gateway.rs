//! Gateways, to know which workloads are gateways: Istio's kind selects pods by label, the Gateway API's kind
//! gets pods of its own.

use super::fields::Fields;
use super::object::Object;
use crate::graph::model::{Gateway, Labels, Protocol, Server, ServiceGraph};
use crate::source::Symbol;
use crate::yaml::Node;

/// The option of a listener that names a mode as Istio's kind does.
const TERMINATE_MODE: &str = "gateway.istio.io/tls-terminate-mode";

/// The label that pods of a Gateway API gateway carry.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// `networking.istio.io`
pub(super) fn read_istio(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let selector = object.spec().map(|spec| fields.labels(spec, "selector")).unwrap_or_default();
    let servers = list(object, "servers").filter_map(|server| {
        let port = server.get("port")?;
        let mode = server.get("tls").and_then(|tls| tls.text("mode"));
        Some(Server {
            number: number(port.get("number")?)?,
            protocol: carried(&port.text("protocol")?, mode.as_deref()),
            certificates: mode.is_some_and(|mode| asks_for_certificates(&mode)),
        })
    });
    let servers = servers.collect();
    add(Gateway { selector, own_namespace: false, servers, key: object.key, span: object.span }, graph);
}

/// `gateway.networking.k8s.io`
pub(super) fn read_kubernetes(object: &Object<'_>, graph: &mut ServiceGraph) {
    let selector = Labels::from([(Symbol::new(GATEWAY_NAME), object.key.name)]);
    let is_validated =
        object.spec().and_then(|spec| spec.get("tls")).is_some_and(|tls| tls.get("frontend").is_some());
    let servers = list(object, "listeners").filter_map(|listener| {
        let tls = listener.get("tls");
        let mode = tls.and_then(|tls| tls.text("mode"));
        let option = tls.and_then(|tls| tls.get("options")?.text(TERMINATE_MODE));
        let validates = is_validated || tls.is_some_and(|tls| tls.get("frontendValidation").is_some());
        Some(Server {
            number: number(listener.get("port")?)?,
            protocol: carried(&listener.text("protocol")?, mode.as_deref()),
            certificates: tls.is_some()
                && (validates || option.is_some_and(|option| asks_for_certificates(&option))),
        })
    });
    let servers = servers.collect();
    add(Gateway { selector, own_namespace: true, servers, key: object.key, span: object.span }, graph);
}

/// The modes of TLS in which a client shows a certificate, or may.
fn asks_for_certificates(mode: &str) -> bool {
    ["ISTIO_MUTUAL", "MUTUAL", "OPTIONAL_MUTUAL"].contains(&mode.to_ascii_uppercase().as_str())
}

fn list<'a>(object: &Object<'a>, key: &str) -> impl Iterator<Item = &'a Node> {
    object.spec().map(|spec| spec.items(key)).unwrap_or_default().iter()
}

fn number(node: &Node) -> Option<u16> {
    node.as_scalar()?.text.parse().ok()
}

/// What a server carries behind its TLS (`gateway.go`, `ParseProtocol`, `IsPassThroughServer`). What passes through unread
/// is raw to it.
fn carried(protocol: &str, tls: Option<&str>) -> Protocol {
    let passes = tls.is_some_and(|mode| {
        ["PASSTHROUGH", "AUTO_PASSTHROUGH"].contains(&mode.to_ascii_uppercase().as_str())
    });
    match protocol.to_ascii_uppercase().as_str() {
        "GRPC" | "HTTP" | "HTTP2" => Protocol::Http,
        "HTTPS" if !passes => Protocol::Http,
        _ => Protocol::Tcp,
    }
}

fn add(gateway: Gateway, graph: &mut ServiceGraph) {
    let is_it = |known: &&mut Gateway| {
        known.key == gateway.key
            && known.selector == gateway.selector
            && known.own_namespace == gateway.own_namespace
    };
    match graph.gateways.iter_mut().find(is_it) {
        Some(known) => known.servers.extend(gateway.servers),
        None => graph.gateways.push(gateway),
    }
}
