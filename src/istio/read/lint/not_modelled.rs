//! `not-modelled`: resources that change what a proxy does and that no answer takes into account.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, code};
use crate::graph::manifests::{Document, extends_proxy};
use crate::source::Span;

/// API groups and kinds beside those of extensions; a group with an empty kind stands for all of its kinds.
const KINDS: [(&str, &str, &str); 5] = [
    ("agentgateway.dev", "", "an agentgateway does not obey Istio's policies"),
    ("authentication.istio.io", "", "Istio has not had it since 1.6, and nothing obeys it"),
    ("networking.istio.io", "ProxyConfig", "it can change how a proxy is started"),
    ("networking.istio.io", "Sidecar", "it can change the ports that a proxy listens on, and their TLS"),
    ("rbac.istio.io", "", "Istio has not had it since 1.6, and nothing obeys it"),
];

/// Objects of one kind.
struct Found {
    first: Span,
    count: usize,
    reason: &'static str,
}

/// One diagnostic for each kind, at its first object.
pub(in crate::istio::read) fn not_modelled(documents: &[Document<'_>]) -> Vec<Diagnostic> {
    let mut found: IndexMap<&str, Found> = IndexMap::new();
    for document in documents {
        if let Some(reason) = reason(document) {
            let first = place(document);
            found.entry(document.kind).or_insert(Found { first, count: 0, reason }).count += 1;
        }
    }
    found.into_iter().map(|(kind, found)| diagnose(kind, &found)).collect()
}

fn reason(document: &Document<'_>) -> Option<&'static str> {
    let group = document.group();
    let matches = |of: &str, kind: &str| of == group && (kind.is_empty() || kind == document.kind);
    let known = KINDS.iter().find(|(of, kind, _)| matches(of, kind));
    known.map(|(_, _, reason)| *reason).or_else(|| extends_proxy(document))
}

fn place(document: &Document<'_>) -> Span {
    let name = document.node.get("metadata").and_then(|metadata| metadata.get("name"));
    name.or(document.node.get("kind")).map_or(document.node.span, |node| node.span)
}

fn diagnose(kind: &str, found: &Found) -> Diagnostic {
    let message = format!("`{kind}` is not modelled");
    let diagnostic = Diagnostic::new(code::NOT_MODELLED, message, found.first, found.reason)
        .note("answers are given as if it were not there");
    match found.count {
        0 | 1 => diagnostic,
        count => diagnostic.note(format!("there are {count} of them; this is the first")),
    }
}
