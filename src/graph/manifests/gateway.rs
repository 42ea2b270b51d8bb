//! Gateways, to know which workloads are gateways: Istio's kind selects pods by label, the Gateway API's kind
//! gets pods of its own.

use super::fields::Fields;
use super::object::Object;
use crate::graph::model::{Gateway, Labels, ServiceGraph};
use crate::source::Symbol;

/// The label that pods of a Gateway API gateway carry.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// `networking.istio.io`
pub(super) fn read_istio(object: &Object<'_>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
    let selector = object.spec().map(|spec| fields.labels(spec, "selector")).unwrap_or_default();
    add(object, selector, false, graph);
}

/// `gateway.networking.k8s.io`
pub(super) fn read_kubernetes(object: &Object<'_>, graph: &mut ServiceGraph) {
    let selector = Labels::from([(Symbol::new(GATEWAY_NAME), object.key.name)]);
    add(object, selector, true, graph);
}

fn add(object: &Object<'_>, selector: Labels, own_namespace: bool, graph: &mut ServiceGraph) {
    let known = graph.gateways.iter().any(|gateway| {
        gateway.key == object.key && gateway.selector == selector && gateway.own_namespace == own_namespace
    });
    if !known {
        graph.gateways.push(Gateway { key: object.key, selector, own_namespace, span: object.span });
    }
}
