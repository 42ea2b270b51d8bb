//! Workloads of every kind, with their labels, account, ports and interception.

use meshward::graph::{ContainerPort, Key, LeftOut};
use meshward::source::Spanned;

use super::{deployment, read};

#[test]
fn every_kind_of_controller_is_a_workload() {
    let pod = "{metadata: {labels: {app: x}}, spec: {serviceAccountName: x, containers: []}}";
    for (version, kind, spec) in [
        ("apps/v1", "Deployment", format!("{{template: {pod}}}")),
        ("apps/v1", "StatefulSet", format!("{{template: {pod}}}")),
        ("apps/v1", "DaemonSet", format!("{{template: {pod}}}")),
        ("apps/v1", "ReplicaSet", format!("{{template: {pod}}}")),
        ("extensions/v1beta1", "Deployment", format!("{{template: {pod}}}")),
        ("v1", "ReplicationController", format!("{{template: {pod}}}")),
        ("batch/v1", "Job", format!("{{template: {pod}}}")),
        ("batch/v1", "CronJob", format!("{{jobTemplate: {{spec: {{template: {pod}}}}}}}")),
        ("argoproj.io/v1alpha1", "Rollout", format!("{{template: {pod}}}")),
    ] {
        let read =
            read(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n"));
        let workload = read.workload("x");
        assert_eq!(workload.kind, kind);
        assert_eq!(workload.key, Key::new("default", "x"));
        assert_eq!(workload.labels["app"], "x", "{kind}");
        assert_eq!(workload.account.node, "x", "{kind}");
    }
}

#[test]
fn a_pod_is_a_workload() {
    let read = read(
        "apiVersion: v1
kind: Pod
metadata: {name: probe, labels: {app: probe}}
spec: {containers: []}
",
    );
    assert_eq!(read.workload("probe").labels["app"], "probe");
}

#[test]
fn a_rollout_may_refer_to_a_deployment() {
    let rollout = "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: cart, namespace: shop}
spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}
";
    assert_eq!(read(&format!("{}{rollout}", deployment("", ""))).workload("cart").kind, "Deployment");
}

#[test]
fn the_account_is_default_unless_stated() {
    let text = deployment("", "");
    let default = read(&text);
    let workload = default.workload("cart");
    assert_eq!(workload.account.node, "default");
    assert!(!workload.account_stated);
    assert_eq!(
        default.sources.text(workload.account.span).trim_end(),
        "containers: [{name: server, image: cart}]"
    );

    let stated = read(&deployment("", "serviceAccountName: cart-runner"));
    assert_eq!(stated.workload("cart").account.node, "cart-runner");
    assert!(stated.workload("cart").account_stated);
    assert_eq!(stated.sources.text(stated.workload("cart").account.span), "cart-runner");

    let old_spelling = read(&deployment("", "serviceAccount: cart-runner"));
    assert_eq!(old_spelling.workload("cart").account.node, "cart-runner");
}

#[test]
fn ports_are_those_of_all_that_keeps_running() {
    let read = read(
        "apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  initContainers:
  - {name: migrate, ports: [{containerPort: 1}]}
  - {name: agent, restartPolicy: Always, ports: [{containerPort: 2}]}
  containers:
  - name: server
    ports:
    - {name: http, containerPort: 8080}
    - {containerPort: 53, protocol: UDP}
  - {name: metrics, ports: [{containerPort: 9090}, {containerPort: 9090}]}
  - {name: istio-proxy, ports: [{name: http-envoy-prom, containerPort: 15090}]}
",
    );
    let port = |name: Option<&str>, number, udp| ContainerPort { name: name.map(Into::into), number, udp };
    assert_eq!(
        read.workload("x").ports,
        [
            port(Some("http"), 8080, false),
            port(None, 53, true),
            port(None, 9090, false),
            port(None, 2, false),
        ]
    );
}

#[test]
fn interception_is_read_from_annotations() {
    let interception = |annotations: &str| {
        let read = read(&deployment(&format!("annotations: {{{annotations}}}"), ""));
        let interception = read.workload("cart").interception.clone();
        let ports = |ports: &Option<Spanned<Vec<u16>>>| ports.as_ref().map(|ports| ports.node.clone());
        (ports(&interception.include), ports(&interception.exclude))
    };
    assert_eq!(interception(""), (None, None));
    assert_eq!(
        interception("traffic.sidecar.istio.io/excludeInboundPorts: \"8086, 9090\""),
        (None, Some(vec![8086, 9090]))
    );
    assert_eq!(
        interception("traffic.sidecar.istio.io/includeInboundPorts: \"8080\""),
        (Some(vec![8080]), None)
    );
    assert_eq!(interception("traffic.sidecar.istio.io/includeInboundPorts: \"*\""), (None, None));
    assert_eq!(interception("traffic.sidecar.istio.io/includeInboundPorts: \"\""), (Some(vec![]), None));
}

/// A pod template with these annotations and these containers, as the reason for which a port of it is left out.
fn left_out(annotations: &str, containers: &str, port: u16) -> Option<LeftOut> {
    let metadata = format!("annotations: {{{annotations}}}");
    let text = deployment(&metadata, "").replace("[{name: server, image: cart}]", containers);
    read(&text).workload("cart").interception.leaves_out(port)
}

/// `-d "15090,15021,…"` of the injection template and the CNI plugin; a list of included ports is complete.
#[test]
fn the_ports_of_the_proxy_itself_are_not_intercepted() {
    let left_out = |annotations: &str, port| left_out(annotations, "[{name: server}]", port);
    let status = "status.sidecar.istio.io/port: \"15099\"";
    for port in [15020, 15021, 15090] {
        assert_eq!(left_out("", port), Some(LeftOut::OfProxy));
        assert_eq!(left_out(status, port), Some(LeftOut::OfProxy));
        assert_eq!(
            left_out(&format!("traffic.sidecar.istio.io/includeInboundPorts: \"{port}\""), port),
            None
        );
    }
    assert_eq!(left_out("", 15099), None);
    assert_eq!(left_out(status, 15099), Some(LeftOut::OfProxy));
    assert_eq!(left_out("", 8080), None);
}

#[test]
fn what_is_excluded_counts_where_all_is_included() {
    let both = "traffic.sidecar.istio.io/includeInboundPorts: \"80\", traffic.sidecar.istio.io/excludeInboundPorts: \"80\"";
    assert_eq!(left_out(both, "[{name: server}]", 80), None);
    let all = both.replacen("\"80\"", "\"*\"", 1);
    assert!(matches!(left_out(&all, "[{name: server}]", 80), Some(LeftOut::Excluded(_))));
}

#[test]
fn annotations_that_keep_all_traffic_from_the_proxy_are_read() {
    let is_open = |annotations: &str| {
        matches!(left_out(annotations, "[{name: server}]", 8080), Some(LeftOut::Nothing(_)))
    };
    for annotations in [
        "sidecar.istio.io/interceptionMode: NONE",
        "proxy.istio.io/config: \"interceptionMode: NONE\"",
        "proxy.istio.io/config: '{\"interceptionMode\": \"NONE\", \"concurrency\": 2}'",
        "proxy.istio.io/config: 'interception_mode: 2'",
        "traffic.sidecar.istio.io/excludeInterfaces: net1",
        "inject.istio.io/templates: grpc-agent",
        "inject.istio.io/templates: \"grpc-simple, own\"",
        "inject.istio.io/templates: gateway",
    ] {
        assert!(is_open(annotations), "{annotations}");
    }
    for annotations in [
        "sidecar.istio.io/interceptionMode: TPROXY",
        "proxy.istio.io/config: 'interceptionMode: TPROXY'",
        "sidecar.istio.io/interceptionMode: REDIRECT, proxy.istio.io/config: 'interceptionMode: NONE'",
        "proxy.istio.io/config: 'concurrency: 2'",
        "proxy.istio.io/config: '{'",
        "traffic.sidecar.istio.io/excludeInterfaces: \"\"",
        "inject.istio.io/templates: \"own, sidecar\"",
    ] {
        assert!(!is_open(annotations), "{annotations}");
    }
}

/// Its clients connect to the proxy itself; its Gateway may be elsewhere.
#[test]
fn a_pod_of_the_gateway_template_needs_no_interception() {
    for port in [8080, 15021] {
        let gateway =
            left_out("inject.istio.io/templates: gateway", "[{name: istio-proxy, image: auto}]", port);
        assert_eq!(gateway, None);
    }
}

#[test]
fn lists_are_unpacked() {
    let read = read(
        "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: shop}}
- apiVersion: apps/v1
  kind: DeploymentList
  items:
  - {metadata: {name: b, namespace: shop}, spec: {template: {spec: {containers: []}}}}
",
    );
    assert!(read.graph.accounts.contains_key(&Key::new("shop", "a")));
    assert_eq!(read.workload("b").kind, "Deployment");
}

#[test]
fn json_is_read_as_well() {
    let read = read(
        r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"hostNetwork": false}}"#,
    );
    assert_eq!(read.workload("x").kind, "Pod");
}

#[test]
fn namespaces_are_declared_or_mentioned() {
    let read = read(
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: legacy}}
",
    );
    assert!(read.graph.namespaces["shop"].declared);
    assert_eq!(read.graph.namespaces["shop"].labels["team"], "a");
    assert!(!read.graph.namespaces["legacy"].declared);
}

#[test]
fn a_manifest_may_have_a_namespace_of_its_own() {
    let source = meshward::source::SourceId(0);
    let text = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: b, namespace: other}}
";
    let (documents, _) = meshward::yaml::read(source, text);
    let manifest = super::Manifest { source, documents, namespace: Some("boutique".into()) };
    let mut graph = meshward::graph::ServiceGraph::default();
    super::manifests::read(&[manifest], &mut graph, &mut Vec::new());
    let accounts: Vec<String> = graph.accounts.keys().map(ToString::to_string).collect();
    assert_eq!(accounts, ["boutique/a", "other/b"]);
}
