//! What a project file says, with defaults filled in. Paths are relative to the folder of the file.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::diagnostic::Levels;
use crate::graph::Key;
use crate::policy::Mesh;
use crate::source::{SourceId, Span, Spanned, Symbol};

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of `meshward.yaml`; every path below is joined to it.
    pub root: PathBuf,
    /// The project file itself.
    pub source: SourceId,
    /// A place to point at when the file as a whole is meant: its first key.
    pub span: Span,
    /// `name:`, a label value of at most 63 characters.
    pub name: Symbol,
    /// `policies:`, folders or files.
    pub policies: Vec<Spanned<PathBuf>>,
    /// `namespaces:`, covered beside those with a target.
    pub namespaces: Vec<Spanned<Symbol>>,
    /// `graph:`
    pub graph: GraphSources,
    /// `output:`, `deploy/istio` unless stated.
    pub output: PathBuf,
    /// `mesh:`, as far as a policy's meaning depends on it.
    pub mesh: Mesh,
    /// `mesh.dataplane`
    pub dataplane: Dataplane,
    /// `mesh.injected`
    pub injected: Injected,
    /// `mesh.istio`: the oldest version that must accept the output, as major and minor.
    pub istio: (u16, u16),
    /// `mesh.pathNormalization`
    pub path_normalization: PathNormalization,
    /// `foreign:` Istio resources that are known and accepted, as `Kind/namespace/name`.
    pub foreign: Vec<Spanned<Symbol>>,
    /// `lints:`
    pub levels: Levels,
}

/// Where the service graph comes from.
#[derive(Clone, Debug, Default)]
pub struct GraphSources {
    /// `services:`, the native form.
    pub services: Vec<Spanned<PathBuf>>,
    /// `manifests:`
    pub manifests: Vec<ManifestSource>,
    /// `openapi:` by service.
    pub openapi: IndexMap<Key, ServiceFile>,
    /// `protobuf:` by service.
    pub protobuf: IndexMap<Key, ServiceFile>,
}

/// A file or folder of Kubernetes documents.
#[derive(Clone, Debug)]
pub struct ManifestSource {
    /// The file or folder.
    pub path: Spanned<PathBuf>,
    /// The namespace of documents that name none; `default` otherwise, as kubectl does.
    pub namespace: Option<Spanned<Symbol>>,
}

/// A description of one service's endpoints.
#[derive(Clone, Debug)]
pub struct ServiceFile {
    /// The key that names the service.
    pub service: Span,
    /// The file.
    pub path: Spanned<PathBuf>,
}

/// What enforces policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dataplane {
    /// A proxy in each pod.
    #[default]
    Sidecar,
    /// ztunnel and waypoints: not supported yet as a target.
    Ambient,
}

/// What a workload is whose manifests say nothing about injection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Injected {
    /// It has a proxy.
    #[default]
    Assume,
    /// It has none: namespaces must carry the label.
    Require,
}

/// `meshConfig.pathNormalization.normalization`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathNormalization {
    /// Paths are compared as sent.
    None,
    /// RFC 3986 dot segments, unreserved characters decoded, `\` to `/`.
    #[default]
    Base,
    /// `//` to `/` as well.
    MergeSlashes,
    /// `%2F` and `%5C` decoded as well.
    DecodeAndMergeSlashes,
}

impl PathNormalization {
    /// All of them, from the one that changes least.
    pub const ALL: [Self; 4] = [Self::None, Self::Base, Self::MergeSlashes, Self::DecodeAndMergeSlashes];

    /// As Istio spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Base => "BASE",
            Self::MergeSlashes => "MERGE_SLASHES",
            Self::DecodeAndMergeSlashes => "DECODE_AND_MERGE_SLASHES",
        }
    }
}
