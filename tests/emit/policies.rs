//! Small policies for tests, as one would say them: the check that makes them from a policy file stands apart.

use std::sync::Arc;

use meshward::policy::{
    Caller, Covered, Effect, Labels, Mtls, MtlsMode, MtlsScope, Operation, Origin, Policy, Rule, Target,
};
use meshward::source::{SourceId, Span, Spanned};
use meshward::syntax::ast::{Item, Statement};
use thin_vec::ThinVec;

/// A policy of the project `shop` that covers the namespaces of its targets.
pub(crate) fn policy(rules: Vec<Rule>) -> Policy {
    let mut policy = Policy { project: "shop".into(), rules, ..Policy::default() };
    for rule in &policy.rules {
        let covered = Covered { namespace: rule.target.namespace, open: None };
        if !policy.covered.contains(&covered) {
            policy.covered.push(covered);
        }
    }
    policy.covered.sort_by_key(|a| a.namespace);
    policy
}

pub(crate) fn allow(callers: &[&str], target: &str, operations: &[&str]) -> Rule {
    rule(Effect::Allow, callers, target, operations)
}

pub(crate) fn deny(callers: &[&str], target: &str, operations: &[&str]) -> Rule {
    rule(Effect::Deny, callers, target, operations)
}

/// `target` is `namespace/service:port,port`. A caller after `except` is an exception.
fn rule(effect: Effect, callers: &[&str], target: &str, operations: &[&str]) -> Rule {
    let verb = if effect == Effect::Allow { "allow" } else { "deny" };
    let text = format!(
        "{verb} {} -> {target} {}",
        callers.join(", ").replace(", except, ", " except "),
        operations.join(", ")
    );
    let split = callers.iter().position(|word| *word == "except").unwrap_or(callers.len());
    Rule {
        effect,
        callers: callers[..split].iter().map(|text| caller(text)).collect(),
        except: callers[split..].iter().skip(1).map(|text| caller(text)).collect(),
        target: self::target(target),
        operations: operations.iter().map(|text| operation(text)).collect(),
        origin: origin(text.trim()),
    }
}

/// `shop/orders`, `shop/*`, `mesh`, `anyone`, `peer 10.0.0.0/8`, `client 10.0.0.0/8`.
pub(crate) fn caller(text: &str) -> Caller {
    if let Some(net) = text.strip_prefix("peer ") {
        return Caller::Peer(net.parse().unwrap());
    }
    if let Some(net) = text.strip_prefix("client ") {
        return Caller::Client(net.parse().unwrap());
    }
    match text.split_once('/') {
        None if text == "mesh" => Caller::AnyIdentity,
        None => Caller::Anyone,
        Some((namespace, "*")) => Caller::Namespace(namespace.into()),
        Some((namespace, name)) => Caller::Account { namespace: namespace.into(), name: name.into() },
    }
}

/// `shop/payments:8080,9090` is selected by `app: payments`.
pub(crate) fn target(text: &str) -> Target {
    let (name, ports) = text.split_once(':').unwrap();
    let (namespace, name) = name.split_once('/').unwrap();
    Target {
        namespace: namespace.into(),
        selector: labels(&[("app", name)]),
        name: name.into(),
        ports: ports.split(',').map(|port| port.parse().unwrap()).collect(),
    }
}

pub(crate) fn labels(labels: &[(&str, &str)]) -> Arc<Labels> {
    Arc::new(labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
}

/// `GET POST /a /b except /b/c host h`: words in upper case are methods.
pub(crate) fn operation(text: &str) -> Operation {
    let mut operation = Operation::default();
    let mut words = text.split_whitespace();
    let mut excepted = false;
    while let Some(word) = words.next() {
        match word {
            "except" => excepted = true,
            "host" => operation.hosts.extend(words.next().map(meshward::source::Symbol::from)),
            _ if excepted => operation.except_paths.push(word.into()),
            _ if word.starts_with(['/', '*', '{']) => operation.paths.push(word.into()),
            _ => operation.methods.push(word.into()),
        }
    }
    for list in
        [&mut operation.methods, &mut operation.paths, &mut operation.except_paths, &mut operation.hosts]
    {
        list.sort();
    }
    operation
}

/// A statement that is printed as the words of `text`.
pub(crate) fn statement(text: &str) -> Arc<Item> {
    let span = Span::new(SourceId(0), 0, text.len());
    Arc::new(Item {
        leading: ThinVec::new(),
        attributes: ThinVec::new(),
        statement: Statement::Bad(Spanned::new(text.to_owned(), span)),
        inner: ThinVec::new(),
        trailing: None,
        span,
    })
}

pub(crate) fn origin(text: &str) -> Arc<Origin> {
    Arc::new(Origin {
        statement: statement(text),
        file: "policies/shop.ward".into(),
        owner: None,
        ticket: None,
        reason: None,
    })
}

pub(crate) fn mtls(scope: MtlsScope, mode: Option<MtlsMode>, ports: &[(u16, MtlsMode)]) -> Mtls {
    Mtls { scope, mode, ports: ports.iter().copied().collect(), origins: Vec::new() }
}
