//! `AuthorizationPolicy`: who may (ALLOW) or may not (DENY) reach the selected pods. A field that is empty is
//! left out, which Istio reads as "any". All fields of Istio 1.31 are here; a build writes some of them.

use serde::Serialize;
use thin_vec::ThinVec;

use super::{Metadata, TargetRef, WorkloadSelector};
use crate::source::Symbol;

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
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicySpec {
    /// Which pods; `None` for all of the namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// What it is attached to in place of a selector; `targetRef` is read as a list of one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_refs: Vec<TargetRef>,
    /// ALLOW where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Who decides, for CUSTOM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
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
    /// It is told to a plugin that audits; nothing is decided.
    Audit,
    /// A provider of the mesh configuration decides, before all others.
    Custom,
}

/// `provider:` an extension provider of the mesh configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Its name there.
    pub name: Symbol,
}

/// One of `from`, one of `to` and all of `when`; `{}` matches every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Any of these sources; empty for any at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From>,
    /// Any of these operations; empty for any at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<To>,
    /// All of these conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<When>,
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
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub principals: ThinVec<String>,
    /// Identities that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_principals: ThinVec<String>,
    /// Issuer and subject of a token as `<issuer>/<subject>`; `*` for any.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub request_principals: ThinVec<String>,
    /// Issuers and subjects that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_request_principals: ThinVec<String>,
    /// Namespaces of identities, of any trust domain that is accepted.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub namespaces: ThinVec<String>,
    /// Namespaces that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_namespaces: ThinVec<String>,
    /// Accounts as `<namespace>/<name>`, or `<name>` in the namespace of the policy.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub service_accounts: ThinVec<String>,
    /// Accounts that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_service_accounts: ThinVec<String>,
    /// Trust domains of identities.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub trust_domains: ThinVec<String>,
    /// Trust domains that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_trust_domains: ThinVec<String>,
    /// Addresses of the peer.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub ip_blocks: ThinVec<String>,
    /// Addresses of the peer that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_ip_blocks: ThinVec<String>,
    /// Addresses of the client behind trusted proxies.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub remote_ip_blocks: ThinVec<String>,
    /// Addresses of the client that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_remote_ip_blocks: ThinVec<String>,
}

/// An entry of `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct To {
    /// Its only field.
    pub operation: Operation,
}

/// What is called. All fields must hold; within a field one of the values, within a `not` field none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Values of the `Host` header.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub hosts: ThinVec<String>,
    /// Values that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_hosts: ThinVec<String>,
    /// Ports of the workload, as strings.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub ports: ThinVec<Symbol>,
    /// Ports that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_ports: ThinVec<Symbol>,
    /// HTTP methods.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub methods: ThinVec<Symbol>,
    /// HTTP methods that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_methods: ThinVec<Symbol>,
    /// Path patterns.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub paths: ThinVec<Symbol>,
    /// Path patterns that do not match.
    #[serde(skip_serializing_if = "ThinVec::is_empty")]
    pub not_paths: ThinVec<Symbol>,
}

impl Operation {
    /// Whether it asks for anything that only HTTP has.
    pub(in crate::istio) fn has_http_fields(&self) -> bool {
        let Self { hosts, not_hosts, ports: _, not_ports: _, methods, not_methods, paths, not_paths } = self;
        !(hosts.is_empty()
            && not_hosts.is_empty()
            && methods.is_empty()
            && not_methods.is_empty()
            && paths.is_empty()
            && not_paths.is_empty())
    }
}

/// An entry of `when`: the attribute has one of `values`, and none of `notValues`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct When {
    /// The attribute, such as `request.headers[x-tenant]`.
    pub key: String,
    /// Any of these; empty for any at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_values: Vec<String>,
}
