//! Objects by which a proxy does something else with requests than its policies say. What they do is not modelled, and
//! they must not be passed over in silence.

use super::Manifest;
use super::document::{Document, documents};
use super::fields::Fields;
use crate::diagnostic::{Diagnostic, code};

const OF_PLUGINS: &str = "an extension of the proxy can let requests through, or refuse them";

/// API group and kind, and what such an object can do.
const KINDS: [(&str, &str, &str); 3] = [
    ("extensions.istio.io", "TrafficExtension", OF_PLUGINS),
    ("extensions.istio.io", "WasmPlugin", OF_PLUGINS),
    ("networking.istio.io", "EnvoyFilter", "it can change any part of what a proxy does"),
];

/// What the object of a document can do to a proxy, if it is such a one.
pub fn extends_proxy(document: &Document<'_>) -> Option<&'static str> {
    let kind = (document.group(), document.kind);
    KINDS.iter().find(|(group, name, _)| (*group, *name) == kind).map(|(.., what)| *what)
}

/// Reports each of them.
pub(super) fn report(manifests: &[Manifest], fields: &mut Fields<'_>) {
    for document in documents(manifests) {
        let Some(reason) = extends_proxy(&document) else { continue };
        let metadata = document.node.get("metadata");
        let named = metadata.and_then(|metadata| metadata.get("name").or(metadata.get("generateName")));
        let name = named.and_then(|node| node.as_scalar()).map(|scalar| scalar.text).unwrap_or_default();
        let span = named.or(document.node.get("kind")).map_or(document.node.span, |node| node.span);
        let message = format!("`{} {name}` is not modelled", document.kind);
        let diagnostic = Diagnostic::new(code::NOT_MODELLED, message, span, reason);
        fields.report(diagnostic.note("answers and proofs are given as if it were not there"));
    }
}
