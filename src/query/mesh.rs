//! The facts of a mesh that no security object states: from the `ConfigMap` that istiod reads, from an
//! `IstioOperator`, or from what the asker says.

use crate::diagnostic::{Diagnostic, code};
use crate::graph::manifests::{Document, Manifest, documents};
use crate::graph::{check_label, check_subdomain};
use crate::istio::semantics::Providers;
use crate::project::{PathNormalization, Project};
use crate::source::{SourceMap, Symbol};
use crate::yaml::{self, Node};

/// What a mesh is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshFacts {
    /// `trustDomain`, `cluster.local` unless stated.
    pub trust_domain: Symbol,
    /// `trustDomainAliases`
    pub trust_domain_aliases: Vec<Symbol>,
    /// `rootNamespace`, `istio-system` unless stated.
    pub root_namespace: Symbol,
    /// `pathNormalization.normalization`
    pub path_normalization: PathNormalization,
    /// `extensionProviders` that decide about requests, if it is known which there are.
    pub providers: Option<Providers>,
}

impl Default for MeshFacts {
    fn default() -> Self {
        Self {
            trust_domain: Symbol::new("cluster.local"),
            trust_domain_aliases: Vec::new(),
            root_namespace: Symbol::new("istio-system"),
            path_normalization: PathNormalization::default(),
            providers: None,
        }
    }
}

impl MeshFacts {
    /// Those that a project file states.
    pub fn of_project(project: &Project) -> Self {
        Self {
            trust_domain: project.mesh.trust_domain,
            trust_domain_aliases: project.mesh.trust_domain_aliases.clone(),
            root_namespace: project.mesh.root_namespace,
            path_normalization: project.path_normalization,
            providers: None,
        }
    }
}

/// What somebody states about the mesh; what is left out stays as it is otherwise known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// `trustDomain`
    pub trust_domain: Option<Symbol>,
    /// `trustDomainAliases`
    pub trust_domain_aliases: Option<Vec<Symbol>>,
    /// `rootNamespace`
    pub root_namespace: Option<Symbol>,
    /// `pathNormalization.normalization`
    pub path_normalization: Option<PathNormalization>,
    /// `extensionProviders`
    pub providers: Option<Providers>,
}

impl Stated {
    /// `self` where it says something, else `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            trust_domain: self.trust_domain.or(other.trust_domain),
            trust_domain_aliases: self.trust_domain_aliases.or(other.trust_domain_aliases),
            root_namespace: self.root_namespace.or(other.root_namespace),
            path_normalization: self.path_normalization.or(other.path_normalization),
            providers: self.providers.or(other.providers),
        }
    }

    /// With Istio's own defaults for the rest.
    pub fn facts(self) -> MeshFacts {
        let default = MeshFacts::default();
        MeshFacts {
            trust_domain: self.trust_domain.unwrap_or(default.trust_domain),
            trust_domain_aliases: self.trust_domain_aliases.unwrap_or(default.trust_domain_aliases),
            root_namespace: self.root_namespace.unwrap_or(default.root_namespace),
            path_normalization: self.path_normalization.unwrap_or(default.path_normalization),
            providers: self.providers,
        }
    }
}

/// What the documents of a cluster state: the `ConfigMap` `istio` (of a revision `istio-…`), else an
/// `IstioOperator`. The text inside the `ConfigMap` becomes a source of its own, so that messages can show it.
pub(super) fn stated(
    manifests: &[Manifest],
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Stated {
    let mut stated = Stated::default();
    let documents = documents(manifests);
    for (document, config) in documents.iter().filter_map(config_map) {
        let name = format!("{} (data.mesh)", sources.get(document.node.span.source).name);
        let id = sources.add(name, config);
        let (inner, found) = yaml::read(id, config);
        diagnostics.extend(found);
        for node in &inner {
            let mut facts = mesh_config(node, diagnostics);
            // istiod's own namespace is the root namespace where nothing else is said.
            facts.root_namespace = facts.root_namespace.or_else(|| namespace_of(document));
            stated = stated.or(facts);
        }
    }
    for operator in documents.iter().filter(|document| is(document, "install.istio.io", "IstioOperator")) {
        if let Some(config) = operator.node.get("spec").and_then(|spec| spec.get("meshConfig")) {
            stated = stated.or(mesh_config(config, diagnostics));
        }
    }
    stated
}

/// The `ConfigMap` and the text of its `mesh`.
fn config_map<'d, 'a>(document: &'d Document<'a>) -> Option<(&'d Document<'a>, &'a str)> {
    let name = document.node.get("metadata")?.get("name")?.as_scalar()?;
    let is_mesh = name.text == "istio" || name.text.starts_with("istio-");
    let config = document.node.get("data")?.get("mesh")?.as_scalar()?;
    (is_mesh && is(document, "", "ConfigMap")).then_some((document, config.text.as_str()))
}

/// Whether a document is an object of this API group and kind.
fn is(document: &Document<'_>, group: &str, kind: &str) -> bool {
    document.kind == kind && document.group() == group
}

fn namespace_of(document: &Document<'_>) -> Option<Symbol> {
    document.node.get("metadata")?.text("namespace")
}

/// The fields of a `MeshConfig` that the meaning of policies depends on.
fn mesh_config(config: &Node, diagnostics: &mut Vec<Diagnostic>) -> Stated {
    let mut name = |node: &Node, check: fn(&str) -> Result<(), String>| {
        let read = yaml::string(node, code::INVALID_MANIFEST)
            .and_then(|text| yaml::name(text, node.span, code::INVALID_MANIFEST, check));
        yaml::or_report(read, diagnostics)
    };
    let trust_domain = config.get("trustDomain").and_then(|node| name(node, check_subdomain));
    let root_namespace = config.get("rootNamespace").and_then(|node| name(node, check_label));
    let trust_domain_aliases = config.get("trustDomainAliases").map(|list| {
        let items = list.as_sequence().unwrap_or_default();
        items.iter().filter_map(|node| name(node, check_subdomain)).collect()
    });
    let normalization = config.get("pathNormalization").and_then(|node| node.get("normalization"));
    let path_normalization = normalization.and_then(|node| {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let mode = normalization_named(text);
        if mode.is_none() {
            let message = format!("`{text}` is no path normalization");
            let label = "one of `NONE`, `BASE`, `MERGE_SLASHES`, `DECODE_AND_MERGE_SLASHES`";
            diagnostics.push(Diagnostic::new(code::INVALID_MANIFEST, message, node.span, label));
        }
        mode
    });
    let providers = config.get("extensionProviders").and_then(Node::as_sequence).map(providers);
    Stated { trust_domain, trust_domain_aliases, root_namespace, path_normalization, providers }
}

/// The providers of a list that can be asked about requests; the others are for traces and logs.
fn providers(list: &[Node]) -> Providers {
    let of_kind = |kind: &str| {
        let is_it = |entry: &&Node| entry.get(kind).is_some();
        list.iter().filter(is_it).filter_map(|entry| entry.text("name")).collect()
    };
    Providers { grpc: of_kind("envoyExtAuthzGrpc"), http: of_kind("envoyExtAuthzHttp") }
}

/// The mode of that name in a `MeshConfig`; `DEFAULT` is `BASE` (`listener_builder.go`).
pub fn normalization_named(text: &str) -> Option<PathNormalization> {
    if text == "DEFAULT" {
        return Some(PathNormalization::Base);
    }
    PathNormalization::ALL.into_iter().find(|mode| mode.name() == text)
}
