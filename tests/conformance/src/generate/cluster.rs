//! Random clusters: many namespaces, accounts that are shared, and ports declared in every way.

use std::net::Ipv4Addr;

use super::Choice;
use super::vocabulary as words;
use crate::cluster::{Cluster, GATEWAY_NAME, Port, Server, ServicePort, Workload, address};

const NAMESPACES: &[&str] =
    &["shop", "bank", "no", "a-b", "team-1", "team-12", "x", "web", "ops", "data", "shop-dev", "y"];
const NAMES: &[&str] = &["orders", "payments", "db", "on", "api", "api-v2", "front", "w1"];
const ACCOUNTS: &[&str] = &["default", "orders", "payments", "batch", "api"];
const NORMALIZATIONS: &[&str] =
    &["BASE", "BASE", "BASE", "DEFAULT", "NONE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];

/// A cluster of about `size` workloads.
pub fn cluster(choice: &mut Choice, size: usize) -> Cluster {
    let trust_domain = choice.word(&["cluster.local", "cluster.local", "td1", "prod.example.com"]);
    let trust_domain_aliases = match choice.number(0, 4) {
        0 => vec!["old.local".to_owned()],
        1 => vec!["old.local".to_owned(), "td12".to_owned()],
        _ => Vec::new(),
    };
    let root_namespace = choice.word(&["istio-system", "istio-system", "istio-config"]);
    let mut namespaces: Vec<String> = NAMESPACES.iter().map(|&name| name.to_owned()).collect();
    choice.shuffle(&mut namespaces);
    namespaces.truncate(size.div_ceil(2).max(1));
    let mut workloads: Vec<Workload> = Vec::new();
    for index in 0..size {
        let namespace =
            if choice.chance(4) { root_namespace.clone() } else { choice.pick(&namespaces).clone() };
        let taken = |name: &String| {
            workloads.iter().any(|workload| workload.namespace == namespace && workload.name == *name)
        };
        let mut name = choice.word(NAMES);
        if taken(&name) {
            name = format!("{name}-{index}");
        }
        workloads.push(workload(choice, namespace, name, index));
    }
    if choice.chance(70) {
        let namespace = choice.pick(&workloads).namespace.clone();
        workloads.push(gateway(choice, namespace, size));
    }
    let path_normalization = choice.pick(NORMALIZATIONS);
    Cluster {
        trust_domain,
        trust_domain_aliases,
        root_namespace,
        path_normalization,
        workloads,
        ambient: Vec::new(),
        waypoints: Vec::new(),
    }
}

fn workload(choice: &mut Choice, namespace: String, name: String, index: usize) -> Workload {
    let mut labels = std::collections::BTreeMap::from([("app".to_owned(), name.clone())]);
    if choice.chance(60) {
        labels.insert("tier".to_owned(), choice.word(&["front", "back"]));
    }
    if choice.chance(30) {
        labels.insert("version".to_owned(), choice.word(&["v1", "v2"]));
    }
    Workload {
        namespace,
        account: choice.word(ACCOUNTS),
        labels,
        address: address(Ipv4Addr::new(10, 44, 0, 1), index),
        ports: ports(choice),
        servers: Vec::new(),
        name,
    }
}

/// A gateway with a server without TLS, one with mutual TLS, or both. They name ports of the Service, or of the pod.
fn gateway(choice: &mut Choice, namespace: String, index: usize) -> Workload {
    let mut labels = std::collections::BTreeMap::from([("app".to_owned(), words::GATEWAY.to_owned())]);
    if choice.chance(50) {
        labels.insert(GATEWAY_NAME.to_owned(), words::GATEWAY.to_owned());
    }
    let all = [(8080, 80, "http2", false), (9090, 443, "https", true)];
    let kept = choice.number(0, 3);
    let mut workload = Workload {
        namespace,
        name: words::GATEWAY.to_owned(),
        account: choice.word(ACCOUNTS),
        labels,
        address: address(Ipv4Addr::new(10, 44, 0, 1), index),
        ports: Vec::new(),
        servers: Vec::new(),
    };
    for (position, (port, number, name, mutual)) in all.into_iter().enumerate() {
        if kept == position {
            continue;
        }
        let service = ServicePort { number, name: name.to_owned(), app_protocol: None };
        let is_listed = choice.chance(80);
        workload.ports.push(Port { number: port, service: is_listed.then_some(service) });
        let number = if is_listed && choice.chance(70) { number } else { port };
        workload.servers.push(Server { number, port, mutual });
    }
    workload
}

/// The numbers are few, so that rules of one workload speak of ports of another.
fn ports(choice: &mut Choice) -> Vec<Port> {
    let mut ports = vec![Port { number: 8080, service: Some(http(choice)) }];
    if choice.chance(50) {
        ports.push(Port { number: 9090, service: Some(service(choice, 9090, "grpc", "grpc")) });
    }
    if choice.chance(60) {
        ports.push(Port { number: 5432, service: Some(tcp(choice)) });
    }
    if choice.chance(60) {
        ports.push(Port { number: 7000, service: Some(undeclared(choice)) });
    }
    if choice.chance(50) {
        ports.push(Port { number: 6000, service: None });
    }
    ports
}

fn http(choice: &mut Choice) -> ServicePort {
    let name = choice.word(&["http", "http-web", "HTTP-x", "http2", "grpc-web"]);
    let protocol = choice.word(&["", "", "", "http", "kubernetes.io/ws"]);
    service(choice, 80, &name.to_lowercase(), &protocol)
}

fn tcp(choice: &mut Choice) -> ServicePort {
    let (name, protocol) = *choice.pick(&[
        ("tcp", ""),
        ("tcp-db", ""),
        ("tls", ""),
        ("redis", ""),
        ("mongo-1", ""),
        ("db", "tcp"),
        ("http", "tcp"),
    ]);
    // The name of another port may be `http` already.
    let name = if name == "http" { "http-but-tcp" } else { name };
    service(choice, 5432, name, protocol)
}

fn undeclared(choice: &mut Choice) -> ServicePort {
    let (name, protocol) =
        *choice.pick(&[("web", ""), ("foo-http", ""), ("http-foo", "unknown"), ("metrics", "")]);
    let number = *choice.pick(&[7000, 7000, 70, 3306]);
    service(choice, number, name, protocol)
}

fn service(choice: &mut Choice, number: u16, name: &str, protocol: &str) -> ServicePort {
    let number = if choice.chance(70) { number } else { number + 1000 };
    let app_protocol = (!protocol.is_empty()).then(|| protocol.to_owned());
    ServicePort { number, name: name.to_owned(), app_protocol }
}
