//! Gateways, to know which workloads are gateways: Istio's kind selects pods by label, the Gateway API's kind
//! gets pods of its own.

use super::fields::Fields;
use super::object::Object;
use crate::graph::model::{Gateway, Labels, Protocol, Server, ServiceGraph};
use crate::source::Symbol;
use crate::yaml::Node;

/// The option of a listener that names a mode as Istio's kind does.
const TERMINATE_MODE: &str = "gateway.istio.io/tls-terminate-mode";

/// The modes of TLS in which a client shows a certificate, or may.
const MODES_WITH_CERTIFICATES: [&str; 3] = ["ISTIO_MUTUAL", "MUTUAL", "OPTIONAL_MUTUAL"];

/// The label that pods of a Gateway API gateway carry.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// `networking.istio.io`
pub(super) fn read_istio(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let selector = object.spec().map(|spec| fields.labels(spec, "selector")).unwrap_or_default();
    let servers = list(object, "servers").filter_map(|server| {
        let port = server.get("port")?;
        // `PASSTHROUGH` is the mode of a server that has TLS and names none.
        let mode =
            server.get("tls").map(|tls| tls.text("mode").unwrap_or_else(|| Symbol::new("PASSTHROUGH")));
        let protocol = port.text("protocol")?;
        Some(Server {
            number: number(port.get("number")?)?,
            protocol: carried(&protocol, mode.as_deref()),
            tls: mode.is_some() && !is_plain_http(&protocol),
            certificates: !is_plain_http(&protocol) && mode.is_some_and(|mode| asks_for_certificates(&mode)),
        })
    });
    let servers = servers.collect();
    add(Gateway { selector, own_namespace: false, servers, key: object.key, span: object.span }, graph);
}

/// `gateway.networking.k8s.io`
pub(super) fn read_kubernetes(object: &Object<'_>, graph: &mut ServiceGraph) {
    let selector = Labels::from([(Symbol::new(GATEWAY_NAME), object.key.name)]);
    let servers = list(object, "listeners").filter_map(|listener| {
        let port = number(listener.get("port")?)?;
        let protocol = listener.text("protocol")?;
        let tls = listener.get("tls");
        // Without it such a listener is a placeholder for those of a ListenerSet.
        let speaks_tls = ["HTTPS", "TLS"].contains(&protocol.as_str());
        if tls.is_none() && speaks_tls {
            return None;
        }
        let mode = tls.and_then(|tls| tls.text("mode"));
        Some(Server {
            number: port,
            protocol: carried(&protocol, mode.as_deref()),
            tls: speaks_tls,
            certificates: tls.is_some_and(|tls| validates(object, tls, port)),
        })
    });
    let servers = servers.collect();
    add(Gateway { selector, own_namespace: true, servers, key: object.key, span: object.span }, graph);
}

/// Whether a listener that ends TLS asks for certificates (`conversion.go`, `buildTLS`): by its option, or since its
/// gateway names who signs those of clients.
fn validates(object: &Object<'_>, tls: &Node, port: u16) -> bool {
    let ends_tls = tls.text("mode").is_none_or(|mode| mode == "Terminate");
    let option = tls.get("options").and_then(|options| options.text(TERMINATE_MODE));
    let by_option = match option.as_deref() {
        Some("ISTIO_SIMPLE") => return false,
        Some(option) => MODES_WITH_CERTIFICATES.contains(&option),
        None => false,
    };
    ends_tls && (by_option || is_signer_named(object, port))
}

/// Whether `spec.tls.frontend` names who signs the certificates of clients at a port (`resolveGatewayTLS`).
fn is_signer_named(object: &Object<'_>, port: u16) -> bool {
    let Some(frontend) = object.spec().and_then(|spec| spec.get("tls")?.get("frontend")) else {
        return false;
    };
    let is_of_port = |of_port: &&Node| of_port.get("port").and_then(number) == Some(port);
    let tls = match frontend.items("perPort").iter().find(is_of_port) {
        Some(of_port) => of_port.get("tls"),
        None => frontend.get("default"),
    };
    let validation = tls.and_then(|tls| tls.get("validation"));
    validation.is_some_and(|validation| !validation.items("caCertificateRefs").is_empty())
}

fn asks_for_certificates(mode: &str) -> bool {
    MODES_WITH_CERTIFICATES.contains(&mode.to_ascii_uppercase().as_str())
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
    let is_http = is_plain_http(protocol) || (protocol.eq_ignore_ascii_case("HTTPS") && !passes);
    if is_http { Protocol::Http } else { Protocol::Tcp }
}

/// Whether a server takes HTTP without TLS, whatever its `tls` says beyond a redirection (`gateway.go`, `IsTLSServer`).
fn is_plain_http(protocol: &str) -> bool {
    ["GRPC", "GRPC-WEB", "HTTP", "HTTP2"].iter().any(|http| http.eq_ignore_ascii_case(protocol))
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
