//! The JSON lines of bulk questions: what a request looks like, and what an answer does.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::arrival::Sent;
use super::json::{Headers, Json, claims};
use super::judge::Outcome;
use super::names;
use super::passage::Stage;
use crate::access::Token;

/// One request as it stands on a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    pub(super) id: Option<&'a RawValue>,
    /// Must be there: who leaves it out by mistake must not be taken for a caller in plaintext.
    #[serde(deserialize_with = "stated")]
    from: Option<String>,
    pub(super) to: String,
    pub(super) port: u16,
    #[serde(default)]
    pub(super) service: Addressee,
    #[serde(default)]
    tcp: bool,
    method: Option<String>,
    path: Option<String>,
    host: Option<String>,
    #[serde(default)]
    headers: Option<Headers>,
    claims: Option<Json>,
    token: Option<TokenState>,
    source_ip: Option<IpAddr>,
    remote_ip: Option<IpAddr>,
    destination_ip: Option<IpAddr>,
    sni: Option<String>,
}

/// What a request is addressed to: the field `service` of a line, which is left out, `null`, or a string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Addressee {
    /// What the name of the target stands for.
    #[default]
    Unstated,
    /// The pod itself.
    Pod,
    /// A port of a Service, as `namespace/name:port`.
    Service(String),
}

impl Addressee {
    /// Whether the field is left out.
    pub fn is_unstated(&self) -> bool {
        *self == Self::Unstated
    }
}

impl<'de> Deserialize<'de> for Addressee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stated: Option<String> = Option::deserialize(deserializer)?;
        Ok(stated.map_or(Self::Pod, Self::Service))
    }
}

/// What is said of a token beside its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenState {
    Invalid,
}

/// Its id alone, for a line whose rest can not be read.
#[derive(Debug, Deserialize)]
pub(super) struct Identified<'a> {
    #[serde(borrow, default)]
    pub(super) id: Option<&'a RawValue>,
}

/// Unlike a plain `Option`, an error where the field is missing.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Line<'_> {
    /// What a client sends.
    pub(super) fn sent(self, trust_domain: &str) -> Result<Sent, String> {
        let identity = match &self.from {
            Some(from) => Some(names::identity(trust_domain, from)?),
            None => None,
        };
        let token = match (self.claims, self.token) {
            (None, None) => Token::Absent,
            (_, Some(TokenState::Invalid)) => Token::Invalid,
            (Some(value), None) => Token::Valid(claims(value)?),
        };
        Ok(Sent {
            identity,
            in_plaintext: false,
            tcp: self.tcp,
            method: self.method,
            path: self.path,
            host: self.host,
            headers: self.headers.unwrap_or_default().0,
            token,
            source_ip: self.source_ip,
            remote_ip: self.remote_ip,
            destination_ip: self.destination_ip,
            sni: self.sni,
        })
    }
}

/// The answer to one line.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) outcome: Outcome,
    pub(super) policy: Option<String>,
    pub(super) rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waypoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a str>,
}

/// The answer to a line that can not be answered.
#[derive(Debug, Serialize)]
pub(super) struct Refusal<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) line: usize,
    pub(super) error: &'a str,
}
