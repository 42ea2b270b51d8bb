//! `PeerAuthentication`: whether the selected pods demand mutual TLS.

use indexmap::IndexMap;
use serde::Serialize;

use super::{Metadata, WorkloadSelector};

/// One `PeerAuthentication`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAuthentication {
    /// Its name and place.
    pub metadata: Metadata,
    /// What it says.
    pub spec: PeerAuthenticationSpec,
}

/// `spec:`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerAuthenticationSpec {
    /// Which pods; `None` for all of the namespace, or of the mesh in the root namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// The mode of all ports that `portLevelMtls` does not name; inherited where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls: Option<MutualTls>,
    /// The mode of single workload ports; only together with a selector.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub port_level_mtls: IndexMap<String, MutualTls>,
}

/// `{mode: …}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MutualTls {
    /// The mode.
    pub mode: MutualTlsMode,
}

/// Which connections are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MutualTlsMode {
    /// As the next wider scope says.
    Unset,
    /// Plaintext only.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS only.
    Strict,
}
