//! `PeerAuthentication` from what the policy says about mutual TLS.

use indexmap::IndexMap;

use super::namespace::NamespaceParts;
use super::workload_set::WorkloadSet;
use super::{Context, Emitted, annotation};
use crate::diagnostic::{Diagnostic, code};
use crate::istio::resources::{
    MutualTls, MutualTlsMode, Object, PeerAuthentication, PeerAuthenticationSpec, Resource, WorkloadSelector,
};
use crate::policy::{Mtls, MtlsMode};
use crate::source::{Span, Symbol};

/// What holds for the pods of a set.
pub(super) fn workload(context: &Context, parts: &NamespaceParts, set: &WorkloadSet, mtls: &Mtls) -> Emitted {
    if parts.is_root {
        return refused(mtls, "Istio ignores mutual TLS of single workloads in the root namespace");
    }
    if mtls.ports.contains_key(&0) {
        return Emitted { diagnostics: statements(mtls, port_zero), ..Emitted::default() };
    }
    object(context, parts.name, set.object_name("-mtls"), Some(set.selector()), mtls)
}

/// What holds for a namespace.
pub(super) fn namespace(context: &Context, parts: &NamespaceParts, mtls: &Mtls) -> Emitted {
    let is_default = mtls.origins.is_empty();
    match (parts.is_root, is_default) {
        (false, _) => object(context, parts.name, "default".to_owned(), None, mtls),
        // There it would hold for the whole mesh, which is for a statement to say and not for a default.
        (true, true) => Emitted::default(),
        (true, false) => refused(mtls, "mutual TLS of the root namespace holds for the whole mesh"),
    }
}

/// What holds for the mesh; it stands in the root namespace.
pub(super) fn mesh(context: &Context, parts: &NamespaceParts, mtls: &Mtls) -> Emitted {
    object(context, parts.name, "default".to_owned(), None, mtls)
}

fn object(
    context: &Context,
    namespace: Symbol,
    name: String,
    selector: Option<WorkloadSelector>,
    mtls: &Mtls,
) -> Emitted {
    let annotations = annotation::of_statements(&mtls.origins, context.limits.annotation);
    let mut ports: IndexMap<_, _> =
        mtls.ports.iter().map(|(port, mode)| (port.to_string(), mutual_tls(*mode))).collect();
    ports.sort_by_cached_key(|port, _| port.parse::<u16>().ok());
    let spec = PeerAuthenticationSpec { selector, mtls: mtls.mode.map(mutual_tls), port_level_mtls: ports };
    let metadata = annotation::metadata(context, namespace, name, annotations);
    let object = Object {
        resource: Resource::PeerAuthentication(PeerAuthentication { metadata, spec }),
        origins: if mtls.origins.is_empty() { Vec::new() } else { vec![mtls.origins.clone()] },
        part_of_split: false,
        place: None,
    };
    Emitted { objects: vec![object], ..Emitted::default() }
}

fn mutual_tls(mode: MtlsMode) -> MutualTls {
    let mode = match mode {
        MtlsMode::Disable => MutualTlsMode::Disable,
        MtlsMode::Permissive => MutualTlsMode::Permissive,
        MtlsMode::Strict => MutualTlsMode::Strict,
    };
    MutualTls { mode }
}

fn refused(mtls: &Mtls, message: &str) -> Emitted {
    let diagnostic = |span| {
        Diagnostic::new(code::ROOT_NAMESPACE_MTLS, message, span, "this names the root namespace")
            .note("write `mtls strict` without `in` for the whole mesh")
    };
    Emitted { diagnostics: statements(mtls, diagnostic), ..Emitted::default() }
}

fn port_zero(span: Span) -> Diagnostic {
    Diagnostic::new(code::REFUSED_BY_ISTIO, "Istio refuses port 0 in `portLevelMtls`", span, "covers port 0")
        .note("ports are 1 to 65535")
}

fn statements(mtls: &Mtls, diagnostic: impl Fn(Span) -> Diagnostic) -> Vec<Diagnostic> {
    mtls.origins.iter().map(|origin| diagnostic(origin.span())).collect()
}
