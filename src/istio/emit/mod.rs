//! From a checked policy to Istio's objects. What is emitted means exactly what the policy says; what Istio's
//! CRDs, its webhook or Envoy would refuse becomes a diagnostic and is left out.
//!
//! ```text
//! rules ─▶ namespaces ─▶ workload sets ─▶ grants ─▶ Istio rules ─▶ policies of a size that a cluster takes
//!          (in parallel)  (one selector)  (merged)   (from, to)     (split where too large)
//! ```

mod annotation;
mod fingerprint;
mod grant;
mod mtls;
mod name;
mod namespace;
mod operation;
mod refuse;
mod rule;
mod size;
mod source;
mod split;
mod workload_set;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use self::namespace::NamespaceParts;
use super::resources::{Bundle, Object};
use crate::diagnostic::{self, Diagnostic};
use crate::policy::{Mesh, MtlsScope, Policy};
use crate::source::Symbol;

/// How large one object may grow before it is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rules of one policy; the CRD takes 512.
    pub rules: usize,
    /// Entries in one `from`; the CRD takes 512.
    pub sources: usize,
    /// Bytes of the rules of one policy.
    pub bytes: usize,
    /// Bytes of the annotation that names the statements; the three others have a quarter of it each.
    pub annotation: usize,
}

impl Default for Limits {
    /// An object may have 1 MiB and its annotations 256 KiB. `kubectl apply` keeps a copy of the whole object in
    /// one more annotation, so it is the smaller limit that the rules and twice our own annotations must fit.
    fn default() -> Self {
        Self { rules: 512, sources: 512, bytes: 128 * 1024, annotation: 24 * 1024 }
    }
}

/// What all namespaces share.
struct Context<'a> {
    project: &'a str,
    mesh: &'a Mesh,
    limits: &'a Limits,
}

/// What a part of a policy becomes, and what had to be left out.
#[derive(Default)]
struct Emitted {
    objects: Vec<Object>,
    diagnostics: Vec<Diagnostic>,
}

impl Emitted {
    fn append(&mut self, mut other: Self) {
        self.objects.append(&mut other.objects);
        self.diagnostics.append(&mut other.diagnostics);
    }
}

/// The objects of a policy in the order in which they are to be applied, and what Istio would refuse.
///
/// Namespace after namespace, the root namespace last, since what stands there holds for all. Inside:
/// `PeerAuthentication` from the narrowest to the widest, so that an exception stands before the rule that it
/// is excepted from, and before the policies, so that an identity that a policy asks for can arrive; then
/// DENY, which closes only what shall be closed; then ALLOW; then the default deny, when all that may pass is
/// already allowed.
pub fn emit(policy: &Policy) -> (Bundle, Vec<Diagnostic>) {
    emit_within(policy, &Limits::default())
}

/// As [`emit`], with limits of one's own.
pub fn emit_within(policy: &Policy, limits: &Limits) -> (Bundle, Vec<Diagnostic>) {
    emit_parts(policy, limits, |_| true)
}

/// The objects in some namespaces, and those of the root namespace, which hold in each: all of [`emit`] that decides there.
pub fn emit_around(policy: &Policy, namespaces: &BTreeSet<Symbol>) -> Bundle {
    emit_parts(policy, &Limits::default(), |name| namespaces.contains(&name)).0
}

fn emit_parts(
    policy: &Policy,
    limits: &Limits,
    is_wanted: impl Fn(Symbol) -> bool + Sync,
) -> (Bundle, Vec<Diagnostic>) {
    let context = Context { project: &policy.project, mesh: &policy.mesh, limits };
    let parts: Vec<Emitted> = by_namespace(policy)
        .into_par_iter()
        .filter(|namespace| namespace.is_root || is_wanted(namespace.name))
        .map(|namespace| namespace::emit(&context, &namespace))
        .collect();

    let mut all = Emitted::default();
    for part in parts {
        all.append(part);
    }
    // A statement with two targets is refused once.
    diagnostic::sort(&mut all.diagnostics);
    all.diagnostics.dedup();
    (Bundle { project: policy.project, objects: all.objects }, all.diagnostics)
}

/// The parts of a policy that belong to one namespace, sorted by name, the root namespace last.
fn by_namespace(policy: &Policy) -> Vec<NamespaceParts<'_>> {
    let mut namespaces = Namespaces { root: policy.mesh.root_namespace, parts: BTreeMap::new() };
    if policy.mesh.default_deny_mesh {
        namespaces.of(policy.mesh.root_namespace);
    }
    for covered in &policy.covered {
        namespaces.of(covered.namespace).covered = Some(covered);
    }
    for rule in &policy.rules {
        namespaces.of(rule.target.namespace).rules.push(rule);
    }
    for mtls in &policy.mtls {
        let namespace = match &mtls.scope {
            MtlsScope::Mesh => policy.mesh.root_namespace,
            MtlsScope::Namespace(namespace) | MtlsScope::Workload { namespace, .. } => *namespace,
        };
        namespaces.of(namespace).mtls.push(mtls);
    }
    namespaces.parts.into_values().collect()
}

struct Namespaces<'a> {
    root: Symbol,
    parts: BTreeMap<(bool, Symbol), NamespaceParts<'a>>,
}

impl<'a> Namespaces<'a> {
    fn of(&mut self, name: Symbol) -> &mut NamespaceParts<'a> {
        let is_root = name == self.root;
        self.parts.entry((is_root, name)).or_insert_with(|| NamespaceParts::new(name, is_root))
    }
}
