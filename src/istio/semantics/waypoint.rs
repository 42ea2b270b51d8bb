//! A waypoint: only what is attached by name holds, to its `Gateway`, to all waypoints, or to the service that was
//! addressed (`policyattachment.go`, `listener_waypoint.go`).

use super::access::Access;
use super::envoy::Listener;
use super::mutual_tls::{Connections, trusted};
use super::not_modelled::NotModelled;
use super::selection::Selecting;
use super::selection::Selection;
use super::{Filters, Semantics};
use crate::access::{Condition, Formula, Pattern};

/// The class of all waypoints, to which policies of the root namespace can be attached.
const CLASS: &str = "istio-waypoint";

/// What a client named when it sent its traffic through a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed<'t> {
    /// The address of a pod, which no policy of a service holds for.
    Pod,
    /// A service.
    Service {
        /// Its kind.
        backend: Backend,
        /// Its namespace.
        namespace: &'t str,
        /// Its name.
        name: &'t str,
    },
}

/// The kinds of services that a policy can be attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A Kubernetes Service.
    Service,
    /// A ServiceEntry.
    ServiceEntry,
}

/// What happens to traffic that comes through the tunnel of a waypoint. The tunnel takes certificates only, and
/// hides the address of the peer and its own server name: one of the TLS inside of it is read where nothing reads HTTP.
pub(super) fn access<'a>(
    semantics: &Semantics<'a>,
    (namespace, name): (&str, &str),
    addressed: Addressed<'_>,
    reads_server_names: bool,
    port: u16,
    filters: Filters,
) -> Result<Access<'a>, NotModelled> {
    let config = &semantics.config;
    let connections = Connections {
        transport: Formula::When(Condition::Identity(Pattern::present())),
        handshake: trusted(config),
        identities: true,
    };
    let root = config.root_namespace;
    let server_names = match filters {
        Filters::Http => false,
        Filters::Network => reads_server_names,
    };
    Listener { config, port, filters, connections, peers: false, server_names }.access(
        attached(&semantics.policies, root, namespace, name, addressed),
        attached(&semantics.authentications, root, namespace, name, addressed),
    )
}

fn attached<'a, 'b, T: Selecting>(
    objects: &'b Selection<'a, T>,
    root: &'b str,
    namespace: &'b str,
    name: &'b str,
    addressed: Addressed<'b>,
) -> impl Iterator<Item = &'a T> + 'b {
    let service = match addressed {
        Addressed::Pod => None,
        Addressed::Service { backend: Backend::Service, namespace, name } => {
            Some((namespace, "Service", name))
        }
        Addressed::Service { backend: Backend::ServiceEntry, namespace, name } => {
            Some((namespace, "ServiceEntry", name))
        }
    };
    [Some((namespace, "Gateway", name)), Some((root, "GatewayClass", CLASS)), service]
        .into_iter()
        .flatten()
        .flat_map(|target| objects.attached_to(target).iter().copied())
}
