//! `foreign-policy-widens` and `foreign-policy`: Istio security resources among the manifests that this project
//! did not make. Istio adds them to ours, and some of them open what ours close.

use std::collections::HashSet;

use super::View;
use crate::check::Modes;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::{SecurityResource, Workload, selects};
use crate::policy::{Mtls, MtlsMode, MtlsScope};

/// What a resource of others does to this project's policies.
enum Effect<'a> {
    /// It opens what ours close.
    Widens { how: String, pods: Option<&'a Workload> },
    /// It takes part in what ours decide.
    TakesPart { how: &'static str },
    /// It has nothing to do with what is protected here.
    None,
}

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.extend(matching_nothing(view));
    let accepted: HashSet<&str> = view.project.foreign.iter().map(|entry| entry.node.as_str()).collect();
    for resource in view.graph.resources.iter().filter(|resource| !resource.is_built_by(&view.policy.project))
    {
        let name = format!("{}/{}", resource.kind, resource.key);
        match (effect(view, resource), accepted.contains(name.as_str())) {
            (Effect::Widens { how, pods }, false) => diagnostics.push(widens(resource, &name, how, pods)),
            (Effect::TakesPart { how }, false) => diagnostics.push(takes_part(resource, &name, how)),
            (Effect::Widens { how, .. }, true) => diagnostics.push(accepted_though(resource, &name, how)),
            (Effect::TakesPart { .. }, true) | (Effect::None, _) => {}
        }
    }
}

/// The entries of `foreign:` that accept no resource: misspelled, or left behind when the resource went.
fn matching_nothing(view: &View<'_>) -> Vec<Diagnostic> {
    let foreign = view.graph.resources.iter().filter(|found| !found.is_built_by(&view.policy.project));
    let names: Vec<String> = foreign.map(|found| format!("{}/{}", found.kind, found.key)).collect();
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    let useless = view.project.foreign.iter().filter(|entry| !known.contains(entry.as_str()));
    useless
        .map(|entry| {
            let mut diagnostic = Diagnostic::new(
                code::FOREIGN_POLICY,
                format!("`foreign:` accepts `{}`, which is not among the manifests", entry.node),
                entry.span,
                "accepts nothing now, and one day a resource that nobody has looked at",
            );
            diagnostic.notes.extend(did_you_mean(entry, known.iter().copied()));
            diagnostic.note("remove the entry")
        })
        .collect()
}

fn effect<'a>(view: &View<'a>, resource: &'a SecurityResource) -> Effect<'a> {
    let in_root = resource.key.namespace == view.policy.mesh.root_namespace;
    if !in_root && !view.denies_by_default(&resource.key.namespace) {
        return Effect::None;
    }
    match resource.kind.as_str() {
        "PeerAuthentication" if in_root => mesh_wide_mtls(view, resource),
        "PeerAuthentication" => mtls(view, resource),
        "AuthorizationPolicy" => authorization(view, resource, in_root),
        _ => Effect::TakesPart { how: "decides on requests to pods of this project too" },
    }
}

fn authorization<'a>(view: &View<'a>, resource: &'a SecurityResource, in_root: bool) -> Effect<'a> {
    if resource.action != "ALLOW" {
        return Effect::TakesPart { how: "may refuse what this project allows" };
    }
    if resource.rules == 0 {
        return Effect::TakesPart { how: "denies by default, as this project does itself" };
    }
    match protected_pod(view, resource, in_root) {
        Some(pods) => Effect::Widens {
            how: "Istio admits what any ALLOW admits, so what it allows is open whatever the policy says"
                .to_owned(),
            pods: Some(pods),
        },
        None => Effect::TakesPart { how: "an ALLOW that selects no known pod of this project yet" },
    }
}

/// A pod with a default deny that the resource selects.
fn protected_pod<'a>(view: &View<'a>, resource: &'a SecurityResource, in_root: bool) -> Option<&'a Workload> {
    view.policy
        .covered
        .iter()
        .filter(|covered| covered.open.is_none() && (in_root || covered.namespace == resource.key.namespace))
        .find_map(|covered| view.graph.select(&covered.namespace, &resource.selector).next())
}

/// In the root namespace only a resource of the mesh's own scope matters: a namespace's mode beats the mesh's,
/// and Istio ignores a selector there.
fn mesh_wide_mtls<'a>(view: &View<'_>, resource: &SecurityResource) -> Effect<'a> {
    let ours = view.policy.mtls.iter().any(|mtls| mtls.scope == MtlsScope::Mesh);
    match (ours && resource.selector.is_empty(), is_strict(resource)) {
        (true, false) => Effect::Widens {
            how: "the older of two for the whole mesh wins, and this one is not strict".to_owned(),
            pods: None,
        },
        (true, true) => {
            Effect::TakesPart { how: "the older of two for the whole mesh wins, whichever it is" }
        }
        (false, _) => Effect::None,
    }
}

fn mtls<'a>(view: &View<'a>, resource: &'a SecurityResource) -> Effect<'a> {
    let mut ours = view.policy.mtls.iter().filter(|mtls| is_same_scope(view, mtls, resource));
    let has_ours = ours.clone().next().is_some();
    if ours.any(asks_for_strict) && !is_strict(resource) {
        return Effect::Widens {
            how: "the older of two with the same scope wins, and this one is not strict".to_owned(),
            pods: None,
        };
    }
    if let Some(mode) = resource.modes.iter().find(|mode| matches!(mode.as_str(), "PERMISSIVE" | "DISABLE"))
        && let Some(pods) = strict_pod(view, resource)
    {
        return Effect::Widens {
            how: format!("its mode {mode} lets plaintext in, where this project asks for strict mutual TLS"),
            pods: Some(pods),
        };
    }
    Effect::TakesPart {
        how: if has_ours {
            "the older of two with the same scope wins, whichever it is"
        } else {
            "sets the mutual TLS mode of pods of this project"
        },
    }
}

fn asks_for_strict(mtls: &Mtls) -> bool {
    mtls.mode.iter().chain(mtls.ports.values()).any(|mode| *mode == MtlsMode::Strict)
}

/// A pod that the resource selects and that takes no plaintext by this project's statements. No service has the
/// port 0, so it stands for the ports that no statement names.
fn strict_pod<'a>(view: &View<'a>, resource: &'a SecurityResource) -> Option<&'a Workload> {
    let modes = Modes::of(view.policy);
    let mut pods = view.graph.select(&resource.key.namespace, &resource.selector);
    pods.find(|pods| modes.effective(view.graph, pods, 0).mode == MtlsMode::Strict)
}

/// Whether Istio takes only one of the two for some pods: both are for a namespace, or both select the same pod.
fn is_same_scope(view: &View<'_>, mtls: &Mtls, resource: &SecurityResource) -> bool {
    match &mtls.scope {
        MtlsScope::Mesh => false,
        MtlsScope::Namespace(namespace) => {
            *namespace == resource.key.namespace && resource.selector.is_empty()
        }
        MtlsScope::Workload { namespace, selector, .. } => {
            let takes = |pods: &Workload| selects(selector, &pods.labels);
            *namespace == resource.key.namespace
                && !resource.selector.is_empty()
                && (**selector == resource.selector
                    || view.graph.select(namespace, &resource.selector).any(takes))
        }
    }
}

/// A resource that sets no mode takes the one of the scope above it, which may be anything.
fn is_strict(resource: &SecurityResource) -> bool {
    !resource.modes.is_empty() && resource.modes.iter().all(|mode| mode == "STRICT")
}

fn widens(resource: &SecurityResource, name: &str, how: String, pods: Option<&Workload>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        code::FOREIGN_POLICY_WIDENS,
        format!("`{name}` may widen what this project closes"),
        resource.span,
        how,
    );
    let diagnostic = match pods {
        Some(pods) => diagnostic.label(pods.span, format!("it holds for the pods of `{}`", pods.key)),
        None => diagnostic,
    };
    let instead = match resource.kind.as_str() {
        "PeerAuthentication" => {
            "remove it; where plaintext has to be let in, say so in the policy: `mtls permissive … because \"…\"`"
        }
        _ => "remove it, and say in the policy what has to be allowed",
    };
    diagnostic.note(instead).note(format!("or accept it in meshward.yaml: `foreign: [{name}]`"))
}

/// What is listed under `foreign:` builds, but is not forgotten.
fn accepted_though(resource: &SecurityResource, name: &str, how: String) -> Diagnostic {
    Diagnostic::new(
        code::FOREIGN_POLICY,
        format!("`{name}` is accepted under `foreign:` and may open more than the policy says"),
        resource.span,
        how,
    )
    .note("write what it allows as rules and remove it, so that the policy tells all there is")
}

fn takes_part(resource: &SecurityResource, name: &str, how: &str) -> Diagnostic {
    Diagnostic::new(code::FOREIGN_POLICY, format!("`{name}` is not part of this policy"), resource.span, how)
        .note(format!("accept it in meshward.yaml if it is meant: `foreign: [{name}]`"))
}
