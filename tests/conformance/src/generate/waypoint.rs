//! A random mesh of waypoints: labels of namespaces, Services and pods that name them, and Gateways that take such
//! traffic, or do not.

use serde_json::{Map, Value, json};

use super::Choice;

const NAMESPACES: [&str; 3] = ["near", "far", "other"];

/// How many Services with a pod each namespace has.
const SERVICES: usize = 10;

/// A Service or pod, as `namespace/name`.
pub type Target = (&'static str, String);

/// The documents, and what can be addressed.
pub fn waypoints(choice: &mut Choice) -> (Vec<Value>, Vec<Target>) {
    let mut documents = vec![class(choice, "istio-waypoint"), class(choice, "of-our-own")];
    let mut targets = Vec::new();
    for (index, namespace) in NAMESPACES.into_iter().enumerate() {
        let mut labels = naming(choice, 50);
        labels.insert("istio.io/dataplane-mode".to_owned(), json!("ambient"));
        labels.insert("kubernetes.io/metadata.name".to_owned(), json!(namespace));
        if choice.chance(50) {
            labels.insert("team".to_owned(), json!(choice.word(&["pay", "ship"])));
        }
        documents.push(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels},
        }));
        for name in ["edge", "side"] {
            if choice.chance(90) {
                documents.push(gateway(choice, namespace, name));
            }
        }
        for number in 0..SERVICES {
            let address = index * SERVICES + number + 1;
            documents.extend(service(choice, namespace, number, address));
            targets.extend([(namespace, format!("service-{number}")), (namespace, format!("pod-{number}"))]);
        }
    }
    (documents, targets)
}

/// The labels that name a waypoint.
fn naming(choice: &mut Choice, percent: u32) -> Map<String, Value> {
    let mut labels = Map::new();
    if choice.chance(percent) {
        let name = choice.word(&["edge", "edge", "edge", "side", "side", "side", "gone", "none"]);
        labels.insert("istio.io/use-waypoint".to_owned(), json!(name));
    }
    if choice.chance(20) {
        let namespace = choice.word(&NAMESPACES);
        labels.insert("istio.io/use-waypoint-namespace".to_owned(), json!(namespace));
    }
    labels
}

fn traffic(choice: &mut Choice) -> Map<String, Value> {
    let mut labels = Map::new();
    if choice.chance(40) {
        let kind = choice.word(&["all", "all", "all", "service", "workload", "none", "All"]);
        labels.insert("istio.io/waypoint-for".to_owned(), json!(kind));
    }
    labels
}

fn class(choice: &mut Choice, name: &str) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": {"name": name, "labels": traffic(choice)},
        "spec": {"controllerName": "istio.io/mesh-controller"},
    })
}

fn gateway(choice: &mut Choice, namespace: &str, name: &str) -> Value {
    let mut listeners = choice.list(0, 2, |choice| {
        let (protocol, port) =
            *choice.pick(&[("HBONE", 15008), ("HBONE", 15008), ("HBONE", 15009), ("HTTP", 80)]);
        let mut listener =
            json!({"name": format!("{protocol}-{port}").to_lowercase(), "protocol": protocol, "port": port});
        if choice.chance(80) {
            listener["allowedRoutes"] = json!({"namespaces": admitted(choice)});
        }
        listener
    });
    listeners.dedup_by(|one, other| one["name"] == other["name"]);
    let addresses = if choice.chance(85) {
        json!([{"type": "Hostname", "value": format!("{name}.{namespace}.svc.cluster.local")}])
    } else {
        json!([])
    };
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"name": name, "namespace": namespace, "labels": traffic(choice)},
        "spec": {"gatewayClassName": choice.word(&["istio-waypoint", "of-our-own"]), "listeners": listeners},
        "status": {"addresses": addresses},
    })
}

fn admitted(choice: &mut Choice) -> Value {
    let namespace = choice.word(&NAMESPACES);
    let name = "kubernetes.io/metadata.name";
    choice
        .pick(&[
            json!({"from": "All"}),
            json!({"from": "All"}),
            json!({"from": "Same"}),
            json!({}),
            json!({"from": "Selector"}),
            json!({"from": "Selector", "selector": {"matchLabels": {"team": "pay"}}}),
            json!({"from": "Selector", "selector": {"matchLabels": {name: namespace}}}),
            json!({"from": "Selector", "selector": {"matchExpressions": [
                {"key": name, "operator": "NotIn", "values": [namespace]},
                {"key": "team", "operator": "Exists"},
            ]}}),
            json!({"from": "Selector", "selector": {"matchExpressions": [
                {"key": "team", "operator": "DoesNotExist"},
            ]}}),
            json!({"from": "Selector", "selector": {"matchExpressions": [
                {"key": "team", "operator": "In", "values": ["pay", "else"]},
            ]}}),
        ])
        .clone()
}

/// A Service and its pod, running and ready.
fn service(choice: &mut Choice, namespace: &str, number: usize, address: usize) -> [Value; 2] {
    let mut pod_labels = naming(choice, 30);
    pod_labels.insert("app".to_owned(), json!(number.to_string()));
    let pod_address = format!("10.0.0.{address}");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("pod-{number}"), "namespace": namespace, "labels": pod_labels},
        "spec": {
            "serviceAccountName": "default", "nodeName": "node",
            "containers": [{"name": "app", "image": "app", "ports": [{"containerPort": 8080}]}],
        },
        "status": {
            "phase": "Running", "podIP": pod_address, "podIPs": [{"ip": pod_address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": format!("service-{number}"), "namespace": namespace, "labels": naming(choice, 40)},
        "spec": {
            "selector": {"app": number.to_string()}, "clusterIP": format!("10.96.0.{address}"),
            "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}],
        },
    });
    [service, pod]
}
