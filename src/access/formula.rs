//! Sets of requests: conditions on one dimension, and what is built of them.

use ipnet::IpNet;

use super::Pattern;
use super::request::{ClaimPath, Request, Token};
use crate::source::Symbol;

/// The dimensions of a request, in the order in which a diagram asks for them: what most rules look at first,
/// and those that can have several values at once last (see [`Space`](super::Space)).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Who calls.
    Identity,
    /// From which address.
    Peer,
    /// On behalf of which address.
    Client,
    /// At which local address.
    Destination,
    /// Under which server name of TLS.
    Sni,
    /// Which host is asked for.
    Host,
    /// With which method.
    Method,
    /// At which path.
    Path,
    /// Whether there is a token, and a valid one.
    Token,
    /// Who issued the token.
    Issuer,
    /// Of whom the token speaks.
    Subject,
    /// The values of a header.
    Header(Symbol),
    /// The strings of a claim.
    Claim(ClaimPath),
}

impl Dimension {
    /// Whether only a valid token has it.
    pub fn is_of_token(&self) -> bool {
        match self {
            Self::Issuer | Self::Subject | Self::Claim(_) => true,
            Self::Identity
            | Self::Peer
            | Self::Client
            | Self::Destination
            | Self::Sni
            | Self::Host
            | Self::Method
            | Self::Path
            | Self::Token
            | Self::Header(_) => false,
        }
    }
}

/// A set in one dimension. An attribute that a request does not have is in no set.
///
/// ```text
/// allow orders -> payments GET /a
/// Identity(spiffe://cluster.local/ns/shop/sa/orders)   Method(GET)   Path(/a)
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The caller has an identity, and its URI matches.
    Identity(Pattern),
    /// The address of the peer lies in the block.
    Peer(IpNet),
    /// The address of the client lies in the block.
    Client(IpNet),
    /// The local address of the connection lies in the block.
    Destination(IpNet),
    /// A server name was sent, and it matches.
    Sni(Pattern),
    /// The host, as it was sent, matches; Istio compares it without regard to case ([`Pattern::caseless`]).
    Host(Pattern),
    /// The method matches.
    Method(Pattern),
    /// The path matches.
    Path(Pattern),
    /// One of the values of the header matches. Envoy compares the values of a repeated header one by one.
    Header(Symbol, Pattern),
    /// There is a token, and its signature and times verify.
    ValidToken,
    /// There is a token, and they do not.
    InvalidToken,
    /// The valid token has an issuer, and it matches.
    Issuer(Pattern),
    /// The valid token has a subject, and it matches.
    Subject(Pattern),
    /// One of the strings at this path of the valid token's claims matches: the string, or one of a list.
    /// Numbers and booleans are no strings.
    Claim(ClaimPath, Pattern),
}

impl Condition {
    /// A condition on a header; its name has no case.
    pub fn header(name: &str, pattern: Pattern) -> Self {
        Self::Header(Symbol::from(name.to_ascii_lowercase()), pattern)
    }

    /// A condition on the claim at a path. `iss` and `sub` are dimensions of their own.
    pub fn claim<'a>(path: impl IntoIterator<Item = &'a str>, pattern: Pattern) -> Self {
        let path: Vec<Symbol> = path.into_iter().map(Symbol::from).collect();
        match path.as_slice() {
            [only] if only == "iss" => Self::Issuer(pattern),
            [only] if only == "sub" => Self::Subject(pattern),
            _ => Self::Claim(path.into(), pattern),
        }
    }

    /// The dimension that it looks at.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Identity(_) => Dimension::Identity,
            Self::Peer(_) => Dimension::Peer,
            Self::Client(_) => Dimension::Client,
            Self::Destination(_) => Dimension::Destination,
            Self::Sni(_) => Dimension::Sni,
            Self::Host(_) => Dimension::Host,
            Self::Method(_) => Dimension::Method,
            Self::Path(_) => Dimension::Path,
            Self::Header(name, _) => Dimension::Header(*name),
            Self::ValidToken | Self::InvalidToken => Dimension::Token,
            Self::Issuer(_) => Dimension::Issuer,
            Self::Subject(_) => Dimension::Subject,
            Self::Claim(path, _) => Dimension::Claim(path.clone()),
        }
    }

    /// Whether a request lies in the set.
    pub fn holds(&self, request: &Request) -> bool {
        let one = |pattern: &Pattern, text: Option<&String>| text.is_some_and(|text| pattern.matches(text));
        let some = |pattern: &Pattern, values: Option<&Vec<String>>| {
            values.is_some_and(|values| values.iter().any(|value| pattern.matches(value)))
        };
        let claims = request.claims();
        match self {
            Self::Identity(pattern) => one(pattern, request.identity.as_ref()),
            Self::Peer(block) => block.contains(&request.peer),
            Self::Client(block) => block.contains(&request.client),
            Self::Destination(block) => block.contains(&request.destination),
            Self::Sni(pattern) => one(pattern, request.sni.as_ref()),
            Self::Host(pattern) => pattern.matches(&request.host),
            Self::Method(pattern) => pattern.matches(&request.method),
            Self::Path(pattern) => pattern.matches(&request.path),
            Self::Header(name, pattern) => some(pattern, request.headers.get(name)),
            Self::ValidToken => matches!(request.token, Token::Valid(_)),
            Self::InvalidToken => request.token == Token::Invalid,
            Self::Issuer(pattern) => one(pattern, claims.and_then(|claims| claims.issuer.as_ref())),
            Self::Subject(pattern) => one(pattern, claims.and_then(|claims| claims.subject.as_ref())),
            Self::Claim(path, pattern) => some(pattern, claims.and_then(|claims| claims.others.get(path))),
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
    /// What is in one of them, without the parts that say nothing.
    pub fn union(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut union = Vec::new();
        for part in parts {
            match part {
                Self::Never => {}
                Self::Always => return Self::Always,
                Self::Any(inner) => union.extend(inner),
                part @ (Self::When(_) | Self::Not(_) | Self::All(_)) => union.push(part),
            }
        }
        if union.is_empty() { Self::Never } else { Self::Any(union) }
    }

    /// What is in each of them, without the parts that say nothing.
    pub fn intersection(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut product = Vec::new();
        for part in parts {
            match part {
                Self::Always => {}
                Self::Never => return Self::Never,
                Self::All(inner) => product.extend(inner),
                part @ (Self::When(_) | Self::Not(_) | Self::Any(_)) => product.push(part),
            }
        }
        if product.is_empty() { Self::Always } else { Self::All(product) }
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other @ (Self::When(_) | Self::All(_) | Self::Any(_)) => Self::Not(Box::new(other)),
        }
    }

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

    /// Callers in plaintext: whoever shows no identity.
    pub fn plaintext() -> Self {
        Self::When(Condition::Identity(Pattern::present())).complement()
    }

    /// By which identities a request would be in the set: the conditions on the identity, with all others decided as
    /// this request does. So it is quick to be asked about many callers.
    #[must_use]
    pub fn identities(&self, request: &Request) -> Self {
        let identities = |part: &Self| part.identities(request);
        match self {
            Self::Always | Self::Never | Self::When(Condition::Identity(_)) => self.clone(),
            Self::When(condition) if condition.holds(request) => Self::Always,
            Self::When(_) => Self::Never,
            Self::Not(inner) => inner.identities(request).complement(),
            Self::All(parts) => Self::intersection(parts.iter().map(identities)),
            Self::Any(parts) => Self::union(parts.iter().map(identities)),
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
