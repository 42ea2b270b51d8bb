//! A request that is sent to a real proxy and asked of meshward, and what came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use meshward::istio::semantics::Filters;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// One request, in the form of a line of `meshward can --requests`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// Its number in the case.
    pub id: usize,
    /// The identity of the caller as a SPIFFE URI; `None` for plaintext.
    pub from: Option<String>,
    /// The workload, as `namespace/name`.
    pub to: String,
    /// The port of the workload.
    pub port: u16,
    /// Through which waypoint it goes, where it goes through one.
    #[serde(rename = "service", skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Whether bytes are sent that are no HTTP.
    pub tcp: bool,
    /// The method.
    pub method: String,
    /// The path as sent, with its query.
    pub path: String,
    /// The host header.
    pub host: String,
    /// Further headers; a header that is sent twice has two values.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The claims of a token that verifies; `None` without a token.
    pub claims: Option<Value>,
    /// Where the token does not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<BadToken>,
    /// The address of the peer.
    pub source_ip: IpAddr,
    /// The address of the client, as a trusted proxy tells it.
    pub remote_ip: IpAddr,
    /// The address that was called.
    pub destination_ip: IpAddr,
    /// The server name of the TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<String>,
    /// Whether it is sent as HTTP/2. The meaning of a policy does not depend on it.
    #[serde(skip_serializing)]
    pub http2: bool,
}

/// The way through a waypoint. A line has the Service alone: which waypoint that leads to is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The waypoint, as `namespace/name`.
    pub waypoint: String,
    /// The Service that is addressed, as `namespace/service:port`; `None` where it is the pod itself.
    pub service: Option<String>,
    /// Whether that is a ServiceEntry.
    pub is_entry: bool,
    /// The address that is called, of the Service or of the pod.
    pub called: IpAddr,
    /// The port that the waypoint sees.
    pub port: u16,
    /// The filters that are declared there, by what a request looks like where there are two.
    pub filters: &'static [Filters],
}

impl Request {
    /// Whether bytes are sent through a tunnel that no filter there reads as HTTP.
    pub fn is_raw_in_tunnel(&self) -> bool {
        self.via.as_ref().is_some_and(|via| self.tcp || via.filters == [Filters::Network])
    }
}

impl Serialize for Via {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.service.serialize(serializer)
    }
}

/// A token that does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BadToken {
    /// Signed by another key.
    Invalid,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It reached the application.
    Allowed,
    /// 403, or a TCP connection that RBAC closed.
    Denied,
    /// 401.
    Unauthenticated,
    /// 400 before any policy was asked.
    Malformed,
    /// The connection was not accepted.
    Refused,
    /// A CUSTOM provider decides.
    External,
}

/// What became of a request, and which rule decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// The rule that decided; for a denial without one, no ALLOW rule matched.
    pub rule: Option<RuleId>,
}

/// One rule of an AuthorizationPolicy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleId {
    /// The policy, as `namespace/name`.
    pub policy: String,
    /// Its index.
    pub rule: usize,
}

impl Request {
    /// The request as a line for `meshward can --requests`.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// Adds requests, with the numbers that come next.
pub fn extend(requests: &mut Vec<Request>, more: Vec<Request>) {
    for request in more {
        requests.push(Request { id: requests.len(), ..request });
    }
}

impl RuleId {
    /// Reads Envoy's `ns[NS]-policy[NAME]-rule[I]`.
    pub fn parse(text: &str) -> Option<Self> {
        let (namespace, rest) = text.strip_prefix("ns[")?.split_once("]-policy[")?;
        let (name, rest) = rest.split_once("]-rule[")?;
        let rule = rest.strip_suffix(']')?.parse().ok()?;
        Some(Self { policy: format!("{namespace}/{name}"), rule })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = format!("{:?}", self.outcome).to_lowercase();
        match &self.rule {
            Some(RuleId { policy, rule }) => write!(f, "{outcome} by rule {rule} of {policy}"),
            None => write!(f, "{outcome}"),
        }
    }
}
