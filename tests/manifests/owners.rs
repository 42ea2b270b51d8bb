//! What `kubectl get -o yaml` lists: controllers, and what they made.

use meshward::graph::Proxy;

use super::{Read, deployment, read};

const REPLICA_SET: &str = "apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: cart-5d8f
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: cart, controller: true}]
spec:
  replicas: 1
  template:
    metadata: {labels: {app: cart, pod-template-hash: 5d8f}}
    spec: {serviceAccountName: cart, containers: []}
---
";

fn pod(suffix: &str) -> String {
    format!(
        "apiVersion: v1
kind: Pod
metadata:
  name: cart-5d8f-{suffix}
  namespace: shop
  labels: {{app: cart, pod-template-hash: 5d8f}}
  annotations: {{sidecar.istio.io/status: \"{{}}\"}}
  ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: cart-5d8f, controller: true}}]
spec: {{serviceAccountName: cart, containers: []}}
---
"
    )
}

fn workloads(read: &Read) -> Vec<String> {
    read.graph.workloads.iter().map(|workload| format!("{} {}", workload.kind, workload.key)).collect()
}

#[test]
fn a_deployment_with_its_replica_sets_and_pods_is_one_workload() {
    let deployment = deployment("labels: {app: cart}", "serviceAccountName: cart");
    let read = read(&format!("{}{REPLICA_SET}{deployment}", pod("a")));
    assert_eq!(workloads(&read), ["Deployment shop/cart"]);
}

#[test]
fn a_replica_set_in_between_need_not_be_listed() {
    let read = read(&format!("{}{}{}", pod("a"), pod("b"), deployment("", "serviceAccountName: cart")));
    assert_eq!(workloads(&read), ["Deployment shop/cart"]);
}

#[test]
fn pods_alone_are_the_workload_of_their_controller() {
    let read = read(&format!("{}{}", pod("a"), pod("b")));
    assert_eq!(workloads(&read), ["Deployment shop/cart"]);
    let labels = &read.workload("cart").labels;
    assert_eq!(labels.len(), 1, "the label of a single pod is none of the template: {labels:?}");
}

#[test]
fn a_pod_tells_that_it_got_a_sidecar() {
    let read = read(&format!("{}{}", deployment("", "serviceAccountName: cart"), pod("a")));
    assert!(matches!(read.workload("cart").proxy, Proxy::Injected(_)));
}

#[test]
fn a_replica_set_of_a_former_version_is_none() {
    let former = REPLICA_SET
        .replace("replicas: 1", "replicas: 0")
        .replace("5d8f", "77aa")
        .replace("labels: {app: cart,", "labels: {app: cart, version: old,");
    let read = read(&format!("{former}{REPLICA_SET}"));
    assert_eq!(workloads(&read), ["Deployment shop/cart"]);
    assert!(!read.workload("cart").labels.contains_key("version"));
}

#[test]
fn a_job_of_a_cron_job_is_no_second_workload() {
    let read = read(
        "apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: report-2891
  ownerReferences: [{kind: CronJob, name: report, controller: true}]
spec: {template: {spec: {containers: []}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: report-2891-xyz
  ownerReferences: [{kind: Job, name: report-2891, controller: true}]
spec: {containers: []}
",
    );
    assert_eq!(workloads(&read), ["CronJob default/report"]);
}

#[test]
fn pods_of_a_foreign_controller_stand_for_themselves() {
    let read = read(
        "apiVersion: v1
kind: Pod
metadata:
  name: kafka-0
  ownerReferences: [{kind: StrimziPodSet, name: kafka, controller: true}]
spec: {containers: []}
",
    );
    assert_eq!(workloads(&read), ["Pod default/kafka-0"]);
}

/// What `kubectl get -o yaml` shows of a pod of the Deployment that runs without a sidecar, as its reason to have none.
fn running(namespace: &str, pod_spec: &str, more: &str) -> Option<String> {
    let namespace =
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{namespace}}}}}\n---\n");
    let of_pod = pod("a")
        .replace("annotations: {sidecar.istio.io/status: \"{}\"}", "annotations: {}")
        .replace("spec: {serviceAccountName: cart, containers: []}", pod_spec);
    let read = read(&format!("{namespace}{more}{of_pod}"));
    match &read.workload("cart").proxy {
        Proxy::Absent(span, reason) if reason.contains("cart-5d8f-a") => {
            assert_eq!(read.sources.text(*span), "cart-5d8f-a");
            Some(reason.clone())
        }
        Proxy::Absent(..) | Proxy::Injected(_) | Proxy::Unknown => None,
    }
}

const RUNNING: &str = "spec: {serviceAccountName: cart, nodeName: n, containers: [{name: server}]}
status: {phase: Running, podIP: 10.0.0.9}";

#[test]
fn a_pod_that_runs_without_a_sidecar_has_none() {
    let older =
        "its pod `cart-5d8f-a` runs without a sidecar, and is older than what asks for one; restart it";
    let controller = deployment("labels: {app: cart}", "serviceAccountName: cart");
    let with_sidecar = pod("b");
    for more in ["", &controller, &format!("{controller}{REPLICA_SET}"), &with_sidecar] {
        assert_eq!(running("istio-injection: enabled", RUNNING, more).as_deref(), Some(older), "{more}");
    }
    assert_eq!(running("", RUNNING, "").as_deref(), Some("its pod `cart-5d8f-a` runs without a sidecar"));
}

#[test]
fn a_pod_with_a_sidecar_or_that_does_not_run_is_injected_as_its_controller() {
    let container =
        RUNNING.replace("{name: server}", "{name: server}, {name: istio-proxy, image: own/proxy}");
    let native = RUNNING
        .replace("nodeName: n", "initContainers: [{name: istio-proxy, image: own/proxy}], nodeName: n");
    let ended = RUNNING.replace("Running", "Succeeded");
    let to_be_made = "spec: {serviceAccountName: cart, containers: [{name: server}]}";
    for spec in [&container, &native, &ended, to_be_made] {
        assert_eq!(running("istio-injection: enabled", spec, ""), None, "{spec}");
    }
    assert_eq!(running("istio.io/dataplane-mode: ambient", RUNNING, ""), None);
}
