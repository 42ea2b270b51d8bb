//! The filters of an Envoy, whichever kind of target it stands at: CUSTOM, tokens, DENY, ALLOW. AUDIT and dry
//! runs decide nothing (`pilot/pkg/security/authz/builder/builder.go`).

use super::access::{Access, Part, PolicyRef, RuleRef};
use super::mutual_tls::Connections;
use super::not_modelled::{NotModelled, Unmodelled};
use super::rule::{View, requests};
use super::tokens::Tokens;
use super::{Filters, MeshConfig, Providers};
use crate::access::Formula;
use crate::graph::parse_bool;
use crate::istio::resources::{Action, AuthorizationPolicy, RequestAuthentication};
use crate::source::Symbol;

/// What stands at one port.
pub(super) struct Listener<'l, 'a> {
    pub(super) config: &'l MeshConfig<'a>,
    pub(super) port: u16,
    pub(super) filters: Filters,
    pub(super) connections: Connections,
    /// Whether rules see the address of the peer.
    pub(super) peers: bool,
    /// Whether rules see the server name of TLS.
    pub(super) server_names: bool,
}

impl<'a> Listener<'_, 'a> {
    /// What the policies that hold there do.
    pub(super) fn access(
        self,
        policies: impl Iterator<Item = &'a AuthorizationPolicy>,
        authentications: impl Iterator<Item = &'a RequestAuthentication>,
    ) -> Result<Access<'a>, NotModelled> {
        let mut policies: Vec<&AuthorizationPolicy> = policies.collect();
        policies.sort_by(|left, right| id(left).cmp(id(right)));
        // One that is attached to a gateway and to a service behind it holds once.
        policies.dedup_by(|left, right| std::ptr::eq(*left, *right));
        let tokens = match self.filters {
            Filters::Http => Tokens::new(authentications),
            Filters::Network => Tokens::default(),
        };
        // Providers are asked before anything looks at tokens.
        let no_tokens = Tokens::default();
        let (mut external, mut deny, mut allow) = (Vec::new(), Vec::new(), None);
        for policy in policies.iter().filter(|policy| !is_dry_run(policy)) {
            match action(policy) {
                Action::Allow => self.rules(policy, &tokens, allow.get_or_insert_with(Vec::new))?,
                Action::Audit => {}
                Action::Custom => self.rules(policy, &no_tokens, &mut external)?,
                Action::Deny => self.rules(policy, &tokens, &mut deny)?,
            }
        }
        let asked = Asked::new(self.config.providers, self.filters, &policies)?;
        if asked == Asked::Nobody {
            external.clear();
        }
        Ok(Access {
            transport: self.connections.transport,
            handshake: self.connections.handshake,
            external,
            external_fails: asked == Asked::Unusable,
            authentication: tokens.authentication(),
            audience: tokens.audience(),
            deny,
            allow,
            tokens,
        })
    }

    /// Adds the rules of a policy that can match here, in the order of their names.
    fn rules(
        &self,
        policy: &'a AuthorizationPolicy,
        tokens: &Tokens<'a>,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), NotModelled> {
        let view = View {
            config: self.config,
            port: self.port,
            filters: self.filters,
            identities: self.connections.identities,
            peers: self.peers,
            server_names: self.server_names,
            tokens,
        };
        for index in in_order_of_text(policy.spec.rules.len()) {
            let rule = rule_ref(policy, index);
            let requests = requests(&view, policy, &policy.spec.rules[index])
                .map_err(|subject| NotModelled::rule(rule, subject))?;
            if requests != Formula::Never {
                parts.push(Part { rule, requests });
            }
        }
        Ok(())
    }
}

/// What Istio makes of the CUSTOM policies that hold for a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// A provider.
    Provider,
    /// None: an HTTP provider is not asked where nothing parses HTTP.
    Nobody,
    /// One that is not known, or one of several, of which Istio asks none; what would ask it is denied.
    Unusable,
}

impl Asked {
    fn new(
        known: Option<&Providers>,
        filters: Filters,
        policies: &[&AuthorizationPolicy],
    ) -> Result<Self, NotModelled> {
        let mut names: Vec<&str> = Vec::new();
        for policy in policies.iter().filter(|policy| action(policy) == Action::Custom) {
            if is_dry_run(policy) {
                return Err(NotModelled::rule(rule_ref(policy, 0), Unmodelled::CustomDryRun));
            }
            names.push(policy.spec.provider.as_ref().map_or("", |provider| &provider.name));
        }
        names.sort_unstable();
        names.dedup();
        let among = |list: &[Symbol], name: &str| list.iter().any(|known| known == name);
        Ok(match (names.as_slice(), known) {
            ([_, _, ..], _) => Self::Unusable,
            ([name], Some(known)) if !among(&known.http, name) && !among(&known.grpc, name) => Self::Unusable,
            ([name], Some(known)) if filters == Filters::Network && among(&known.http, name) => Self::Nobody,
            ([] | [_], _) => Self::Provider,
        })
    }
}

/// ALLOW where nothing is written.
pub(super) fn action(policy: &AuthorizationPolicy) -> Action {
    policy.spec.action.unwrap_or(Action::Allow)
}

/// A value that is no boolean of Go's leaves the policy enforced.
pub(super) fn is_dry_run(policy: &AuthorizationPolicy) -> bool {
    let value = policy.metadata.annotations.get("istio.io/dry-run");
    value.and_then(|value| parse_bool(&value.0)) == Some(true)
}

pub(super) fn rule_ref(policy: &AuthorizationPolicy, rule: usize) -> RuleRef<'_> {
    let metadata = &policy.metadata;
    RuleRef { namespace: &metadata.namespace, name: PolicyRef::Object(&metadata.name), rule }
}

/// The bytes that tell the names of two policies' rules apart, so that they sort as Envoy sorts them.
pub(super) fn id(policy: &AuthorizationPolicy) -> impl Iterator<Item = u8> + '_ {
    let metadata = &policy.metadata;
    metadata.namespace.bytes().chain([b']']).chain(metadata.name.bytes()).chain([b']'])
}

/// The numbers below `count` as the ends of rules' names sort, in which a bracket comes after all digits:
/// `0]`, `10]`, `11]`, `1]`, `2]`.
pub(super) fn in_order_of_text(count: usize) -> Vec<usize> {
    fn continued(start: usize, count: usize, order: &mut Vec<usize>) {
        for number in (start..start + 10).take_while(|number| *number < count) {
            if number > 0 {
                continued(number * 10, count, order);
            }
            order.push(number);
        }
    }
    let mut order = Vec::with_capacity(count);
    continued(0, count, &mut order);
    order
}
