//! A controller or a pod as a workload: the labels, account, ports and proxy of the pods that it runs.

use indexmap::IndexSet;

use super::fields::Fields;
use super::injection::{self, Pod};
use super::interception;
use super::namespace::NamespaceFacts;
use super::object::Object;
use super::owner::Owners;
use crate::graph::model::{Capture, ContainerPort, Key, Workload};
use crate::graph::single_pods::tells_pods_apart;
use crate::graph::{check_subdomain, parse_bool};
use crate::source::{Span, Spanned, Symbol};
use crate::yaml::Node;

/// Keeps what a pod gets from the ztunnel.
const BYPASS: &str = "ambient.istio.io/bypass-inbound-capture";

/// The workload of an object, under the name of its controller if it has one. Nothing for a ReplicaSet that
/// is kept for a rollback, or where a wrong field leaves no workload to speak of.
pub(super) fn read(
    object: &Object<'_>,
    namespace: &NamespaceFacts<'_>,
    owners: &Owners,
    fields: &mut Fields<'_>,
) -> Option<Workload> {
    let owner = owners.root(object);
    if owner.is_some() && is_retired(object) {
        return None;
    }
    let pod = pod_of(object, fields)?;
    let mut labels = pod.metadata.map(|metadata| fields.labels(metadata, "labels")).unwrap_or_default();
    let (kind, name) = match owner {
        Some(owner) => {
            labels.retain(|key, _| !tells_pods_apart(key));
            (owner.kind, owner.name)
        }
        None => (object.kind_name, object.key.name),
    };
    let stated = account(pod.spec, fields);
    Some(Workload {
        key: Key::new(object.key.namespace, name),
        kind,
        labels,
        account_stated: stated.is_some(),
        account: stated.unwrap_or_else(|| Spanned::new(Symbol::new("default"), pod.spec.span)),
        ports: ports(pod.spec, fields),
        proxy: injection::proxy(&pod, namespace),
        interception: interception::read(pod.metadata, pod.spec, fields),
        capture: capture(&pod),
        declared: Vec::new(),
        span: object.span,
    })
}

/// The account that is stated, in the new spelling or the old one.
fn account(spec: &Node, fields: &mut Fields<'_>) -> Option<Spanned<Symbol>> {
    let stated = ["serviceAccountName", "serviceAccount"].map(|key| spec.get(key));
    let mut accounts = stated.into_iter().flatten().filter_map(|node| {
        let account = fields.name(node, check_subdomain).filter(|account| !account.is_empty())?;
        Some(Spanned::new(account, node.span))
    });
    accounts.next()
}

/// A Deployment keeps the ReplicaSet of a former version, without pods.
fn is_retired(object: &Object<'_>) -> bool {
    let replicas = object.spec().and_then(|spec| spec.text("replicas"));
    object.kind_name == "ReplicaSet" && replicas.is_some_and(|replicas| replicas == "0")
}

/// The pod itself, or the template that a controller makes its pods from.
fn pod_of<'a>(object: &Object<'a>, fields: &mut Fields<'_>) -> Option<Pod<'a>> {
    let spec = fields.required(object.node, "spec", object.span)?;
    let span = object.span;
    let template = match object.kind_name.as_str() {
        "Pod" => {
            let running = is_running(object).then_some(object.key.name);
            return Some(Pod { running, ..pod(object.metadata(), spec, span, fields) });
        }
        "CronJob" => {
            let job = fields.required(spec, "spec.jobTemplate", span)?;
            let spec = fields.required(job, "spec.jobTemplate.spec", span)?;
            fields.required(spec, "spec.jobTemplate.spec.template", span)?
        }
        // A Rollout may take over the template of a Deployment, which is then a workload by itself.
        "Rollout" if spec.get("workloadRef").is_some() => return None,
        _ => fields.required(spec, "spec.template", span)?,
    };
    let spec = fields.required(template, "spec.template.spec", span)?;
    Some(pod(template.get("metadata"), spec, span, fields))
}

/// Whether a Pod of a listing of a cluster runs on a node, and is no manifest of one that is to be made.
fn is_running(object: &Object<'_>) -> bool {
    let of_spec = |key| object.spec().and_then(|spec| spec.text(key));
    let of_status = |key| object.node.get("status").and_then(|status| status.text(key));
    let is_placed = of_spec("nodeName").or_else(|| of_status("podIP")).is_some();
    is_placed && of_status("phase").is_some_and(|phase| phase == "Running")
}

fn pod<'a>(metadata: Option<&'a Node>, spec: &'a Node, span: Span, fields: &mut Fields<'_>) -> Pod<'a> {
    let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
    if let Some(annotation) = annotations.and_then(|annotations| annotations.get(injection::INJECT)) {
        // Only for the report: without quotes it is a boolean, and the cluster refuses the object.
        fields.text(annotation);
    }
    let on_host = fields.boolean(spec, "hostNetwork").filter(|on_host| on_host.node);
    Pod { metadata, spec, on_host: on_host.map(|on_host| on_host.span), running: None, span }
}

/// The ports of everything that runs as long as the pod does: its containers, and init containers that are
/// sidecars. The ports of Istio's own proxy are no ports of the workload.
fn ports(spec: &Node, fields: &mut Fields<'_>) -> Vec<ContainerPort> {
    let containers = fields.items(spec, "containers").iter();
    let sidecars = fields.items(spec, "initContainers").iter();
    let sidecars = sidecars.filter(|container| container.text("restartPolicy").as_deref() == Some("Always"));
    let mut ports = IndexSet::new();
    for container in containers.chain(sidecars) {
        if injection::is_proxy(container) {
            continue;
        }
        for node in fields.items(container, "ports") {
            ports.extend(container_port(node, fields));
        }
    }
    ports.into_iter().collect()
}

fn container_port(node: &Node, fields: &mut Fields<'_>) -> Option<ContainerPort> {
    let number = fields.required(node, "containerPort", node.span)?;
    let number = fields.port(number)?;
    let name = fields.string(node, "name").map(|name| name.node);
    let udp = fields.string(node, "protocol").is_some_and(|protocol| protocol.node != "TCP");
    Some(ContainerPort { name, number, udp })
}

/// A value that is no boolean of Go's counts for nothing.
fn capture(pod: &Pod<'_>) -> Capture {
    if pod.on_host.is_some() {
        return Capture::Nothing;
    }
    let annotations = pod.metadata.and_then(|metadata| metadata.get("annotations"));
    let bypass = annotations.and_then(|annotations| annotations.get(BYPASS)?.as_scalar());
    match bypass.and_then(|bypass| parse_bool(&bypass.text)) {
        Some(true) => Capture::Outbound,
        Some(false) | None => Capture::Both,
    }
}
