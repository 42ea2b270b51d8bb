//! The walk over documents that every reader of manifests shares: lists are unpacked, patches are left out, and
//! what remains says its API version and kind.

use super::Manifest;
use crate::source::Symbol;
use crate::yaml::Node;

/// Something among the manifests that has a kind.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The file it is in.
    pub manifest: &'a Manifest,
    /// `apps/v1`; an item of a list may leave it to the list.
    pub version: Option<&'a str>,
    /// `Deployment`; an item of a list may leave it to the list.
    pub kind: &'a str,
    /// All of it.
    pub node: &'a Node,
}

impl Document<'_> {
    /// `apps` of `apps/v1`; empty for the core group.
    pub fn group(&self) -> &str {
        group(self.version)
    }

    /// The namespace of an object of this file that names none.
    pub fn default_namespace(&self) -> Symbol {
        self.manifest.namespace.unwrap_or_else(|| Symbol::new("default"))
    }
}

/// Everything among the manifests that has a kind, in the order of the files. `List` and `DeploymentList` give
/// their items; one whose `items` is no list is given as it is.
pub fn documents<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Vec<Document<'a>> {
    let mut found = Vec::new();
    for manifest in manifests {
        for document in &manifest.documents {
            unpack(document, None, &mut |(version, kind), node| {
                found.push(Document { manifest, version, kind, node });
            });
        }
    }
    found
}

/// Whether something of this API group and kind is among what a document of a file holds.
pub(super) fn holds(document: &Node, wanted: impl Fn(&str, &str) -> bool) -> bool {
    let mut found = false;
    unpack(document, None, &mut |(version, kind), _| found |= wanted(group(version), kind));
    found
}

fn group(version: Option<&str>) -> &str {
    version.and_then(|version| version.split_once('/')).map_or("", |(group, _)| group)
}

/// An API version and a kind. Those of a `DeploymentList` hold for items that do not say theirs.
type VersionAndKind<'a> = (Option<&'a str>, &'a str);

fn unpack<'a>(
    node: &'a Node,
    item_of: Option<VersionAndKind<'a>>,
    take: &mut impl FnMut(VersionAndKind<'a>, &'a Node),
) {
    let stated = |key| node.get(key).and_then(Node::as_scalar).map(|scalar| scalar.text.as_str());
    let version = stated("apiVersion").or(item_of.and_then(|(version, _)| version));
    let Some(kind) = stated("kind").or(item_of.map(|(_, kind)| kind)) else {
        return;
    };
    // A strategic merge patch is an instruction to kustomize and not an object.
    if node.get("$patch").is_some() {
        return;
    }
    if let Some(item_kind) = kind.strip_suffix("List")
        && let Some(items) = node.get("items").and_then(Node::as_sequence)
    {
        let item_of = (!item_kind.is_empty()).then_some((version, item_kind));
        for item in items {
            unpack(item, item_of, take);
        }
        return;
    }
    take((version, kind), node);
}
