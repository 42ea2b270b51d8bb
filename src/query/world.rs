//! What a question is asked of: the services, the Istio objects that hold for them, and the facts of the mesh.

use crate::graph::ServiceGraph;
use crate::istio::Bundle;
use crate::istio::resources::Resource;
use crate::istio::semantics::MeshConfig;
use crate::policy::Policy;
use crate::project::Injected;

use super::MeshFacts;

/// Everything that an answer depends on. It is made of a checked project, whose objects know the statements
/// they came from, or of bare YAML, whose objects do not.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Namespaces, workloads and Services.
    pub graph: ServiceGraph,
    /// The Istio objects.
    pub bundle: Bundle,
    /// What was meant, of a project: it tells which of the statements that became one rule lets a request in.
    pub policy: Policy,
    /// Trust domain, root namespace and so on.
    pub mesh: MeshFacts,
    /// What a workload is whose manifests say nothing about injection.
    pub injected: Injected,
    /// Whether it was made of bare YAML, where nobody has stated `injected`.
    pub is_bare: bool,
}

impl World {
    /// The facts of the mesh as the meaning of the objects needs them.
    pub fn config(&self) -> MeshConfig<'_> {
        MeshConfig {
            root_namespace: &self.mesh.root_namespace,
            trust_domain: &self.mesh.trust_domain,
            trust_domain_aliases: &self.mesh.trust_domain_aliases,
            providers: self.mesh.providers.as_ref(),
        }
    }

    /// The issuers whose tokens some target accepts, each once.
    pub fn issuers(&self) -> Vec<&str> {
        let rules = self.bundle.objects.iter().flat_map(|object| match &object.resource {
            Resource::RequestAuthentication(authentication) => authentication.spec.jwt_rules.as_slice(),
            Resource::AuthorizationPolicy(_) | Resource::PeerAuthentication(_) => &[],
        });
        let mut issuers: Vec<&str> = rules.map(|rule| rule.issuer.as_str()).collect();
        issuers.sort_unstable();
        issuers.dedup();
        issuers
    }
}
