//! What is in well-known applications: each number is counted from generic YAML values by a few lines here
//! that share nothing with the graph, is asked of the graph, and stands written down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use meshward::graph::{Backend, Protocol, Service};
use serde::Deserialize as _;
use serde_yaml::Value;

use super::{files, folder, read_paths};

/// The numbers of one application, in the words of the table below.
fn sentence(workloads: usize, services: usize, ports: &BTreeMap<&str, usize>, accounts: usize) -> String {
    let ports: Vec<String> = ports.iter().map(|(protocol, count)| format!("{protocol} {count}")).collect();
    format!("{workloads} workloads, {services} services, ports {}, {accounts} accounts", ports.join(" "))
}

#[track_caller]
fn check(paths: &[&str], expected: &str) {
    let Some(root) = folder() else {
        return;
    };
    let counted = count(&root, paths);
    assert_eq!(counted, expected, "counted by hand in {paths:?}");
    let read = read_paths(&root, paths);
    assert!(read.diagnostics.is_empty(), "{}", read.rendered());
    let services: Vec<&Service> =
        read.graph.services.values().filter(|service| service.backend != Backend::ServiceEntry).collect();
    let mut ports = BTreeMap::new();
    for port in services.iter().flat_map(|service| &service.ports) {
        let protocol = match port.protocol {
            Protocol::Auto => "auto",
            Protocol::Grpc => "grpc",
            Protocol::Http => "http",
            Protocol::Http2 => "http2",
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        *ports.entry(protocol).or_insert(0) += 1;
    }
    let found = sentence(read.graph.workloads.len(), services.len(), &ports, read.graph.accounts.len());
    assert_eq!(found, expected, "the graph of {paths:?}");
}

fn count(root: &Path, paths: &[&str]) -> String {
    let (mut workloads, mut services, mut accounts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut ports = BTreeMap::new();
    for (_, text) in paths.iter().flat_map(|path| files(&root.join(path))) {
        for document in serde_yaml::Deserializer::from_str(&text) {
            let document = Value::deserialize(document).expect("the chosen manifests are valid");
            let Some(kind) = document["kind"].as_str() else {
                continue;
            };
            let namespace = document["metadata"]["namespace"].as_str().unwrap_or("default");
            let name = document["metadata"]["name"].as_str().unwrap_or_default();
            let key = format!("{kind} {namespace}/{name}");
            match kind {
                "CronJob" | "DaemonSet" | "Deployment" | "Job" | "Pod" | "StatefulSet" => {
                    workloads.insert(key);
                }
                "Service" if services.insert(key.clone()) => {
                    for port in document["spec"]["ports"].as_sequence().into_iter().flatten() {
                        *ports.entry(protocol(port)).or_insert(0) += 1;
                    }
                }
                "ServiceAccount" => {
                    accounts.insert(key);
                }
                _ => {}
            }
        }
    }
    sentence(workloads.len(), services.len(), &ports, accounts.len())
}

fn protocol(port: &Value) -> &'static str {
    if port["protocol"].as_str() == Some("UDP") {
        return "udp";
    }
    let stated = port["appProtocol"].as_str().or(port["name"].as_str()).unwrap_or_default();
    match stated.split('-').next().unwrap_or_default() {
        "http" => "http",
        "http2" => "http2",
        "grpc" => "grpc",
        "tcp" | "tls" | "https" | "mongo" | "mysql" | "redis" => "tcp",
        _ if [25, 53, 3306, 27017].contains(&port["port"].as_u64().unwrap_or(0)) => "tcp",
        _ => "auto",
    }
}

#[test]
fn online_boutique() {
    let expected = "12 workloads, 12 services, ports grpc 9 http 2 tcp 1, 11 accounts";
    check(&["app-online-boutique/release/kubernetes-manifests.yaml"], expected);
    check(&["app-online-boutique/kubernetes-manifests"], expected);
}

#[test]
fn bookinfo() {
    check(
        &["app-istio-samples/samples/bookinfo/platform/kube/bookinfo.yaml"],
        "6 workloads, 4 services, ports http 4, 4 accounts",
    );
    check(
        &[
            "app-istio-samples/samples/bookinfo/platform/kube/bookinfo.yaml",
            "app-istio-samples/samples/bookinfo/platform/kube/bookinfo-versions.yaml",
        ],
        "6 workloads, 10 services, ports http 10, 4 accounts",
    );
}

#[test]
fn sock_shop() {
    let expected = "14 workloads, 14 services, ports auto 11 tcp 4, 0 accounts";
    check(&["app-sock-shop/deploy/kubernetes/complete-demo.yaml"], expected);
    check(&["app-sock-shop/deploy/kubernetes/manifests"], expected);
}

#[test]
fn emojivoto() {
    check(
        &["app-emojivoto/kustomize/deployment"],
        "4 workloads, 3 services, ports auto 2 grpc 2 http 1, 3 accounts",
    );
}

#[test]
fn opentelemetry_demo() {
    check(
        &["app-otel-demo/kubernetes/opentelemetry-demo.yaml"],
        "25 workloads, 26 services, ports auto 17 grpc 4 http 7 tcp 16 udp 4, 5 accounts",
    );
    check(
        &["app-otel-demo-helm-rendered/charts/opentelemetry-demo/examples/default/rendered"],
        "30 workloads, 28 services, ports auto 20 grpc 4 http 9 tcp 19 udp 4, 5 accounts",
    );
}

#[test]
fn podinfo() {
    check(&["app-podinfo/kustomize"], "1 workloads, 1 services, ports grpc 1 http 1, 0 accounts");
    check(&["app-podinfo/deploy/webapp"], "2 workloads, 2 services, ports grpc 1 http 2, 2 accounts");
    check(&["app-podinfo/deploy/secure"], "2 workloads, 2 services, ports grpc 1 http 2 tcp 1, 2 accounts");
    check(&["app-podinfo/deploy/bases"], "9 workloads, 5 services, ports grpc 1 http 2 tcp 3, 2 accounts");
}

/// Left out are `service-spawner` and `scale-mesh`, which are templates, `topology-generator`, a tool, and of
/// `error-rates` all but one: its three files are one application for three namespaces.
#[test]
fn kiali_demos() {
    for (demo, expected) in [
        ("electronic-shop", "11 workloads, 4 services, ports http 4, 0 accounts"),
        ("error-rates/alpha.yaml", "11 workloads, 5 services, ports http 5, 0 accounts"),
        ("federated-travels", "11 workloads, 10 services, ports http 9 tcp 1, 0 accounts"),
        ("fraud-detection", "11 workloads, 6 services, ports grpc 6, 0 accounts"),
        ("music-store", "2 workloads, 2 services, ports http 2, 0 accounts"),
        ("runtimes-demo/kube", "5 workloads, 4 services, ports http 4, 0 accounts"),
        ("travels", "16 workloads, 10 services, ports http 9 tcp 1, 1 accounts"),
    ] {
        check(&[&format!("app-kiali-demos/{demo}")], expected);
    }
}
