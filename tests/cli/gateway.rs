//! Questions about gateways, by bare YAML.

use super::{Folder, Run};

/// A gateway with a server of each kind; `orders` may send anything to it, and nobody else.
const EDGE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: edge, namespace: shop, labels: {istio: edge}}
spec: {serviceAccountName: edge, containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: edge}
  ports: [{name: http2, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}, {name: mutual, port: 444, targetPort: 8444}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
    - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}
    - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c}}
    - {port: {number: 444, name: mutual, protocol: HTTPS}, hosts: ['*'], tls: {mode: MUTUAL, credentialName: c}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: edge, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/orders]}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: orders, namespace: shop, labels: {app: orders}, annotations: {sidecar.istio.io/status: '{}'}}
spec: {serviceAccountName: orders, containers: [{name: app, image: app}]}
";

fn ask(arguments: &[&str]) -> Run {
    let folder = Folder::new();
    folder.write("edge.yaml", EDGE);
    folder.run(&[&["can", "--manifests", "edge.yaml"], arguments].concat())
}

#[track_caller]
fn is_answered(question: &str, start: &str, reason: &str) {
    let run = ask(&[question]);
    assert!(run.stdout.starts_with(start) && run.stdout.contains(reason), "{question}: {}", run.stdout);
}

/// A server that asks for no certificate is shown none, whoever calls.
#[test]
fn an_identity_arrives_where_a_server_asks_for_certificates() {
    let nobody = "the gateway asks for no certificate there, so that no caller shows an identity";
    is_answered("orders -> edge:80 GET /", "denied", nobody);
    is_answered("orders -> edge:443 GET /", "denied", nobody);
    is_answered("spiffe://cluster.local/ns/shop/sa/orders -> edge:443 GET /", "denied", nobody);
    is_answered("orders -> edge:444 GET /", "allowed", "");
    is_answered("anyone -> edge:444 GET /", "denied", "");
}

/// Envoy answers 400 to what is no HTTP.
#[test]
fn a_server_for_http_takes_nothing_else() {
    let folder = Folder::new();
    folder.write("edge.yaml", EDGE);
    let line = r#"{"id":1,"from":null,"to":"shop/edge","port":8080,"tcp":true}"#;
    folder.write("requests.jsonl", line);
    let run = folder.run(&["can", "--manifests", "edge.yaml", "--requests", "requests.jsonl"]);
    assert!(run.stdout.contains(r#""outcome":"malformed""#), "{}{}", run.stdout, run.stderr);
}

/// Who may call is who can show that it is somebody.
#[test]
fn who_lists_nobody_at_a_server_without_certificates() {
    let folder = Folder::new();
    folder.write("edge.yaml", EDGE);
    let who = |target: &str| folder.run(&["who", "--manifests", "edge.yaml", target]).stdout;
    assert!(!who("-> edge:80 GET /").contains("shop/orders"), "{}", who("-> edge:80 GET /"));
    assert!(who("-> edge:444 GET /").contains("shop/orders"), "{}", who("-> edge:444 GET /"));
}

/// A server that asks for certificates lets callers in that could not say who they are.
#[test]
fn a_diff_tells_what_another_mode_of_a_server_opens() {
    let folder = Folder::new();
    folder.write("old/edge.yaml", EDGE);
    folder.write("new/edge.yaml", &EDGE.replace("{mode: SIMPLE,", "{mode: MUTUAL,"));
    let run = folder.run(&["diff", "old", "new"]);
    let said = "orders may now send anything to edge at port 8443 (mutual TLS takes these connections now: \
                new/edge.yaml:16, Gateway shop/edge)";
    assert!(run.stdout.contains(said), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("meshward can 'shop/orders -> shop/edge:443 GET /'"), "{}", run.stdout);
}
