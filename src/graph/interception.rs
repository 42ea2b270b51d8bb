//! Which inbound ports of a workload its sidecar sees: what annotations of its pods say, and the ports that Istio's
//! injector leaves out by itself.

use std::sync::{Arc, LazyLock};

use super::model::{ServiceGraph, Workload};
use crate::source::{Span, Spanned};

/// Those that the proxy serves itself. The injector and the CNI plugin leave them out (`-d "15090,15021,…"` in
/// `injection-template.yaml`, `NewRedirect` in `cni/pkg/plugin/sidecar_redirect.go`).
const OF_PROXY: [u16; 3] = [15020, 15021, 15090];

/// What of the inbound traffic of a pod is led to its sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interception {
    /// The annotation by which nothing is sure to be intercepted, and in a few words why.
    pub nothing: Option<Spanned<&'static str>>,
    /// `traffic.sidecar.istio.io/includeInboundPorts`: only these ports are intercepted; `None` for all.
    pub include: Option<Spanned<Vec<u16>>>,
    /// `traffic.sidecar.istio.io/excludeInboundPorts`: these ports are not intercepted.
    pub exclude: Option<Spanned<Vec<u16>>>,
    /// Ports that are the proxy's own, and not intercepted.
    pub of_proxy: Vec<u16>,
}

impl Default for Interception {
    fn default() -> Self {
        Self { nothing: None, include: None, exclude: None, of_proxy: OF_PROXY.to_vec() }
    }
}

/// Why a port is not intercepted, with the place of the annotation that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// The list of those that are not intercepted has it.
    Excluded(Span),
    /// It is one of the proxy's own.
    OfProxy,
    /// The list of those that are intercepted does not have it.
    NotIncluded(Span),
    /// No port is sure to be, and why.
    Nothing(Spanned<&'static str>),
}

impl Interception {
    /// That of a pod that says nothing.
    pub fn usual() -> Arc<Self> {
        static USUAL: LazyLock<Arc<Interception>> = LazyLock::new(Arc::default);
        Arc::clone(&USUAL)
    }

    /// Why a port is left to the application, if it is. What is excluded counts only where all is included
    /// (`handleInboundPortsInclude` in `tools/istio-iptables/pkg/capture/run.go`).
    pub fn leaves_out(&self, port: u16) -> Option<LeftOut> {
        if let Some(nothing) = self.nothing {
            return Some(LeftOut::Nothing(nothing));
        }
        if let Some(include) = &self.include {
            return (!include.contains(&port)).then_some(LeftOut::NotIncluded(include.span));
        }
        if self.of_proxy.contains(&port) {
            return Some(LeftOut::OfProxy);
        }
        self.exclude
            .as_ref()
            .filter(|exclude| exclude.contains(&port))
            .map(|exclude| LeftOut::Excluded(exclude.span))
    }
}

impl ServiceGraph {
    /// Why the proxy of a workload does not see a port, if it does not. Clients connect to a gateway itself, so that
    /// nothing has to be intercepted there.
    pub fn left_out(&self, workload: &Workload, port: u16) -> Option<LeftOut> {
        let left_out = workload.interception.leaves_out(port)?;
        (!self.is_gateway(&workload.key.namespace, &workload.labels)).then_some(left_out)
    }
}
