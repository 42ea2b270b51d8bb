//! A ztunnel: it enforces what istiod can convert for it, which is the part of ALLOW and DENY policies that needs
//! no HTTP (`pilot/pkg/serviceregistry/ambient/authorization.go`; ztunnel's `src/rbac.rs`, `src/state.rs`).

mod clause;
mod strict;

use super::Semantics;
use super::access::{Access, Part, RuleRef};
use super::envoy::{action, id, in_order_of_text, is_dry_run, rule_ref};
use super::mutual_tls::trusted;
use super::not_modelled::NotModelled;
use super::tokens::Tokens;
use crate::access::Formula;
use crate::istio::resources::{Action, AuthorizationPolicy};
use crate::policy::Labels;

/// What happens at a port of the pods with these labels.
pub(super) fn access<'a>(
    semantics: &Semantics<'a>,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> Result<Access<'a>, NotModelled> {
    let root = semantics.config.root_namespace;
    let mut policies: Vec<&AuthorizationPolicy> =
        semantics.policies.selecting(root, namespace, labels).filter(|policy| is_sent(policy)).collect();
    policies.sort_by(|left, right| id(left).cmp(id(right)));
    let nobody = Formula::plaintext();
    let (mut deny, mut allow) = (Vec::new(), None);
    if let Some((namespace, name)) = strict::denial(&semantics.peers, root, namespace, labels, port)? {
        // A ztunnel logs the policy alone.
        let rule = RuleRef { namespace, name, rule: 0 };
        deny.push(Part { rule, requests: nobody.clone() });
    }
    for policy in policies {
        match action(policy) {
            Action::Allow => rules(policy, port, allow.get_or_insert_with(Vec::new)),
            // Neither is sent to it.
            Action::Audit | Action::Custom => {}
            Action::Deny => rules(policy, port, &mut deny),
        }
    }
    Ok(Access {
        // It takes plaintext too, and leaves it to the policies.
        transport: Formula::Always,
        handshake: Formula::union([trusted(&semantics.config), nobody]),
        external: Vec::new(),
        external_fails: false,
        authentication: Formula::Always,
        audience: Formula::Always,
        deny,
        allow,
        tokens: Tokens::default(),
    })
}

/// A policy with `selector: {}` is for selected workloads, and selects none. A dry run is not sent.
fn is_sent(policy: &AuthorizationPolicy) -> bool {
    let selects_nothing =
        policy.spec.selector.as_ref().is_some_and(|selector| selector.match_labels.is_empty());
    !selects_nothing && !is_dry_run(policy)
}

fn rules<'a>(policy: &'a AuthorizationPolicy, port: u16, parts: &mut Vec<Part<'a>>) {
    for index in in_order_of_text(policy.spec.rules.len()) {
        let requests = clause::requests(policy, &policy.spec.rules[index], port);
        if requests != Formula::Never {
            parts.push(Part { rule: rule_ref(policy, index), requests });
        }
    }
}
