//! The mutual TLS mode of a workload's port: what its proxy will accept there.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::graph::{Labels, ServiceGraph, Workload, selects};
use crate::policy::{Mtls, MtlsMode, MtlsScope, Policy};
use crate::source::{Span, Symbol};

/// A mode and the statement that sets it, if one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The mode.
    pub mode: MtlsMode,
    /// The statement that sets it; `None` for the default.
    pub stated: Option<Span>,
    /// Whether the pods are a gateway's, which takes what its servers take: no statement sets its mode.
    pub of_gateway: bool,
}

/// Every stated mode, by scope. Istio's order: port, workload, namespace, mesh.
#[derive(Debug, Default)]
pub struct Modes {
    mesh: Option<(MtlsMode, Span)>,
    namespaces: FxHashMap<Symbol, (MtlsMode, Span)>,
    workloads: FxHashMap<Symbol, Vec<Selected>>,
    root_namespace: Symbol,
}

#[derive(Debug)]
struct Selected {
    selector: Arc<Labels>,
    mode: Option<(MtlsMode, Span)>,
    ports: Vec<(u16, MtlsMode, Span)>,
}

impl Modes {
    pub(super) fn new(root_namespace: Symbol) -> Self {
        Self { root_namespace, ..Self::default() }
    }

    /// The modes of a checked policy.
    pub fn of(policy: &Policy) -> Self {
        let mut modes = Self::new(policy.mesh.root_namespace);
        for mtls in &policy.mtls {
            modes.add(mtls);
        }
        modes
    }

    /// Takes in what one scope states; `span` is where.
    pub(super) fn add(&mut self, mtls: &Mtls) {
        let Some(span) = mtls.origins.first().map(|origin| origin.span()) else { return };
        match &mtls.scope {
            MtlsScope::Mesh => self.mesh = mtls.mode.map(|mode| (mode, span)),
            MtlsScope::Namespace(namespace) => {
                if let Some(mode) = mtls.mode {
                    self.namespaces.insert(*namespace, (mode, span));
                }
            }
            MtlsScope::Workload { namespace, selector, .. } => {
                let ports = mtls.ports.iter().map(|(port, mode)| (*port, *mode, span)).collect();
                self.workloads.entry(*namespace).or_default().push(Selected {
                    selector: selector.clone(),
                    mode: mtls.mode.map(|mode| (mode, span)),
                    ports,
                });
            }
        }
    }

    /// The mode of a port of a workload in a covered namespace.
    pub fn effective(&self, graph: &ServiceGraph, workload: &Workload, port: u16) -> Effective {
        self.of_labels(graph, &workload.key.namespace, &workload.labels, port)
    }

    /// The same for pods that are known by their labels only.
    pub fn of_labels(&self, graph: &ServiceGraph, namespace: &str, labels: &Labels, port: u16) -> Effective {
        if let Some(mode) = of_gateway(graph, namespace, labels, port) {
            return Effective { mode, stated: None, of_gateway: true };
        }
        let stated = self
            .selected(namespace, labels)
            .and_then(|selected| {
                let of_port = selected.ports.iter().find(|(number, ..)| *number == port);
                of_port.map(|(_, mode, span)| (*mode, *span)).or(selected.mode)
            })
            .or_else(|| self.namespaces.get(namespace).copied())
            .or(if namespace == self.root_namespace { self.mesh } else { None });
        match stated {
            Some((mode, span)) => Effective { mode, stated: Some(span), of_gateway: false },
            // A covered namespace gets a strict policy of its own; the root namespace does not, since there
            // it would hold for the whole mesh.
            None if namespace == self.root_namespace => {
                Effective { mode: MtlsMode::Permissive, stated: None, of_gateway: false }
            }
            None => Effective { mode: MtlsMode::Strict, stated: None, of_gateway: false },
        }
    }

    fn selected(&self, namespace: &str, labels: &Labels) -> Option<&Selected> {
        self.workloads.get(namespace)?.iter().find(|selected| selects(&selected.selector, labels))
    }
}

/// What the servers of a gateway come to at one of its ports; `None` for other pods. Where they ask for no certificate,
/// no caller shows an identity.
pub(super) fn of_gateway(
    graph: &ServiceGraph,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> Option<MtlsMode> {
    let mode = || {
        let asks = graph.asks_for_certificates(namespace, labels, port);
        if asks { MtlsMode::Permissive } else { MtlsMode::Disable }
    };
    graph.is_gateway(namespace, labels).then(mode)
}
