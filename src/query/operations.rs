//! What a rule permits at a port, as its policy says it: `GET, HEAD /api/v1/users/*`.

use crate::access::Request;
use crate::istio::resources::{Operation, Rule, When};
use crate::istio::semantics::speaks_of;

/// One text for each operation of a rule that a port takes; `everything` where none is named. `origin` is from where
/// the caller must come. With a request over HTTP only those are told that speak of it.
pub(super) fn operations(rule: &Rule, port: u16, origin: &str, request: Option<&Request>) -> Vec<String> {
    let conditions: Vec<String> = rule.when.iter().flat_map(condition).collect();
    let conditions =
        if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
    let token = if rule.from.iter().any(|from| !from.source.request_principals.is_empty()) {
        " with a token"
    } else {
        ""
    };
    let said = |operation: String| format!("{operation}{origin}{token}{conditions}");
    if rule.to.is_empty() {
        return vec![said("everything".to_owned())];
    }
    let is_meant = |operation: &&Operation| {
        is_at(operation, port) && request.is_none_or(|request| speaks_of(operation, request))
    };
    let here = rule.to.iter().map(|to| &to.operation).filter(is_meant);
    let mut texts: Vec<String> = here.map(|operation| said(operation_text(operation))).collect();
    texts.dedup();
    texts
}

fn is_at(operation: &Operation, port: u16) -> bool {
    let names = |list: &[crate::source::Symbol]| list.iter().any(|number| number.parse() == Ok(port));
    (operation.ports.is_empty() || names(&operation.ports)) && !names(&operation.not_ports)
}

fn operation_text(operation: &Operation) -> String {
    let mut words = Vec::new();
    if !operation.hosts.is_empty() {
        words.push(format!("host {}", operation.hosts.join(", ")));
    }
    words.extend(list("", &operation.methods));
    words.extend(list("not ", &operation.not_methods));
    words.extend(list("", &operation.paths));
    words.extend(list("except ", &operation.not_paths));
    if !operation.not_hosts.is_empty() {
        words.push(format!("not host {}", operation.not_hosts.join(", ")));
    }
    if words.is_empty() { "everything".to_owned() } else { words.join(" ") }
}

fn list(head: &str, values: &[crate::source::Symbol]) -> Option<String> {
    (!values.is_empty()).then(|| format!("{head}{}", values.join(", ")))
}

/// Addresses are told by the origin.
fn condition(when: &When) -> Vec<String> {
    if ["remote.ip", "source.ip"].contains(&when.key.as_str()) {
        return Vec::new();
    }
    let one_of = |operator: &str, values: &[String]| {
        (!values.is_empty()).then(|| format!("{} {operator} {}", when.key, values.join(" or ")))
    };
    one_of("=", &when.values).into_iter().chain(one_of("!=", &when.not_values)).collect()
}
