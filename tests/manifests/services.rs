//! Services: selector, ports, and protocols by Istio's table.

use meshward::graph::{Backend, Key, Protocol, Service, TargetPort};

use super::{Read, deployment, indented, read};

/// The Service `shop/cart` with this `spec`.
fn service(spec: &str) -> Read {
    let spec = indented(spec, 2);
    read(&format!("apiVersion: v1\nkind: Service\nmetadata: {{name: cart, namespace: shop}}\nspec:\n{spec}"))
}

fn cart(read: &Read) -> &Service {
    &read.graph.services[&Key::new("shop", "cart")]
}

/// The protocol of a port whose mapping has these entries.
#[track_caller]
fn protocol(entries: &str) -> Protocol {
    cart(&service(&format!("ports: [{{{entries}}}]"))).ports[0].protocol
}

/// "Text before the first `-`, any case: http, http2, grpc, grpc-web* are HTTP; tcp, https, tls, mongo, mysql, redis (and
/// the name udp) are TCP; anything else, or none, is sniffed."
#[test]
fn the_name_tells_the_protocol() {
    for (name, expected) in [
        ("http", Protocol::Http),
        ("http-web", Protocol::Http),
        ("HTTP-web", Protocol::Http),
        ("http2", Protocol::Http2),
        ("http2-x", Protocol::Http2),
        ("grpc", Protocol::Grpc),
        ("grpc-cart", Protocol::Grpc),
        ("grpc-web", Protocol::Grpc),
        ("grpc-website", Protocol::Grpc),
        ("tcp", Protocol::Tcp),
        ("tcp-metrics", Protocol::Tcp),
        ("https", Protocol::Tcp),
        ("tls-x", Protocol::Tcp),
        ("mongo", Protocol::Tcp),
        ("mysql-db", Protocol::Tcp),
        ("redis", Protocol::Tcp),
        ("udp", Protocol::Tcp),
        ("web", Protocol::Auto),
        ("httpx", Protocol::Auto),
        ("my-http", Protocol::Auto),
        ("metrics", Protocol::Auto),
    ] {
        assert_eq!(protocol(&format!("port: 80, name: {name}")), expected, "{name}");
    }
    assert_eq!(protocol("port: 80"), Protocol::Auto);
}

/// "appProtocol overrides the port name, even an unknown value (then the port is sniffed)"; "kubernetes.io/h2c and /ws
/// are HTTP, /wss is TCP"
#[test]
fn app_protocol_beats_the_name() {
    for (app_protocol, expected) in [
        ("http", Protocol::Http),
        ("HTTP2", Protocol::Http2),
        ("grpc", Protocol::Grpc),
        ("grpc-web", Protocol::Grpc),
        ("https", Protocol::Tcp),
        ("kubernetes.io/h2c", Protocol::Http2),
        ("kubernetes.io/ws", Protocol::Http),
        ("kubernetes.io/wss", Protocol::Tcp),
        ("example.com/own", Protocol::Auto),
        ("\"\"", Protocol::Auto),
    ] {
        let entries = format!("port: 80, name: tcp-x, appProtocol: {app_protocol}");
        assert_eq!(protocol(&entries), expected, "{app_protocol}");
    }
}

/// "Service ports 25, 53, 3306, 27017 without a known protocol are TCP."
#[test]
fn some_ports_are_known_to_be_tcp() {
    for number in [25, 53, 3306, 27017] {
        assert_eq!(protocol(&format!("port: {number}")), Protocol::Tcp, "{number}");
        assert_eq!(protocol(&format!("port: {number}, name: http")), Protocol::Http, "{number}");
        assert_eq!(protocol(&format!("port: {number}, appProtocol: own")), Protocol::Tcp, "{number}");
    }
    assert_eq!(protocol("port: 5432"), Protocol::Auto);
    assert_eq!(protocol("port: 80, targetPort: 3306"), Protocol::Auto);
}

#[test]
fn the_mesh_carries_tcp_alone() {
    assert_eq!(protocol("port: 53, protocol: UDP, name: http"), Protocol::Udp);
    assert_eq!(protocol("port: 53, protocol: SCTP"), Protocol::Udp);
    assert_eq!(protocol("port: 80, protocol: TCP, name: http"), Protocol::Http);
}

#[test]
fn a_target_port_is_a_number_a_name_or_the_same() {
    let read = service(
        "ports:
- {name: a, port: 80, targetPort: 8080}
- {name: b, port: 81, targetPort: web}
- {name: c, port: 82}
- {name: d, port: 83, targetPort: \"\"}
- {name: e, port: 84, targetPort: 0}
- {name: f, port: 85, targetPort: \"8080-x\"}",
    );
    let targets: Vec<TargetPort> = cart(&read).ports.iter().map(|port| port.target.clone()).collect();
    assert_eq!(
        targets,
        [
            TargetPort::Number(8080),
            TargetPort::Name("web".into()),
            TargetPort::Number(82),
            TargetPort::Number(83),
            TargetPort::Number(84),
            TargetPort::Name("8080-x".into()),
        ]
    );
}

#[test]
fn a_selector_may_be_empty_or_absent() {
    let selector = |spec| match &cart(&service(spec)).backend {
        Backend::Selector(labels) => format!("{:?}", labels.node),
        other => format!("{other:?}"),
    };
    assert_eq!(selector("selector: {app: cart}"), "{\"app\": \"cart\"}");
    assert_eq!(selector("selector: {}"), "{}");
    assert_eq!(selector("selector:"), "NoSelector");
    assert_eq!(selector("ports: [{port: 80}]"), "NoSelector");
    assert_eq!(selector("type: ExternalName\nexternalName: x.example.com"), "ExternalName");
    assert_eq!(selector("clusterIP: None\nselector: {app: cart}"), "{\"app\": \"cart\"}");
}

#[test]
fn one_number_for_tcp_and_udp_is_two_ports() {
    let read = service(
        "ports:
- {name: dns, port: 53, protocol: UDP}
- {name: dns-tcp, port: 53, protocol: TCP}",
    );
    let protocols: Vec<Protocol> = cart(&read).ports.iter().map(|port| port.protocol).collect();
    assert_eq!(protocols, [Protocol::Udp, Protocol::Tcp]);
}

#[test]
fn a_knative_service_is_none() {
    let read = read(
        "apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello}
spec: {template: {spec: {containers: [{image: hello}]}}}
",
    );
    assert!(read.graph.services.is_empty());
    assert!(read.graph.namespaces.is_empty());
}

#[test]
fn a_service_entry_is_a_service_outside() {
    let read = read(
        "apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: payment-provider, namespace: shop}
spec:
  hosts: [api.example.com]
  ports:
  - {number: 443, name: https, protocol: TLS}
  - {number: 80, name: http, protocol: HTTP, targetPort: 8080}
  - {number: 90, name: http-x}
",
    );
    let service = &read.graph.services[&Key::new("shop", "payment-provider")];
    assert_eq!(service.backend, Backend::ServiceEntry);
    let ports: Vec<_> = service.ports.iter().map(|port| (port.number, port.protocol)).collect();
    assert_eq!(ports, [(443, Protocol::Tcp), (80, Protocol::Http), (90, Protocol::Auto)]);
    assert_eq!(service.ports[1].target, TargetPort::Number(8080));
}

/// `GetProxyServiceTargets` of istiod's `ServiceEntries`.
#[test]
fn a_service_entry_with_a_selector_stands_before_pods() {
    let entry = "apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: cart-entry, namespace: shop}
spec:
  hosts: [www.example.com, cart.example.com]
  workloadSelector: {labels: {app: cart}}
  ports: [{number: 80, name: any, protocol: TCP, targetPort: 8080}, {number: 9090, name: grpc, protocol: GRPC}]
---
";
    let read = read(&format!("{entry}{}", deployment("labels: {app: cart}", "")));
    let service = &read.graph.services[&Key::new("shop", "cart-entry")];
    assert_eq!(service.entry.as_deref(), Some("cart.example.com"));
    assert_eq!(read.graph.workloads_of(service).len(), 1);
    assert_eq!(read.workload("cart").declared, [(8080, Protocol::Tcp), (9090, Protocol::Grpc)]);
}

#[test]
fn a_service_beats_a_service_entry_of_its_name() {
    let read = read(
        "apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: cart, namespace: shop}
spec: {hosts: [cart.example.com], ports: [{number: 443, name: tls, protocol: TLS}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80}]}
",
    );
    assert!(matches!(cart(&read).backend, Backend::Selector(_)));
}

/// `GetProxyServiceTargets` of istiod's registries gives both.
#[test]
fn a_service_entry_of_the_name_of_a_service_declares_its_ports() {
    let read = read(&format!(
        "apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: cart, namespace: shop}}
spec:
  hosts: [cart.example.com]
  workloadSelector: {{labels: {{app: cart}}}}
  ports: [{{number: 9090, name: any, protocol: TCP}}]
---
apiVersion: v1
kind: Service
metadata: {{name: cart, namespace: shop}}
spec: {{selector: {{app: cart}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
---
{}",
        deployment("labels: {app: cart}", "")
    ));
    assert_eq!(cart(&read).ports.len(), 1);
    assert_eq!(read.workload("cart").declared, [(8080, Protocol::Http), (9090, Protocol::Tcp)]);
}
