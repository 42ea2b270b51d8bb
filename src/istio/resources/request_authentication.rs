//! `RequestAuthentication`: which tokens the selected pods accept, and where they look for them. It refuses bad
//! tokens; to demand a good one is up to an `AuthorizationPolicy`.

use serde::Serialize;

use super::{Metadata, TargetRef, WorkloadSelector};
use crate::source::Symbol;

/// One `RequestAuthentication`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAuthentication {
    /// Its name and place.
    pub metadata: Metadata,
    /// What it says.
    pub spec: RequestAuthenticationSpec,
}

/// `spec:`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestAuthenticationSpec {
    /// Which pods; `None` for all of the namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// What it is attached to in place of a selector; `targetRef` is read as a list of one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_refs: Vec<TargetRef>,
    /// The providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_rules: Vec<JwtRule>,
}

/// A provider of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtRule {
    /// The `iss` of its tokens; empty for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// One of these must be an `aud` of the token; empty for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Where its keys are served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// Headers that carry a token. Any `from*` replaces the default places: `Authorization: Bearer`, and the
    /// query parameter `access_token`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_headers: Vec<FromHeader>,
    /// Query parameters that carry one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_params: Vec<String>,
    /// Cookies that carry one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_cookies: Vec<String>,
    /// The header that the application gets the payload in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_payload_to_header: Option<String>,
    /// Whether the application gets the token; it is removed otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forward_original_token: bool,
    /// Headers that the application gets claims in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_claim_to_headers: Vec<ClaimToHeader>,
    /// How long the keys may take to come, as Istio spells durations; five seconds where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Symbol>,
    /// Claims whose text is a list separated by spaces, beside `scope` and `permission`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub space_delimited_claims: Vec<String>,
}

/// An entry of `fromHeaders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FromHeader {
    /// The header.
    pub name: String,
    /// What stands before the token.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// An entry of `outputClaimToHeaders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimToHeader {
    /// The header.
    pub header: String,
    /// The claim.
    pub claim: String,
}
