//! Reads `services.yaml` into what it states, each part with its place.

use super::model::{NativeFile, NativeNamespace};
use super::service;
use crate::diagnostic::{Code, Diagnostic, code, give_up};
use crate::graph::model::Labels;
use crate::graph::name::{check_label, check_label_value};
use crate::source::{Span, Spanned, Symbol};
use crate::yaml::{self, Mapping, Node};

/// What is said about a wrong type or value anywhere in a native file.
pub(super) const CODE: Code = code::INVALID_GRAPH_FILE;

const KEYS: &[&str] = &["services", "namespaces"];

/// Whether a document describes services in the native form. Docker Compose has `services:` too, but names them
/// without a namespace.
pub fn is_native(document: &Node) -> bool {
    let Some(fields) = document.as_mapping() else { return false };
    let services = document.get("services").and_then(Node::as_mapping);
    fields.entries.iter().all(|(key, _)| KEYS.contains(&key.as_str()))
        && services.is_some_and(|services| {
            !services.entries.is_empty() && services.entries.iter().all(|(key, _)| key.contains('/'))
        })
}

/// Reads the documents of one native file.
pub(in crate::graph) fn read(documents: &[Node], diagnostics: &mut Vec<Diagnostic>) -> NativeFile {
    let mut ctx = Context { diagnostics };
    let mut file = NativeFile::default();
    for document in documents {
        let Some(fields) = ctx.keep(yaml::mapping(document, CODE)) else {
            continue;
        };
        ctx.known_keys(fields, KEYS);
        if let Some(services) = document.get("services").and_then(|node| ctx.keep(yaml::mapping(node, CODE)))
        {
            file.services.reserve(services.entries.len());
            for (key, node) in &services.entries {
                file.services.extend(service::read(&mut ctx, key, node));
                if give_up(ctx.diagnostics, key.span.source) {
                    break;
                }
            }
        }
        if let Some(namespaces) =
            document.get("namespaces").and_then(|node| ctx.keep(yaml::mapping(node, CODE)))
        {
            let entries = namespaces.entries.iter();
            file.namespaces.extend(entries.filter_map(|(key, node)| namespace(&mut ctx, key, node)));
        }
    }
    file
}

/// `shop: {labels: {istio-injection: enabled}, dataplane: sidecar}`
fn namespace(ctx: &mut Context<'_>, key: &Spanned<Symbol>, node: &Node) -> Option<NativeNamespace> {
    let name = ctx.keep(yaml::key(key)).and_then(|name| ctx.valid(name, key.span, check_label))?;
    let mut labels = Labels::new();
    if let Some(fields) = ctx.mapping_or_nothing(node) {
        ctx.known_keys(fields, &["labels", "dataplane"]);
        if let Some(node) = node.get("labels") {
            labels = ctx.labels(node).unwrap_or_default();
        }
        if let Some(node) = node.get("dataplane") {
            dataplane(ctx, node);
        }
    }
    Some(NativeNamespace { name, span: key.span, labels })
}

fn dataplane(ctx: &mut Context<'_>, node: &Node) {
    let Some(text) = ctx.string(node) else {
        return;
    };
    match text.as_str() {
        "sidecar" => {}
        "ambient" => ctx.not_supported_yet("the ambient data plane", node.span),
        _ => {
            let message = format!("unknown data plane `{text}`");
            ctx.report(Diagnostic::new(CODE, message, node.span, "one of `sidecar`, `ambient`"));
        }
    }
}

/// Where every part of the reader reports.
pub(super) struct Context<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Context<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn not_supported_yet(&mut self, what: &str, span: Span) {
        let message = format!("{what} is not supported yet");
        self.report(Diagnostic::new(code::NOT_SUPPORTED_YET, message, span, "asked for here"));
    }

    pub(super) fn keep<T>(&mut self, read: Result<T, Diagnostic>) -> Option<T> {
        yaml::or_report(read, self.diagnostics)
    }

    pub(super) fn string(&mut self, node: &Node) -> Option<Symbol> {
        self.keep(yaml::string(node, CODE))
    }

    pub(super) fn known_keys(&mut self, mapping: &Mapping, known: &[&str]) {
        yaml::refuse_unknown_keys(mapping, known, CODE, self.diagnostics);
    }

    /// The fields of an entry; an entry of which nothing is said may stand there without a value.
    pub(super) fn mapping_or_nothing<'n>(&mut self, node: &'n Node) -> Option<&'n Mapping> {
        if node.is_null() { None } else { self.keep(yaml::mapping(node, CODE)) }
    }

    pub(super) fn valid(
        &mut self,
        text: Symbol,
        span: Span,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Symbol> {
        self.keep(yaml::name(text, span, CODE, check))
    }

    /// `{app: payments}`
    pub(super) fn labels(&mut self, node: &Node) -> Option<Labels> {
        let mapping = self.keep(yaml::mapping(node, CODE))?;
        let mut labels = Labels::new();
        for (key, value) in &mapping.entries {
            let name = self.keep(yaml::key(key));
            let value = self.string(value).and_then(|text| {
                // An empty value is a value too.
                if text.is_empty() { Some(text) } else { self.valid(text, value.span, check_label_value) }
            });
            if let (Some(name), Some(value)) = (name, value) {
                labels.insert(name, value);
            }
        }
        Some(labels)
    }
}
