//! One rule of an AuthorizationPolicy: one of its sources and one of its operations must match; within either
//! all fields, within a field one value, within a `not` field none (`model.go`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::matching::{identity, path, text};
use super::{Filters, MeshConfig};
use crate::access::{Condition, Formula, Pattern};
use crate::istio::resources::{Action, Operation, Rule, Source};

/// The requests that a rule matches at a port; `None` if Istio leaves the rule out there.
pub(super) fn requests(
    config: &MeshConfig<'_>,
    rule: &Rule,
    action: Action,
    port: u16,
    filters: Filters,
) -> Option<Formula> {
    let uses_http = rule.to.iter().any(|to| has_http_fields(&to.operation));
    // `Generate` for TCP: an ALLOW rule with any field of HTTP is left out, a DENY rule loses those fields.
    if filters == Filters::Network && uses_http && action == Action::Allow {
        return None;
    }
    let mut parts = Vec::new();
    if !rule.from.is_empty() {
        parts.push(Formula::Any(rule.from.iter().map(|from| source(config, &from.source)).collect()));
    }
    if !rule.to.is_empty() {
        let operations =
            rule.to.iter().filter_map(|to| operation(&to.operation, port, filters)).collect::<Vec<_>>();
        if operations.is_empty() {
            return None;
        }
        parts.push(Formula::Any(operations));
    }
    Some(Formula::All(parts))
}

fn has_http_fields(operation: &Operation) -> bool {
    !(operation.hosts.is_empty()
        && operation.methods.is_empty()
        && operation.paths.is_empty()
        && operation.not_paths.is_empty())
}

fn source(config: &MeshConfig<'_>, source: &Source) -> Formula {
    let blocks = |list: &[String], condition: fn(IpNet) -> Condition| -> Vec<Formula> {
        list.iter().filter_map(|text| block(text)).map(|net| Formula::When(condition(net))).collect()
    };
    let principals = |list: &[String]| list.iter().flat_map(|value| identity(config, value)).collect();
    let mut parts = Vec::new();
    positive(&mut parts, principals(&source.principals));
    negative(&mut parts, principals(&source.not_principals));
    positive(&mut parts, blocks(&source.ip_blocks, Condition::Peer));
    negative(&mut parts, blocks(&source.not_ip_blocks, Condition::Peer));
    positive(&mut parts, blocks(&source.remote_ip_blocks, Condition::Client));
    negative(&mut parts, blocks(&source.not_remote_ip_blocks, Condition::Client));
    Formula::All(parts)
}

/// A block, or a single address as a block of one; host bits are ignored. What Istio can not read matches
/// nothing.
fn block(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(net) => Some(net.trunc()),
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// `None` where the operation names other ports.
fn operation(operation: &Operation, port: u16, filters: Filters) -> Option<Formula> {
    if !operation.ports.is_empty() && !operation.ports.iter().any(|number| number.parse() == Ok(port)) {
        return None;
    }
    let mut parts = Vec::new();
    if filters == Filters::Http {
        let hosts = operation.hosts.iter().map(|host| when(Condition::Host, text(host).caseless())).collect();
        positive(&mut parts, hosts);
        positive(
            &mut parts,
            operation.methods.iter().map(|method| when(Condition::Method, text(method))).collect(),
        );
        positive(
            &mut parts,
            operation.paths.iter().map(|value| when(Condition::Path, path(value))).collect(),
        );
        negative(
            &mut parts,
            operation.not_paths.iter().map(|value| when(Condition::Path, path(value))).collect(),
        );
    }
    Some(Formula::All(parts))
}

fn when(condition: fn(Pattern) -> Condition, pattern: Pattern) -> Formula {
    Formula::When(condition(pattern))
}

fn positive(parts: &mut Vec<Formula>, values: Vec<Formula>) {
    if !values.is_empty() {
        parts.push(Formula::Any(values));
    }
}

fn negative(parts: &mut Vec<Formula>, values: Vec<Formula>) {
    if !values.is_empty() {
        parts.push(Formula::Not(Box::new(Formula::Any(values))));
    }
}
