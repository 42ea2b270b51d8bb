//! The ports of a target: which the rule covers, what they carry, and what number the workload gives them.

use std::borrow::Cow;

use super::names::Bound;
use super::services::Facts;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::graph::{Key, Protocol, Service, ServiceGraph, ServicePort, TargetPort, Workload};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::PortName;

/// A port of a target as the policy can name it, with the numbers that its workloads give it.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) label: Symbol,
    pub(super) protocol: Protocol,
    /// As its own Service declares it; `protocol` is `Auto` where another Service contradicts.
    pub(super) stated: Protocol,
    /// Workload ports: one number, or several where a named port differs between workloads.
    pub(super) numbers: Vec<u16>,
    pub(super) span: Span,
}

/// The ports that `name` or `name:port` means, those for UDP left out.
pub(super) fn ports<'s>(
    graph: &ServiceGraph,
    bound: &Bound<'s, '_>,
    name_span: Span,
    wanted: Option<&Spanned<PortName>>,
) -> Result<Cow<'s, [Port]>, Box<Diagnostic>> {
    match (bound, wanted) {
        (Bound::Service(facts), None) => every_port(graph, facts, name_span),
        (Bound::Service(facts), Some(wanted)) => one_port(graph, facts, wanted),
        (Bound::Workload(key, workloads), _) => {
            of_workload(graph, key, workloads, name_span, wanted).map(Cow::Owned)
        }
    }
}

/// The ports of a service that the mesh carries; `None` if the numbers of one are in doubt.
pub(super) fn all_of(graph: &ServiceGraph, service: &Service, workloads: &[&Workload]) -> Option<Vec<Port>> {
    carried(service).map(|port| numbers(graph, port, workloads, service.span).ok()).collect()
}

fn carried(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.ports.iter().filter(|port| port.protocol != Protocol::Udp)
}

fn every_port<'s>(
    graph: &ServiceGraph,
    facts: &'s Facts<'_>,
    name_span: Span,
) -> Result<Cow<'s, [Port]>, Box<Diagnostic>> {
    let Facts { service, workloads, .. } = facts;
    let ports = match &facts.ports {
        Some(ports) => Cow::Borrowed(ports.as_slice()),
        None => {
            let read = carried(service).map(|port| numbers(graph, port, workloads, name_span));
            Cow::Owned(read.collect::<Result<_, _>>()?)
        }
    };
    if ports.is_empty() { Err(no_port(&service.key, service.span, name_span)) } else { Ok(ports) }
}

fn one_port<'s>(
    graph: &ServiceGraph,
    facts: &'s Facts<'_>,
    wanted: &Spanned<PortName>,
) -> Result<Cow<'s, [Port]>, Box<Diagnostic>> {
    let Facts { service, workloads, .. } = facts;
    let matches = |port: &&ServicePort| match &wanted.node {
        PortName::Number(number) => port.number == *number,
        PortName::Name(name) => port.name.as_ref() == Some(name),
    };
    // A name server has one number for UDP and for TCP.
    let named = carried(service).find(matches).or_else(|| service.ports.iter().find(matches));
    match named {
        Some(port) if port.protocol == Protocol::Udp => Err(Box::new(
            Diagnostic::new(
                code::UNKNOWN_PORT,
                format!("port {} of `{}` is UDP", port.number, service.key),
                wanted.span,
                "the mesh does not carry UDP, so no rule can hold there",
            )
            .label(port.span, "declared here"),
        )),
        Some(port) => match &facts.ports {
            Some(ports) => {
                let position = carried(service).take_while(|other| !std::ptr::eq(*other, port)).count();
                Ok(Cow::Borrowed(&ports[position..=position]))
            }
            None => Ok(Cow::Owned(vec![numbers(graph, port, workloads, wanted.span)?])),
        },
        None => Err(unknown_port(service, workloads, wanted)),
    }
}

/// The workload's numbers of a service port.
fn numbers(
    graph: &ServiceGraph,
    port: &ServicePort,
    workloads: &[&Workload],
    span: Span,
) -> Result<Port, Box<Diagnostic>> {
    let numbers = match &port.target {
        TargetPort::Number(number) => vec![*number],
        TargetPort::Name(name) => {
            let mut numbers: Vec<u16> =
                workloads.iter().filter_map(|workload| port.number_at(workload)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            if numbers.is_empty() {
                return Err(unresolved(port, name, workloads, span));
            }
            if numbers.len() > 1 {
                refuse_mixed(graph, name, &numbers, workloads, port, span)?;
            }
            numbers
        }
    };
    let label = port.name.unwrap_or_else(|| Symbol::from(port.number.to_string()));
    if let Some(protocol) = served(graph, workloads, |workload| port.number_at(workload)) {
        return Ok(Port { label, protocol, stated: protocol, numbers, span: port.span });
    }
    let stated = port.protocol;
    let protocol = if is_disputed(stated, &numbers, workloads) { Protocol::Auto } else { stated };
    Ok(Port { label, protocol, stated, numbers, span: port.span })
}

/// What the servers of gateways say about a port, where all pods are gateways: they end TLS, and what the Service in front
/// of them calls the port has no meaning.
fn served(
    graph: &ServiceGraph,
    workloads: &[&Workload],
    port: impl Fn(&Workload) -> Option<u16>,
) -> Option<Protocol> {
    let mut all = workloads.iter().map(|workload| graph.served(workload, port(workload)?));
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// Where another Service calls the same port of a workload something else, the older of the two decides, and
/// which one that is no manifest tells: then it is as good as not declared.
fn is_disputed(protocol: Protocol, numbers: &[u16], workloads: &[&Workload]) -> bool {
    workloads
        .iter()
        .flat_map(|workload| &workload.declared)
        .any(|(number, other)| numbers.contains(number) && contradict(*other, protocol))
}

/// All numbers of a named port go into one policy for all pods. What is this port in one pod must not be another
/// port in the next.
fn refuse_mixed(
    graph: &ServiceGraph,
    name: &str,
    numbers: &[u16],
    workloads: &[&Workload],
    port: &ServicePort,
    span: Span,
) -> Result<(), Box<Diagnostic>> {
    for workload in workloads {
        let is_named = |number: u16| {
            workload.ports.iter().any(|port| port.number == number && port.name.as_deref() == Some(name))
        };
        for &number in numbers.iter().filter(|number| !is_named(**number)) {
            let declared = workload.ports.iter().any(|port| !port.udp && port.number == number);
            let service = graph
                .services_in(&workload.key.namespace)
                .filter(|service| graph.workloads_of(service).iter().any(|found| found.key == workload.key))
                .flat_map(|service| &service.ports)
                .find(|port| port.number_at(workload) == Some(number));
            if declared || service.is_some() {
                let at = service.map_or(workload.span, |port| port.span);
                return Err(mixed(name, number, workload, at, port, span));
            }
        }
    }
    Ok(())
}

fn mixed(
    name: &str,
    number: u16,
    workload: &Workload,
    at: Span,
    port: &ServicePort,
    span: Span,
) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::MIXED_TARGET_PORT,
            format!(
                "`{name}` is port {number} of some pods, and port {number} of `{}` is another",
                workload.key
            ),
            span,
            format!("a policy for these pods would hold for port {number} of all of them"),
        )
        .label(port.span, format!("`targetPort: {name}` has several numbers"))
        .label(at, format!("port {number} of `{}` is used otherwise", workload.key))
        .note("give the port the same number in all pods, or a Service of its own to each kind of them"),
    )
}

/// Whether two Services that declare one port so can not both be obeyed. Istio takes what comes to the number of a UDP
/// port for raw TCP.
pub(super) fn contradict(a: Protocol, b: Protocol) -> bool {
    a.is_http() != b.is_http() || is_raw(a) != is_raw(b)
}

fn is_raw(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tcp | Protocol::Udp)
}

fn unresolved(port: &ServicePort, name: &str, workloads: &[&Workload], span: Span) -> Box<Diagnostic> {
    let mut diagnostic = Diagnostic::new(
        code::UNRESOLVED_TARGET_PORT,
        format!("no workload declares the port `{name}` that service port {} leads to", port.number),
        span,
        "the number that Istio compares is not known",
    )
    .label(port.span, format!("`targetPort: {name}`"));
    if let Some(workload) = workloads.first() {
        diagnostic = diagnostic.label(workload.span, "no container port here has this name");
    }
    let known = workloads.iter().flat_map(|workload| &workload.ports).filter_map(|port| port.name.as_deref());
    diagnostic.notes.extend(did_you_mean(name, known));
    Box::new(diagnostic.note("name the container port, or write the number as `targetPort`"))
}

/// So many ports of a service are listed, and may have been meant.
const MOST_LISTED: usize = 50;

fn unknown_port(service: &Service, workloads: &[&Workload], wanted: &Spanned<PortName>) -> Box<Diagnostic> {
    let shown = match &wanted.node {
        PortName::Number(number) => number.to_string(),
        PortName::Name(name) => name.to_string(),
    };
    let mut diagnostic = Diagnostic::new(
        code::UNKNOWN_PORT,
        format!("`{}` has no port `{shown}`", service.key),
        wanted.span,
        "not a port of this service",
    );
    let leads_there = service.ports.iter().find(|port| match (&port.target, &wanted.node) {
        (TargetPort::Number(target), PortName::Number(number)) => target == number,
        (TargetPort::Name(target), PortName::Name(name)) => target == name,
        (TargetPort::Name(_), PortName::Number(number)) => {
            workloads.iter().any(|workload| port.number_at(workload) == Some(*number))
        }
        (TargetPort::Number(_), PortName::Name(_)) => false,
    });
    if let Some(port) = leads_there {
        return Box::new(
            diagnostic
                .label(
                    port.span,
                    format!("`{shown}` is the workload's port behind service port {}", port.number),
                )
                .note(format!("write `:{}`; a rule names the port that clients use", port.number))
                .fix(format!("write `{}`", port.number), wanted.span, port.number.to_string()),
        );
    }
    let known: Vec<String> = service
        .ports
        .iter()
        .take(MOST_LISTED)
        .map(|port| port.name.as_ref().map_or_else(|| port.number.to_string(), ToString::to_string))
        .collect();
    diagnostic.notes.extend(did_you_mean(&shown, known.iter().map(String::as_str)));
    let list = service.ports.iter().take(MOST_LISTED).map(|port| match &port.name {
        Some(name) => format!("`{}` (`{name}`)", port.number),
        None => format!("`{}`", port.number),
    });
    let more = if service.ports.len() > MOST_LISTED { ", …" } else { "" };
    diagnostic.notes.push(format!("its ports are {}{more}", list.collect::<Vec<_>>().join(", ")));
    Box::new(diagnostic.label(service.span, "declared here"))
}

/// A workload without a Service of its name has the ports that its containers declare; what they carry is declared by
/// other Services in front of it, if at all.
fn of_workload(
    graph: &ServiceGraph,
    key: &Key,
    workloads: &[&Workload],
    name_span: Span,
    wanted: Option<&Spanned<PortName>>,
) -> Result<Vec<Port>, Box<Diagnostic>> {
    let declared: Vec<_> =
        workloads.iter().flat_map(|workload| &workload.ports).filter(|port| !port.udp).collect();
    let matches = |port: &&&crate::graph::ContainerPort| match wanted.map(|wanted| &wanted.node) {
        Some(PortName::Number(number)) => port.number == *number,
        Some(PortName::Name(name)) => port.name.as_ref() == Some(name),
        None => true,
    };
    let mut numbers: Vec<u16> = declared.iter().filter(matches).map(|port| port.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let at = workloads[0].span;
    match (numbers.is_empty(), wanted) {
        (true, None) => Err(no_port(key, at, name_span)),
        (true, Some(wanted)) => Err(Box::new(
            Diagnostic::new(
                code::UNKNOWN_PORT,
                format!("no container of `{key}` declares this port"),
                wanted.span,
                "not declared",
            )
            .label(at, "declared here, without a Service in front of it")
            .note("add the port to the container, or a Service in front of the workload"),
        )),
        (false, _) => Ok(numbers
            .into_iter()
            .map(|number| {
                let protocol = served(graph, workloads, |_| Some(number))
                    .or_else(|| declared_in_front(workloads, number))
                    .unwrap_or(Protocol::Auto);
                Port {
                    label: Symbol::from(number.to_string()),
                    protocol,
                    stated: protocol,
                    numbers: vec![number],
                    span: at,
                }
            })
            .collect()),
    }
}

/// What the Services in front of workloads call one of their ports, if all of them say the same for each workload. The
/// number of a UDP port is not declared for TCP.
fn declared_in_front(workloads: &[&Workload], number: u16) -> Option<Protocol> {
    let of = |workload: &&Workload| {
        let mut declared = workload.declared.iter().filter(|(port, _)| *port == number);
        let (_, first) = declared.next()?;
        declared.all(|(_, other)| other == first).then_some(*first)
    };
    let mut all = workloads.iter().map(of);
    let first = all.next()??;
    (first != Protocol::Udp && all.all(|other| other == Some(first))).then_some(first)
}

fn no_port(key: &Key, declared: Span, span: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::UNKNOWN_PORT,
            format!("`{key}` has no port that the mesh carries"),
            span,
            "a rule opens ports, and none is known",
        )
        .label(declared, "declared here")
        .note("declare its TCP ports in the Service, or in the containers of the workload"),
    )
}
