//! What happens to the requests to one port of one target: what each filter matches, in the order in which Envoy
//! asks them, so that an answer can name the rule that decides.

use std::fmt;

use super::tokens::Tokens;
use crate::access::{Decision, Formula, Request};

/// One rule of one policy, by the name that Envoy reports it under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleRef<'a> {
    /// The namespace of the policy.
    pub namespace: &'a str,
    /// Its name.
    pub name: PolicyRef<'a>,
    /// The position of the rule.
    pub rule: usize,
}

/// What a policy is called by the proxy that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRef<'a> {
    /// As its object.
    Object(&'a str),
    /// The denial of plaintext that ztunnels get wherever STRICT holds for whole pods.
    StaticStrict,
    /// The denial of plaintext that ztunnels get where the `PeerAuthentication` of this name has modes of single ports.
    ConvertedPeerAuthentication(&'a str),
}

impl<'a> PolicyRef<'a> {
    const STATIC_STRICT: &'static str = "istio_converted_static_strict";
    const CONVERTED_PEER_AUTHENTICATION: &'static str = "converted_peer_authentication_";

    /// Reads a name as it is logged. What istiod converts has names that no object can have
    /// (`ambient/authorization.go`, `model.GetAmbientPolicyConfigName`).
    pub fn read(name: &'a str) -> Self {
        match name.strip_prefix(Self::CONVERTED_PEER_AUTHENTICATION) {
            Some(peer) => Self::ConvertedPeerAuthentication(peer),
            None if name == Self::STATIC_STRICT => Self::StaticStrict,
            None => Self::Object(name),
        }
    }

    /// Whether istiod makes it of STRICT, so that it is no object of the cluster.
    pub fn is_made_of_strict(self) -> bool {
        !matches!(self, Self::Object(_))
    }
}

impl fmt::Display for PolicyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(name) => f.write_str(name),
            Self::StaticStrict => f.write_str(Self::STATIC_STRICT),
            Self::ConvertedPeerAuthentication(peer) => {
                write!(f, "{}{peer}", Self::CONVERTED_PEER_AUTHENTICATION)
            }
        }
    }
}

impl RuleRef<'_> {
    /// The policy, as `namespace/name`.
    pub fn policy(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// `ns[shop]-policy[payments]-rule[0]`
impl fmt::Display for RuleRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ns[{}]-policy[{}]-rule[{}]", self.namespace, self.name, self.rule)
    }
}

/// A rule and the requests that it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The rule.
    pub rule: RuleRef<'a>,
    /// What it matches here.
    pub requests: Formula,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It reaches the application.
    Allowed,
    /// 403, or a connection that is closed.
    Denied,
    /// A provider of the mesh configuration is asked, before all others. What it lets through can still be
    /// refused by the filters behind it.
    External,
    /// The connection fails before any request is read.
    Refused,
    /// 401: a token is not accepted.
    Unauthenticated,
}

/// What is done with the requests to a port. Each part keeps the order in which Envoy looks for a match.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    /// Connections that the mode of mutual TLS takes, whatever their trust domain.
    pub transport: Formula,
    /// Connections that are established; the others are refused.
    pub handshake: Formula,
    /// The rules of CUSTOM policies.
    pub external: Vec<Part<'a>>,
    /// Whether Istio can not ask their provider, and denies what they match.
    pub external_fails: bool,
    /// Requests whose token, if they have one, is accepted; the others get a 401.
    pub authentication: Formula,
    /// Requests whose token, if they have one, is meant for this audience; the others get a 403.
    pub audience: Formula,
    /// The rules of DENY policies.
    pub deny: Vec<Part<'a>>,
    /// The rules of ALLOW policies; `None` if there is no such policy, which allows everything.
    pub allow: Option<Vec<Part<'a>>>,
    /// How tokens reach the filters behind the authentication.
    pub(super) tokens: Tokens<'a>,
}

impl<'a> Access<'a> {
    /// The identity that arrives of a caller with a proxy. To a port that takes plaintext only, proxies send plaintext
    /// (auto mTLS: `mtlsDisabledByPeerAuthentication` in `pilot/pkg/xds/endpoints/mtls_checker.go`).
    pub fn arriving<'i>(&self, identity: Option<&'i str>) -> Option<&'i str> {
        identity.filter(|_| self.transport != Formula::plaintext())
    }

    /// What becomes of a request, and the rule that Envoy names for it: of several that match, the one whose
    /// name sorts first. None is named where nothing matched.
    pub fn outcome(&self, request: &Request) -> (Outcome, Option<RuleRef<'a>>) {
        if !self.handshake.holds(request) {
            return (Outcome::Refused, None);
        }
        if let Some(rule) = first(&self.external, request) {
            let outcome = if self.external_fails { Outcome::Denied } else { Outcome::External };
            return (outcome, Some(rule));
        }
        if !self.authentication.holds(request) {
            return (Outcome::Unauthenticated, None);
        }
        if !self.audience.holds(request) {
            return (Outcome::Denied, None);
        }
        let request = &*self.tokens.hand_on(request);
        if let Some(rule) = first(&self.deny, request) {
            return (Outcome::Denied, Some(rule));
        }
        let Some(allow) = &self.allow else { return (Outcome::Allowed, None) };
        match first(allow, request) {
            Some(rule) => (Outcome::Allowed, Some(rule)),
            None => (Outcome::Denied, None),
        }
    }

    /// The requests that get through if every provider agrees, from any trust domain: which ones the handshake
    /// takes is a fact of the mesh, and must not hide that a rule is wider than it was meant.
    pub fn into_decision(self) -> Decision {
        let mut deny: Vec<Formula> = formulas(self.deny).collect();
        if self.external_fails {
            deny.extend(formulas(self.external));
        }
        for required in [self.authentication, self.audience] {
            if required != Formula::Always {
                deny.push(Formula::Not(Box::new(required)));
            }
        }
        Decision {
            transport: self.transport,
            allow: self.allow.map_or(Formula::Always, |parts| Formula::Any(formulas(parts).collect())),
            deny: Formula::Any(deny),
        }
    }
}

fn first<'a>(parts: &[Part<'a>], request: &Request) -> Option<RuleRef<'a>> {
    parts.iter().find(|part| part.requests.holds(request)).map(|part| part.rule)
}

fn formulas(parts: Vec<Part<'_>>) -> impl Iterator<Item = Formula> {
    parts.into_iter().map(|part| part.requests)
}
