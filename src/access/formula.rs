//! Sets of requests: conditions on one dimension, and what is built of them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Pattern;

/// A concrete request: what a witness is, and what one can send to a real proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The identity of the caller as a SPIFFE URI; `None` for plaintext.
    pub identity: Option<String>,
    /// The address of the peer.
    pub peer: IpAddr,
    /// The address of the client behind trusted proxies.
    pub client: IpAddr,
    /// The host header; compared without regard to case.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path as it is compared: normalized, without query and fragment.
    pub path: String,
}

/// The dimensions of a request, in the order in which a diagram asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Who calls.
    Identity,
    /// From which address.
    Peer,
    /// On behalf of which address.
    Client,
    /// Which host is asked for.
    Host,
    /// With which method.
    Method,
    /// At which path.
    Path,
}

impl Dimension {
    /// All of them, in order.
    pub const ALL: [Self; 6] =
        [Self::Identity, Self::Peer, Self::Client, Self::Host, Self::Method, Self::Path];
}

/// A set in one dimension. An attribute that a request does not have is in no set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The caller has an identity, and its URI matches.
    Identity(Pattern),
    /// The address of the peer lies in the block.
    Peer(IpNet),
    /// The address of the client lies in the block.
    Client(IpNet),
    /// The host, in lower case, matches.
    Host(Pattern),
    /// The method matches.
    Method(Pattern),
    /// The path matches.
    Path(Pattern),
}

impl Condition {
    /// The dimension that it looks at.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Identity(_) => Dimension::Identity,
            Self::Peer(_) => Dimension::Peer,
            Self::Client(_) => Dimension::Client,
            Self::Host(_) => Dimension::Host,
            Self::Method(_) => Dimension::Method,
            Self::Path(_) => Dimension::Path,
        }
    }

    /// Whether a request lies in the set.
    pub fn holds(&self, request: &Request) -> bool {
        match self {
            Self::Identity(pattern) => request.identity.as_ref().is_some_and(|uri| pattern.matches(uri)),
            Self::Peer(block) => block.contains(&request.peer),
            Self::Client(block) => block.contains(&request.client),
            Self::Host(pattern) => pattern.matches(&request.host.to_lowercase()),
            Self::Method(pattern) => pattern.matches(&request.method),
            Self::Path(pattern) => pattern.matches(&request.path),
        }
    }
}

/// A set of requests.
///
/// ```text
/// allow orders -> payments GET /a
/// All[When(Identity(spiffe://cluster.local/ns/shop/sa/orders)), When(Method(GET)), When(Path(/a))]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Formula {
    /// Every request.
    Always,
    /// No request.
    Never,
    /// Those for which a condition holds.
    When(Condition),
    /// Those that are not in it.
    Not(Box<Formula>),
    /// Those that are in each of them; all requests if there is none.
    All(Vec<Formula>),
    /// Those that are in one of them; no request if there is none.
    Any(Vec<Formula>),
}

impl Formula {
    /// The requests of `self` that are not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self::All(vec![self, Self::Not(Box::new(other))])
    }

    /// Whether a request is in the set.
    pub fn holds(&self, request: &Request) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::When(condition) => condition.holds(request),
            Self::Not(inner) => !inner.holds(request),
            Self::All(parts) => parts.iter().all(|part| part.holds(request)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(request)),
        }
    }

    /// Every condition that occurs in it, in order of occurrence.
    pub fn conditions<'a>(&'a self, found: &mut Vec<&'a Condition>) {
        match self {
            Self::Always | Self::Never => {}
            Self::When(condition) => found.push(condition),
            Self::Not(inner) => inner.conditions(found),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.conditions(found)),
        }
    }
}
