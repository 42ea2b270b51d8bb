//! What Istio does with a bundle, by its rules and as plainly as they can be written down: every policy is asked
//! about every request. It shares nothing with the emission but the resources.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use meshward::istio::resources::{Action, AuthorizationPolicy, Bundle, Operation, Resource, Rule, Source};
use meshward::policy::Mesh;
use thin_vec::ThinVec;

/// A request as the proxy of the called pod sees it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `<trust domain>/ns/<namespace>/sa/<account>`; `None` over plaintext.
    pub(crate) identity: Option<&'static str>,
    pub(crate) peer: IpAddr,
    pub(crate) client: IpAddr,
    /// Whether the connection carries HTTP; the last three fields say nothing otherwise.
    pub(crate) is_http: bool,
    pub(crate) port: u16,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) host: &'static str,
}

/// A called pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) namespace: &'static str,
    pub(crate) labels: BTreeMap<&'static str, &'static str>,
}

/// The policies that hold for a pod.
pub(crate) struct Enforced<'a> {
    mesh: &'a Mesh,
    policies: Vec<&'a AuthorizationPolicy>,
}

/// Policies of the pod's namespace and of the root namespace, as far as their selectors take the pod.
pub(crate) fn enforced<'a>(bundle: &'a Bundle, mesh: &'a Mesh, pod: &Pod) -> Enforced<'a> {
    let policies = bundle.objects.iter().filter_map(|object| match &object.resource {
        Resource::AuthorizationPolicy(policy) => Some(policy),
        Resource::PeerAuthentication(_) | Resource::RequestAuthentication(_) => None,
    });
    let in_scope = |policy: &&AuthorizationPolicy| {
        let namespace = policy.metadata.namespace.as_str();
        namespace == pod.namespace || namespace == mesh.root_namespace
    };
    let selected = |policy: &&AuthorizationPolicy| {
        let mut labels = policy.spec.selector.iter().flat_map(|selector| selector.match_labels.iter());
        labels.all(|(key, value)| pod.labels.get(key.as_str()) == Some(&value.as_str()))
    };
    Enforced { mesh, policies: policies.filter(in_scope).filter(selected).collect() }
}

impl Enforced<'_> {
    /// DENY first, then ALLOW; where nothing allows anything, everything passes.
    pub(crate) fn passes(&self, request: &Request) -> bool {
        let action = |policy: &AuthorizationPolicy| policy.spec.action.unwrap_or(Action::Allow);
        let of = |wanted| self.policies.iter().filter(move |policy| action(policy) == wanted);
        let matches = |policy: &&&AuthorizationPolicy| {
            let mut rules = policy.spec.rules.iter().filter_map(|rule| {
                if request.is_http { Some(rule.clone()) } else { without_http(rule, action(policy)) }
            });
            rules.any(|rule| rule_matches(self.mesh, &rule, request))
        };
        let is_denied = of(Action::Deny).any(|policy| matches(&policy));
        let is_allowed = of(Action::Allow).count() == 0 || of(Action::Allow).any(|policy| matches(&policy));
        !is_denied && is_allowed
    }
}

/// A rule as it stands where connections carry no HTTP: an ALLOW rule that looks at requests anywhere is dropped as
/// a whole, a DENY rule loses the fields that do and becomes wider.
fn without_http(rule: &Rule, action: Action) -> Option<Rule> {
    let looks_at_requests = |operation: &Operation| {
        Operation { ports: ThinVec::new(), ..operation.clone() } != Operation::default()
    };
    if action == Action::Allow && rule.to.iter().any(|to| looks_at_requests(&to.operation)) {
        return None;
    }
    let mut rule = rule.clone();
    for to in &mut rule.to {
        to.operation = Operation { ports: to.operation.ports.clone(), ..Operation::default() };
    }
    Some(rule)
}

fn rule_matches(mesh: &Mesh, rule: &Rule, request: &Request) -> bool {
    let from = rule.from.is_empty() || rule.from.iter().any(|from| source(mesh, &from.source, request));
    let to = rule.to.is_empty() || rule.to.iter().any(|to| operation(&to.operation, request));
    from && to
}

fn source(mesh: &Mesh, source: &Source, request: &Request) -> bool {
    // The webhook takes no source without a field.
    assert_ne!(*source, Source::default());
    let identity = |pattern: &String| principal(mesh, pattern, request.identity);
    let peer = |block: &String| contains(block, request.peer);
    let client = |block: &String| contains(block, request.client);
    field(&source.principals, &source.not_principals, identity)
        && field(&source.ip_blocks, &source.not_ip_blocks, peer)
        && field(&source.remote_ip_blocks, &source.not_remote_ip_blocks, client)
}

fn operation(operation: &Operation, request: &Request) -> bool {
    assert_ne!(*operation, Operation::default());
    let none: &[String] = &[];
    let host = |pattern: &String| string(&pattern.to_lowercase(), &request.host.to_lowercase());
    field(&operation.hosts, none, host)
        && field(&operation.ports, &[], |port| port.parse() == Ok(request.port))
        && field(&operation.methods, &[], |method| string(method, request.method))
        && field(&operation.paths, &operation.not_paths, |pattern| path(pattern, request.path))
}

/// One of the values if there are any, and none of the others.
fn field<T>(values: &[T], not_values: &[T], matches: impl Fn(&T) -> bool) -> bool {
    (values.is_empty() || values.iter().any(&matches)) && !not_values.iter().any(&matches)
}

/// Istio adds the aliases of its own trust domain to what has five parts.
fn principal(mesh: &Mesh, pattern: &str, identity: Option<&str>) -> bool {
    let Some(identity) = identity else { return false };
    let parts: Vec<_> = pattern.split('/').collect();
    let is_own = parts.len() == 5 && parts[0] == mesh.trust_domain;
    let mut patterns = vec![pattern.to_owned()];
    if is_own {
        patterns.extend(
            mesh.trust_domain_aliases.iter().map(|alias| format!("{alias}/{}", parts[1..].join("/"))),
        );
    }
    patterns.iter().any(|pattern| string(pattern, identity))
}

fn contains(block: &str, address: IpAddr) -> bool {
    block.parse::<IpNet>().unwrap().contains(&address)
}

fn path(pattern: &str, path: &str) -> bool {
    if pattern.contains("{*}") || pattern.contains("{**}") {
        template(pattern, path)
    } else {
        string(pattern, path)
    }
}

/// A template is passed by these.
const NOT_IN_TEMPLATES: [char; 2] = ['[', ']'];

/// The four string rules, in Istio's order.
fn string(pattern: &str, value: &str) -> bool {
    if pattern == "*" {
        !value.is_empty()
    } else if let Some(suffix) = pattern.strip_prefix('*') {
        value.ends_with(suffix)
    } else if let Some(prefix) = pattern.strip_suffix('*') {
        value.starts_with(prefix)
    } else {
        value == pattern
    }
}

/// `{*}` is one segment with something in it, `{**}` anything, but for what Envoy leaves out of both.
fn template(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("{**}") {
        let gap = path.find(NOT_IN_TEMPLATES).unwrap_or(path.len());
        return (0..=gap).any(|skipped| template(rest, &path[skipped..]));
    }
    if let Some(rest) = pattern.strip_prefix("{*}") {
        let segment =
            path.find('/').into_iter().chain(path.find(NOT_IN_TEMPLATES)).min().unwrap_or(path.len());
        return (1..=segment).any(|skipped| template(rest, &path[skipped..]));
    }
    match (pattern.chars().next(), path.chars().next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted == found && template(&pattern[1..], &path[1..]),
        (None, Some(_)) | (Some(_), None) => false,
    }
}
