//! The right side of a guarantee or of a line of a test: which services and workloads are asked about, and what
//! can arrive at their ports.

use super::bounds::{bounds, can_be_protected};
use super::context::{Context, Place};
use super::names::{Bound, known_namespace};
use super::ports::{Port, ports};
use super::targets::{refuse_excluded, refuse_unproxied, selector};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Protocol, Workload};
use crate::policy::{Subject, SubjectKind, SubjectPort};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, PortName};

/// What is asked at the ports of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Requests and connections alike.
    Anything,
    /// A connection that carries no HTTP.
    Connection,
    /// Requests with a method or a path.
    Request,
}

/// Everything that one written target means, at the ports that can carry what is asked. What can not be asked
/// about is reported and left out.
pub(super) fn subjects(
    context: &Context<'_>,
    place: &Place,
    target: &ast::Target,
    asked: Asked,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for bound in bounds(context, place, target, everything_in, diagnostics) {
        match subject(context, &bound, target.name.span, target.port.as_ref(), asked) {
            Ok(subject) => subjects.push(subject),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    subjects
}

/// A service on the way of a chain: what is called is one service, at any of its ports.
pub(super) fn stop(
    context: &Context<'_>,
    bound: &Bound<'_, '_>,
    span: Span,
) -> Result<Subject, Box<Diagnostic>> {
    subject(context, bound, span, None, Asked::Anything)
}

/// `shop/*`: each service, and each workload that no service leads to, so that nothing of the namespace is
/// forgotten in a promise about it.
fn everything_in<'a>(
    context: &Context<'a>,
    namespace: &Spanned<&str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Bound<'a, 'a>> {
    let Spanned { node: namespace, span } = *namespace;
    let graph = context.graph();
    if let Err(diagnostic) = known_namespace(graph, namespace, span) {
        diagnostics.push(*diagnostic);
        return Vec::new();
    }
    let mut found = Vec::new();
    for service in graph.services_in(namespace) {
        if can_be_protected(service) && context.graph().divided_by(service).is_none() {
            found.extend(context.services.get(&service.key).map(Bound::Service));
        }
    }
    let is_alone =
        |workload: &&Workload| workload.declared.is_empty() && workload.ports.iter().any(|port| !port.udp);
    let mut alone: Vec<&Key> =
        graph.workloads_in(namespace).filter(is_alone).map(|workload| &workload.key).collect();
    alone.dedup();
    found.extend(
        alone.into_iter().map(|key| Bound::Workload(*key, graph.workloads_named(key).iter().collect())),
    );
    if found.is_empty() {
        diagnostics.push(
            Diagnostic::new(
                code::TARGET_WITHOUT_SELECTOR,
                format!("nothing in namespace `{namespace}` could be reached"),
                span,
                "no Service with a selector and no workload with a TCP port lies in it",
            )
            .note("name what is meant, or remove the namespace"),
        );
    }
    found
}

fn subject(
    context: &Context<'_>,
    bound: &Bound<'_, '_>,
    span: Span,
    port: Option<&Spanned<PortName>>,
    asked: Asked,
) -> Result<Subject, Box<Diagnostic>> {
    let kind = match bound {
        Bound::Service(..) => {
            selector(context.graph(), bound, span)?;
            SubjectKind::Service
        }
        Bound::Workload(..) => SubjectKind::Workload,
    };
    refuse_unproxied(context, bound, span)?;
    let found = ports(context.graph(), bound, span, port)?;
    let port_span = port.map_or(span, |port| port.span);
    refuse_excluded(context.graph(), bound, &found, port_span)?;
    let ports = carrying(bound, &found, port_span, asked)?;
    let Key { namespace, name } = *bound.key();
    Ok(Subject { kind, namespace, name, ports })
}

/// The ports that can carry what is asked.
fn carrying(
    bound: &Bound<'_, '_>,
    found: &[Port],
    span: Span,
    asked: Asked,
) -> Result<Vec<SubjectPort>, Box<Diagnostic>> {
    let mut ports: Vec<SubjectPort> = found
        .iter()
        .flat_map(|port| {
            let is_auto = port.protocol == Protocol::Auto;
            let (http, raw) = (is_auto || port.protocol.is_http(), is_auto || !port.protocol.is_http());
            let (http, raw) = match asked {
                Asked::Anything => (http, raw),
                Asked::Connection => (false, raw),
                Asked::Request => (http, false),
            };
            port.numbers.iter().map(move |number| SubjectPort { number: *number, http, raw })
        })
        .filter(|port| port.http || port.raw)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    match (ports.is_empty(), found.first()) {
        (true, Some(first)) => Err(unable(bound, first, span, asked)),
        (true, None) | (false, _) => Ok(ports),
    }
}

fn unable(bound: &Bound<'_, '_>, port: &Port, span: Span, asked: Asked) -> Box<Diagnostic> {
    let key = bound.key();
    let declared = format!("port `{}` is declared here", port.label);
    Box::new(match asked {
        Asked::Anything | Asked::Request => Diagnostic::new(
            code::NO_HTTP_PORT,
            format!("`{key}` has no HTTP port here, so methods and paths can not be seen"),
            span,
            "what is asked about is an HTTP request",
        )
        .label(port.span, declared)
        .note("leave the method and the path out to ask about the connection as a whole"),
        Asked::Connection => Diagnostic::new(
            code::INDEFINITE_REQUEST,
            format!("`{key}` takes HTTP requests, and this line names none"),
            span,
            "which request?",
        )
        .label(port.span, declared)
        .note("name a method and a path: `GET /api/v1/users/42`"),
    })
}
