//! A sidecar: policies that select the pod's labels, from its namespace and the root namespace. What is attached
//! to something by name never holds here (`policyattachment.go`).

use super::access::Access;
use super::envoy::Listener;
use super::not_modelled::NotModelled;
use super::{Filters, Semantics, mutual_tls};
use crate::policy::Labels;

/// What happens at a port of the pods with these labels.
pub(super) fn access<'a>(
    semantics: &Semantics<'a>,
    namespace: &str,
    labels: &Labels,
    port: u16,
    filters: Filters,
) -> Result<Access<'a>, NotModelled> {
    let config = &semantics.config;
    let root = config.root_namespace;
    let mode = mutual_tls::mode(&semantics.peers, root, namespace, labels, port);
    let connections = mutual_tls::connections(config, mode, filters);
    let server_names = connections.identities;
    Listener { config, port, filters, connections, peers: true, server_names }.access(
        semantics.policies.selecting(root, namespace, labels),
        // Unlike a PeerAuthentication, one with a selector in the root namespace holds for the whole mesh.
        semantics.authentications.selecting(root, namespace, labels),
    )
}
