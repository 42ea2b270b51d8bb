//! The part `mesh:` of a project file: what the mesh is like that the output is for.

use super::model::{Dataplane, Injected, PathNormalization};
use super::read::{CODE, Context, items};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{check_label, check_subdomain};
use crate::policy::Mesh;
use crate::source::Symbol;
use crate::yaml::{self, Node};

const KEYS: &[&str] = &[
    "trustDomain",
    "trustDomainAliases",
    "rootNamespace",
    "dataplane",
    "injected",
    "istio",
    "pathNormalization",
    "defaultDeny",
];

/// The oldest version that must accept the output, where the project does not say.
const DEFAULT_ISTIO: (u16, u16) = (1, 30);

/// Everything below `mesh:`.
pub(super) struct MeshPart {
    pub(super) mesh: Mesh,
    pub(super) dataplane: Dataplane,
    pub(super) injected: Injected,
    pub(super) istio: (u16, u16),
    pub(super) path_normalization: PathNormalization,
}

impl Default for MeshPart {
    fn default() -> Self {
        Self {
            mesh: Mesh::default(),
            dataplane: Dataplane::default(),
            injected: Injected::default(),
            istio: DEFAULT_ISTIO,
            path_normalization: PathNormalization::default(),
        }
    }
}

pub(super) fn read(ctx: &mut Context<'_>, node: &Node) -> MeshPart {
    let mut part = MeshPart::default();
    let Some(mapping) = ctx.keep(yaml::mapping(node, CODE)) else {
        return part;
    };
    ctx.known_keys(mapping, KEYS);
    if let Some(domain) = node.get("trustDomain").and_then(|node| trust_domain(ctx, node)) {
        part.mesh.trust_domain = domain;
    }
    if let Some(aliases) = node.get("trustDomainAliases") {
        let items = items(aliases);
        part.mesh.trust_domain_aliases = items.iter().filter_map(|item| trust_domain(ctx, item)).collect();
    }
    if let Some(node) = node.get("rootNamespace")
        && let Some(name) = ctx.string(node).and_then(|name| ctx.valid(name, node.span, check_label))
    {
        part.mesh.root_namespace = name;
    }
    if let Some(node) = node.get("defaultDeny") {
        let choices = [("namespace", false), ("mesh", true)];
        part.mesh.default_deny_mesh = ctx.choice(node, &choices).unwrap_or_default();
    }
    if let Some(node) = node.get("dataplane") {
        part.dataplane = dataplane(ctx, node);
    }
    if let Some(node) = node.get("injected") {
        let choices = [("assume", Injected::Assume), ("require", Injected::Require)];
        part.injected = ctx.choice(node, &choices).unwrap_or_default();
    }
    if let Some(node) = node.get("pathNormalization") {
        part.path_normalization = path_normalization(ctx, node);
    }
    if let Some(version) = node.get("istio").and_then(|node| istio(ctx, node)) {
        part.istio = version;
    }
    part
}

fn trust_domain(ctx: &mut Context<'_>, node: &Node) -> Option<Symbol> {
    let text = ctx.string(node)?;
    ctx.valid(text, node.span, check_subdomain)
}

fn dataplane(ctx: &mut Context<'_>, node: &Node) -> Dataplane {
    let choices = [("sidecar", Dataplane::Sidecar), ("ambient", Dataplane::Ambient)];
    let dataplane = ctx.choice(node, &choices).unwrap_or_default();
    if dataplane == Dataplane::Ambient {
        let message = "the ambient data plane is not supported yet";
        let diagnostic = Diagnostic::new(code::NOT_SUPPORTED_YET, message, node.span, "asked for here")
            .note("`sidecar` is what the output is for");
        ctx.report(diagnostic);
    }
    dataplane
}

fn path_normalization(ctx: &mut Context<'_>, node: &Node) -> PathNormalization {
    let choices = PathNormalization::ALL.map(|mode| (mode.name(), mode));
    ctx.choice(node, &choices).unwrap_or_default()
}

/// `"1.30"`, or with a patch number, which tells nothing about what is accepted.
fn istio(ctx: &mut Context<'_>, node: &Node) -> Option<(u16, u16)> {
    let text = ctx.string(node)?;
    let numbers: Option<Vec<u16>> = text.split('.').map(|part| part.parse().ok()).collect();
    if let Some([major, minor] | [major, minor, _]) = numbers.as_deref() {
        return Some((*major, *minor));
    }
    let message = format!("`{text}` is no version of Istio");
    ctx.report(Diagnostic::new(CODE, message, node.span, "write it like `\"1.30\"`"));
    None
}
