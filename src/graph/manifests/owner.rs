//! Which workload an object belongs to. `kubectl get -o yaml` lists a Deployment, each ReplicaSet of it and
//! their pods; they are one workload.

use std::collections::HashMap;

use super::object::{self, Kind, Object};
use crate::graph::model::Key;
use crate::source::Symbol;
use crate::yaml::Node;

/// The label by which a ReplicaSet tells its pods from those of another one of the same Deployment.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// Kind and name of a controller; its namespace is that of what it controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) kind: Symbol,
    pub(super) name: Symbol,
}

/// Whether an object was made by a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Controller {
    /// By none.
    Absent,
    /// By one that is listed as well.
    Listed,
    /// By one that is not.
    Unlisted,
}

/// Who owns the listed objects.
pub(super) struct Owners {
    /// The owner that each listed workload object names, if any.
    direct: HashMap<(Symbol, Key), Option<Owner>>,
}

impl Owners {
    pub(super) fn new(objects: &[Object<'_>]) -> Self {
        let workloads = objects.iter().filter(|object| object.kind == Kind::Workload);
        let direct = workloads.map(|object| ((object.kind_name, object.key), stated(object)));
        Self { direct: direct.collect() }
    }

    /// Whether the object was made by a controller.
    pub(super) fn is_owned(&self, object: &Object<'_>) -> bool {
        object.kind == Kind::Workload && self.root(object).is_some()
    }

    /// Whether a controller made the object: what a listed one made adds no workload.
    pub(super) fn controller(&self, object: &Object<'_>) -> Controller {
        let Some(root) = self.root(object) else { return Controller::Absent };
        let key = Key::new(object.key.namespace, root.name);
        if self.direct.contains_key(&(root.kind, key)) { Controller::Listed } else { Controller::Unlisted }
    }

    /// The topmost controller that is known of: of a Pod its ReplicaSet's Deployment.
    pub(super) fn root(&self, object: &Object<'_>) -> Option<Owner> {
        let mut root = self.owner_of(object)?;
        // Each step goes to another object; a circle of owners, which no cluster has, must end all the same.
        for _ in 0..self.direct.len() {
            let key = Key::new(object.key.namespace, root.name);
            match self.direct.get(&(root.kind, key)) {
                Some(Some(owner)) => root = owner.clone(),
                Some(None) | None => break,
            }
        }
        Some(root)
    }

    /// The owner, or the Deployment behind a ReplicaSet that is not listed.
    fn owner_of(&self, object: &Object<'_>) -> Option<Owner> {
        let owner = stated(object)?;
        let key = Key::new(object.key.namespace, owner.name);
        if owner.kind != "ReplicaSet" || self.direct.contains_key(&(owner.kind, key)) {
            return Some(owner);
        }
        let hash = object.metadata()?.get("labels").and_then(|labels| labels.get(TEMPLATE_HASH));
        let deployment = hash
            .and_then(Node::as_scalar)
            .and_then(|hash| owner.name.strip_suffix(hash.text.as_str())?.strip_suffix('-'))
            .map(|name| Owner { kind: Symbol::new("Deployment"), name: Symbol::new(name) });
        Some(deployment.unwrap_or(owner))
    }
}

/// The controller among `ownerReferences`, if it is a workload.
fn stated(object: &Object<'_>) -> Option<Owner> {
    let references = object.metadata()?.get("ownerReferences")?.as_sequence()?;
    let is_controller =
        |reference: &&Node| reference.text("controller").is_some_and(|stated| stated == "true");
    let reference = references.iter().find(is_controller)?;
    let (kind, name) = (reference.text("kind")?, reference.text("name")?);
    object::is_workload_kind(&kind).then_some(Owner { kind, name })
}
