//! Istio's security resources as plain structs in the field order in which people read them, and the bundle
//! of them that a policy becomes.

mod authorization_policy;
mod bundle;
mod metadata;
mod peer_authentication;
mod request_authentication;

pub use authorization_policy::{
    Action, AuthorizationPolicy, AuthorizationPolicySpec, From, Operation, Provider, Rule, Source, To, When,
};
pub use bundle::{Bundle, Object, ObjectKey, Place, Resource};
pub use metadata::{Metadata, TargetRef, WorkloadSelector};
pub use peer_authentication::{MutualTls, MutualTlsMode, PeerAuthentication, PeerAuthenticationSpec};
pub use request_authentication::{
    ClaimToHeader, FromHeader, JwtRule, RequestAuthentication, RequestAuthenticationSpec,
};
