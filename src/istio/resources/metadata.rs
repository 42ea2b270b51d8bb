//! What every resource has: its name and place, and the labels of the pods it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::source::Symbol;
use crate::yaml::LiteralText;

/// `metadata:` of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Unique in its namespace and kind.
    pub name: String,
    /// The namespace.
    pub namespace: Symbol,
    /// Labels, sorted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<Symbol, Symbol>,
    /// Annotations, sorted; written as literal blocks where that is safe.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<Symbol, LiteralText>,
    /// When the API server made it, as it is spelled there; the oldest of some objects wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Symbol>,
}

/// `selector:` which pods of the namespace an object is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSelector {
    /// All of these labels. A build never leaves them empty, since that takes the whole namespace.
    #[serde(serialize_with = "shared")]
    pub match_labels: Arc<BTreeMap<Symbol, Symbol>>,
}

fn shared<S: Serializer>(labels: &Arc<BTreeMap<Symbol, Symbol>>, serializer: S) -> Result<S::Ok, S::Error> {
    labels.as_ref().serialize(serializer)
}

/// An entry of `targetRefs`: a Gateway, a Service, a `ServiceEntry` or a `GatewayClass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetRef {
    /// Its API group; empty for the core group.
    pub group: Symbol,
    /// Its kind.
    pub kind: Symbol,
    /// Its name.
    pub name: Symbol,
}
