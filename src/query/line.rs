//! The JSON lines of bulk questions: what a request looks like, and what an answer does.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::judge::Outcome;

/// One request as it stands on a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    pub(super) id: Option<&'a RawValue>,
    /// Must be there: who leaves it out by mistake must not be taken for a caller in plaintext.
    #[serde(deserialize_with = "stated")]
    pub(super) from: Option<String>,
    pub(super) to: String,
    pub(super) port: u16,
    #[serde(default)]
    pub(super) tcp: bool,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) host: Option<String>,
    pub(super) source_ip: Option<std::net::IpAddr>,
    pub(super) remote_ip: Option<std::net::IpAddr>,
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

/// The answer to one line.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) outcome: Outcome,
    pub(super) policy: Option<String>,
    pub(super) rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<String>,
}

/// The answer to a line that can not be answered.
#[derive(Debug, Serialize)]
pub(super) struct Refusal<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) line: usize,
    pub(super) error: String,
}
