//! What `check` and `build` say of a good policy that may still surprise whoever applies it.

use super::Folder;

const SERVICES: &str = "\
services:
  shop/orders:
    labels: {app.kubernetes.io/name: orders}
    ports: [{name: http, port: 80}]
  shop/payments:
    ports: [{name: http, port: 80}]
  shop/audit:
    ports: [{name: http, port: 80}]
  shop/reports:
    ports: [{name: http, port: 80}]
    sidecar: false
  ops/console:
    ports: [{name: http, port: 80}]
";

fn said(policy: &str, arguments: &[&str]) -> Vec<String> {
    let folder = Folder::project(policy);
    folder.write("services.yaml", SERVICES);
    let run = folder.run(arguments);
    assert_eq!(run.code, 0, "{run}");
    let cautions =
        run.stderr.lines().filter(|line| line.starts_with("nobody") || line.starts_with("nothing"));
    cautions.map(str::to_owned).collect()
}

#[test]
fn a_service_that_no_rule_names_is_told() {
    let policy = "allow ops/console -> shop/payments\n";
    // `console` lies in no covered namespace, and nothing enforces a policy before `reports`.
    let expected = "nobody may call 2 services that no rule names: `shop/audit` and `shop/orders`";
    assert_eq!(said(policy, &["check"]), [expected]);
}

/// Nothing is said of what others open, and of what the proxy does not see.
#[test]
fn a_service_that_is_open_without_a_rule_is_not_told() {
    let folder = Folder::project("allow ops/console -> shop/payments\n");
    folder.write("services.yaml", SERVICES);
    folder.write("meshward.yaml", "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\nforeign: [AuthorizationPolicy/shop/all]\n");
    let others = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: all, namespace: shop}
spec: {selector: {matchLabels: {app: audit}}, rules: [{}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: orders}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: orders}
      annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '80'}
    spec: {containers: [{name: orders}]}
";
    folder.write("k8s/others.yaml", others);
    let run = folder.run(&["check"]);
    assert!(run.code == 0 && !run.stderr.contains("nobody may call"), "{run}");
}

#[test]
fn what_is_closed_or_open_by_a_statement_is_not() {
    let closed = "allow ops/console -> shop/payments, shop/orders\ndeny anyone -> shop/audit\n";
    assert_eq!(said(closed, &["check"]), [] as [&str; 0]);
    let open = "open namespace shop because \"it moves out\"\n";
    assert_eq!(said(open, &["check"]), [] as [&str; 0]);
}

#[test]
fn labels_that_nobody_stated_are_told_with_a_new_bundle() {
    let policy = "allow ops/console -> shop/payments, shop/orders, shop/audit\n";
    let expected = "nothing states the labels of the pods of 2 services, selected by `app: NAME`: \
                    `shop/audit` and `shop/payments`";
    assert_eq!(said(policy, &["build"]), [expected]);
    assert_eq!(said(policy, &["check"]), [] as [&str; 0]);
}
