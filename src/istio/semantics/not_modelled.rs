//! What the request space can not say exactly. A target that such a rule holds for gets no answer rather than a
//! wrong one.

use std::fmt;

use super::access::RuleRef;

/// Why nothing is said about a target: a rule that holds for it looks at something outside of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotModelled {
    /// The namespace of the policy.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The position of the rule.
    pub rule: usize,
    /// What it looks at.
    pub subject: Unmodelled,
}

/// Something that a rule can look at and that is not known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmodelled {
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
}

impl NotModelled {
    pub(super) fn new(rule: RuleRef<'_>, subject: Unmodelled) -> Self {
        Self { namespace: rule.namespace.to_owned(), name: rule.name.to_owned(), rule: rule.rule, subject }
    }
}

impl fmt::Display for NotModelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, name, rule, subject } = self;
        write!(f, "rule {rule} of the AuthorizationPolicy `{namespace}/{name}` {subject}")
    }
}

impl fmt::Display for Unmodelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClaimHeader(header) => {
                write!(f, "looks at the header `{header}`, which is filled in from a token")
            }
            Self::CustomDryRun => write!(f, "is a dry run of an external decision"),
            Self::Metadata(key) => write!(f, "looks at `{key}`, which another filter decides"),
            Self::PathHeader => write!(f, "looks at the header `:path`, which has the query in it"),
            Self::ProxyHeader(header) => {
                write!(f, "looks at the header `{header}`, which the proxy itself writes")
            }
        }
    }
}
