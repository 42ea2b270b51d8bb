//! An Istio ServiceEntry: a service outside of the mesh, or on a virtual machine.

use super::fields::Fields;
use super::object::Object;
use super::protocol;
use crate::graph::model::{Backend, Service, ServiceGraph, ServicePort, TargetPort};
use crate::yaml::Node;

/// Adds the entry under its own name, unless a Service has that name already: the two are different objects,
/// and a policy means the Service.
pub(super) fn read(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let Some(spec) = fields.required(object.node, "spec", object.span) else {
        return;
    };
    let ports = fields.items(spec, "ports").iter().filter_map(|node| port(node, fields)).collect();
    graph.services.entry(object.key).or_insert_with(|| Service {
        key: object.key,
        labels: object.mesh_labels(),
        backend: Backend::ServiceEntry,
        headless: false,
        ports,
        endpoints: Vec::new(),
        calls: Vec::new(),
        created: None,
        span: object.span,
    });
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
    Some(ServicePort {
        name,
        number,
        target: TargetPort::Number(target),
        protocol: protocol::of_service_entry_port(stated.as_ref().map(|protocol| protocol.node.as_str())),
        span: written.span,
    })
}
