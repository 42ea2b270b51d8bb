//! Lints about the policy beside the service graph: `unprotected-workload`, `edge-without-rule`,
//! `rule-without-edge`, `uncovered-namespace`, `open-udp-port`, `direct-probe`.

use super::{check, codes, is_silent, policy, speaks};

const WITH_MANIFESTS: &str = "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n";

/// Orders calls payments and the ledger.
const CALLS: &str = "\
services:
  shop/ledger:
    ports: [{name: http, port: 80, protocol: http}]
  shop/orders: {calls: [shop/payments, shop/ledger]}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
";

#[test]
fn a_workload_without_a_proxy_is_not_protected() {
    let manifest = "\
apiVersion: v1
kind: Pod
metadata:
  name: search
  namespace: shop
  labels: {app: search, sidecar.istio.io/inject: \"false\"}
spec: {serviceAccountName: search}
";
    let files = [
        ("policies/main.ward", "allow orders -> payments POST /charges\n"),
        ("k8s/search.yaml", manifest),
        ("meshward.yaml", WITH_MANIFESTS),
    ];
    speaks("unprotected-workload", "L0808", &files);
    let injected = manifest.replace("false", "true");
    is_silent(&[files[0], ("k8s/search.yaml", &injected), files[2]]);
}

#[test]
fn a_workload_that_says_nothing_counts_as_the_project_says() {
    let manifest = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: search, namespace: shop}
spec:
  template:
    metadata: {labels: {app: search}}
    spec: {serviceAccountName: search}
";
    let project = "\
name: shop
namespaces: [shop]
graph: {manifests: [k8s]}
mesh: {injected: require}
";
    speaks(
        "unprotected-workload-required",
        "L0808",
        &[
            ("policies/main.ward", "mtls strict in shop\n"),
            ("k8s/search.yaml", manifest),
            ("meshward.yaml", project),
        ],
    );
}

#[test]
fn a_call_without_a_rule_will_break() {
    speaks(
        "edge-without-rule",
        "L0810",
        &[("policies/main.ward", "allow orders -> payments\n"), ("services.yaml", CALLS)],
    );
}

#[test]
fn a_call_is_allowed_by_any_rule_that_admits_its_caller() {
    for rule in [
        "allow orders -> ledger GET /a",
        "allow shop/* -> ledger",
        "allow mesh except payments -> ledger",
        "allow account shop/orders -> ledger",
        "network pods = 10.0.0.0/8\nallow @pods -> ledger",
    ] {
        let text = format!("allow orders -> payments\n{rule}\n");
        is_silent(&[("policies/main.ward", &text), ("services.yaml", CALLS)]);
    }
    let left_out = "allow orders -> payments\nallow mesh except orders -> ledger\n";
    let checked = check(&[("policies/main.ward", left_out), ("services.yaml", CALLS)]);
    assert_eq!(codes(&checked), ["L0810"]);
}

/// The error is told once; that the call has no rule follows from it.
#[test]
fn a_call_whose_rule_has_an_error_is_not_told_as_well() {
    for (rule, code) in [
        ("allow orders -> ledger GET /a?b", "E0105"),
        ("allow orders ledger", "E0101"),
        ("allow orders -> ledger GET /a until 2026-05-31", "L0818"),
    ] {
        let text = format!("allow orders -> payments\n{rule}\n");
        let checked = check(&[("policies/main.ward", &text), ("services.yaml", CALLS)]);
        assert_eq!(codes(&checked), [code], "{rule}");
    }
}

/// It has no default deny, so that only a workload with a rule is closed.
#[test]
fn a_call_into_the_root_namespace_needs_a_rule_beside_others() {
    let services = "services:\n  shop/orders: {calls: [istio-system/grafana]}\n  shop/ops: {}\n  istio-system/grafana: {ports: [{port: 80, protocol: http}]}\n";
    let project = "name: shop\nnamespaces: [shop, istio-system]\ngraph: {services: services.yaml}\n";
    let files = [("services.yaml", services), ("meshward.yaml", project)];
    is_silent(&[("policies/main.ward", "mtls strict in shop\n"), files[0], files[1]]);
    let rule = ("policies/main.ward", "allow shop/ops -> istio-system/grafana GET /a\n");
    assert_eq!(codes(&check(&[rule, files[0], files[1]])), ["L0810"]);
}

#[test]
fn a_call_into_a_namespace_that_is_open_needs_no_rule() {
    let services = "services:\n  shop/orders: {calls: [play/toy]}\n  play/toy: {}\n";
    let text = "open namespace play because \"a sandbox\"\nmtls strict in shop\n";
    let project = "name: shop\nnamespaces: [shop]\ngraph: {services: services.yaml}\n";
    is_silent(&[("policies/main.ward", text), ("services.yaml", services), ("meshward.yaml", project)]);
}

#[test]
fn a_rule_for_a_call_that_nobody_makes() {
    let project = "name: shop\ngraph: {services: services.yaml}\nlints: {rule-without-edge: warn}\n";
    let text = "allow orders -> payments, ledger\nallow payments -> ledger\nallow orders -> orders:80\n";
    let services = CALLS.replace(
        "shop/orders: {calls: [shop/payments, shop/ledger]}",
        "shop/orders:\n    calls: [shop/payments, shop/ledger]\n    ports: [{name: http, port: 80, protocol: http}]",
    );
    let files =
        [("policies/main.ward", text), ("services.yaml", services.as_str()), ("meshward.yaml", project)];
    speaks("rule-without-edge", "L0811", &files);
    is_silent(&files[..2]);
}

#[test]
fn a_namespace_that_nothing_covers_stays_open() {
    let services = "\
services:
  shop/orders: {}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
  stock/shelf: {}
  kube-system/dns: {}
  istio-system/ingress: {}
";
    let files = [("policies/main.ward", "allow orders -> payments\n"), ("services.yaml", services)];
    speaks("uncovered-namespace", "L0813", &files);
    for project in [
        "name: shop\nnamespaces: [stock]\ngraph: {services: services.yaml}\n",
        "name: shop\nmesh: {defaultDeny: mesh}\ngraph: {services: services.yaml}\n",
    ] {
        is_silent(&[files[0], files[1], ("meshward.yaml", project)]);
    }
    is_silent(&policy("allow orders -> payments POST /charges\n"));
}

const WITH_UDP: &str = "\
services:
  shop/orders: {}
  shop/dns:
    ports:
      - {name: dns, port: 53, protocol: udp}
      - {name: tcp-dns, port: 53, protocol: tcp}
";

#[test]
fn a_udp_port_that_a_denial_or_a_promise_leaves_open() {
    let text = "deny anyone -> dns\nnever anyone -> dns\nonly dns -> dns\nnever orders -> shop/*\n";
    speaks("open-udp-port", "L0824", &[("policies/main.ward", text), ("services.yaml", WITH_UDP)]);
}

/// No rule can speak of a Service without TCP, and a promise about its namespace means it all the same.
#[test]
fn a_service_with_udp_alone_is_a_part_of_its_namespace() {
    let services = "services: {shop/orders: {ports: [{name: http, port: 80}]}, \
                    shop/statsd: {ports: [{name: udp, port: 8125, protocol: udp}]}}\n";
    let found = check(&[("policies/main.ward", "never anyone -> shop/*\n"), ("services.yaml", services)]);
    let told: Vec<&str> = found.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert!(told.contains(&"UDP port 8125 of `shop/statsd` stays open to everyone"), "{told:?}");
}

#[test]
fn who_means_tcp_is_not_told_of_udp() {
    for text in [
        "deny orders -> dns:tcp-dns\n",
        "never anyone -> dns:53\n",
        "allow orders -> dns\nreaches orders -> dns\n",
        "@allow(open-udp-port, \"a NetworkPolicy closes it\")\nnever anyone -> dns\n",
    ] {
        let found = check(&[("policies/main.ward", text), ("services.yaml", WITH_UDP)]);
        assert!(!codes(&found).contains(&"L0824"), "{text}");
    }
}

/// `ShouldRewriteAppHTTPProbers` of the injector.
#[test]
fn a_probe_that_comes_in_plaintext_to_strict_mutual_tls() {
    let manifest = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: web}
      annotations: {sidecar.istio.io/rewriteAppHTTPProbers: \"false\"}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          ports: [{containerPort: 8080, name: http}]
          readinessProbe: {httpGet: {path: /ready, port: http}}
";
    let policy = ("policies/main.ward", "allow orders -> web\nallow orders -> payments\n");
    let files = [policy, ("k8s/web.yaml", manifest), ("meshward.yaml", WITH_MANIFESTS)];
    speaks("direct-probe", "L0826", &files);
    let excluded = "annotations: {traffic.sidecar.istio.io/excludeInboundPorts: \"8080\", ";
    for other in [
        manifest.replace("false", "true"),
        manifest.replace("httpGet: {path: /ready, port: http}", "tcpSocket: {port: http}"),
        manifest.replace("annotations: {", excluded),
    ] {
        let told = codes(&check(&[files[0], ("k8s/web.yaml", &other), files[2]]));
        assert!(!told.contains(&"L0826"), "{other}\n{told:?}");
    }
    let permissive = format!("{}mtls permissive shop/web:8080 because \"probes\"\n", policy.1);
    assert!(!codes(&check(&[("policies/main.ward", &permissive), files[1], files[2]])).contains(&"L0826"));
}
