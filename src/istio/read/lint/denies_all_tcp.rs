//! `denies-all-tcp`: a DENY that is meant for HTTP and closes ports that carry something else. On connections
//! without HTTP Istio drops the fields that need it, and the rest of the rule matches more (`rule.checkError`). The
//! webhook warns of it too, but is silent when another entry of `to` names ports, and speaks where only trust
//! domains are denied.

use thin_vec::ThinVec;

use crate::diagnostic::{Diagnostic, code};
use crate::istio::resources::{Operation, Rule, Source, When};
use crate::source::Span;
use crate::yaml::Node;

/// Fields that need HTTP.
const OF_SOURCE: [&str; 2] = ["notRequestPrincipals", "requestPrincipals"];
const OF_OPERATION: [&str; 6] = ["hosts", "methods", "notHosts", "notMethods", "notPaths", "paths"];

/// What to say about a rule of a DENY policy.
pub(in crate::istio::read) fn find(rule: &Rule, node: &Node) -> Option<Diagnostic> {
    let dropped = http_field(node)?;
    let closes_ports = rule.to.is_empty() || rule.to.iter().any(|to| !names_ports(&to.operation));
    if !closes_ports || rule.when.iter().any(names_port_or_server) {
        return None;
    }
    let from_anyone = rule.from.is_empty() || rule.from.iter().any(|from| !remains(&from.source));
    let of_whom = if from_anyone && rule.when.iter().all(needs_http) { "" } else { " from these sources" };
    let message = format!("this DENY also refuses every connection without HTTP{of_whom}");
    let label = "only HTTP has this, so it is left out elsewhere, and the rule matches more";
    Some(
        Diagnostic::new(code::DENIES_ALL_TCP, message, dropped, label)
            .note("say which ports are meant: `ports` beside it, in each entry of `to`"),
    )
}

/// The first field that is dropped without HTTP.
fn http_field(rule: &Node) -> Option<Span> {
    let entries = |key| rule.items(key).iter();
    let key_of = |when: &Node| {
        let key = when.get("key")?;
        key.as_scalar().filter(|key| is_http(&key.text)).map(|_| key.span)
    };
    entries("to")
        .find_map(|to| field(to.get("operation")?, &OF_OPERATION))
        .or_else(|| entries("from").find_map(|from| field(from.get("source")?, &OF_SOURCE)))
        .or_else(|| entries("when").find_map(key_of))
}

/// The first of these lists that says something.
fn field(part: &Node, keys: &[&str]) -> Option<Span> {
    let lists = keys.iter().filter_map(|key| part.get(key));
    let filled = |list: &&Node| list.as_sequence().is_some_and(|items| !items.is_empty());
    lists.into_iter().find(filled).map(|list| list.span)
}

fn is_http(key: &str) -> bool {
    key.starts_with("request.")
}

fn needs_http(when: &When) -> bool {
    is_http(&when.key)
}

fn names_ports(operation: &Operation) -> bool {
    !operation.ports.is_empty() || !operation.not_ports.is_empty()
}

/// A condition that keeps the rule to some ports, or to some servers of TLS.
fn names_port_or_server(when: &When) -> bool {
    matches!(when.key.as_str(), "connection.sni" | "destination.port")
}

/// Whether anything is left of a source without HTTP.
fn remains(source: &Source) -> bool {
    let without_http = Source {
        request_principals: ThinVec::new(),
        not_request_principals: ThinVec::new(),
        ..source.clone()
    };
    without_http != Source::default()
}
