//! Kubernetes manifests into the service graph. Given the documents of every file, it takes those that are
//! Kubernetes objects of a known kind; everything else in a folder of manifests is passed over.

mod address;
mod calls;
mod connection;
mod document;
mod elsewhere;
mod extension;
mod fields;
mod gateway;
mod generated;
mod injection;
mod interception;
mod label_selector;
mod merge;
mod mounted;
mod namespace;
mod network_policy;
mod object;
mod owner;
mod probe;
pub(super) mod protocol;
mod security;
mod service;
mod service_entry;
mod sibling;
mod sidecar;
mod waypoint;
mod workload;

use self::fields::Fields;
use self::merge::Workloads;
use self::namespace::Namespaces;
use self::object::{Kind, Object};
use self::owner::Owners;
use self::waypoint::Classes;
pub use super::model::Manifest;
use super::model::ServiceGraph;
use crate::diagnostic::{Diagnostic, code};

pub use calls::{SuggestedCall, suggest_calls};
pub use document::{Document, documents};
pub use elsewhere::{CallElsewhere, calls_elsewhere};
pub use extension::extends_proxy;
pub use generated::{is_generated, own_name};
pub use network_policy::{AdmittedCall, admitted_calls};
pub use object::security_documents;

/// Adds what the manifests say to `graph`. Namespaces that `graph` has already, from another source, count
/// for injection. Objects that are declared twice must agree.
pub fn read(manifests: &[Manifest], graph: &mut ServiceGraph, diagnostics: &mut Vec<Diagnostic>) {
    read_cluster(manifests, graph, diagnostics);
    let mut fields = Fields::new(diagnostics);
    for object in &object::collect(manifests, Kind::is_security, &mut fields) {
        namespace::mention(object, graph);
        security::read(object, graph, &mut fields);
    }
    security::once(&mut graph.resources);
    sidecar::report(manifests, &mut fields);
    extension::report(manifests, &mut fields);
}

/// As [`read`], without Istio's security resources: for whoever gives the same manifests to `istio::read`, which
/// reads those whole and reports what is wrong with them, and what is not modelled.
pub fn read_cluster(manifests: &[Manifest], graph: &mut ServiceGraph, diagnostics: &mut Vec<Diagnostic>) {
    let mut fields = Fields::new(diagnostics);
    let mut objects = object::collect(manifests, |kind| !kind.is_security(), &mut fields);
    report_nothing_read(manifests, &objects, &mut fields);
    let owners = Owners::new(&objects);
    // A stable sort: namespaces come before what lies in them, controllers before their pods.
    objects.sort_by_cached_key(|object| (object.kind, owners.is_owned(object)));
    let mut namespaces = Namespaces::default();
    let mut workloads = Workloads::new(graph);
    let mut classes = Classes::default();
    for object in &objects {
        if object.kind != Kind::GatewayClass {
            namespace::mention(object, graph);
        }
        match object.kind {
            Kind::Namespace => namespaces.declare(object, graph, &mut fields),
            Kind::ServiceAccount => {
                graph.accounts.entry(object.key).or_insert(object.span);
            }
            Kind::Service => {
                if let Some(service) = service::read(object, &mut fields) {
                    merge::add_service(service, graph, &mut fields);
                }
            }
            Kind::ServiceEntry => service_entry::read(object, graph, &mut fields),
            Kind::Workload => {
                let namespace = namespaces.facts(object, graph);
                if let Some(workload) = workload::read(object, &namespace, &owners, &mut fields) {
                    workloads.add(workload, owners.controller(object), graph, &mut fields);
                }
            }
            Kind::IstioGateway => gateway::read_istio(object, graph, &mut fields),
            Kind::GatewayClass => classes.declare(object),
            // A waypoint is no gateway, since callers reach it by the names of services.
            Kind::KubernetesGateway => match classes.waypoint(object, &mut fields) {
                Some(waypoint) => {
                    graph.waypoints.entry(object.key).or_insert(waypoint);
                }
                None => gateway::read_kubernetes(object, graph),
            },
            // A ConfigMap is for `suggest_calls` alone.
            Kind::ConfigMap | Kind::Security => {}
        }
    }
}

/// A folder of other YAML (Helm values, a pipeline) is a mistake in the project file, not an empty mesh.
fn report_nothing_read(manifests: &[Manifest], objects: &[Object<'_>], fields: &mut Fields<'_>) {
    let mut documents = manifests.iter().flat_map(|manifest| &manifest.documents);
    let Some(first) = documents.next() else {
        return;
    };
    let nothing = objects.is_empty() && fields.reported() == 0;
    if nothing && !std::iter::once(first).chain(documents).any(object::is_kubernetes) {
        let message = "there is no Kubernetes object among the manifests";
        let label = "an object has `apiVersion` and `kind`";
        let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, first.span, label)
            .note("a chart is rendered with `helm template`, an overlay with `kubectl kustomize`");
        fields.report(diagnostic);
    }
}
