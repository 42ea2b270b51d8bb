//! One object in several documents: what they agree on is one fact, what only one of them says is added, and
//! what they say differently is reported with both places.

use std::collections::HashMap;
use std::sync::Arc;

use super::fields::Fields;
use super::owner::Controller;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::Interception;
use crate::graph::model::{
    Backend, Key, Labels, Namespace, Protocol, Proxy, Service, ServiceGraph, ServicePort, TargetPort,
    Workload,
};
use crate::source::{Span, Symbol};

/// Finds workloads by kind and key while they are being added.
pub(super) struct Workloads {
    positions: HashMap<(Symbol, Key), usize>,
}

impl Workloads {
    pub(super) fn new(graph: &ServiceGraph) -> Self {
        let key = |workload: &Workload| (workload.kind, workload.key);
        let positions = graph.workloads.iter().enumerate();
        Self { positions: positions.map(|(position, workload)| (key(workload), position)).collect() }
    }

    /// Adds a workload. A pod of a controller that is listed itself tells only what became of it, namely whether it
    /// got a sidecar.
    pub(super) fn add(
        &mut self,
        mut workload: Workload,
        controller: Controller,
        graph: &mut ServiceGraph,
        fields: &mut Fields<'_>,
    ) {
        let key = (workload.kind, workload.key);
        let Some(known) = self.positions.get(&key).map(|position| &mut graph.workloads[*position]) else {
            // The controller of an observed pod was refused with a diagnostic.
            if controller != Controller::Listed {
                self.positions.insert(key, graph.workloads.len());
                graph.workloads.push(workload);
            }
            return;
        };
        if controller != Controller::Absent {
            let shown = std::mem::replace(&mut workload.proxy, Proxy::Unknown);
            observe(&mut known.proxy, shown);
        }
        if controller != Controller::Listed {
            merge_workload(known, workload, fields);
        }
    }
}

/// One pod without a sidecar is a way past it, whatever its controller or the other pods have.
fn observe(known: &mut Proxy, shown: Proxy) {
    match (&known, &shown) {
        (Proxy::Unknown, _) | (Proxy::Injected(_), Proxy::Absent(..)) => *known = shown,
        (Proxy::Injected(_), Proxy::Injected(_) | Proxy::Unknown) | (Proxy::Absent(..), _) => {}
    }
}

fn merge_workload(known: &mut Workload, new: Workload, fields: &mut Fields<'_>) {
    let name = format!("{} `{}`", known.kind, known.key);
    if known.labels.is_empty() {
        known.labels = new.labels;
    } else if !new.labels.is_empty() && known.labels != new.labels {
        let what = format!("{name} is declared twice, with different pod labels");
        let [first, second] = [&known.labels, &new.labels].map(|labels| format!("`{}`", show(labels)));
        contradiction(what, (known.span, first), (new.span, second), fields);
    }
    if new.account_stated && !known.account_stated {
        known.account = new.account;
        known.account_stated = true;
    } else if new.account_stated && known.account != new.account {
        let what = format!("{name} is declared twice, with different accounts");
        let [first, second] = [&known.account, &new.account].map(|account| format!("`{}`", account.node));
        contradiction(what, (known.account.span, first), (new.account.span, second), fields);
    }
    for port in new.ports {
        if !known.ports.contains(&port) {
            known.ports.push(port);
        }
    }
    for probe in new.probes {
        if !known.probes.contains(&probe) {
            known.probes.push(probe);
        }
    }
    match (&known.proxy, new.proxy) {
        (Proxy::Unknown, proxy) => known.proxy = proxy,
        (Proxy::Injected(_), Proxy::Injected(_) | Proxy::Unknown)
        | (Proxy::Absent(..), Proxy::Absent(..) | Proxy::Unknown) => {}
        (Proxy::Injected(with), Proxy::Absent(without, reason)) => {
            let what = format!("{name} is declared twice, with and without a sidecar");
            contradiction(what, (*with, "this gives it a sidecar".to_owned()), (without, reason), fields);
        }
        (Proxy::Absent(without, reason), Proxy::Injected(with)) => {
            let what = format!("{name} is declared twice, without and with a sidecar");
            let second = (with, "this gives it a sidecar".to_owned());
            contradiction(what, (*without, reason.clone()), second, fields);
        }
    }
    merge_interception(&name, Arc::make_mut(&mut known.interception), &new.interception, fields);
    // What one of them says keeps traffic from the ztunnel, and the other one only does not say.
    known.capture = known.capture.max(new.capture);
}

fn merge_interception(name: &str, known: &mut Interception, new: &Interception, fields: &mut Fields<'_>) {
    known.nothing = known.nothing.or(new.nothing);
    known.of_proxy.extend(&new.of_proxy);
    known.of_proxy.sort_unstable();
    known.of_proxy.dedup();
    let both = [(&mut known.include, &new.include), (&mut known.exclude, &new.exclude)];
    for (known, new) in both {
        match (known.as_ref(), new) {
            (None, new) => known.clone_from(new),
            (Some(known), Some(new)) if known != new => {
                let what = format!("{name} is declared twice, with different intercepted ports");
                let first = (known.span, "these ports".to_owned());
                contradiction(what, first, (new.span, "other ports".to_owned()), fields);
            }
            (Some(_), Some(_) | None) => {}
        }
    }
}

/// Adds a Service that a manifest declares.
pub(super) fn add_service(new: Service, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let Some(known) = graph.services.get_mut(&new.key) else {
        graph.services.insert(new.key, new);
        return;
    };
    merge_backend(known, &new, fields);
    let name = format!("service `{}`", new.key);
    let (first, second) = (known.span, new.span);
    merge_labels(&name, (&mut known.labels, first), (new.labels, second), fields);
    known.headless |= new.headless;
    for port in new.ports {
        let same = |other: &&ServicePort| {
            let same_number = other.number == port.number && is_udp(other) == is_udp(&port);
            same_number || (port.name.is_some() && other.name == port.name)
        };
        match known.ports.iter().find(same) {
            None => known.ports.push(port),
            Some(other) if agree(other, &port) => {}
            Some(other) => {
                let what = format!("service `{}` is declared twice, with different ports", new.key);
                let [first, second] = [other, &port].map(show_port);
                contradiction(what, (other.span, first), (port.span, second), fields);
            }
        }
    }
}

/// A document without ports and selector is a part of a service, and says nothing about what it leaves out.
fn merge_backend(known: &mut Service, new: &Service, fields: &mut Fields<'_>) {
    if known.backend == new.backend {
        return;
    }
    let says_nothing = |service: &Service| service.backend == Backend::NoSelector && service.ports.is_empty();
    if says_nothing(known) {
        known.backend = new.backend.clone();
    } else if !says_nothing(new) {
        let both_select =
            matches!((&known.backend, &new.backend), (Backend::Selector(_), Backend::Selector(_)));
        let what = if both_select { "with different selectors" } else { "with and without a selector" };
        let what = format!("service `{}` is declared twice, {what}", known.key);
        let [first, second] = [&known.backend, &new.backend].map(show_backend);
        contradiction(what, (place(known), first), (place(new), second), fields);
    }
}

fn place(service: &Service) -> Span {
    match &service.backend {
        Backend::Selector(selector) => selector.span,
        Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry => service.span,
    }
}

/// Adds what a Namespace object says.
pub(super) fn add_namespace(name: &str, new: Namespace, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let Some(known) = graph.namespaces.get_mut(name).filter(|known| known.declared) else {
        graph.namespaces.insert(Symbol::new(name), new);
        return;
    };
    let name = format!("namespace `{name}`");
    let first = known.span;
    merge_labels(&name, (&mut known.labels, first), (new.labels, new.span), fields);
}

fn merge_labels(
    name: &str,
    (known, first): (&mut Labels, Span),
    (new, second): (Labels, Span),
    fields: &mut Fields<'_>,
) {
    for (key, value) in new {
        match known.get(&key) {
            Some(other) if *other != value => {
                let what = format!("{name} is declared twice, with different labels");
                let first = (first, format!("`{key}: {other}`"));
                contradiction(what, first, (second, format!("`{key}: {value}`")), fields);
            }
            Some(_) => {}
            None => {
                known.insert(key, value);
            }
        }
    }
}

/// Each place comes with what is said there.
fn contradiction(what: String, first: (Span, String), second: (Span, String), fields: &mut Fields<'_>) {
    let diagnostic =
        Diagnostic::new(code::CONTRADICTING_FACTS, what, second.0, second.1).label(first.0, first.1).note(
            "only one of them can be applied; give meshward the files that are, or render the overlays first",
        );
    fields.report(diagnostic);
}

fn agree(a: &ServicePort, b: &ServicePort) -> bool {
    let same_place = a.number == b.number && a.name == b.name && a.target == b.target;
    same_place && a.protocol == b.protocol && a.is_tls == b.is_tls
}

fn is_udp(port: &ServicePort) -> bool {
    port.protocol == Protocol::Udp
}

/// `http 80 -> 8080`
fn show_port(port: &ServicePort) -> String {
    let name = port.name.as_ref().map_or(String::new(), |name| format!("{name} "));
    let number = port.number;
    match &port.target {
        TargetPort::Number(target) => format!("`{name}{number} -> {target}`"),
        TargetPort::Name(target) => format!("`{name}{number} -> {target}`"),
    }
}

fn show_backend(backend: &Backend) -> String {
    match backend {
        Backend::Selector(selector) => format!("selects `{}`", show(&selector.node)),
        Backend::NoSelector => "has no selector".to_owned(),
        Backend::ExternalName => "is an external name".to_owned(),
        Backend::ServiceEntry => "is a ServiceEntry".to_owned(),
    }
}

fn show(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ")
}
