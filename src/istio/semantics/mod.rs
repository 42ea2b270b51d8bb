//! What Istio and Envoy do with the objects of a bundle at a sidecar: which requests get through to a port of
//! a workload. Written from Istio's own code (`pilot/pkg/security/authz/model`, `pilot/pkg/security/authn`),
//! and sharing nothing with the emission but the types of the objects.

mod matching;
mod rule;
mod selection;

use crate::access::{Condition, Decision, Formula, Pattern};
use crate::istio::resources::{Action, AuthorizationPolicy, Bundle, MutualTlsMode};
use crate::policy::Labels;
use selection::Selection;

/// Facts of the mesh that are not in the objects.
#[derive(Clone, Copy, Debug)]
pub struct MeshConfig<'a> {
    /// Policies of this namespace hold for all.
    pub root_namespace: &'a str,
    /// The mesh's own trust domain.
    pub trust_domain: &'a str,
    /// Further names of it.
    pub trust_domain_aliases: &'a [smol_str::SmolStr],
}

/// Which filters a connection meets (facts: a port declared HTTP has HTTP filters, one declared TCP network
/// filters, and any other port has both, chosen by the first bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filters {
    /// Envoy's HTTP RBAC filter: every field works.
    Http,
    /// Envoy's network RBAC filter: fields of HTTP are dropped.
    Network,
}

/// The objects of a bundle, ready to be asked about workloads.
pub struct Semantics<'a> {
    config: MeshConfig<'a>,
    selection: Selection<'a>,
}

impl<'a> Semantics<'a> {
    /// Sorts the objects by what they select.
    pub fn new(config: MeshConfig<'a>, bundle: &'a Bundle) -> Self {
        Self { config, selection: Selection::new(config.root_namespace, bundle) }
    }

    /// Which requests get through to a port of the pods with these labels.
    pub fn decide(&self, namespace: &str, labels: &Labels, port: u16, filters: Filters) -> Decision {
        let (mut allow, mut deny) = (Vec::new(), Vec::new());
        let mut allows = false;
        for policy in self.selection.policies(namespace, labels) {
            match action(policy) {
                Action::Allow => {
                    allows = true;
                    allow.extend(self.rules(policy, port, filters));
                }
                Action::Deny => deny.extend(self.rules(policy, port, filters)),
                // AUDIT decides nothing; a build writes neither.
                Action::Audit | Action::Custom => {}
            }
        }
        Decision {
            transport: transport(self.selection.mode(namespace, labels, port)),
            // Without any ALLOW policy everything is allowed; with one, only what one of them matches.
            allow: if allows { Formula::Any(allow) } else { Formula::Always },
            deny: Formula::Any(deny),
        }
    }

    fn rules(&self, policy: &AuthorizationPolicy, port: u16, filters: Filters) -> Vec<Formula> {
        let action = action(policy);
        policy
            .spec
            .rules
            .iter()
            .filter_map(|rule| rule::requests(&self.config, rule, action, port, filters))
            .collect()
    }
}

/// ALLOW where nothing is written.
fn action(policy: &AuthorizationPolicy) -> Action {
    policy.spec.action.unwrap_or(Action::Allow)
}

/// STRICT has a TLS filter chain only, DISABLE a plaintext one only, PERMISSIVE both.
fn transport(mode: MutualTlsMode) -> Formula {
    let certificate = Formula::When(Condition::Identity(Pattern::present()));
    match mode {
        MutualTlsMode::Strict => certificate,
        MutualTlsMode::Permissive | MutualTlsMode::Unset => Formula::Always,
        MutualTlsMode::Disable => Formula::Not(Box::new(certificate)),
    }
}
