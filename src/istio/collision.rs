//! Objects among the manifests that have the name of one that is built: applying the bundle would overwrite them.

use std::collections::HashSet;

use super::Bundle;
use super::resources::ObjectKey;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::SecurityResource;

/// One diagnostic for each object that the bundle would take over though this project did not make it.
pub fn collisions(bundle: &Bundle, resources: &[SecurityResource]) -> Vec<Diagnostic> {
    let built: HashSet<ObjectKey> = bundle.objects.iter().map(|object| object.resource.key()).collect();
    let key = |resource: &SecurityResource| ObjectKey {
        namespace: resource.key.namespace,
        kind: resource.kind,
        name: resource.key.name,
    };
    resources
        .iter()
        .filter(|resource| !resource.is_built_by(&bundle.project) && built.contains(&key(resource)))
        .map(|resource| {
            Diagnostic::new(
                code::FOREIGN_POLICY_WIDENS,
                format!("`{}/{}` has the name of an object that is built", resource.kind, resource.key),
                resource.span,
                "applying the bundle would overwrite this object",
            )
            .note("give it another name; or, if the policy says all that it says, delete it and its manifest first")
        })
        .collect()
}
