//! The workloads behind a service of a native file: those of manifests, else the one that it implies.

use super::join::contradiction;
use super::model::NativeService;
use crate::diagnostic::Diagnostic;
use crate::graph::Interception;
use crate::graph::model::{
    Capture, ContainerPort, Labels, Protocol, Proxy, ServiceGraph, TargetPort, Workload, selects,
};
use crate::source::{Spanned, Symbol};

/// Positions of the workloads that a manifest shows behind the selector.
pub(super) fn workloads_behind(
    native: &NativeService,
    selector: &Labels,
    graph: &ServiceGraph,
) -> Vec<usize> {
    if selector.is_empty() {
        return Vec::new();
    }
    graph.select_positions(&native.key.namespace, selector).collect()
}

/// Completes a workload of a manifest by what is stated about its service.
pub(super) fn join_workload(
    native: &NativeService,
    selector: &Labels,
    known: &mut Workload,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = format!("{} `{}`", known.kind, known.key);
    // Labels that are not even selected were reported with the selector.
    if let Some(labels) = native.labels.as_ref().filter(|labels| selects(selector, labels))
        && let Some((key, value)) = labels.iter().find(|(key, value)| known.labels.get(*key) != Some(*value))
    {
        let what = format!("the pods of {name} do not have the label `{key}: {value}`");
        let first = (known.span, "declared here".to_owned());
        diagnostics.push(contradiction(what, first, (labels.span, "stated here".to_owned())));
    }
    if let Some(account) = native.account.as_ref().filter(|account| account.node != known.account.node) {
        let what = format!("two service accounts for {name}");
        let reason = if known.account_stated { "" } else { ", since it names no account" };
        let first = (known.account.span, format!("runs as `{}`{reason}", known.account.node));
        diagnostics.push(contradiction(what, first, (account.span, format!("`{}` here", account.node))));
    }
    if let Some(sidecar) = &native.sidecar {
        join_sidecar(&name, sidecar, &mut known.proxy, diagnostics);
    }
}

fn join_sidecar(name: &str, stated: &Spanned<bool>, known: &mut Proxy, diagnostics: &mut Vec<Diagnostic>) {
    let (what, first, second) = match (&*known, stated.node) {
        (Proxy::Unknown, _) => {
            *known = stated_proxy(stated);
            return;
        }
        (Proxy::Injected(_), true) | (Proxy::Absent(..), false) => return,
        (Proxy::Injected(place), false) => {
            let first = (*place, "this gives it a sidecar".to_owned());
            (format!("{name} has a sidecar"), first, "without one here")
        }
        (Proxy::Absent(place, reason), true) => {
            (format!("{name} has no sidecar"), (*place, reason.clone()), "with one here")
        }
    };
    diagnostics.push(contradiction(what, first, (stated.span, second.to_owned())));
}

/// The pods that must stand behind a service of which no manifest shows any.
pub(super) fn implied_workload(native: &NativeService, selector: &Labels, graph: &ServiceGraph) -> Workload {
    let default_account = || Spanned::new(native.key.name, native.span);
    let mut numbers: Vec<(u16, bool)> = Vec::new();
    for port in &graph.services[&native.key].ports {
        if let TargetPort::Number(number) = port.target {
            numbers.push((number, port.protocol == Protocol::Udp));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    let container_port = |(number, udp)| ContainerPort { name: None, number, udp };
    Workload {
        key: native.key,
        kind: Symbol::new("Service"),
        labels: native.labels.as_ref().map_or_else(|| selector.clone(), |labels| labels.node.clone()),
        account: native.account.unwrap_or_else(default_account),
        account_stated: native.account.is_some(),
        ports: numbers.into_iter().map(container_port).collect(),
        proxy: native.sidecar.as_ref().map_or_else(|| namespace_proxy(native, graph), stated_proxy),
        interception: Interception::usual(),
        capture: Capture::default(),
        declared: Vec::new(),
        probes: Vec::new(),
        span: native.span,
    }
}

fn stated_proxy(sidecar: &Spanned<bool>) -> Proxy {
    if sidecar.node {
        Proxy::Injected(sidecar.span)
    } else {
        Proxy::Absent(sidecar.span, "the service graph says `sidecar: false`".to_owned())
    }
}

/// What the label of the namespace does to pods that say nothing.
fn namespace_proxy(native: &NativeService, graph: &ServiceGraph) -> Proxy {
    let Some(namespace) = graph.namespaces.get(&native.key.namespace) else {
        return Proxy::Unknown;
    };
    match namespace.labels.get("istio-injection").map(Symbol::as_str) {
        Some("enabled") => Proxy::Injected(namespace.span),
        Some(_) => Proxy::Absent(namespace.span, "its namespace is closed to injection".to_owned()),
        None if namespace.labels.contains_key("istio.io/rev") => Proxy::Injected(namespace.span),
        None => Proxy::Unknown,
    }
}
