//! What Istio takes the traffic of a port for.

use crate::graph::model::Protocol;

/// Service ports that are TCP unless something says otherwise: their servers speak first, so that there is
/// nothing to look at.
const SERVER_FIRST: &[u16] = &[25, 53, 3306, 27017];

/// The protocol of a Service port. `appProtocol` wins over the name, even with a value that Istio does not
/// know; of both counts what stands before the first `-`, in any case.
pub(in crate::graph) fn of_service_port(
    transport: Option<&str>,
    app_protocol: Option<&str>,
    name: Option<&str>,
    number: u16,
) -> Protocol {
    // SCTP is no better off than UDP: the mesh carries TCP alone.
    if transport.is_some_and(|transport| transport != "TCP") {
        return Protocol::Udp;
    }
    match app_protocol {
        Some("kubernetes.io/h2c") => return Protocol::Http2,
        Some("kubernetes.io/ws") => return Protocol::Http,
        Some("kubernetes.io/wss") => return Protocol::Tcp,
        Some(_) | None => {}
    }
    let stated = app_protocol.or(name).unwrap_or_default().to_ascii_lowercase();
    let prefix = stated.split('-').next().unwrap_or_default();
    // Unlike all others `grpc-web` has a `-` in it, and Istio asks for it by its first letters.
    if stated.starts_with("grpc-web") {
        return Protocol::Grpc;
    }
    named(prefix).unwrap_or(if SERVER_FIRST.contains(&number) { Protocol::Tcp } else { Protocol::Auto })
}

/// Whether a Service port is declared to carry TLS, by what counts for its protocol.
pub(in crate::graph) fn is_tls_at_service(
    transport: Option<&str>,
    app_protocol: Option<&str>,
    name: Option<&str>,
) -> bool {
    let is_tcp = transport.is_none_or(|transport| transport == "TCP");
    let stated = app_protocol.or(name).unwrap_or_default();
    let prefix = stated.split('-').next().unwrap_or_default();
    is_tcp && (app_protocol == Some("kubernetes.io/wss") || is_tls(prefix))
}

/// Whether a protocol by this name is TLS.
pub(in crate::graph) fn is_tls(protocol: &str) -> bool {
    ["https", "tls"].iter().any(|name| protocol.eq_ignore_ascii_case(name))
}

/// The protocol of a ServiceEntry port, whose `protocol` is a name of Istio's own in any case.
pub(super) fn of_service_entry_port(protocol: Option<&str>) -> Protocol {
    let stated = protocol.unwrap_or_default().to_ascii_lowercase();
    match stated.as_str() {
        "grpc-web" => Protocol::Grpc,
        "udp" => Protocol::Udp,
        other => named(other).unwrap_or(Protocol::Auto),
    }
}

fn named(protocol: &str) -> Option<Protocol> {
    match protocol {
        "grpc" => Some(Protocol::Grpc),
        "http" | "http_proxy" => Some(Protocol::Http),
        "http2" => Some(Protocol::Http2),
        // A TCP port that is called `udp` gets the filters of TCP.
        "https" | "mongo" | "mysql" | "redis" | "tcp" | "tls" | "udp" => Some(Protocol::Tcp),
        _ => None,
    }
}
