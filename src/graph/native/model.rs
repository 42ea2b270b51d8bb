//! What a native file states. A fact that it leaves out is `None`, since its default holds only where no
//! manifest knows better.

use crate::graph::model::{Endpoint, Key, Labels, Protocol, TargetPort};
use crate::source::{Span, Spanned, Symbol};

/// One `services.yaml`.
#[derive(Debug, Default)]
pub(in crate::graph) struct NativeFile {
    pub(in crate::graph) services: Vec<NativeService>,
    pub(super) namespaces: Vec<NativeNamespace>,
}

/// One entry of `services:`.
#[derive(Debug)]
pub(in crate::graph) struct NativeService {
    pub(in crate::graph) key: Key,
    /// The key.
    pub(in crate::graph) span: Span,
    pub(super) account: Option<Spanned<Symbol>>,
    pub(super) labels: Option<Spanned<Labels>>,
    pub(super) ports: Vec<NativePort>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) calls: Vec<Spanned<Key>>,
    pub(super) sidecar: Option<Spanned<bool>>,
    /// `openapi:`, as written.
    pub(in crate::graph) openapi: Option<Spanned<Symbol>>,
    /// `protobuf:`, as written.
    pub(in crate::graph) protobuf: Option<Spanned<Symbol>>,
}

/// One entry of a service's `ports:`.
#[derive(Clone, Debug)]
pub(super) struct NativePort {
    pub(super) number: u16,
    pub(super) name: Option<Spanned<Symbol>>,
    pub(super) target: Option<Spanned<TargetPort>>,
    pub(super) protocol: Option<Spanned<Protocol>>,
    /// Whether the protocol is TLS.
    pub(super) is_tls: bool,
    pub(super) span: Span,
}

impl NativePort {
    pub(super) fn is_udp(&self) -> bool {
        self.protocol.as_ref().is_some_and(|protocol| protocol.node == Protocol::Udp)
    }
}

/// One entry of `namespaces:`.
#[derive(Debug)]
pub(super) struct NativeNamespace {
    pub(super) name: Symbol,
    pub(super) span: Span,
    pub(super) labels: Labels,
}
