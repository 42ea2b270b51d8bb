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
    assert_eq!(said(policy, &["build"])[0], expected);
    assert_eq!(said(policy, &["check"]), [] as [&str; 0]);
}

#[test]
fn sidecars_that_nobody_stated_are_told_with_a_new_bundle() {
    let folder = Folder::project("allow ops/console -> shop/payments, shop/orders, shop/audit\n");
    folder.write("services.yaml", SERVICES);
    let run = folder.run(&["build"]);
    let expected = "nothing states that the pods of 1 namespace have a sidecar, without which no rule holds: `shop`; \
                    a Namespace with `istio-injection: enabled` among the manifests does";
    assert!(run.stderr.lines().any(|line| line == expected), "{run}");
    folder.write(
        "services.yaml",
        &format!("{SERVICES}namespaces: {{shop: {{labels: {{istio-injection: enabled}}}}}}\n"),
    );
    folder.write("policies/main.ward", "allow ops/console -> shop/payments, shop/orders\n");
    let run = folder.run(&["build"]);
    assert!(run.code == 0 && !run.stderr.contains("nothing states that"), "{run}");
}

/// Prometheus calls pods by their addresses.
#[test]
fn a_workload_without_a_service_that_no_rule_names_is_told() {
    let workload = |name: &str, ports: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  \
             selector: {{matchLabels: {{of: {name}}}}}\n  template:\n    metadata: {{labels: {{of: {name}}}}}\n    \
             spec: {{containers: [{{name: c, ports: [{ports}]}}]}}\n"
        )
    };
    let folder = Folder::project("");
    folder.write("services.yaml", SERVICES);
    folder.write("meshward.yaml", "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n");
    let worker = workload("worker", "{name: metrics, containerPort: 9090}");
    let quiet = [workload("batch", ""), workload("resolver", "{containerPort: 53, protocol: UDP}")].concat();
    folder.write("k8s/all.yaml", &format!("{worker}{quiet}"));
    let told = |rule: &str| {
        folder.write(
            "policies/main.ward",
            &format!("allow ops/console -> shop/payments, shop/orders, shop/audit\n{rule}\n"),
        );
        let run = folder.run(&["check"]);
        assert_eq!(run.code, 0, "{run}");
        let told = run.stderr.lines().filter(|line| line.starts_with("nobody may call"));
        told.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = "nobody may call 1 workload without a Service that no rule names: `shop/worker`";
    assert_eq!(told(""), [expected]);
    assert_eq!(told("allow ops/console -> shop/worker:9090"), [] as [&str; 0]);
}
