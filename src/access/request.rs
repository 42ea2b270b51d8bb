//! A concrete request: what a condition looks at, what a witness is, and what one can send to a real proxy.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::source::Symbol;

/// One request as the filters of a proxy see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The identity of the caller as a SPIFFE URI; `None` for plaintext.
    pub identity: Option<String>,
    /// The address of the peer.
    pub peer: IpAddr,
    /// The address of the client behind trusted proxies.
    pub client: IpAddr,
    /// The local address of the connection.
    pub destination: IpAddr,
    /// The server name of TLS; `None` where none was sent, as in plaintext.
    pub sni: Option<String>,
    /// The host header as it was sent.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path as it is compared: normalized, without query and fragment.
    pub path: String,
    /// The values of the other headers by name in lower case. An empty value is a value.
    pub headers: BTreeMap<Symbol, Vec<String>>,
    /// The token that came with it.
    pub token: Token,
}

/// What a request says of itself by a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Token {
    /// Nothing: there is no token.
    #[default]
    Absent,
    /// Nothing that counts: its signature or its times do not verify.
    Invalid,
    /// Claims, signed by an issuer that the proxy trusts.
    Valid(Claims),
}

/// The steps to a claim: `request.auth.claims[realm][roles]` is `["realm", "roles"]`.
pub type ClaimPath = Arc<[Symbol]>;

/// The claims of a valid token, as far as strings are among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// The strings at each other path: one for a string, any number for a list. Where a path has strings, no
    /// longer path that begins with it has any.
    pub others: BTreeMap<ClaimPath, Vec<String>>,
}

impl Request {
    /// A request in plaintext, without a token and further headers, from an address that is nobody's (RFC 7600; those
    /// that documents use are copied into policies) to another one (TEST-NET-1).
    pub fn new(method: impl Into<String>, host: impl Into<String>, path: impl Into<String>) -> Self {
        let outside = IpAddr::V4(Ipv4Addr::new(192, 0, 0, 8));
        Self {
            identity: None,
            peer: outside,
            client: outside,
            destination: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            sni: None,
            host: host.into(),
            method: method.into(),
            path: path.into(),
            headers: BTreeMap::new(),
            token: Token::Absent,
        }
    }

    /// The claims, if the token is valid.
    pub fn claims(&self) -> Option<&Claims> {
        match &self.token {
            Token::Valid(claims) => Some(claims),
            Token::Absent | Token::Invalid => None,
        }
    }
}

/// Reads aloud, with the extraordinary parts last: `GET /a (host example.com) by spiffe://… at 203.0.113.1, with
/// the header x-team: red`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.identity.as_deref().unwrap_or("a caller in plaintext");
        write!(f, "{} {} (host {}) by {who} at {}", self.method, self.path, self.host, self.peer)?;
        if self.client != self.peer {
            write!(f, ", for the client {}", self.client)?;
        }
        if let Some(sni) = &self.sni {
            write!(f, ", with the server name {sni}")?;
        }
        for (name, values) in &self.headers {
            for value in values {
                match value.as_str() {
                    "" => write!(f, ", with an empty header {name}")?,
                    value => write!(f, ", with the header {name}: {value}")?,
                }
            }
        }
        write!(f, "{}", self.token)
    }
}

/// A continuation of the request's own words: `, with a token of iss (subject sub, groups: admin)`.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Invalid => f.write_str(", with an invalid token"),
            Self::Valid(claims) => write!(f, ", with a token{claims}"),
        }
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(issuer) = &self.issuer {
            write!(f, " of {issuer}")?;
        }
        let subject = self.subject.iter().map(|subject| format!("subject: {subject}"));
        let others =
            self.others.iter().map(|(path, values)| format!("{}: {}", path.join("."), values.join(" + ")));
        let claims: Vec<String> = subject.chain(others).collect();
        if claims.is_empty() { Ok(()) } else { write!(f, " ({})", claims.join(", ")) }
    }
}
