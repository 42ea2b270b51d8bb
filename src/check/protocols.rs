//! The ports of a target that can carry HTTP, for a rule that looks at requests, and what to say where Istio may take
//! one of them for something else.

use super::context::Context;
use super::ports::{Port, contradict};
use super::targets::Target;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Protocol, ServicePort};
use crate::source::Span;
use crate::syntax::ast::Effect;

/// The ports that can carry an HTTP operation.
pub(super) fn http_ports<'t>(
    context: &Context<'_>,
    effect: Effect,
    target: &'t Target<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'t Port> {
    let span = target.port_span.unwrap_or(target.span);
    let covered: Vec<&Port> = target
        .ports
        .iter()
        .filter(|port| port.protocol.is_http() || port.protocol == Protocol::Auto)
        .collect();
    if covered.is_empty() && !target.ports.is_empty() {
        let first = &target.ports[0];
        diagnostics.push(
            Diagnostic::new(
                code::NO_HTTP_PORT,
                format!("`{}` has no HTTP port here, so methods and paths can not be seen", target.bound.key()),
                span,
                "an HTTP operation needs an HTTP port",
            )
            .label(first.span, format!("port `{}` is declared as TCP", first.label))
            .note("leave the operation out to open the port as a whole, or declare the port's protocol: `appProtocol`, or a port name that begins with `http` or `grpc`"),
        );
    }
    if let Some(port) = covered.iter().find(|port| port.stated != port.protocol) {
        diagnostics.push(disputed_protocol(context, effect, target, port, span));
    } else if let Some(port) = covered.iter().find(|port| port.protocol == Protocol::Auto) {
        let mut diagnostic = undeclared_protocol(effect, target, port, span);
        // Often the other one is a port for metrics that nobody thought of.
        if let Some(http) = covered.iter().find(|port| port.protocol.is_http()) {
            let name = target.bound.key().name;
            diagnostic = diagnostic.note(format!(
                "or name the port that is meant: `{name}:{}` leaves `{}` out",
                http.label, port.label
            ));
        }
        diagnostics.push(diagnostic);
    }
    covered
}

/// Two Services lead to one port and declare it differently, so what holds depends on their age.
fn disputed_protocol(
    context: &Context<'_>,
    effect: Effect,
    target: &Target<'_, '_>,
    port: &Port,
    span: Span,
) -> Diagnostic {
    let (code, label) = match effect {
        Effect::Allow => (code::UNDECLARED_PROTOCOL, "where Istio takes it for TCP, this rule opens nothing"),
        Effect::Deny => {
            (code::DENY_ON_SNIFFED_PORT, "where Istio takes it for TCP, this closes more than these requests")
        }
    };
    let message = format!("port `{}` of `{}` is declared in two ways", port.label, target.bound.key());
    let diagnostic = Diagnostic::new(code, message, span, label);
    let Some(Rival { port: rival, in_own_service }) = rival(context, target, port) else {
        return diagnostic.label(port.span, "this Service says one thing").note(OLDER_SERVICE);
    };
    let diagnostic = if in_own_service {
        let note = "of two ports of a Service that lead to one port of a pod Istio obeys the first";
        diagnostic
            .label(port.span, "this port says one thing")
            .label(rival.span, "this one comes first, and says another of the same port of the pods")
            .note(note)
    } else {
        diagnostic
            .label(port.span, "this Service says one thing")
            .label(rival.span, "this one says another of the same port of the same pods")
            .note(OLDER_SERVICE)
    };
    if rival.protocol == Protocol::Udp {
        return diagnostic.note(
            "to Istio, what comes to the number of a UDP port is raw TCP; give UDP a `targetPort` of its own",
        );
    }
    diagnostic
}

const OLDER_SERVICE: &str = "Istio obeys the older Service; declare the same protocol in both";

/// A service port that contradicts another about a port of the same pods.
struct Rival<'a> {
    port: &'a ServicePort,
    in_own_service: bool,
}

/// The first other service port that leads to the same port of one of the target's pods.
fn rival<'a>(context: &Context<'a>, target: &Target<'_, '_>, port: &Port) -> Option<Rival<'a>> {
    let graph = context.graph();
    let leads_there = |other: &ServicePort, workload| {
        contradict(other.protocol, port.stated)
            && other.number_at(workload).is_some_and(|number| port.numbers.contains(&number))
    };
    graph.services_in(target.namespace()).find_map(|service| {
        let pods = graph.workloads_of(service);
        let shared =
            pods.iter().find(|pod| target.workloads().iter().any(|own| std::ptr::eq(*own, **pod)))?;
        let other = service.ports.iter().find(|other| leads_there(other, shared))?;
        Some(Rival { port: other, in_own_service: service.key == *target.bound.key() })
    })
}

fn undeclared_protocol(effect: Effect, target: &Target<'_, '_>, port: &Port, span: Span) -> Diagnostic {
    let (code, label) = match effect {
        Effect::Allow => {
            (code::UNDECLARED_PROTOCOL, "a request that Istio does not take for HTTP is denied here")
        }
        Effect::Deny => (
            code::DENY_ON_SNIFFED_PORT,
            "traffic that Istio does not take for HTTP would be decided otherwise",
        ),
    };
    Diagnostic::new(
        code,
        format!("port `{}` of `{}` does not declare its protocol", port.label, target.bound.key()),
        span,
        label,
    )
    .label(port.span, "Istio looks at the first bytes of each connection")
    .note("declare it in the Service: `appProtocol: http`, or a port name that begins with `http`, `http2` or `grpc`")
}
