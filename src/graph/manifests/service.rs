//! A Kubernetes Service: its selector, and its ports with their protocol and the workload port behind each.

use std::sync::Arc;

use super::fields::Fields;
use super::object::Object;
use super::protocol;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::model::{Backend, Service, ServicePort, TargetPort};
use crate::source::{Spanned, Symbol};
use crate::yaml::{self, Node};

/// The service that an object declares; nothing where a wrong field leaves no service to speak of.
pub(super) fn read(object: &Object<'_>, fields: &mut Fields<'_>) -> Option<Service> {
    let spec = fields.required(object.node, "spec", object.span)?;
    let backend = backend(spec, fields);
    let headless = fields.string(spec, "clusterIP").is_some_and(|address| address.node == "None");
    let ports = fields.items(spec, "ports").iter().filter_map(|node| port(node, fields)).collect();
    Some(Service {
        key: object.key,
        labels: object.mesh_labels(),
        backend,
        headless,
        ports,
        endpoints: Vec::new(),
        calls: Vec::new(),
        created: object.created(),
        entry: None,
        span: object.span,
    })
}

fn backend(spec: &Node, fields: &mut Fields<'_>) -> Backend {
    let is_external = fields.string(spec, "type").is_some_and(|kind| kind.node == "ExternalName");
    match spec.get("selector") {
        _ if is_external => Backend::ExternalName,
        Some(node) => Backend::Selector(Spanned::new(Arc::new(fields.labels(spec, "selector")), node.span)),
        None => Backend::NoSelector,
    }
}

fn port(node: &Node, fields: &mut Fields<'_>) -> Option<ServicePort> {
    let number = fields.required(node, "port", node.span)?;
    let span = number.span;
    let number = fields.port(number)?;
    let name = fields.string(node, "name").map(|name| name.node);
    let transport = fields.string(node, "protocol");
    // Even an empty one keeps Istio from looking at the name.
    let app_protocol = node.get("appProtocol").and_then(|protocol| fields.text(protocol));
    let target = match node.get("targetPort") {
        Some(target) => target_port(target, number, fields)?,
        None => TargetPort::Number(number),
    };
    let transport = transport.as_ref().map(|transport| transport.node.as_str());
    let (app_protocol, named) = (app_protocol.as_deref(), name.as_deref());
    let protocol = protocol::of_service_port(transport, app_protocol, named, number);
    let is_tls = protocol::is_tls_at_service(transport, app_protocol, named);
    Some(ServicePort { name, number, target, protocol, is_tls, span })
}

/// A number or a name. Kubernetes reads a quoted number as a name, and refuses it since no letter is in it.
fn target_port(node: &Node, number: u16, fields: &mut Fields<'_>) -> Option<TargetPort> {
    let plain = |text: &Symbol| matches!(yaml::Plain::of(text), yaml::Plain::String);
    match node.as_scalar() {
        // Both are how one writes "the same as `port`".
        Some(scalar) if scalar.text.is_empty() => Some(TargetPort::Number(number)),
        Some(scalar) if scalar.plain && scalar.text == "0" => Some(TargetPort::Number(number)),
        Some(scalar) if !scalar.plain && !scalar.text.contains(|c: char| c.is_ascii_alphabetic()) => {
            let message = format!("`\"{}\"` is not a port", scalar.text);
            let label = "in quotes this is a name, and a name needs a letter";
            let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, node.span, label)
                .note(format!("write the number without quotes: `{}`", scalar.text));
            fields.report(diagnostic);
            None
        }
        Some(scalar) if !scalar.plain || plain(&scalar.text) => Some(TargetPort::Name(scalar.text)),
        Some(_) | None => fields.port(node).map(TargetPort::Number),
    }
}
