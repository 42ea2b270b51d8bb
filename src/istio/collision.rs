//! Objects among the manifests that have the name of one that is built: applying the bundle takes them over.

use std::collections::HashMap;

use super::Bundle;
use super::read::is_same;
use super::resources::{Object, ObjectKey};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::SecurityResource;
use crate::project::Project;
use crate::source::Span;

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
    // Of several objects of one name a cluster has the one that is applied last.
    let says_the_same = |key: &ObjectKey, span: Span| {
        let is_this = |other: &&Object| other.place.as_ref().is_some_and(|place| place.object == span);
        let this = foreign.iter().find(is_this);
        this.is_some_and(|other| is_same(&other.resource, &built[key].resource))
    };
    let mut found = Vec::new();
    for resource in resources {
        let key =
            ObjectKey { namespace: resource.key.namespace, kind: resource.kind, name: resource.key.name };
        let name = format!("{}/{}", resource.kind, resource.key);
        if resource.is_built_by(&bundle.project) {
            if !built.contains_key(&key) {
                found.push(left_behind(resource, &name));
            }
            continue;
        }
        if !built.contains_key(&key) {
            continue;
        }
        if !says_the_same(&key, resource.span) {
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

/// Manifests that hold a former bundle, as a listing of the cluster does.
fn left_behind(resource: &SecurityResource, name: &str) -> Diagnostic {
    Diagnostic::new(
        code::FOREIGN_POLICY,
        format!("`{name}` is of an earlier build and no longer part of the bundle"),
        resource.span,
        "a cluster keeps it until somebody deletes it there, and it counts for nothing here",
    )
    .note(format!(
        "`kubectl delete {} -n {} {}`, and remove its manifest",
        resource.kind.to_ascii_lowercase(),
        resource.key.namespace,
        resource.key.name
    ))
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
