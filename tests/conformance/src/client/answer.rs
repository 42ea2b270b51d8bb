//! What Envoy tells about one request: the status, why, and which rule let it through.

use crate::request::{Outcome, RuleId, Verdict};

/// The header that carries `%RESPONSE_CODE_DETAILS%`.
pub const DETAILS: &str = "x-conformance-details";
/// The header that carries the id of the ALLOW rule that matched.
pub const ALLOWED_BY: &str = "x-conformance-allowed-by";

/// The header that carries the path as the filters saw it.
pub const PATH: &str = "x-conformance-path";

/// The details of an answer that a route of ours gave.
const REACHED_THE_ROUTE: &str = "direct_response";

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `%RESPONSE_CODE_DETAILS%`; empty where Envoy answered before its filters.
    pub details: String,
    /// The ALLOW rule that matched; `-` if none was asked.
    pub allowed_by: String,
    /// The path as the filters saw it, with its query.
    pub path: String,
}

impl Answer {
    pub(super) fn new(status: u16) -> Self {
        Self { status, details: String::new(), allowed_by: String::new(), path: String::new() }
    }

    pub(super) fn take_header(&mut self, name: &str, value: &str) {
        match name {
            DETAILS => value.clone_into(&mut self.details),
            PATH => value.clone_into(&mut self.path),
            ALLOWED_BY => value.clone_into(&mut self.allowed_by),
            _ => {}
        }
    }

    /// What became of the request.
    pub fn verdict(&self) -> Result<Verdict, String> {
        let unexpected = || format!("status {} with the details {:?}", self.status, self.details);
        let (outcome, rule) = match self.status {
            200 if self.details == REACHED_THE_ROUTE => (Outcome::Allowed, RuleId::parse(&self.allowed_by)),
            400 => (Outcome::Malformed, None),
            401 => (Outcome::Unauthenticated, None),
            403 => (Outcome::Denied, self.denied_by()),
            _ => return Err(unexpected()),
        };
        Ok(Verdict { outcome, rule })
    }

    fn denied_by(&self) -> Option<RuleId> {
        let matched = self.details.strip_prefix("rbac_access_denied_matched_policy[")?;
        RuleId::parse(matched.strip_suffix(']')?)
    }
}
