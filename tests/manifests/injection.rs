//! Injection by Istio's webhooks and injector, one row per combination.

use meshward::graph::Proxy;

use super::{deployment, read};

/// `yes PLACE`, `no PLACE: REASON` or `unknown` for a Deployment in `shop`; the place is the text that the
/// span covers.
#[track_caller]
fn injection(namespace_labels: &str, pod_metadata: &str, pod_spec: &str) -> String {
    let namespace = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{namespace_labels}}}}}\n---\n"
    );
    let read = read(&format!("{namespace}{}", deployment(pod_metadata, pod_spec)));
    let text = |span| read.sources.text(span);
    match &read.workload("cart").proxy {
        Proxy::Injected(span) => format!("yes {}", text(*span)),
        Proxy::Absent(span, reason) => format!("no {}: {reason}", text(*span)),
        Proxy::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn nothing_said_is_unknown() {
    assert_eq!(injection("", "", ""), "unknown");
    assert_eq!(injection("team: shop", "labels: {app: cart}", ""), "unknown");
}

#[test]
fn the_namespace_decides() {
    assert_eq!(injection("istio-injection: enabled", "", ""), "yes enabled");
    assert_eq!(injection("istio.io/rev: stable", "", ""), "yes stable");
    assert_eq!(
        injection("istio-injection: disabled", "", ""),
        "no disabled: the namespace is closed to injection, even for pods that ask for it"
    );
}

#[test]
fn only_enabled_injects() {
    assert_eq!(
        injection("istio-injection: \"true\"", "", ""),
        "no \"true\": only `enabled` injects; with `true` no webhook sees the namespace"
    );
}

#[test]
fn a_pod_label_opts_in_and_out() {
    let yes = "labels: {sidecar.istio.io/inject: \"true\"}";
    let no = "labels: {sidecar.istio.io/inject: \"false\"}";
    let out = "no \"false\": `sidecar.istio.io/inject: \"false\"` keeps the sidecar out";
    assert_eq!(injection("", yes, ""), "yes \"true\"");
    assert_eq!(injection("istio.io/rev: stable", yes, ""), "yes \"true\"");
    assert_eq!(injection("", no, ""), out);
    assert_eq!(injection("istio-injection: enabled", no, ""), out);
    assert_eq!(injection("istio.io/rev: stable", no, ""), out);
}

#[test]
fn a_pod_can_not_open_a_disabled_namespace() {
    let yes = "labels: {sidecar.istio.io/inject: \"true\"}";
    assert!(injection("istio-injection: disabled", yes, "").starts_with("no disabled"));
    let revision = "labels: {istio.io/rev: canary}";
    assert!(injection("istio-injection: disabled", revision, "").starts_with("no disabled"));
}

#[test]
fn istio_injection_beats_the_revision_of_the_namespace() {
    assert_eq!(injection("istio-injection: enabled, istio.io/rev: stable", "", ""), "yes enabled");
    assert!(injection("istio-injection: disabled, istio.io/rev: stable", "", "").starts_with("no disabled"));
}

#[test]
fn a_revision_on_the_pod_opts_in() {
    assert_eq!(injection("", "labels: {istio.io/rev: canary}", ""), "yes canary");
}

#[test]
fn the_annotation_only_opts_out() {
    let yes = "annotations: {sidecar.istio.io/inject: \"true\"}";
    let no = "annotations: {sidecar.istio.io/inject: \"false\"}";
    assert_eq!(injection("", yes, ""), "unknown");
    assert_eq!(injection("istio-injection: enabled", yes, ""), "yes enabled");
    assert!(injection("", no, "").starts_with("no \"false\""));
    assert!(injection("istio-injection: enabled", no, "").starts_with("no \"false\""));
}

#[test]
fn the_label_beats_the_annotation() {
    let both =
        "labels: {sidecar.istio.io/inject: \"true\"}\nannotations: {sidecar.istio.io/inject: \"false\"}";
    assert_eq!(injection("istio-injection: enabled", both, ""), "yes \"true\"");
}

#[test]
fn another_value_counts_for_nothing() {
    let odd = "labels: {sidecar.istio.io/inject: \"yes\"}";
    assert_eq!(injection("", odd, ""), "unknown");
    assert_eq!(injection("istio-injection: enabled", odd, ""), "yes enabled");
}

#[test]
fn the_network_of_the_node_keeps_the_sidecar_out() {
    let yes = "labels: {sidecar.istio.io/inject: \"true\"}";
    let out = "no true: a pod in its node's network gets no sidecar";
    assert_eq!(injection("istio-injection: enabled", yes, "hostNetwork: true"), out);
    assert_eq!(injection("istio-injection: enabled", "", "hostNetwork: false"), "yes enabled");
}

#[test]
fn a_sidecar_that_is_there_is_there() {
    let injected = "annotations: {sidecar.istio.io/status: '{\"containers\":[\"istio-proxy\"]}'}";
    assert!(injection("istio-injection: disabled", injected, "").starts_with("yes"));
    let by_hand = "initContainers: [{name: istio-proxy, image: \"docker.io/istio/proxyv2:1.30.0\"}]";
    assert_eq!(injection("", "", by_hand), "yes \"docker.io/istio/proxyv2:1.30.0\"");
    let customized = "initContainers: [{name: istio-proxy, image: auto}]";
    assert_eq!(injection("", "", customized), "unknown");
}

#[test]
fn ambient_has_no_sidecars() {
    let ambient = "istio.io/dataplane-mode: ambient";
    let reason = "no ambient: it is in the ambient data plane, which has no sidecars";
    assert_eq!(injection(ambient, "", ""), reason);
    assert_eq!(injection("", &format!("labels: {{{ambient}}}"), ""), reason);
    assert_eq!(
        injection("istio.io/dataplane-mode: ambient, istio-injection: enabled", "", ""),
        "yes enabled"
    );
    assert_eq!(
        injection(ambient, "labels: {istio.io/dataplane-mode: none}", ""),
        "no none: it is taken out of the ambient data plane, and nothing injects a sidecar"
    );
    assert_eq!(
        injection(ambient, "labels: {istio.io/dataplane-mode: Ambient}", ""),
        injection(ambient, "", ""),
        "only `none` takes a pod out"
    );
    assert_eq!(injection("", "labels: {istio.io/dataplane-mode: none}", ""), "unknown");
}

#[test]
fn system_namespaces_are_never_injected() {
    for namespace in ["kube-node-lease", "kube-public", "kube-system", "local-path-storage"] {
        let labels = "labels: {sidecar.istio.io/inject: \"true\"}";
        let text = deployment(labels, "").replace("namespace: shop", &format!("namespace: {namespace}"));
        let read = read(&text);
        let Proxy::Absent(_, reason) = &read.workload("cart").proxy else {
            panic!("{namespace} is injected");
        };
        assert_eq!(*reason, format!("Istio never injects into `{namespace}`"));
    }
}

#[test]
fn a_namespace_may_follow_its_workloads() {
    let namespace = "apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
";
    let read = read(&format!("{}{namespace}", deployment("", "")));
    assert!(matches!(read.workload("cart").proxy, Proxy::Injected(_)));
}
