//! Which of Envoy's filters a connection meets, by what the Services say about its port. Each fact is quoted.

use std::path::PathBuf;

use meshward::query::Manifests;
use meshward::source::MemoryLoader;
use serde_json::json;

/// A pod `a/x`, and one rule for the path `/a`, which only a connection that is taken for HTTP can meet.
const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: x, namespace: a, labels: {app: x, sidecar.istio.io/inject: 'true'}}
spec: {containers: [{name: x, image: x}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: a}
spec: {rules: [{to: [{operation: {paths: [/a]}}]}]}
---
";

fn service(name: &str, created: &str, port: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: a{created}}}\n\
         spec: {{selector: {{app: x}}, ports: [{{{port}}}]}}\n---\n"
    )
}

/// What becomes of `GET /a`, and of bytes that are no HTTP, at port 8080 of the pod.
fn outcomes(services: &str) -> [String; 2] {
    let loader = MemoryLoader::new([("k8s.yaml", format!("{POD}{services}"))]);
    let manifests = Manifests { paths: vec![PathBuf::from("k8s.yaml")], ..Manifests::default() };
    let (world, sources, found) = meshward::world_of_manifests(&loader, &manifests).unwrap();
    assert_eq!(found, []);
    let caller = json!({"from": "spiffe://cluster.local/ns/a/sa/s", "to": "a/x", "port": 8080});
    let with = |more: serde_json::Value| {
        let mut request = caller.clone();
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let requests = [with(json!({"method": "GET", "path": "/a"})), with(json!({"tcp": true}))];
    super::outcomes(&world, &sources, &requests).try_into().unwrap()
}

#[track_caller]
fn meets(fact: &str, services: &str, expected: [&str; 2]) {
    assert_eq!(outcomes(services), expected, "{fact}\n{services}");
}

/// Paths work for a request, and a connection without HTTP meets the network filter, where the rule is dropped.
const EITHER: [&str; 2] = ["allowed", "denied"];
/// A request meets the network filter, too.
const NETWORK: [&str; 2] = ["denied", "denied"];
/// What is no HTTP, the server answers itself.
const HTTP: [&str; 2] = ["allowed", "malformed"];

#[test]
fn an_unlisted_and_a_sniffed_port_have_both_filters() {
    let fact = "Unlisted and sniffed ports: HTTP/1.1, h2c or ALPN `istio-http/*` meets the HTTP RBAC (paths work), \
                everything else the network RBAC.";
    meets(fact, "", EITHER);
    meets(fact, &service("s", "", "port: 9090, name: http"), EITHER);
    meets(fact, &service("s", "", "port: 80, targetPort: 8080"), EITHER);
    let fact = "appProtocol overrides the port name, even an unknown value (then the port is sniffed).";
    let unknown = "port: 80, targetPort: 8080, name: tcp, appProtocol: example.com/own";
    meets(fact, &service("s", "", unknown), EITHER);
}

#[test]
fn a_declared_port_has_one_filter() {
    let fact = "Declared TCP ports always use network RBAC.";
    meets(fact, &service("s", "", "port: 80, targetPort: 8080, name: tcp"), NETWORK);
    meets("http is HTTP", &service("s", "", "port: 80, targetPort: 8080, name: http"), HTTP);
}

#[test]
fn of_two_services_the_older_decides() {
    let fact = "Two Services on one target port: the older decides.";
    let [old, young] = ["01", "02"].map(|day| format!(", creationTimestamp: '2026-01-{day}T00:00:00Z'"));
    let (old, young) = (old.as_str(), young.as_str());
    let of_tcp = |created| service("a", created, "port: 80, targetPort: 8080, name: tcp");
    let of_http = |created| service("b", created, "port: 81, targetPort: 8080, name: http");
    meets(fact, &(of_tcp(young) + &of_http(old)), HTTP);
    meets(fact, &(of_tcp(old) + &of_http(young)), NETWORK);
}
