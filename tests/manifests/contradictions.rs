//! One object in several documents.

use super::{deployment, read, read_files};

#[track_caller]
fn contradictions(first: &str, second: &str) -> String {
    let read = read_files([("a.yaml", first), ("b.yaml", second)]);
    assert!(read.codes().iter().all(|code| *code == "E0606"), "{}", read.rendered());
    read.rendered()
}

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: cart, namespace: shop}}\nspec: {spec}\n---\n")
}

#[test]
fn the_same_object_twice_is_one() {
    let text = format!(
        "{}{}{}",
        deployment("", "serviceAccountName: cart"),
        service("{selector: {app: cart}, ports: [{name: http, port: 80}]}"),
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}\n---\n"
    );
    let read = read(&format!("{text}{text}"));
    assert_eq!(read.graph.workloads.len(), 1);
    assert_eq!(read.graph.services.len(), 1);
    assert_eq!(read.graph.services[0].ports.len(), 1);
}

#[test]
fn a_later_document_adds_detail() {
    let read = read(&format!(
        "{}{}{}{}",
        service("{type: NodePort}"),
        service("{selector: {app: cart}, ports: [{name: http, port: 80}]}"),
        deployment("", ""),
        deployment("annotations: {sidecar.istio.io/inject: \"false\"}", "serviceAccountName: cart"),
    ));
    assert_eq!(read.workload("cart").account.node, "cart");
    assert_eq!(read.workload("cart").labels["app"], "cart");
    assert_eq!(read.graph.workloads_of(&read.graph.services[0]).len(), 1);
}

#[test]
fn workloads_that_disagree() {
    insta::assert_snapshot!(contradictions(
        &deployment("labels: {app: cart, sidecar.istio.io/inject: \"true\"}", "serviceAccountName: cart"),
        &deployment("labels: {app: basket}", "serviceAccountName: basket\nhostNetwork: true"),
    ));
}

#[test]
fn services_that_disagree() {
    insta::assert_snapshot!(contradictions(
        &service("{selector: {app: cart}, ports: [{name: http, port: 80}, {name: db, port: 5432}]}"),
        &service(
            "{selector: {app: basket}, ports: [{name: http, port: 80, targetPort: 8080}, {name: db, port: 5433}]}"
        ),
    ));
    insta::assert_snapshot!(contradictions(
        &service("{type: ExternalName, externalName: cart.example.com}"),
        &service("{selector: {app: cart}, ports: [{port: 80}]}"),
    ));
}

#[test]
fn namespaces_that_disagree() {
    insta::assert_snapshot!(contradictions(
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: disabled}}}",
    ));
}

/// `kubectl create` gives each of them a name of its own.
#[test]
fn objects_that_the_cluster_names_are_not_one() {
    let job = |name: &str, app: &str, account: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{{name}, namespace: shop}}\n\
             spec: {{template: {{metadata: {{labels: {{app: {app}}}}}, spec: {{serviceAccountName: {account}, \
             containers: [{{name: c}}]}}}}}}\n---\n"
        )
    };
    let read = read(&format!(
        "{}{}{}",
        job("generateName: load-", "a", "first"),
        job("generateName: load-", "b", "second"),
        job("name: load-2", "c", "third"),
    ));
    assert_eq!(read.codes(), [] as [&str; 0], "{}", read.rendered());
    let account = |name: &str| read.workload(name).account.node;
    assert_eq!(["load", "load-2", "load-3"].map(account), ["first", "third", "second"]);
}
