//! The right side of the arrow: from names to the pods that a rule protects, and every reason why Istio would
//! not protect them.

use std::borrow::Cow;
use std::sync::Arc;

use super::bounds::{bounds, can_be_protected};
use super::context::{Context, Place, missing_proxy};
use super::names::{Bound, bind, known_namespace};
use super::ports::{Port, ports};
use super::services::Services;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Backend, Labels, LeftOut, Service, ServiceGraph, ServicePort, Workload, selects};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{self, Effect, PortName, TargetName};

/// The pods that a rule protects and the ports that its target names.
pub(super) struct Target<'s, 'a> {
    pub(super) bound: Bound<'s, 'a>,
    pub(super) selector: Arc<Labels>,
    pub(super) ports: Cow<'s, [Port]>,
    /// The name as the rule writes it.
    pub(super) span: Span,
    /// The port as the rule writes it, if it does.
    pub(super) port_span: Option<Span>,
}

impl<'a> Target<'_, 'a> {
    pub(super) fn namespace(&self) -> &Symbol {
        &self.bound.key().namespace
    }

    pub(super) fn name(&self) -> &Symbol {
        &self.bound.key().name
    }

    pub(super) fn workloads(&self) -> &[&'a Workload] {
        self.bound.workloads()
    }
}

/// Every service that one target of a rule means. What can not be protected is reported and left out.
pub(super) fn targets<'a>(
    context: &Context<'a>,
    place: &Place,
    effect: Effect,
    target: &ast::Target,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Target<'a, 'a>> {
    let services = |context: &Context<'a>, namespace: &Spanned<&str>, diagnostics: &mut Vec<Diagnostic>| {
        services_of(context, effect, namespace, diagnostics)
    };
    bounds(context, place, target, services, diagnostics)
        .into_iter()
        .filter_map(|bound| match protect(context, effect, bound, target, diagnostics) {
            Ok(target) => Some(target),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                None
            }
        })
        .collect()
}

/// `shop/*`: the services that a policy can protect. What it can not protect no rule opens either, so an
/// `allow` passes it over; a `deny` would not close it.
fn services_of<'a>(
    context: &Context<'a>,
    effect: Effect,
    namespace: &Spanned<&str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Bound<'a, 'a>> {
    let Spanned { node: namespace, span } = *namespace;
    if let Err(diagnostic) = known_namespace(context.graph(), namespace, span) {
        diagnostics.push(*diagnostic);
        return Vec::new();
    }
    let mut found = Vec::new();
    for service in context.graph().services_in(namespace) {
        let is_open_to_rules = can_be_protected(service)
            && context.graph().divided_by(service).is_none()
            && !is_left_out(context.graph(), service);
        if is_open_to_rules || effect == Effect::Deny {
            found.extend(context.services.get(&service.key).map(Bound::Service));
        }
    }
    if found.is_empty() {
        diagnostics.push(
            Diagnostic::new(
                code::TARGET_WITHOUT_SELECTOR,
                format!("namespace `{namespace}` has no service that a rule could open"),
                span,
                "no Service with a selector and a TCP port lies in it",
            )
            .note("name the workload itself"),
        );
    }
    found
}

/// Whether the proxies of its pods see none of its ports, as of a Service for the metrics that they serve themselves.
fn is_left_out(graph: &ServiceGraph, service: &Service) -> bool {
    let pods = graph.workloads_of(service);
    let is_seen = |port: &ServicePort| {
        pods.iter()
            .any(|pods| port.number_at(pods).is_none_or(|number| graph.left_out(pods, number).is_none()))
    };
    !pods.is_empty() && !service.ports.iter().any(is_seen)
}

/// Checks that Istio will protect these pods, and finds their ports.
fn protect<'a>(
    context: &Context<'a>,
    effect: Effect,
    bound: Bound<'a, 'a>,
    target: &ast::Target,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Target<'a, 'a>, Box<Diagnostic>> {
    let span = target.name.span;
    let selector = selector(context.graph(), &bound, span)?;
    if bound.workloads().is_empty() {
        diagnostics.push(without_workload(effect, &bound, &selector, span));
        if effect == Effect::Deny {
            // One error is enough: nothing more is known about its ports.
            return Ok(Target { bound, selector, ports: Cow::default(), span, port_span: None });
        }
    }
    refuse_root(context, &bound, &selector, span)?;
    refuse_unproxied(context, &bound, span)?;
    let ports = ports(context.graph(), &bound, span, target.port.as_ref())?;
    let port_span = target.port.as_ref().map(|port| port.span);
    refuse_excluded(context.graph(), &bound, &ports, port_span.unwrap_or(span))?;
    Ok(Target { bound, selector, ports, span, port_span })
}

/// The labels that the policy will select by: the Service's own, or those of a workload without a Service.
pub(super) fn selector(
    graph: &ServiceGraph,
    bound: &Bound<'_, '_>,
    span: Span,
) -> Result<Arc<Labels>, Box<Diagnostic>> {
    match bound {
        Bound::Service(facts) => {
            let service = facts.service;
            let without = |what: &str| {
                Box::new(
                    Diagnostic::new(
                        code::TARGET_WITHOUT_SELECTOR,
                        format!("`{}` {what}", service.key),
                        span,
                        "which pods should be protected?",
                    )
                    .label(service.span, "declared here")
                    .note("name the workload behind it, or give the Service a selector"),
                )
            };
            match &service.backend {
                Backend::Selector(selector) if selector.is_empty() => Err(empty_selector(service, span)),
                Backend::Selector(selector) if let Some((workload, label)) = graph.divided_by(service) => {
                    Err(single_pods(service, workload, (label, selector.span), span))
                }
                Backend::Selector(selector) => Ok(selector.node.clone()),
                Backend::NoSelector => Err(without("has no selector: its endpoints are made by hand")),
                Backend::ExternalName => {
                    Err(without("is of type ExternalName: a name for something elsewhere"))
                }
                Backend::ServiceEntry => Err(without(
                    "is a ServiceEntry without `workloadSelector`: what stands behind it is outside of the mesh",
                )),
            }
        }
        Bound::Workload(key, workloads) => {
            let workload = workloads[0];
            let labels = Arc::new(workload.labels.clone());
            refuse_namesakes(workloads, span)?;
            let other = graph.select(&key.namespace, &workload.labels).find(|other| other.key != *key);
            match other {
                None if !labels.is_empty() => Ok(labels),
                None | Some(_) => Err(undistinguished(key, workload, other, span)),
            }
        }
    }
}

/// Workloads of several kinds may share a name. A policy selects by the labels of one of them, so all must carry
/// them: otherwise a denial would leave the others open.
fn refuse_namesakes(workloads: &[&Workload], span: Span) -> Result<(), Box<Diagnostic>> {
    let first = workloads[0];
    let carries = |other: &Workload| selects(&first.labels, &other.labels);
    match workloads.iter().find(|other| !carries(other)) {
        None => Ok(()),
        Some(other) => Err(Box::new(
            Diagnostic::new(
                code::AMBIGUOUS_NAME,
                format!("`{}` is a {} and a {} with other labels", first.key, first.kind, other.kind),
                span,
                "which one is meant?",
            )
            .label(first.span, format!("this {}", first.kind))
            .label(other.span, format!("this {}", other.kind))
            .note("give one of them another name, or put a Service in front of each"),
        )),
    }
}

fn empty_selector(service: &Service, span: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::EMPTY_SELECTOR,
            format!("the selector of `{}` is empty", service.key),
            span,
            "a policy for it would hold for every pod of the namespace",
        )
        .label(service.span, "declared here")
        .note("give the Service a selector that names its own pods"),
    )
}

fn single_pods(
    service: &Service,
    workload: &Workload,
    (label, place): (Symbol, Span),
    span: Span,
) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::SINGLE_PODS_TARGET,
            format!("`{}` selects single pods of `{}`", service.key, workload.key),
            span,
            "a rule holds for all pods of a workload",
        )
        .label(place, format!("by `{label}`, which their controller gives to each of them"))
        .note(format!(
            "write the rule for all of them: for `{}`, or a Service that selects them all",
            workload.key
        )),
    )
}

fn undistinguished(
    key: &crate::graph::Key,
    workload: &Workload,
    other: Option<&Workload>,
    span: Span,
) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(
        code::EMPTY_SELECTOR,
        format!("the labels of `{key}` do not tell its pods from others"),
        span,
        "a policy for it would hold for other pods too",
    )
    .label(workload.span, "its labels");
    let diagnostic = match other {
        Some(other) => {
            diagnostic.label(other.span, format!("these pods of `{}` carry the same labels", other.key))
        }
        None => diagnostic,
    };
    Box::new(diagnostic.note("give its pods a label of their own, such as `app`"))
}

fn without_workload(effect: Effect, bound: &Bound<'_, '_>, selector: &Labels, span: Span) -> Diagnostic {
    let labels: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let (code, label) = match effect {
        Effect::Allow => (code::TARGET_WITHOUT_WORKLOAD, "the rule opens nothing yet"),
        Effect::Deny => (code::DENY_WITHOUT_WORKLOAD, "the denial would close nothing"),
    };
    Diagnostic::new(code, format!("no workload carries the labels of `{}`", bound.key()), span, label)
        .label(bound.declared(), format!("it selects `{}`", labels.join(", ")))
        .note("add the manifests of the workload to `graph:`, or mend the selector")
}

fn refuse_root(
    context: &Context<'_>,
    bound: &Bound<'_, '_>,
    selector: &Labels,
    span: Span,
) -> Result<(), Box<Diagnostic>> {
    let root = &context.project().mesh.root_namespace;
    if bound.key().namespace != *root {
        return Ok(());
    }
    let elsewhere = context
        .graph()
        .namespaces
        .keys()
        .filter(|namespace| *namespace != root)
        .find_map(|namespace| context.graph().select(namespace, selector).next());
    match elsewhere {
        None => Ok(()),
        Some(workload) => Err(Box::new(
            Diagnostic::new(
                code::ROOT_NAMESPACE_TARGET,
                format!("a policy for `{}` would hold in other namespaces too", bound.key()),
                span,
                format!("`{root}` is the root namespace: its policies select pods of every namespace"),
            )
            .label(workload.span, format!("the pods of `{}` carry the same labels", workload.key))
            .note("give the pods of the root namespace a label of their own"),
        )),
    }
}

pub(super) fn refuse_unproxied(
    context: &Context<'_>,
    bound: &Bound<'_, '_>,
    span: Span,
) -> Result<(), Box<Diagnostic>> {
    let unproxied = bound.workloads().iter().find_map(|workload| {
        missing_proxy(context.project(), workload).map(|(place, reason)| (workload, place, reason))
    });
    match unproxied {
        None => Ok(()),
        Some((workload, place, reason)) => Err(Box::new(
            Diagnostic::new(
                code::TARGET_WITHOUT_PROXY,
                format!("no proxy stands in front of `{}`, so nothing would enforce this rule", workload.key),
                span,
                "its traffic does not pass the mesh",
            )
            .label(place, reason)
            .note("let the mesh inject its pods; until then only a NetworkPolicy can protect it"),
        )),
    }
}

pub(super) fn refuse_excluded(
    graph: &ServiceGraph,
    bound: &Bound<'_, '_>,
    ports: &[Port],
    span: Span,
) -> Result<(), Box<Diagnostic>> {
    for workload in bound.workloads() {
        for number in ports.iter().flat_map(|port| numbers_at(bound, port, workload)) {
            if let Some(left_out) = graph.left_out(workload, number) {
                return Err(excluded(workload, number, left_out, span));
            }
        }
    }
    Ok(())
}

fn excluded(workload: &Workload, number: u16, left_out: LeftOut, span: Span) -> Box<Diagnostic> {
    let by_annotation = "this annotation leaves the port to the application";
    let (place, reason, advice) = match left_out {
        LeftOut::Excluded(place) => {
            (place, by_annotation, "remove the port from the annotation, or name another port in the rule")
        }
        LeftOut::OfProxy => (
            workload.span,
            "Istio keeps this port for its proxy itself, and redirects no traffic of it",
            "name another port in the rule, or let the application listen on another one",
        ),
        LeftOut::NotIncluded(place) => {
            (place, by_annotation, "let the annotation include the port, or name another port in the rule")
        }
        LeftOut::Nothing(reason) => (
            reason.span,
            reason.node,
            "remove the annotation; until then only a NetworkPolicy can protect these pods",
        ),
    };
    Box::new(
        Diagnostic::new(
            code::EXCLUDED_PORT,
            format!("port {number} of `{}` is not intercepted by its proxy", workload.key),
            span,
            "nothing would enforce this rule there",
        )
        .label(place, reason)
        .note(advice),
    )
}

/// The numbers that one of several workloads gives a port.
fn numbers_at(bound: &Bound<'_, '_>, port: &Port, workload: &Workload) -> Vec<u16> {
    match bound {
        Bound::Service(facts) => {
            let own = facts.service.ports.iter().filter(|own| own.span == port.span);
            own.filter_map(|own| own.number_at(workload)).collect()
        }
        Bound::Workload(..) => {
            let is_own = |number: &u16| workload.ports.iter().any(|own| own.number == *number);
            port.numbers.iter().copied().filter(is_own).collect()
        }
    }
}

/// What an `mtls` statement about a service speaks of.
pub(super) struct MtlsTarget {
    pub(super) namespace: Symbol,
    pub(super) selector: Arc<Labels>,
    pub(super) name: Symbol,
    /// Workload ports; empty for the whole workload.
    pub(super) ports: Vec<u16>,
}

/// Resolves the target of an `mtls` statement. A number that is no service port is the workload's port: what
/// must stay in plaintext is often a probe's port, which no Service lists.
pub(super) fn mtls_target(
    services: &Services<'_>,
    place: &Place,
    target: &ast::Target,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<MtlsTarget> {
    let span = target.name.span;
    let TargetName::Name(name) = &target.name.node else {
        diagnostics.push(
            Diagnostic::new(
                code::WRONG_KIND,
                "this is more than one service",
                span,
                "here stands one service or workload, or `in` and namespaces",
            )
            .note("write `mtls … in NAMESPACE`, or one statement for each service"),
        );
        return None;
    };
    let found = bind(services, place, name, span).and_then(|bound| {
        let selector = selector(services.graph, &bound, span)?;
        let ports = match &target.port {
            None => Vec::new(),
            Some(port) => mtls_ports(services.graph, &bound, span, port)?,
        };
        Ok((bound, selector, ports))
    });
    match found {
        Ok((bound, selector, ports)) => {
            if bound.workloads().is_empty() {
                diagnostics.push(without_workload(Effect::Allow, &bound, &selector, span));
            }
            let key = bound.key();
            Some(MtlsTarget { namespace: key.namespace, selector, name: key.name, ports })
        }
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
    }
}

fn mtls_ports(
    graph: &ServiceGraph,
    bound: &Bound<'_, '_>,
    span: Span,
    port: &Spanned<PortName>,
) -> Result<Vec<u16>, Box<Diagnostic>> {
    match (ports(graph, bound, span, Some(port)), &port.node) {
        (Ok(found), _) => Ok(found.iter().flat_map(|port| port.numbers.iter().copied()).collect()),
        (Err(unknown), PortName::Number(number)) if unknown.code == code::UNKNOWN_PORT => Ok(vec![*number]),
        (Err(diagnostic), PortName::Number(_) | PortName::Name(_)) => Err(diagnostic),
    }
}
