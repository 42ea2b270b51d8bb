//! Who enforces policies in front of a workload: its sidecar, the gateway that it is, a ztunnel, or nobody.

use super::world::World;
use crate::graph::{Capture, Labels, Proxy, Workload};
use crate::project::Injected;

/// The label by which pods and namespaces join the ambient mesh.
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

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
        match (&workload.proxy, self.injected) {
            (Proxy::Injected(_), _) => Enforcer::Sidecar,
            (_, _) if self.is_ambient(workload) => match workload.capture {
                Capture::Both => Enforcer::Ztunnel,
                Capture::Outbound | Capture::Nothing => Enforcer::Nobody,
            },
            (Proxy::Unknown, Injected::Assume) => Enforcer::Sidecar,
            (Proxy::Absent(..), _) | (Proxy::Unknown, Injected::Require) => Enforcer::Nobody,
        }
    }

    /// Whether a ztunnel sends for a workload, which it does for some that it does not guard.
    pub(super) fn sends_by_ztunnel(&self, workload: &Workload) -> bool {
        match self.enforcer(workload) {
            Enforcer::Ztunnel => true,
            Enforcer::Nobody => workload.capture == Capture::Outbound && self.is_ambient(workload),
            Enforcer::Gateway | Enforcer::Sidecar => false,
        }
    }

    /// Whether a workload is part of the ambient mesh (the selectors of the `istio-cni` chart): in a namespace that is,
    /// all but those with `none`; elsewhere those that ask for it.
    fn is_ambient(&self, workload: &Workload) -> bool {
        let mode = |labels: &Labels| labels.get(DATAPLANE_MODE).copied();
        match mode(&workload.labels).as_deref() {
            Some("none") => false,
            Some("ambient") => true,
            Some(_) | None => {
                let namespace = self.graph.namespaces.get(&workload.key.namespace);
                namespace.and_then(|namespace| mode(&namespace.labels)).as_deref() == Some("ambient")
            }
        }
    }
}
