//! `AuthorizationPolicy`: who may (ALLOW) or may not (DENY) reach the selected pods. A field that is empty is
//! left out, which Istio reads as "any".

use serde::Serialize;
use smol_str::SmolStr;

use super::{Metadata, WorkloadSelector};

/// One `AuthorizationPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationPolicy {
    /// Its name and place.
    pub metadata: Metadata,
    /// What it says.
    pub spec: AuthorizationPolicySpec,
}

/// `spec:`; empty as a whole it allows nothing and so denies everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuthorizationPolicySpec {
    /// Which pods; `None` for all of the namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// ALLOW where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The policy matches a request when one of these does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// The request may pass.
    Allow,
    /// It may not, whatever is allowed.
    Deny,
}

/// One of `from` and one of `to`; `{}` matches every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Any of these sources; empty for any at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From>,
    /// Any of these operations; empty for any at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<To>,
}

/// An entry of `from`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct From {
    /// Its only field.
    pub source: Source,
}

/// Who calls. All fields must hold; within a field one of the values, within a `not` field none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Identities as `<trust domain>/ns/<namespace>/sa/<account>`; `*` for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// Identities that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_principals: Vec<String>,
    /// Addresses of the peer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_blocks: Vec<String>,
    /// Addresses of the peer that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ip_blocks: Vec<String>,
    /// Addresses of the client behind trusted proxies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_ip_blocks: Vec<String>,
    /// Addresses of the client that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_remote_ip_blocks: Vec<String>,
}

/// An entry of `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct To {
    /// Its only field.
    pub operation: Operation,
}

/// What is called. All fields must hold; within a field one of the values, within `notPaths` none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Values of the `Host` header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Ports of the workload, as strings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<SmolStr>,
    /// HTTP methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<SmolStr>,
    /// Path patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<SmolStr>,
    /// Path patterns that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_paths: Vec<SmolStr>,
}
