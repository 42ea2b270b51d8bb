//! Who enforces policies in front of a workload: its sidecar, the gateway that it is, a ztunnel, or nobody.

use super::world::World;
use crate::graph::{Labels, Proxy, Workload};
use crate::project::Injected;

/// What stands in front of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enforcer {
    /// The proxy of a gateway, which it is itself.
    Gateway,
    /// Nothing: whoever connects gets through.
    Nobody,
    /// A sidecar.
    Sidecar,
    /// A ztunnel, which sees connections only.
    Ztunnel,
}

impl World {
    /// Who enforces policies for a workload. Labels of the pod count before those of its namespace.
    pub(super) fn enforcer(&self, workload: &Workload) -> Enforcer {
        if self.graph.is_gateway(&workload.key.namespace, &workload.labels) {
            return Enforcer::Gateway;
        }
        let is_ambient = self.label(workload, "istio.io/dataplane-mode") == Some("ambient");
        match (&workload.proxy, self.injected) {
            (Proxy::Injected(_), _) => Enforcer::Sidecar,
            (_, _) if is_ambient => Enforcer::Ztunnel,
            (Proxy::Unknown, Injected::Assume) => Enforcer::Sidecar,
            (Proxy::Absent(..), _) | (Proxy::Unknown, Injected::Require) => Enforcer::Nobody,
        }
    }

    fn label<'a>(&'a self, workload: &'a Workload, key: &str) -> Option<&'a str> {
        let of = |labels: &'a Labels| labels.get(key).map(crate::source::Symbol::as_str);
        let namespace = self.graph.namespaces.get(&workload.key.namespace);
        of(&workload.labels).or_else(|| namespace.and_then(|namespace| of(&namespace.labels)))
    }
}
