//! What a policy means, straight from the specification of the language and without a word of Istio's.

use std::net::IpAddr;

use meshward::policy::{Caller, Effect, Mesh, Operation, Policy, Rule};

use super::naive::{Pod, Request};

/// Whether the policy lets the request pass to the pod.
pub(crate) fn passes(policy: &Policy, pod: &Pod, request: &Request) -> bool {
    let speaks = |effect| {
        let rules = policy.rules.iter().filter(move |rule| rule.effect == effect);
        rules.filter(|rule| is_target(rule, pod)).any(|rule| covers(&policy.mesh, rule, request))
    };
    !speaks(Effect::Deny) && (is_open(policy, pod) || speaks(Effect::Allow))
}

/// What nothing denies passes there.
fn is_open(policy: &Policy, pod: &Pod) -> bool {
    let covered = policy.covered.iter().find(|covered| covered.namespace == pod.namespace);
    covered.map_or(!policy.mesh.default_deny_mesh, |covered| covered.open.is_some())
}

fn is_target(rule: &Rule, pod: &Pod) -> bool {
    let labels = &rule.target.selector;
    let selects = labels.iter().all(|(key, value)| pod.labels.get(key.as_str()) == Some(&value.as_str()));
    rule.target.namespace == pod.namespace && selects
}

fn covers(mesh: &Mesh, rule: &Rule, request: &Request) -> bool {
    let is_one_of = |callers: &[Caller]| callers.iter().any(|caller| is_caller(mesh, caller, request));
    let calls = |operation: &Operation| is_operation(operation, request);
    rule.target.ports.contains(&request.port)
        && is_one_of(&rule.callers)
        && !is_one_of(&rule.except)
        && (rule.operations.is_empty() || request.is_http && rule.operations.iter().any(calls))
}

fn is_caller(mesh: &Mesh, caller: &Caller, request: &Request) -> bool {
    let account = || {
        let parts: Vec<_> = request.identity?.split('/').collect();
        let own = parts[0] == mesh.trust_domain || mesh.trust_domain_aliases.iter().any(|td| td == parts[0]);
        own.then(|| (parts[2], parts[4]))
    };
    let is_in = |net: &ipnet::IpNet, address: IpAddr| net.contains(&address);
    match caller {
        Caller::Account { namespace, name } => {
            account().is_some_and(|found| found == (namespace.as_str(), name.as_str()))
        }
        Caller::Namespace(namespace) => account().is_some_and(|(found, _)| found == namespace),
        Caller::AnyIdentity => request.identity.is_some(),
        Caller::Anyone => true,
        Caller::Peer(net) => is_in(net, request.peer),
        Caller::Client(net) => is_in(net, request.client),
    }
}

fn is_operation(operation: &Operation, request: &Request) -> bool {
    let methods = &operation.methods;
    let name = request.host.split(':').next().unwrap_or_default();
    let one_of =
        |patterns: &[meshward::source::Symbol]| patterns.iter().any(|pattern| path(pattern, request.path));
    (methods.is_empty() || methods.iter().any(|method| method == request.method))
        && (operation.paths.is_empty() || one_of(&operation.paths))
        && !one_of(&operation.except_paths)
        && (operation.hosts.is_empty() || operation.hosts.iter().any(|host| host == name))
}

/// Only the patterns that the generated policies use, each by its own words.
fn path(pattern: &str, path: &str) -> bool {
    match pattern {
        "*" => true,
        "*/b" => path.ends_with("/b"),
        "/a/*" => path.len() >= 3 && &path[..3] == "/a/",
        "/{*}/b" => {
            let segments: Vec<&str> = path.split('/').collect();
            matches!(segments.as_slice(), ["", first, "b"] if !first.is_empty() && !first.contains(['[', ']']))
        }
        "/a/{**}" => path.starts_with("/a/") && !path.contains(['[', ']']),
        exact => {
            assert!(!exact.contains(['*', '{']), "`{exact}` has no meaning here");
            exact == path
        }
    }
}
