//! Reads the endpoints of a service from its OpenAPI description, version 2 (Swagger) or 3, YAML or JSON.

use super::model::Endpoint;
use crate::diagnostic::{Code, Diagnostic, add, code};
use crate::source::{SourceId, Span, Spanned, Symbol};
use crate::yaml::{self, Mapping, Node};

const CODE: Code = code::INVALID_GRAPH_FILE;

/// The fields of a path that are methods; the others describe it.
const METHODS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put", "query", "trace"];

/// Every method of every path, each at the place where its method is written.
pub(super) fn read(source: SourceId, text: &str) -> (Vec<Endpoint>, Vec<Diagnostic>) {
    let (documents, mut diagnostics) = yaml::read(source, text);
    let mut endpoints = Vec::new();
    match documents.first() {
        Some(description) => read_description(description, &mut endpoints, &mut diagnostics),
        None if diagnostics.is_empty() => {
            let start = Span::new(source, 0, 0);
            diagnostics.push(Diagnostic::new(
                CODE,
                "the OpenAPI description is empty",
                start,
                "nothing here",
            ));
        }
        None => {}
    }
    (endpoints, diagnostics)
}

fn read_description(description: &Node, endpoints: &mut Vec<Endpoint>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(fields) = yaml::or_report(yaml::mapping(description, CODE), diagnostics) else {
        return;
    };
    let prefix = match (fields.get("swagger"), fields.get("openapi")) {
        (Some(_), _) => text_of(description.get("basePath")).unwrap_or_default(),
        (None, Some(_)) => server_path(description),
        (None, None) => {
            let place = fields.entries.first().map_or(description.span, |(key, _)| key.span);
            let message = "this is not an OpenAPI description";
            let label = "neither `openapi:` nor `swagger:` is given";
            diagnostics.push(Diagnostic::new(CODE, message, place, label));
            return;
        }
    };
    // A description of types alone has no paths.
    let Some(paths) = description.get("paths") else {
        return;
    };
    let Some(paths) = yaml::or_report(yaml::mapping(paths, CODE), diagnostics) else {
        return;
    };
    for (path, item) in paths.entries.iter().filter(|(path, _)| !path.starts_with("x-")) {
        if !path.starts_with('/') {
            let message = format!("`{}` is not a path", path.node);
            add(diagnostics, Diagnostic::new(CODE, message, path.span, "a path begins with `/`"));
        } else if let Some(item) = yaml::or_report(yaml::mapping(item, CODE), diagnostics) {
            read_path(&prefix, path, item, endpoints, diagnostics);
        }
    }
}

fn read_path(
    prefix: &str,
    path: &Spanned<Symbol>,
    item: &Mapping,
    endpoints: &mut Vec<Endpoint>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let whole: Symbol = format!("{}{}", prefix.trim_end_matches('/'), path.node).into();
    for (key, _) in &item.entries {
        if METHODS.contains(&key.as_str()) {
            let method = key.to_ascii_uppercase().into();
            endpoints.push(Endpoint { method, path: whole, span: key.span });
        } else if key.node == "$ref" {
            let message = format!("the methods of `{}` are in another place", path.node);
            diagnostics.push(
                Diagnostic::new(CODE, message, key.span, "references to paths are not followed")
                    .note("bundle the description into one file, with its references resolved"),
            );
        }
    }
}

/// The path part of the first server's URL, its variables at their defaults: `/v1` of
/// `https://api.example.com/v1`.
fn server_path(description: &Node) -> String {
    let server = description.get("servers").and_then(Node::as_sequence).and_then(<[Node]>::first);
    let Some(mut url) = server.and_then(|server| text_of(server.get("url"))) else {
        return String::new();
    };
    let variables = server.and_then(|server| server.get("variables")).and_then(Node::as_mapping);
    for (name, variable) in variables.iter().flat_map(|variables| &variables.entries) {
        if let Some(default) = text_of(variable.get("default")) {
            url = url.replace(&format!("{{{}}}", name.node), &default);
        }
    }
    let behind_host = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url.as_str(),
    };
    // A relative URL without a slash is relative to a place that is not known here.
    if behind_host.starts_with('/') { behind_host.to_owned() } else { String::new() }
}

fn text_of(node: Option<&Node>) -> Option<String> {
    Some(node?.as_scalar()?.text.to_string())
}
