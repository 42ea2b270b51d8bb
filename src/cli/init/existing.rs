//! Whom the policies of Istio and of the network among the manifests let in today: hints in a first policy, since what
//! they allow may be less than a rule without methods and paths, or more than is used.

use std::collections::BTreeSet;

use meshward::graph::manifests::{AdmittedCall, Manifest, SuggestedCall, admitted_calls};
use meshward::graph::{Key, Service, ServiceGraph, Workload, selects};
use meshward::istio;
use meshward::istio::resources::{Action, AuthorizationPolicy, Object, Resource, Rule};
use meshward::source::SourceMap;

use super::names;
use super::ports::telling_port;

/// The policies, and what they speak of.
pub(super) struct Existing<'a> {
    graph: &'a ServiceGraph,
    sources: &'a SourceMap,
    objects: Vec<Object>,
    admitted: Vec<AdmittedCall>,
}

impl<'a> Existing<'a> {
    /// Those among some manifests that Istio would take.
    pub(super) fn read(manifests: &[Manifest], graph: &'a ServiceGraph, sources: &'a SourceMap) -> Self {
        let objects = istio::read(manifests, &mut Vec::new()).bundle.objects;
        Self { graph, sources, objects, admitted: admitted_calls(manifests, graph) }
    }

    /// A comment for each rule that lets others than the `known` callers in to a service, and below it what may become
    /// a rule of the policy.
    pub(super) fn hints(&self, service: &Service, known: &[&SuggestedCall]) -> Vec<String> {
        let mut lines = self.of_authorization(service, known);
        lines.extend(self.of_network(service, known));
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }

    /// Those of each `NetworkPolicy`, by the workloads that it names.
    fn of_network(&self, service: &Service, known: &[&SuggestedCall]) -> Vec<String> {
        let is_known = |call: &AdmittedCall| {
            let mut known = known.iter().filter(|known| known.caller == call.caller);
            known.any(|known| known.port.is_none() || call.port.is_none() || known.port == call.port)
        };
        let admitted = self.admitted.iter().filter(|call| call.callee == service.key && !is_known(call));
        let mut lines = Vec::new();
        let mut told = None;
        for call in admitted {
            if told.replace((call.policy, call.rule)) != Some((call.policy, call.rule)) {
                let at = self.sources.place(call.span);
                lines.push(format!(
                    "# NetworkPolicy {}, ingress[{}] ({at}), lets these in today:",
                    call.policy, call.rule
                ));
            }
            let port = telling_port(service, call.port);
            let rule = names::allow(&call.caller, &service.key, port, &service.key.namespace);
            lines.push(format!("# {rule}"));
        }
        lines
    }

    /// Those of AuthorizationPolicies, by the accounts that they name.
    fn of_authorization(&self, service: &Service, known: &[&SuggestedCall]) -> Vec<String> {
        let is_known = |account: &Key| {
            let known = known.iter().flat_map(|call| self.graph.workloads_named(&call.caller));
            let mut accounts = known.map(|workload| Key::new(workload.key.namespace, workload.account.node));
            accounts.any(|known| known == *account)
        };
        let mut lines = Vec::new();
        for object in &self.objects {
            let (Resource::AuthorizationPolicy(policy), Some(place)) = (&object.resource, &object.place)
            else {
                continue;
            };
            if !self.lets_in(policy, service) {
                continue;
            }
            for (number, rule) in policy.spec.rules.iter().enumerate() {
                let mut callers = callers(rule, &policy.metadata.namespace);
                callers.retain(|caller| !is_known(caller));
                if callers.is_empty() {
                    continue;
                }
                let at = place.rules.get(number).map_or_else(String::new, |span| self.sources.place(*span));
                let name = format!("{}/{}", policy.metadata.namespace, policy.metadata.name);
                lines.push(format!(
                    "# AuthorizationPolicy {name}, rule[{number}] ({at}), lets these in today, perhaps for less:"
                ));
                lines.extend(callers.iter().map(|caller| format!("# {}", self.rule(caller, service))));
            }
        }
        lines
    }

    /// Whether it is an ALLOW for every pod behind a service.
    fn lets_in(&self, policy: &AuthorizationPolicy, service: &Service) -> bool {
        let spec = &policy.spec;
        let is_allow = matches!(spec.action, None | Some(Action::Allow)) && spec.target_refs.is_empty();
        let pods = self.graph.workloads_of(service);
        let takes = |pods: &&Workload| {
            spec.selector.as_ref().is_none_or(|selector| selects(&selector.match_labels, &pods.labels))
        };
        is_allow
            && policy.metadata.namespace == service.key.namespace
            && !pods.is_empty()
            && pods.iter().all(takes)
    }

    /// A rule for a caller: by the name of the workload, where only one runs as that account.
    fn rule(&self, account: &Key, service: &Service) -> String {
        let namespace = &service.key.namespace;
        let mut workloads = self
            .graph
            .workloads_in(&account.namespace)
            .filter(|workload| workload.account.node == account.name);
        match (workloads.next(), workloads.next()) {
            (Some(only), None) => names::allow(&only.key, &service.key, None, namespace),
            (_, _) => names::allow_account(account, &service.key, namespace),
        }
    }
}

/// The accounts that a rule names letter for letter.
fn callers(rule: &Rule, namespace: &str) -> BTreeSet<Key> {
    let sources = rule.from.iter().map(|from| &from.source);
    let accounts = sources.flat_map(|source| {
        let principals = source.principals.iter().filter_map(|principal| {
            let (_, behind) = principal.split_once("/ns/")?;
            behind.split_once("/sa/")
        });
        let accounts = source.service_accounts.iter();
        principals.chain(accounts.map(|account| account.split_once('/').unwrap_or((namespace, account))))
    });
    let is_exact = |(namespace, name): &(&str, &str)| !namespace.contains('*') && !name.contains('*');
    accounts.filter(is_exact).map(|(namespace, name)| Key::new(namespace, name)).collect()
}
