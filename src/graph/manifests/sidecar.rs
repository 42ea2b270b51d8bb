//! Istio's `Sidecar` objects whose listeners take the place of what Services declare. They are not modelled, and must not
//! be passed over in silence.

use super::Manifest;
use super::document::{Document, documents};
use super::fields::Fields;
use crate::diagnostic::{Diagnostic, code};

/// Reports each one with `ingress`, which states the inbound ports and their protocols (`buildInboundChainConfigs` in
/// `pilot/pkg/networking/core/listener_inbound.go`). One without concerns what is sent.
pub(super) fn report(manifests: &[Manifest], fields: &mut Fields<'_>) {
    for document in documents(manifests) {
        if let Some(diagnostic) = with_ingress(&document) {
            fields.report(diagnostic);
        }
    }
}

fn with_ingress(document: &Document<'_>) -> Option<Diagnostic> {
    if (document.group(), document.kind) != ("networking.istio.io", "Sidecar") {
        return None;
    }
    let ingress = document.node.get("spec")?.get("ingress")?;
    ingress.as_sequence().filter(|listeners| !listeners.is_empty())?;
    let name = document.node.get("metadata").and_then(|metadata| metadata.text("name")).unwrap_or_default();
    let message = format!("`Sidecar {name}` is not modelled");
    let reason = "it changes the ports that a proxy listens on, and what they carry";
    let diagnostic = Diagnostic::new(code::NOT_MODELLED, message, ingress.span, reason);
    Some(diagnostic.note("answers and proofs are given as if it were not there"))
}
