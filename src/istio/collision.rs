//! Objects among the manifests that have the name of one that is built: applying the bundle takes them over.

use std::collections::HashMap;

use super::Bundle;
use super::read::is_same;
use super::resources::{Object, ObjectKey};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::SecurityResource;
use crate::project::Project;

/// One finding for each object that the bundle would take over though this project did not make it. `foreign` are the
/// objects of `resources` that Istio takes: one that says what the bundle says is no more than a second source of it.
pub fn collisions(
    bundle: &Bundle,
    resources: &[SecurityResource],
    foreign: &[Object],
    project: &Project,
) -> Vec<Diagnostic> {
    let built: HashMap<ObjectKey, &Object> =
        bundle.objects.iter().map(|object| (object.resource.key(), object)).collect();
    let says_the_same = |key: &ObjectKey| {
        let mut others = foreign.iter().filter(|other| other.resource.key() == *key);
        others.next().is_some_and(|other| is_same(&other.resource, &built[key].resource))
    };
    let mut found = Vec::new();
    for resource in resources.iter().filter(|resource| !resource.is_built_by(&bundle.project)) {
        let key =
            ObjectKey { namespace: resource.key.namespace, kind: resource.kind, name: resource.key.name };
        let name = format!("{}/{}", resource.kind, resource.key);
        if !built.contains_key(&key) {
            continue;
        }
        if !says_the_same(&key) {
            found.push(taken_over(resource, &name));
        } else if !project.foreign.iter().any(|accepted| accepted.node == *name) {
            found.push(told_twice(resource, &name));
        }
    }
    found
}

fn taken_over(resource: &SecurityResource, name: &str) -> Diagnostic {
    Diagnostic::new(
        code::OBJECT_NAME_TAKEN,
        format!("`{name}` has the name of an object that is built"),
        resource.span,
        "applying the bundle would overwrite this object",
    )
    .note("give it another name; or say in the policy what it says, and delete it and its manifest first")
}

fn told_twice(resource: &SecurityResource, name: &str) -> Diagnostic {
    Diagnostic::new(
        code::FOREIGN_POLICY,
        format!("`{name}` says what the object of its name in the bundle says"),
        resource.span,
        "applying the bundle takes this object over",
    )
    .note("remove its manifest, so that the object has one source")
    .note(format!("or accept it in meshward.yaml: `foreign: [{name}]`"))
}
