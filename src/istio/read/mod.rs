//! Existing YAML into typed resources: AuthorizationPolicies, PeerAuthentications and RequestAuthentications, whole
//! and strict. What Istio or Envoy would refuse is reported with the reason at its place, and left out, since it
//! does not apply in a cluster either.

mod authorization_policy;
mod condition;
mod fields;
mod lint;
mod metadata;
mod object;
mod peer_authentication;
mod refuse;
mod request_authentication;
mod source;
mod target;

pub use lint::selects_nothing;

use std::collections::HashSet;

use indexmap::IndexMap;
use indexmap::map::Entry;
use rayon::prelude::*;

use super::resources::{Bundle, Object, ObjectKey, Resource};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::manifests::{Document, Manifest, documents, is_generated, own_name};
use crate::source::{Span, Symbol};

/// What is among some manifests.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The objects that apply, in the order of the files, each with its place.
    pub bundle: Bundle,
    /// The objects that do not, since they are refused; the diagnostics tell why.
    pub refused: Vec<Refused>,
}

/// An object that a cluster would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which one; parts of it may be empty if just they are wrong.
    pub key: ObjectKey,
    /// Where it is declared.
    pub span: Span,
}

/// Reads Istio's security resources (`security.istio.io/v1` and `v1beta1`). Other kinds are left to
/// [`crate::graph::manifests::read_cluster`], which is given the same manifests.
pub fn read<'a>(
    manifests: impl IntoIterator<Item = &'a Manifest>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Reading {
    let mut objects: IndexMap<ObjectKey, Object> = IndexMap::new();
    let mut refused = Vec::new();
    let documents = documents(manifests);
    diagnostics.extend(lint::not_modelled(&documents));
    let mut outcomes = read_side_by_side(&documents);
    tell_generated_apart(&mut outcomes);
    for Outcome { object, found, .. } in outcomes {
        diagnostics.extend(found);
        match object {
            Ok(object) => add(object, &mut objects, diagnostics),
            Err(object) => refused.push(object),
        }
    }
    let bundle = Bundle { project: Symbol::default(), objects: objects.into_values().collect() };
    Reading { bundle, refused }
}

/// What became of a document that is one of Istio's security resources.
struct Outcome {
    object: Result<Object, Refused>,
    found: Vec<Diagnostic>,
    is_generated: bool,
}

/// What became of each of them, in order.
fn read_side_by_side(documents: &[Document<'_>]) -> Vec<Outcome> {
    let ours = documents.par_iter().filter_map(|document| Some((object::Kind::of(document)?, document)));
    let read = |(kind, document): (object::Kind, &Document<'_>)| {
        let (object, found) = object::read(kind, document);
        Outcome { object, found, is_generated: is_generated(document) }
    };
    ours.map(read).collect()
}

/// Gives each object whose name the cluster makes a name that no other one has.
fn tell_generated_apart(outcomes: &mut [Outcome]) {
    let mut generated: Vec<&mut Object> = Vec::new();
    let mut taken: HashSet<ObjectKey> = HashSet::new();
    for outcome in outcomes {
        let Ok(object) = &mut outcome.object else { continue };
        if outcome.is_generated {
            generated.push(object);
        } else {
            taken.insert(object.resource.key());
        }
    }
    for object in generated {
        let key = object.resource.key();
        let is_taken = |name: &str| taken.contains(&ObjectKey { name: name.into(), ..key.clone() });
        let name = own_name(&object.resource.metadata().name, is_taken);
        object.resource.metadata_mut().name = name;
        taken.insert(object.resource.key());
    }
}

/// An object may be told twice, such as by a file and by a listing of the cluster, if both say the same.
fn add(object: Object, objects: &mut IndexMap<ObjectKey, Object>, diagnostics: &mut Vec<Diagnostic>) {
    match objects.entry(object.resource.key()) {
        Entry::Vacant(entry) => {
            entry.insert(object);
        }
        Entry::Occupied(mut entry) => {
            if !is_same(&entry.get().resource, &object.resource) {
                diagnostics.extend(declared_twice(entry.get(), &object));
            } else if entry.get().resource.metadata().creation_timestamp.is_none() {
                entry.insert(object);
            }
        }
    }
}

/// Whether two objects of one name mean the same. The cluster adds labels and annotations of its own.
pub(super) fn is_same(a: &Resource, b: &Resource) -> bool {
    let dry_run = |of: &Resource| of.metadata().annotations.get(refuse::annotation::DRY_RUN).cloned();
    let spec = match (a, b) {
        (Resource::AuthorizationPolicy(a), Resource::AuthorizationPolicy(b)) => a.spec == b.spec,
        (Resource::PeerAuthentication(a), Resource::PeerAuthentication(b)) => a.spec == b.spec,
        (Resource::RequestAuthentication(a), Resource::RequestAuthentication(b)) => a.spec == b.spec,
        (
            Resource::AuthorizationPolicy(_)
            | Resource::PeerAuthentication(_)
            | Resource::RequestAuthentication(_),
            _,
        ) => false,
    };
    spec && dry_run(a) == dry_run(b)
}

fn declared_twice(first: &Object, second: &Object) -> Option<Diagnostic> {
    let (first_place, second_place) = (first.place.as_ref()?, second.place.as_ref()?);
    let metadata = second.resource.metadata();
    let name = format!("{} {}/{}", second.resource.kind(), metadata.namespace, metadata.name);
    let message = format!("`{name}` is declared twice, and the two differ");
    Some(
        Diagnostic::new(code::CONTRADICTING_FACTS, message, second_place.object, "this one is not counted")
            .label(first_place.object, "this one is")
            .note("a cluster has one object of a name, the one that was applied last; give the files that are applied"),
    )
}
