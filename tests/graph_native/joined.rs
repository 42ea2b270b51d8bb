//! A native file together with manifests: they know the same service from two sides.

use meshward::diagnostic::render_human;

use super::{beside, both, build, messages, show};

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {run: pay}}
  template:
    metadata: {labels: {run: pay}}
    spec:
      serviceAccountName: payer
      containers: [{name: main, image: x, ports: [{name: web, containerPort: 8080}]}]
";

const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec:
  selector: {run: pay}
  ports: [{name: http, port: 80, targetPort: web}]
";

fn manifests(texts: &[&str]) -> String {
    texts.join("---")
}

#[test]
fn defaults_give_way_to_manifests() {
    let native = "services: {shop/payments: {endpoints: [GET /a], sidecar: true}}";
    let manifest = manifests(&[DEPLOYMENT, SERVICE]);
    let graph = both(native, &manifest);
    insta::assert_snapshot!(beside(&[native, &manifest], &show(&graph)));
}

#[test]
fn stated_facts_may_agree_with_manifests() {
    let native = "
services:
  shop/payments:
    serviceAccount: payer
    labels: {run: pay}
    ports: [{port: 80, targetPort: web, protocol: http, name: http}]
";
    both(native, &manifests(&[DEPLOYMENT, SERVICE]));
}

#[test]
fn a_service_without_a_workload_gets_one_that_fits_its_selector() {
    let native = "services: {shop/payments: {serviceAccount: payer}}";
    let manifest = SERVICE.to_owned();
    let graph = both(native, &manifest);
    insta::assert_snapshot!(beside(&[native, &manifest], &show(&graph)));
}

#[test]
fn a_workload_without_a_service_gets_one_that_selects_it() {
    let native = "services: {shop/payments: {ports: [{port: 80, targetPort: web, protocol: http}]}}";
    insta::assert_snapshot!(beside(&[native, DEPLOYMENT], &show(&both(native, DEPLOYMENT))));
}

#[test]
fn labels_of_a_namespace_decide_about_injection_in_manifests() {
    let native = "namespaces: {shop: {labels: {istio-injection: disabled}}}";
    let manifest = DEPLOYMENT.to_owned();
    let graph = both(native, &manifest);
    insta::assert_snapshot!(beside(&[native, &manifest], &show(&graph)));
}

#[test]
fn contradictions() {
    let natives = [
        "services: {shop/payments: {serviceAccount: other}}",
        "services: {shop/payments: {labels: {app: payments}}}",
        "services: {shop/payments: {labels: {run: pay, tier: x}}}",
        "services: {shop/payments: {ports: [{port: 81}]}}",
        "services: {shop/payments: {ports: [{port: 80, targetPort: 8080, protocol: tcp, name: web}]}}",
        "services: {shop/payments: {sidecar: false}}\nnamespaces: {shop: {labels: {istio-injection: enabled}}}",
        "services: {shop/payments: {sidecar: true}}\nnamespaces: {shop: {labels: {istio-injection: disabled}}}",
    ];
    let manifest = manifests(&[DEPLOYMENT, SERVICE]);
    let reported = |native: &str, with: &str, manifest: &str| {
        format!("──── {native}{with}\n{}", messages(native, manifest))
    };
    let mut reports: Vec<String> = natives.iter().map(|native| reported(native, "", &manifest)).collect();

    let silent = manifest.replace("serviceAccountName: payer", "").replace("name: http, ", "");
    let native = "services: {shop/payments: {serviceAccount: payments, ports: [{port: 80, protocol: http}]}}";
    reports.push(reported(native, ", with a manifest that says less", &silent));

    let external = "apiVersion: v1\nkind: Service\nmetadata: {name: payments, namespace: shop}\nspec: {type: ExternalName, externalName: x.example}\n";
    let native = "services: {shop/payments: {labels: {app: x}}}";
    reports.push(reported(native, ", with an external name", external));
    insta::assert_snapshot!(reports.join("\n"));
}

#[test]
fn two_native_files_are_one() {
    let project = "name: shop\ngraph: {services: [a.yaml, b.yaml]}\n";
    let a = "services: {shop/payments: {serviceAccount: payer, ports: [{port: 80, protocol: http}], endpoints: [GET /a]}}";
    let b = "services: {shop/payments: {sidecar: true, ports: [{port: 80, targetPort: 8080}, {port: 81}], endpoints: [GET /b]}}";
    let (graph, diagnostics, _) = build(&[("meshward.yaml", project), ("a.yaml", a), ("b.yaml", b)]);
    assert_eq!(diagnostics, []);
    insta::assert_snapshot!(beside(&[a, b], &show(&graph)));

    let b = "services: {shop/payments: {serviceAccount: other, ports: [{port: 80, protocol: grpc}]}}";
    let (_, diagnostics, sources) = build(&[("meshward.yaml", project), ("a.yaml", a), ("b.yaml", b)]);
    insta::assert_snapshot!(render_human(&sources, &diagnostics, false));
}

#[test]
fn nothing_depends_on_the_order_of_files() {
    let orders = ["[a.yaml, b.yaml]", "[b.yaml, a.yaml]"].map(|order| {
        let project = format!("name: shop\ngraph: {{services: {order}}}\n");
        let a = "services: {shop/payments: {calls: [cart]}, shop/cart: {}}";
        let b = "services: {shop/ads: {calls: [cart]}, edge/web: {}}";
        let (graph, _, _) = build(&[("meshward.yaml", &project), ("a.yaml", a), ("b.yaml", b)]);
        show(&graph)
    });
    assert_eq!(orders[0], orders[1]);
}
