//! One namespace: its workload sets, its transport security and its default.

use std::sync::Arc;

use super::workload_set::{self, WorkloadSet};
use super::{Context, Emitted, annotation, mtls, refuse, rule};
use crate::diagnostic::{Diagnostic, code};
use crate::istio::resources::{
    Action, AuthorizationPolicy, AuthorizationPolicySpec, Object, Resource, Rule as IstioRule,
};
use crate::policy::{Covered, Effect, Mtls, MtlsScope, Origin, Rule};
use crate::source::Symbol;

/// The parts of a policy that belong to one namespace.
pub(super) struct NamespaceParts<'a> {
    pub(super) name: Symbol,
    /// Whether its policies hold for all namespaces.
    pub(super) is_root: bool,
    pub(super) covered: Option<&'a Covered>,
    /// In the order of the policy.
    pub(super) rules: Vec<&'a Rule>,
    pub(super) mtls: Vec<&'a Mtls>,
}

impl NamespaceParts<'_> {
    pub(super) fn new(name: Symbol, is_root: bool) -> Self {
        Self { name, is_root, covered: None, rules: Vec::new(), mtls: Vec::new() }
    }
}

/// All objects of a namespace, in the order in which they are to be applied.
pub(super) fn emit(context: &Context, parts: &NamespaceParts) -> Emitted {
    let mut emitted = Emitted::default();
    let accepted = accepted_rules(context, parts, &mut emitted.diagnostics);
    let sets = workload_set::of(&accepted, &parts.mtls);

    emitted.append(transport(context, parts, &sets));
    for effect in [Effect::Deny, Effect::Allow] {
        for set in &sets {
            emitted.append(authorization(context, parts.name, set, effect));
        }
    }
    emitted.append(default_policy(context, parts));
    emitted
}

fn accepted_rules<'a>(
    context: &Context,
    parts: &NamespaceParts<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'a Rule> {
    let mut accepted = parts.rules.clone();
    accepted.retain(|rule| {
        let refusals = refuse::rule(context.mesh, rule);
        let is_accepted = refusals.is_empty();
        diagnostics.extend(refusals);
        is_accepted
    });
    accepted
}

/// The exceptions of workloads first, then what holds for the whole namespace or mesh.
fn transport(context: &Context, parts: &NamespaceParts, sets: &[WorkloadSet]) -> Emitted {
    let mut emitted = Emitted::default();
    for set in sets {
        for mtls in &set.mtls {
            emitted.append(mtls::workload(context, parts, set, mtls));
        }
    }
    for mtls in &parts.mtls {
        match &mtls.scope {
            MtlsScope::Namespace(_) => emitted.append(mtls::namespace(context, parts, mtls)),
            MtlsScope::Mesh => emitted.append(mtls::mesh(context, parts, mtls)),
            MtlsScope::Workload { .. } => {}
        }
    }
    emitted
}

/// The policy of one workload set and effect, or the policies where one would be too large.
fn authorization(context: &Context, namespace: Symbol, set: &WorkloadSet, effect: Effect) -> Emitted {
    let (rules, action, suffix) = match effect {
        Effect::Allow => (&set.allow, Action::Allow, "-allow"),
        Effect::Deny => (&set.deny, Action::Deny, "-deny"),
    };
    let (policies, diagnostics) = rule::policies(context, rules);
    let part_of_split = policies.len() > 1;
    let objects = policies
        .into_iter()
        .map(|policy| {
            let suffix =
                if part_of_split { format!("{suffix}-{}", policy.prefix) } else { suffix.to_owned() };
            let (rules, origins): (Vec<_>, Vec<_>) = policy.items.into_iter().unzip();
            let annotations = annotation::of_rules(&origins, context.limits.annotation);
            let metadata = annotation::metadata(context, namespace, set.object_name(&suffix), annotations);
            let spec = AuthorizationPolicySpec {
                selector: Some(set.selector()),
                action: Some(action),
                rules,
                ..AuthorizationPolicySpec::default()
            };
            Object {
                resource: Resource::AuthorizationPolicy(AuthorizationPolicy { metadata, spec }),
                origins,
                part_of_split,
                place: None,
            }
        })
        .collect();
    Emitted { objects, diagnostics }
}

/// What holds for requests that no other policy speaks of.
fn default_policy(context: &Context, parts: &NamespaceParts) -> Emitted {
    let denied_by_mesh = context.mesh.default_deny_mesh;
    let open = parts.covered.and_then(|covered| covered.open.as_ref());
    match (parts.is_root, open) {
        (true, open) => {
            let mut emitted = Emitted::default();
            // An allow-all there would open every namespace, and a deny-all closes every one.
            emitted.diagnostics.extend(open.filter(|_| denied_by_mesh).map(opens_the_mesh));
            emitted.objects.extend(denied_by_mesh.then(|| deny_all(context, parts.name)));
            emitted
        }
        (false, Some(open)) if denied_by_mesh => {
            Emitted { objects: vec![allow_all(context, parts.name, open)], ..Emitted::default() }
        }
        (false, Some(_)) => Emitted::default(),
        (false, None) => {
            let objects = parts.covered.map(|_| deny_all(context, parts.name)).into_iter().collect();
            Emitted { objects, ..Emitted::default() }
        }
    }
}

fn opens_the_mesh(open: &Arc<Origin>) -> Diagnostic {
    Diagnostic::new(
        code::ROOT_NAMESPACE_TARGET,
        "the root namespace can not be open under `defaultDeny: mesh`",
        open.span(),
        "this would allow everything in every namespace",
    )
    .note("open single namespaces, or set `defaultDeny: namespace` in meshward.yaml")
}

/// `spec: {}` allows nothing, and where there is an allowing policy everything else is denied.
fn deny_all(context: &Context, namespace: Symbol) -> Object {
    let metadata = annotation::metadata(context, namespace, "deny-all".to_owned(), Vec::new());
    let spec = AuthorizationPolicySpec::default();
    Object {
        resource: Resource::AuthorizationPolicy(AuthorizationPolicy { metadata, spec }),
        origins: Vec::new(),
        part_of_split: false,
        place: None,
    }
}

fn allow_all(context: &Context, namespace: Symbol, open: &Arc<Origin>) -> Object {
    let origins = vec![vec![Arc::clone(open)]];
    let annotations = annotation::of_rules(&origins, context.limits.annotation);
    let metadata = annotation::metadata(context, namespace, "allow-all".to_owned(), annotations);
    let spec = AuthorizationPolicySpec {
        action: Some(Action::Allow),
        rules: vec![IstioRule::default()],
        ..AuthorizationPolicySpec::default()
    };
    Object {
        resource: Resource::AuthorizationPolicy(AuthorizationPolicy { metadata, spec }),
        origins,
        part_of_split: false,
        place: None,
    }
}
