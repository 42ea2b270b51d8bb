//! An Istio ServiceEntry: a service outside of the mesh, or in front of pods that it selects as a Service does.

use std::sync::Arc;

use super::fields::Fields;
use super::object::Object;
use super::protocol;
use crate::graph::model::{Backend, Service, ServiceGraph, ServicePort, TargetPort};
use crate::source::Spanned;
use crate::yaml::Node;

/// Adds the entry under its own name, unless a Service has that name already: the two are different objects,
/// and a policy means the Service. What the entry declares of its pods' ports holds all the same
/// (`GetProxyServiceTargets` in `pilot/pkg/serviceregistry/aggregate/controller.go` asks for both).
pub(super) fn read(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let Some(spec) = fields.required(object.node, "spec", object.span) else {
        return;
    };
    let ports = fields.items(spec, "ports").iter().filter_map(|node| port(node, fields)).collect();
    let hosts = fields.items(spec, "hosts").iter().filter_map(|host| Some(host.as_scalar()?.text));
    let entry = Some(hosts.min().unwrap_or_default());
    let backend = backend(spec, fields);
    let service = Service {
        key: object.key,
        labels: object.mesh_labels(),
        backend,
        headless: false,
        ports,
        endpoints: Vec::new(),
        calls: Vec::new(),
        created: object.created(),
        entry,
        span: object.span,
    };
    match graph.services.get(&object.key) {
        Some(Service { entry: None, .. }) if matches!(service.backend, Backend::Selector(_)) => {
            graph.namesakes.push(service);
        }
        Some(_) => {}
        None => {
            graph.services.insert(object.key, service);
        }
    }
}

/// With `workloadSelector` it selects pods of its namespace as a Service does, and declares their ports
/// (`GetProxyServiceTargets` in `pilot/pkg/serviceregistry/serviceentry/controller.go`).
fn backend(spec: &Node, fields: &mut Fields<'_>) -> Backend {
    match spec.get("workloadSelector") {
        Some(selector) => {
            Backend::Selector(Spanned::new(Arc::new(fields.labels(selector, "labels")), selector.span))
        }
        None => Backend::ServiceEntry,
    }
}

fn port(node: &Node, fields: &mut Fields<'_>) -> Option<ServicePort> {
    let written = fields.required(node, "number", node.span)?;
    let number = fields.port(written)?;
    let name = fields.string(node, "name").map(|name| name.node);
    let stated = fields.string(node, "protocol");
    let target = match node.get("targetPort") {
        Some(target) => fields.port(target)?,
        None => number,
    };
    let stated = stated.as_ref().map(|protocol| protocol.node.as_str());
    Some(ServicePort {
        name,
        number,
        target: TargetPort::Number(target),
        protocol: protocol::of_service_entry_port(stated),
        is_tls: stated.is_some_and(protocol::is_tls),
        span: written.span,
    })
}
