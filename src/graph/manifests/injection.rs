//! Whether Istio's injector puts a sidecar into a pod: its webhooks' selectors, then the decision of the
//! injector itself, in the order in which they are asked.

use super::namespace::NamespaceFacts;
use crate::graph::model::Proxy;
use crate::source::{Span, Symbol};
use crate::yaml::Node;

/// As a label it is obeyed by the webhooks; as an annotation, the older form, by the injector alone.
pub(super) const INJECT: &str = "sidecar.istio.io/inject";
const NAMESPACE_INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// The injector writes it, so whoever has it has a sidecar.
const STATUS: &str = "sidecar.istio.io/status";
/// The CNI plugin writes it to a pod whose traffic a ztunnel takes (`cni/pkg/util/podutil.go`).
const REDIRECTION: &str = "ambient.istio.io/redirection";

/// The injector never looks at these.
const SYSTEM_NAMESPACES: &[&str] = &["kube-node-lease", "kube-public", "kube-system", "local-path-storage"];

/// What of a pod, or of a pod's template, decides.
pub(super) struct Pod<'a> {
    pub(super) metadata: Option<&'a Node>,
    pub(super) spec: &'a Node,
    /// Where it says `hostNetwork: true`, if it does.
    pub(super) on_host: Option<Span>,
    /// Its name, where it is a pod that runs.
    pub(super) running: Option<Symbol>,
    /// Where its workload is declared.
    pub(super) span: Span,
}

impl<'a> Pod<'a> {
    fn label(&self, key: &str) -> Option<(&'a str, Span)> {
        text_at(self.metadata?.get("labels")?, key)
    }

    fn annotation(&self, key: &str) -> Option<(&'a str, Span)> {
        text_at(self.metadata?.get("annotations")?, key)
    }
}

/// Decides for one pod of one namespace. A pod is injected when it is made and never again, so that what runs without
/// a sidecar has none, whatever asks for one by now.
pub(super) fn proxy(pod: &Pod<'_>, namespace: &NamespaceFacts<'_>) -> Proxy {
    if let Some(place) = present(pod) {
        return Proxy::Injected(place);
    }
    let running = pod.running.filter(|_| !has_proxy_container(pod) && pod.annotation(REDIRECTION).is_none());
    match (running, asked(pod, namespace)) {
        (Some(name), Proxy::Injected(_)) => {
            let reason = "is older than what asks for one; restart it";
            Proxy::Absent(pod.span, format!("its pod `{name}` runs without a sidecar, and {reason}"))
        }
        (Some(name), Proxy::Unknown) => {
            Proxy::Absent(pod.span, format!("its pod `{name}` runs without a sidecar"))
        }
        (Some(_) | None, asked) => asked,
    }
}

/// What becomes of a pod that is made now.
fn asked(pod: &Pod<'_>, namespace: &NamespaceFacts<'_>) -> Proxy {
    if let Some((place, reason)) = refused(pod, namespace) {
        return Proxy::Absent(place, reason);
    }
    let Some(webhook) = webhook(pod, namespace) else {
        return without_webhook(pod, namespace);
    };
    // The injector itself asks the annotation, where there is no label.
    match (pod.label(INJECT), pod.annotation(INJECT)) {
        (Some(("true", place)), _) => Proxy::Injected(place),
        (None, Some(("false", place))) => Proxy::Absent(place, opted_out()),
        (Some(_) | None, _) => Proxy::Injected(webhook),
    }
}

/// A sidecar that is already in the manifest: from a running pod, or by `istioctl kube-inject`.
fn present(pod: &Pod<'_>) -> Option<Span> {
    if let Some((_, place)) = pod.annotation(STATUS) {
        return Some(place);
    }
    let image_of = |container: &Node| {
        let image = container.get("image")?;
        let name = image.as_scalar()?.text.rsplit('/').next()?.split([':', '@']).next()?.to_owned();
        Some((name, image.span))
    };
    let images = containers(pod).filter(|container| is_proxy(container)).filter_map(image_of);
    images.filter(|(name, _)| name == "proxyv2").map(|(_, place)| place).next()
}

/// A native sidecar is an init container.
fn containers<'a>(pod: &Pod<'a>) -> impl Iterator<Item = &'a Node> {
    pod.spec.items("containers").iter().chain(pod.spec.items("initContainers"))
}

/// Whether a container is the sidecar, or the place that is left for it.
pub(super) fn is_proxy(container: &Node) -> bool {
    container.text("name").is_some_and(|name| name == "istio-proxy")
}

fn has_proxy_container(pod: &Pod<'_>) -> bool {
    containers(pod).any(is_proxy)
}

/// What no other label or annotation can overrule.
fn refused(pod: &Pod<'_>, namespace: &NamespaceFacts<'_>) -> Option<(Span, String)> {
    if let Some(place) = pod.on_host {
        return Some((place, "a pod in its node's network gets no sidecar".to_owned()));
    }
    if SYSTEM_NAMESPACES.contains(&namespace.name) {
        return Some((pod.span, format!("Istio never injects into `{}`", namespace.name)));
    }
    match pod.label(INJECT) {
        Some(("false", place)) => Some((place, opted_out())),
        Some(_) | None => None,
    }
}

/// The place that makes one of the webhooks see the pod. `istio-injection` beats `istio.io/rev`, and a
/// namespace beats its pods.
fn webhook(pod: &Pod<'_>, namespace: &NamespaceFacts<'_>) -> Option<Span> {
    match (namespace.label(NAMESPACE_INJECTION), namespace.label(REVISION)) {
        (Some(("enabled", place)), _) | (None, Some((_, place))) => Some(place),
        (Some(_), _) => None,
        (None, None) => match (pod.label(INJECT), pod.label(REVISION)) {
            (Some(("true", place)), _) | (_, Some((_, place))) => Some(place),
            (Some(_) | None, None) => None,
        },
    }
}

/// No webhook that every installation has sees the pod: it has no sidecar where something says so.
fn without_webhook(pod: &Pod<'_>, namespace: &NamespaceFacts<'_>) -> Proxy {
    if let Some((value, place)) = namespace.label(NAMESPACE_INJECTION) {
        let reason = if value == "disabled" {
            "the namespace is closed to injection, even for pods that ask for it".to_owned()
        } else {
            format!("only `enabled` injects; with `{value}` no webhook sees the namespace")
        };
        return Proxy::Absent(place, reason);
    }
    if let Some(("false", place)) = pod.annotation(INJECT) {
        return Proxy::Absent(place, opted_out());
    }
    let ambient = namespace.label(DATAPLANE_MODE).filter(|(mode, _)| *mode == "ambient");
    match (pod.label(DATAPLANE_MODE), ambient) {
        (Some(("none", place)), Some(_)) => {
            let reason = "it is taken out of the ambient data plane, and nothing injects a sidecar";
            Proxy::Absent(place, reason.to_owned())
        }
        // In a namespace that is part of it every other value leaves a pod in.
        (Some(("ambient", place)), _) | (_, Some((_, place))) => {
            Proxy::Absent(place, "it is in the ambient data plane, which has no sidecars".to_owned())
        }
        (Some(_) | None, None) => Proxy::Unknown,
    }
}

fn opted_out() -> String {
    format!("`{INJECT}: \"false\"` keeps the sidecar out")
}

fn text_at<'a>(mapping: &'a Node, key: &str) -> Option<(&'a str, Span)> {
    let node = mapping.get(key)?;
    Some((node.as_scalar()?.text.as_str(), node.span))
}
