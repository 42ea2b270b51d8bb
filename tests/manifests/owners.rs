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
