//! A gateway at the edge: policies that select its labels, and those that are attached to the `Gateway` of the
//! Gateway API that its pods belong to (`policyattachment.go`).

use super::access::Access;
use super::envoy::Listener;
use super::mutual_tls::Connections;
use super::not_modelled::NotModelled;
use super::{Filters, Semantics};
use crate::access::Formula;
use crate::policy::Labels;

/// The label by which a pod belongs to a `Gateway` of the Gateway API.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// What happens at a port of the pods with these labels. Which connections it takes is up to its own TLS settings,
/// not to any PeerAuthentication; what arrives without a certificate is to policies as plaintext is.
pub(super) fn access<'a>(
    semantics: &Semantics<'a>,
    (namespace, labels): (&str, &Labels),
    certificates: bool,
    port: u16,
    filters: Filters,
) -> Result<Access<'a>, NotModelled> {
    let root = semantics.config.root_namespace;
    // Gateways of Istio's own kind have no such label, and nothing is attached to them by name.
    let gateway = (namespace, "Gateway", labels.get(GATEWAY_NAME).map_or("", |name| name.as_str()));
    let taken = if certificates { Formula::Always } else { Formula::plaintext() };
    let connections = Connections { transport: taken.clone(), handshake: taken, identities: true };
    let config = &semantics.config;
    Listener { config, port, filters, connections, peers: true, server_names: true }.access(
        semantics
            .policies
            .selecting(root, namespace, labels)
            .chain(semantics.policies.attached_to(gateway).iter().copied()),
        semantics
            .authentications
            .selecting(root, namespace, labels)
            .chain(semantics.authentications.attached_to(gateway).iter().copied()),
    )
}
