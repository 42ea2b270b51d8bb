//! What Istio and Envoy do with the objects of a bundle: which requests get through to a port of a target, and
//! which rule decides. Written from Istio's own code (`pilot/pkg/security/authz`, `pilot/pkg/security/authn`), and
//! sharing nothing with the emission but the types of the objects.

mod access;
mod attribute;
mod envoy;
mod gateway;
mod identity;
mod matching;
mod mutual_tls;
mod not_modelled;
mod rule;
mod selection;
mod sidecar;
mod tokens;
mod trust_domain;
mod waypoint;
mod ztunnel;

use crate::istio::resources::{
    AuthorizationPolicy, Bundle, MutualTlsMode, PeerAuthentication, RequestAuthentication, Resource,
};
use crate::policy::{Labels, Mesh};
use crate::source::Symbol;
use selection::Selection;

pub use access::{Access, Outcome, Part, PolicyRef, RuleRef};
pub use not_modelled::{NotModelled, Unmodelled};
pub use rule::speaks_of;
pub use waypoint::{Addressed, Backend};

/// Facts of the mesh that are not in the objects.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfig<'a> {
    /// Policies of this namespace hold for all.
    pub root_namespace: &'a str,
    /// The mesh's own trust domain.
    pub trust_domain: &'a str,
    /// Further names of it.
    pub trust_domain_aliases: &'a [Symbol],
    /// The providers that CUSTOM policies can name; `None` if that is not known, and each is taken for one that
    /// answers.
    pub providers: Option<&'a Providers>,
}

/// `extensionProviders` of the mesh configuration that decide about requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Providers {
    /// Names of those of kind `envoyExtAuthzGrpc`, which are asked about any connection.
    pub grpc: Vec<Symbol>,
    /// Names of those of kind `envoyExtAuthzHttp`, which are asked about HTTP only.
    pub http: Vec<Symbol>,
}

impl<'a> MeshConfig<'a> {
    /// What a project says about its mesh.
    pub fn new(mesh: &'a Mesh) -> Self {
        Self {
            root_namespace: &mesh.root_namespace,
            trust_domain: &mesh.trust_domain,
            trust_domain_aliases: &mesh.trust_domain_aliases,
            providers: None,
        }
    }
}

/// Which filters a connection meets: a port declared HTTP has HTTP filters, one declared TCP network filters, and
/// any other port has both, chosen by the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filters {
    /// Envoy's HTTP RBAC filter: every field works.
    Http,
    /// Envoy's network RBAC filter: what only HTTP has is dropped.
    Network,
}

/// Where policies are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// The gateway of the pods with these labels, of Istio's own kind or of the Gateway API; ports are those of
    /// its pod.
    Gateway {
        /// The namespace of the pods.
        namespace: &'t str,
        /// Their labels.
        labels: &'t Labels,
        /// Whether clients are asked for certificates at the port; no identity arrives without one.
        certificates: bool,
    },
    /// The sidecar of the pods with these labels; ports are those of the pod.
    Sidecar {
        /// The namespace of the pods.
        namespace: &'t str,
        /// Their labels.
        labels: &'t Labels,
    },
    /// A waypoint; ports are those of the service that was addressed, or of the pod.
    Waypoint {
        /// The namespace of its `Gateway`.
        namespace: &'t str,
        /// The name of its `Gateway`.
        name: &'t str,
        /// How the traffic came to it.
        addressed: Addressed<'t>,
        /// Whether it reads the server name of TLS that comes to the port.
        reads_server_names: bool,
    },
    /// The ztunnel in front of the pods with these labels; ports are those of the pod. It sees no requests, so
    /// the kind of filters does not matter.
    Ztunnel {
        /// The namespace of the pods.
        namespace: &'t str,
        /// Their labels.
        labels: &'t Labels,
    },
}

/// The objects of a bundle, ready to be asked about targets.
pub struct Semantics<'a> {
    config: MeshConfig<'a>,
    policies: Selection<'a, AuthorizationPolicy>,
    peers: Selection<'a, PeerAuthentication>,
    authentications: Selection<'a, RequestAuthentication>,
}

impl<'a> Semantics<'a> {
    /// Sorts the objects by what they select.
    pub fn new(config: MeshConfig<'a>, bundle: &'a Bundle) -> Self {
        let mut semantics = Self {
            config,
            policies: Selection::default(),
            peers: Selection::default(),
            authentications: Selection::default(),
        };
        for object in &bundle.objects {
            match &object.resource {
                Resource::AuthorizationPolicy(policy) => semantics.policies.push(policy),
                Resource::PeerAuthentication(policy) => semantics.peers.push(policy),
                Resource::RequestAuthentication(policy) => semantics.authentications.push(policy),
            }
        }
        semantics
    }

    /// The policy that says which mode of mutual TLS a port of the pods with these labels has, and what it says;
    /// `None` where none does, so that the port is PERMISSIVE.
    pub fn mutual_tls(
        &self,
        namespace: &str,
        labels: &Labels,
        port: u16,
    ) -> Option<(&'a PeerAuthentication, MutualTlsMode)> {
        mutual_tls::stated(&self.peers, self.config.root_namespace, namespace, labels, port)
    }

    /// What happens to requests to a port of a target, or the rule that keeps it from being known.
    pub fn decide(&self, target: Target<'_>, port: u16, filters: Filters) -> Result<Access<'a>, NotModelled> {
        match target {
            Target::Gateway { namespace, labels, certificates } => {
                gateway::access(self, (namespace, labels), certificates, port, filters)
            }
            Target::Sidecar { namespace, labels } => sidecar::access(self, namespace, labels, port, filters),
            Target::Waypoint { namespace, name, addressed, reads_server_names } => {
                waypoint::access(self, (namespace, name), addressed, reads_server_names, port, filters)
            }
            Target::Ztunnel { namespace, labels } => ztunnel::access(self, namespace, labels, port),
        }
    }
}
