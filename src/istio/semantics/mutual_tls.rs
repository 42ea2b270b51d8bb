//! Which mode of mutual TLS a port has, and which connections that lets in (`ComposePeerAuthentication` of
//! `pilot/pkg/security/authn/policy_applier.go`).

use super::selection::Selection;
use super::{Filters, MeshConfig, trust_domain};
use crate::access::{Condition, Formula, Pattern};
use crate::istio::resources::{MutualTls, MutualTlsMode, PeerAuthentication};
use crate::policy::Labels;

/// The mode of a workload's port: that of the port, of the workload, of the namespace, of the mesh, and else
/// PERMISSIVE. Of several policies of one scope only the oldest counts, even if it leaves the mode unset; one
/// with a selector in the root namespace never does.
pub(super) fn mode(
    policies: &Selection<'_, PeerAuthentication>,
    root: &str,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> MutualTlsMode {
    stated(policies, root, namespace, labels, port).map_or(MutualTlsMode::Permissive, |(_, mode)| mode)
}

/// The policy that says which mode a workload's port has, and what it says; `None` where none does.
pub(super) fn stated<'a>(
    policies: &Selection<'a, PeerAuthentication>,
    root: &str,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> Option<(&'a PeerAuthentication, MutualTlsMode)> {
    let workload = if namespace == root { None } else { oldest(policies.of_workload(namespace, labels)) };
    let of_port = workload.and_then(|policy| {
        let mtls = policy.spec.port_level_mtls.get(&*port.to_string())?;
        Some((policy, set(*mtls)?))
    });
    let of_scope = |policy: Option<&'a PeerAuthentication>| {
        let policy = policy?;
        Some((policy, set(policy.spec.mtls?)?))
    };
    of_port
        .or_else(|| of_scope(workload))
        .or_else(|| of_scope(oldest(policies.of_namespace(namespace).iter().copied())))
        .or_else(|| of_scope(oldest(policies.of_namespace(root).iter().copied())))
}

/// Any mode but UNSET, which asks the next wider scope.
fn set(mtls: MutualTls) -> Option<MutualTlsMode> {
    (mtls.mode != MutualTlsMode::Unset).then_some(mtls.mode)
}

/// By creation, then by name. The API server writes all times in UTC and to the second, so they sort as texts;
/// one that is missing is older than any.
fn oldest<'a>(policies: impl Iterator<Item = &'a PeerAuthentication>) -> Option<&'a PeerAuthentication> {
    policies.min_by_key(|policy| {
        let metadata = &policy.metadata;
        (metadata.creation_timestamp.as_deref(), &*metadata.name, metadata.namespace.as_str())
    })
}

/// The connections that a port takes.
pub(super) struct Connections {
    /// By the mode alone.
    pub(super) transport: Formula,
    /// By the mode and by the trust domain of the caller.
    pub(super) handshake: Formula,
    /// Whether TLS is read, so that the caller's identity and the server name are known.
    pub(super) identities: bool,
}

/// STRICT has a TLS filter chain only, DISABLE a plaintext one only, PERMISSIVE both. Where DISABLE meets filters
/// that do not parse HTTP, TLS passes through them unread: nobody knows the caller, nor the server name, since istiod
/// turns the TLS inspector off at such a port (`listener_inbound.go`).
pub(super) fn connections(config: &MeshConfig<'_>, mode: MutualTlsMode, filters: Filters) -> Connections {
    let certificate = Formula::When(Condition::Identity(Pattern::present()));
    let trusted = trusted(config);
    match (mode, filters) {
        (MutualTlsMode::Strict, Filters::Http | Filters::Network) => {
            Connections { transport: certificate, handshake: trusted, identities: true }
        }
        (MutualTlsMode::Permissive | MutualTlsMode::Unset, Filters::Http | Filters::Network) => Connections {
            transport: Formula::Always,
            handshake: Formula::union([trusted, Formula::plaintext()]),
            identities: true,
        },
        (MutualTlsMode::Disable, Filters::Http) => {
            let plaintext = Formula::plaintext();
            Connections { transport: plaintext.clone(), handshake: plaintext, identities: true }
        }
        (MutualTlsMode::Disable, Filters::Network) => {
            Connections { transport: Formula::plaintext(), handshake: Formula::Always, identities: false }
        }
    }
}

/// Certificates that the handshake takes: those of the mesh's own trust domain, by any of its names.
pub(super) fn trusted(config: &MeshConfig<'_>) -> Formula {
    let uri = |domain| Pattern::prefix(format!("spiffe://{domain}/"));
    Formula::union(trust_domain::own(config).map(|domain| Formula::When(Condition::Identity(uri(domain)))))
}
