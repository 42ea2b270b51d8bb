//! One rule as istiod converts it: a clause for all operations, one for all sources, one for each condition. Each
//! clause needs one of its matches, and a match that nothing is left of matches nothing.

use crate::access::{Condition, Formula, Pattern, Piece};
use crate::istio::resources::{Action, AuthorizationPolicy, Operation, Rule, Source, When};
use crate::istio::semantics::envoy::action;
use crate::istio::semantics::identity::{any_of, text, uri};
use crate::istio::semantics::matching;

/// The connections that a rule matches at a port.
pub(super) fn requests(policy: &AuthorizationPolicy, rule: &Rule, port: u16) -> Formula {
    // An ALLOW rule that needs HTTP anywhere is left out as a whole, other rules lose what needs it.
    if action(policy) == Action::Allow && needs_http(rule) {
        return Formula::Never;
    }
    let mut clauses = Vec::new();
    if !rule.to.is_empty() {
        clauses.push(Formula::union(rule.to.iter().map(|to| operation(&to.operation, port))));
    }
    if !rule.from.is_empty() {
        let own = policy.metadata.namespace.as_str();
        clauses.push(Formula::union(rule.from.iter().map(|from| source(own, &from.source))));
    }
    clauses.extend(rule.when.iter().map(|when| condition(when, port)));
    Formula::intersection(clauses)
}

/// Trust domains are not among what needs HTTP: they are neither converted nor missed.
fn needs_http(rule: &Rule) -> bool {
    let source = |source: &Source| {
        !(source.remote_ip_blocks.is_empty()
            && source.not_remote_ip_blocks.is_empty()
            && source.request_principals.is_empty()
            && source.not_request_principals.is_empty())
    };
    rule.to.iter().any(|to| to.operation.has_http_fields())
        || rule.from.iter().any(|from| source(&from.source))
        || rule.when.iter().any(|when| !CONVERTED.contains(&when.key.as_str()))
}

/// The keys of `when` that are converted.
const CONVERTED: [&str; 5] =
    ["destination.ip", "destination.port", "source.ip", "source.namespace", "source.principal"];

fn operation(operation: &Operation, port: u16) -> Formula {
    let mut fields = Match::default();
    fields.field(&operation.ports, &operation.not_ports, |value| number(value, port));
    fields.finish()
}

fn source(own: &str, source: &Source) -> Formula {
    let mut fields = Match::default();
    fields.field(&source.principals, &source.not_principals, principal);
    fields.field(&source.namespaces, &source.not_namespaces, namespace);
    fields.field(&source.service_accounts, &source.not_service_accounts, |value| account(own, value));
    fields.field(&source.ip_blocks, &source.not_ip_blocks, |value| address(value, Condition::Peer));
    fields.finish()
}

fn condition(when: &When, port: u16) -> Formula {
    let mut fields = Match::default();
    let (values, not_values) = (&when.values, &when.not_values);
    match when.key.as_str() {
        "destination.ip" => {
            fields.field(values, not_values, |value| address(value, Condition::Destination));
        }
        "destination.port" => fields.field(values, not_values, |value| number(value, port)),
        "source.ip" => fields.field(values, not_values, |value| address(value, Condition::Peer)),
        "source.namespace" => fields.field(values, not_values, namespace),
        "source.principal" => fields.field(values, not_values, principal),
        _ => {}
    }
    fields.finish()
}

/// The fields of one match, all of which must hold.
#[derive(Default)]
struct Match(Vec<Formula>);

impl Match {
    fn field<V: AsRef<str>>(
        &mut self,
        values: &[V],
        not_values: &[V],
        set: impl Fn(&str) -> Option<Formula>,
    ) {
        let sets = |values: &[V]| Formula::union(values.iter().filter_map(|value| set(value.as_ref())));
        if !values.is_empty() {
            self.0.push(sets(values));
        }
        if !not_values.is_empty() {
            self.0.push(sets(not_values).complement());
        }
    }

    /// A match without a field matches nothing.
    fn finish(self) -> Formula {
        if self.0.is_empty() { Formula::Never } else { Formula::intersection(self.0) }
    }
}

fn number(value: &str, port: u16) -> Option<Formula> {
    let number = matching::port(value)?;
    Some(if number == port { Formula::Always } else { Formula::Never })
}

fn address(value: &str, condition: fn(ipnet::IpNet) -> Condition) -> Option<Formula> {
    matching::block(value).map(|net| Formula::When(condition(net)))
}

/// The names of the mesh's own trust domain are not looked up here.
#[allow(clippy::unnecessary_wraps, reason = "one of the ways to read a value, and others can fail")]
fn principal(value: &str) -> Option<Formula> {
    Some(any_of([uri(value)]))
}

/// The namespace of an identity is compared as a string: a `*` inside it is no wildcard.
#[allow(clippy::unnecessary_wraps, reason = "one of the ways to read a value, and others can fail")]
fn namespace(value: &str) -> Option<Formula> {
    let gaps: [&[Piece]; 2] = [&[], &[Piece::Segment]];
    let names: Vec<Vec<Piece>> = if value == "*" {
        vec![vec![Piece::Segment]]
    } else if let Some(end) = value.strip_prefix('*') {
        gaps.iter().map(|gap| [gap, [text(end)].as_slice()].concat()).collect()
    } else if let Some(start) = value.strip_suffix('*') {
        gaps.iter().map(|gap| [[text(start)].as_slice(), gap].concat()).collect()
    } else {
        vec![vec![text(value)]]
    };
    Some(any_of(names.into_iter().map(|name| {
        let before = [text("spiffe://"), Piece::Segment, text("/ns/")];
        Pattern::new(before.into_iter().chain(name).chain([text("/sa/"), Piece::Segment]))
    })))
}

#[allow(clippy::unnecessary_wraps, reason = "one of the ways to read a value, and others can fail")]
fn account(own: &str, value: &str) -> Option<Formula> {
    let (namespace, name) = value.split_once('/').unwrap_or((own, value));
    Some(any_of([Pattern::new([
        text("spiffe://"),
        Piece::Segment,
        text(&format!("/ns/{namespace}/sa/{name}")),
    ])]))
}
