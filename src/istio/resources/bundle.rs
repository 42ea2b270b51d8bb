//! The objects that a policy becomes, in the order in which they are to be applied, each with the statements
//! it came from.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{AuthorizationPolicy, Metadata, PeerAuthentication, RequestAuthentication, WorkloadSelector};
use crate::policy::Origin;
use crate::source::{Span, Symbol};

/// What a policy becomes.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The name of the project.
    pub project: Symbol,
    /// The objects, in an order in which they can be applied one after the other.
    pub objects: Vec<Object>,
}

/// An object and where it came from.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object.
    pub resource: Resource,
    /// The statements behind rule 0, rule 1, … of an `AuthorizationPolicy`; for a `PeerAuthentication` one
    /// entry with all of its statements. Empty for a default.
    pub origins: Vec<Vec<Arc<Origin>>>,
    /// Whether this is one of several policies that only together allow what the policy allows, since one
    /// would be too large.
    pub part_of_split: bool,
    /// Where it was read from; `None` for an object that a build made.
    pub place: Option<Place>,
}

/// Where an object that was read is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub object: Span,
    /// Its selector or targets; its name where it has none.
    pub target: Span,
    /// Rule 0, rule 1, … of an `AuthorizationPolicy` or `RequestAuthentication`; empty for a
    /// `PeerAuthentication`.
    pub rules: Vec<Span>,
}

/// A typed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Who may reach whom.
    AuthorizationPolicy(AuthorizationPolicy),
    /// Whether mutual TLS is demanded.
    PeerAuthentication(PeerAuthentication),
    /// Which tokens are accepted.
    RequestAuthentication(RequestAuthentication),
}

impl Resource {
    /// Its kind, as Kubernetes spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AuthorizationPolicy(_) => "AuthorizationPolicy",
            Self::PeerAuthentication(_) => "PeerAuthentication",
            Self::RequestAuthentication(_) => "RequestAuthentication",
        }
    }

    /// Its name and place.
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::AuthorizationPolicy(policy) => &policy.metadata,
            Self::PeerAuthentication(authentication) => &authentication.metadata,
            Self::RequestAuthentication(authentication) => &authentication.metadata,
        }
    }

    /// As [`Self::metadata`], to change it.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        match self {
            Self::AuthorizationPolicy(policy) => &mut policy.metadata,
            Self::PeerAuthentication(authentication) => &mut authentication.metadata,
            Self::RequestAuthentication(authentication) => &mut authentication.metadata,
        }
    }

    /// The labels of the pods that it holds for, where it says them.
    pub fn selector(&self) -> Option<&WorkloadSelector> {
        match self {
            Self::AuthorizationPolicy(policy) => policy.spec.selector.as_ref(),
            Self::PeerAuthentication(authentication) => authentication.spec.selector.as_ref(),
            Self::RequestAuthentication(authentication) => authentication.spec.selector.as_ref(),
        }
    }

    /// What tells it from every other object of a cluster.
    pub fn key(&self) -> ObjectKey {
        let metadata = self.metadata();
        ObjectKey {
            kind: self.kind().into(),
            namespace: metadata.namespace,
            name: metadata.name.as_str().into(),
        }
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AuthorizationPolicy(policy) => {
                Document::new(self.kind(), &policy.metadata, &policy.spec).serialize(serializer)
            }
            Self::PeerAuthentication(authentication) => {
                Document::new(self.kind(), &authentication.metadata, &authentication.spec)
                    .serialize(serializer)
            }
            Self::RequestAuthentication(authentication) => {
                Document::new(self.kind(), &authentication.metadata, &authentication.spec)
                    .serialize(serializer)
            }
        }
    }
}

/// The four fields of every Kubernetes object, in the order in which kubectl prints them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, S> {
    api_version: &'static str,
    kind: &'static str,
    metadata: &'a Metadata,
    spec: &'a S,
}

impl<'a, S> Document<'a, S> {
    fn new(kind: &'static str, metadata: &'a Metadata, spec: &'a S) -> Self {
        Self { api_version: "security.istio.io/v1", kind, metadata, spec }
    }
}

/// What tells an object from every other one of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectKey {
    /// Its namespace.
    pub namespace: Symbol,
    /// Its kind.
    pub kind: Symbol,
    /// Its name.
    pub name: Symbol,
}

/// `authorizationpolicy/payments-allow -n shop`, as kubectl takes it.
impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{} -n {}", self.kind.to_lowercase(), self.name, self.namespace)
    }
}
