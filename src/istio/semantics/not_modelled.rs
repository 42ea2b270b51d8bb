//! What the request space can not say exactly. A target that such a rule holds for gets no answer rather than a
//! wrong one.

use std::fmt;

use super::access::RuleRef;
use crate::istio::resources::{Metadata, ObjectKey};
use crate::source::Symbol;

/// Why nothing is said about a target: an object that holds for it depends on something outside of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotModelled {
    /// The object.
    pub object: ObjectKey,
    /// The position of its rule, if it is one rule.
    pub rule: Option<usize>,
    /// What it depends on.
    pub subject: Unmodelled,
}

/// Something that is not known of a request, or of the order in which Istio looks at objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmodelled {
    /// Another policy of the same scope is as old, and which one ztunnel is told of is a matter of chance.
    Age,
    /// A header that a RequestAuthentication fills in from a token.
    ClaimHeader(String),
    /// A dry-run CUSTOM policy, which the webhook refuses and which Istio then enforces by halves.
    CustomDryRun,
    /// `experimental.envoy.filters.…`: what some other filter has left.
    Metadata(String),
    /// `request.headers[:path]`, which has the query in it.
    PathHeader,
    /// A header that the proxy itself writes, such as `x-request-id`.
    ProxyHeader(String),
    /// A selector with a label that tells pods of one workload apart.
    SinglePods(Symbol),
}

impl NotModelled {
    /// A rule of an AuthorizationPolicy.
    pub(super) fn rule(rule: RuleRef<'_>, subject: Unmodelled) -> Self {
        let object = ObjectKey {
            namespace: rule.namespace.into(),
            kind: "AuthorizationPolicy".into(),
            name: rule.name.to_string().into(),
        };
        Self { object, rule: Some(rule.rule), subject }
    }

    /// A PeerAuthentication that is as old as another one.
    pub(super) fn age(metadata: &Metadata) -> Self {
        let object = ObjectKey {
            namespace: metadata.namespace,
            kind: "PeerAuthentication".into(),
            name: metadata.name.as_str().into(),
        };
        Self { object, rule: None, subject: Unmodelled::Age }
    }
}

impl fmt::Display for NotModelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ObjectKey { namespace, kind, name } = &self.object;
        if let Some(rule) = self.rule {
            write!(f, "rule {rule} of ")?;
        }
        write!(f, "the {kind} `{namespace}/{name}` {}", self.subject)
    }
}

impl fmt::Display for Unmodelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age => {
                write!(f, "is as old as another one of its scope, and either may win in ambient mode")
            }
            Self::ClaimHeader(header) => {
                write!(f, "looks at the header `{header}`, which is filled in from a token")
            }
            Self::CustomDryRun => write!(f, "is a dry run of an external decision"),
            Self::Metadata(key) => write!(f, "looks at `{key}`, which another filter decides"),
            Self::PathHeader => write!(f, "looks at the header `:path`, which has the query in it"),
            Self::ProxyHeader(header) => {
                write!(f, "looks at the header `{header}`, which the proxy itself writes")
            }
            Self::SinglePods(label) => {
                write!(
                    f,
                    "selects single pods by `{label}`, and what holds for some pods of a workload alone is not modelled"
                )
            }
        }
    }
}
