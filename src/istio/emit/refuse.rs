//! What Istio's CRDs, its webhook or Envoy would refuse, and names in which a `*` would widen a rule without
//! saying so. The check of a policy finds most of it with a better message at a better place; this is the last
//! gate before a cluster, at the statement as a whole.

use super::name;
use crate::diagnostic::{Diagnostic, code};
use crate::istio::path_template::{self, Mistake};
use crate::policy::{Caller, Labels, Mesh, Operation, Rule};

/// A sentence, and what to do.
struct Refusal {
    message: String,
    note: &'static str,
}

impl Refusal {
    fn new(message: impl Into<String>, note: &'static str) -> Self {
        Self { message: message.into(), note }
    }
}

/// Why a rule can not be emitted; nothing where it can.
pub(super) fn rule(mesh: &Mesh, rule: &Rule) -> Vec<Diagnostic> {
    let target = &rule.target;
    let mut refusals = Vec::new();
    refusals.extend(namespace(&target.namespace));
    refusals.extend(selector(&target.selector));
    if target.ports.is_empty() {
        let message = format!("no port of `{}` is covered", target.name);
        refusals
            .push(Refusal::new(message, "a rule without ports would hold for every port of the workload"));
    }
    refusals.extend(rule.callers.iter().chain(&rule.except).filter_map(|each| caller(mesh, each)));
    refusals.extend(rule.operations.iter().flat_map(operation));
    let diagnostic = |refusal: Refusal| {
        let label = "can not be emitted";
        Diagnostic::new(code::REFUSED_BY_ISTIO, refusal.message, rule.origin.span(), label).note(refusal.note)
    };
    refusals.into_iter().map(diagnostic).collect()
}

fn namespace(namespace: &str) -> Option<Refusal> {
    let message = || format!("Kubernetes refuses the namespace `{namespace}`");
    (!name::is_dns_label(namespace)).then(|| Refusal::new(message(), DNS_LABEL))
}

const DNS_LABEL: &str = "a name is made of lower case letters, digits and `-`, and has at most 63 characters";

fn selector(labels: &Labels) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if labels.is_empty() {
        refusals.push(Refusal::new("an empty selector selects the whole namespace", "select by a label"));
    }
    if labels.len() > 4096 {
        refusals.push(Refusal::new("Istio refuses a selector of more than 4096 labels", "select by fewer"));
    }
    for (key, value) in labels {
        if key.is_empty() || key.contains('*') || value.contains('*') {
            let message = format!("Istio refuses the selector `{key}: {value}`");
            refusals.push(Refusal::new(message, "a label has a key, and no `*` in key or value"));
        }
        if value.chars().count() > 63 {
            let message = format!("Istio refuses the selector `{key}: {value}`");
            refusals.push(Refusal::new(message, "the value of a label has at most 63 characters"));
        }
    }
    refusals
}

fn caller(mesh: &Mesh, caller: &Caller) -> Option<Refusal> {
    let trust_domain = &mesh.trust_domain;
    let is_own_trust_domain = !trust_domain.is_empty() && !trust_domain.contains(['*', '/']);
    match caller {
        Caller::Account { .. } | Caller::Namespace(_) if !is_own_trust_domain => Some(Refusal::new(
            format!("`{trust_domain}` is not the name of one trust domain"),
            "`mesh.trustDomain` in meshward.yaml names it, such as `cluster.local`",
        )),
        Caller::Account { namespace, name } => {
            let is_name = name::is_dns_label(namespace) && name::is_dns_subdomain(name);
            let message = || format!("`{namespace}/{name}` is not the name of a service account");
            (!is_name).then(|| Refusal::new(message(), DNS_LABEL))
        }
        Caller::Namespace(name) => namespace(name),
        Caller::AnyIdentity | Caller::Anyone | Caller::Client(_) | Caller::Peer(_) => None,
    }
}

fn operation(operation: &Operation) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if operation.methods.iter().chain(&operation.hosts).any(|name| name.is_empty()) {
        refusals.push(Refusal::new("Istio refuses an empty method or host", "leave it out for any"));
    }
    refusals.extend(operation.paths.iter().chain(&operation.except_paths).filter_map(|each| path(each)));
    refusals
}

/// An empty path is nothing to the webhook; the rest is about templates.
fn path(path: &str) -> Option<Refusal> {
    let refusal = |by: &str, note| Some(Refusal::new(format!("{by} refuses the path `{path}`"), note));
    if path.is_empty() {
        return refusal("Istio", "leave the path out for any");
    }
    match path_template::check(path) {
        Ok(()) => None,
        Err(Mistake::Webhook(note)) => refusal("Istio", note),
        Err(Mistake::Envoy(note)) => refusal("Envoy", note),
    }
}
