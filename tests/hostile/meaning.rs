//! Manifests under which a plain translation of a rule would open or close something else than the rule says.

use std::path::Path;

use meshward::diagnostic::render_human;
use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;
use meshward::{Options, check};

const SERVICES_OF_CALLERS: &str = "services:\n  shop/orders: {}\n";

/// Two pods that one label selects.
const PODS: &str = "
kind: Pod
apiVersion: v1
metadata: {name: old, namespace: shop, labels: {app: search, generation: old}}
spec:
  serviceAccountName: search
  containers: [{name: c, ports: [{name: web, containerPort: 8080}, {name: admin, containerPort: 9090}]}]
---
kind: Pod
apiVersion: v1
metadata: {name: new, namespace: shop, labels: {app: search, generation: new}}
spec:
  serviceAccountName: search
  containers: [{name: c, ports: [{name: web, containerPort: 9090}]}]
";

/// What is said about a policy and these manifests: the codes and the text.
fn findings(policy: &str, manifests: &[&str]) -> (Vec<&'static str>, String) {
    let project = "name: shop\nnamespaces: [shop]\ngraph: {services: services.yaml, manifests: k8s}\n";
    let files = [
        ("/shop/meshward.yaml", project.to_owned()),
        ("/shop/services.yaml", SERVICES_OF_CALLERS.to_owned()),
        ("/shop/policies/main.ward", format!("namespace shop\n{policy}\n")),
        ("/shop/k8s/shop.yaml", manifests.join("\n---\n")),
    ];
    let today = Date { year: 2026, month: 6, day: 1 };
    let checked = check(&MemoryLoader::new(files), Path::new("/shop"), &Options::on(today)).unwrap();
    let codes = checked.diagnostics.iter().map(|diagnostic| diagnostic.code.id()).collect();
    (codes, render_human(&checked.sources, &checked.diagnostics, false))
}

#[track_caller]
fn assert_codes(policy: &str, manifests: &[&str], expected: &[&str]) {
    let (codes, text) = findings(policy, manifests);
    assert_eq!(codes, expected, "{text}");
}

/// A Service called `name` that selects `selector` and has these ports.
fn service(name: &str, selector: &str, ports: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{selector: {selector}, ports: {ports}}}"
    )
}

#[test]
fn a_named_port_never_opens_another_port_of_another_pod() {
    let search = service("search", "{app: search}", "[{name: http, port: 80, targetPort: web}]");
    assert_codes("allow orders -> search GET /items*", &[PODS, &search], &["E0413"]);
    assert_codes("deny orders -> search:80", &[PODS, &search], &["E0413"]);
}

#[test]
fn nor_does_an_mtls_statement() {
    let search = service("search", "{app: search}", "[{name: http, port: 80, targetPort: web}]");
    assert_codes("mtls disable search:80 because \"a probe\"", &[PODS, &search], &["E0413"]);
}

#[test]
fn an_mtls_statement_does_not_take_an_unresolved_service_port_for_the_workloads() {
    let search = service("search", "{app: search}", "[{name: http, port: 80, targetPort: missing}]");
    assert_codes("mtls disable search:80 because \"a probe\"", &[PODS, &search], &["E0407"]);
}

#[test]
fn two_services_that_declare_one_port_differently_are_told() {
    let http = service("search", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    let tcp = service("search-raw", "{app: search}", "[{name: tcp, port: 81, targetPort: 8080}]");
    assert_codes("allow orders -> search GET /items*", &[PODS, &http, &tcp], &["L0814"]);
    assert_codes("deny orders -> search GET /items*", &[PODS, &http, &tcp], &["E0409"]);
    let (_, text) = findings("deny orders -> search GET /items*", &[PODS, &http, &tcp]);
    assert!(text.contains("port `http` of `shop/search` is declared in two ways"), "{text}");
    // Without an operation the rule means the same whatever the port carries.
    assert_codes("deny orders -> search", &[PODS, &http, &tcp], &[]);
    let http3 =
        service("search-3", "{app: search}", "[{name: quic, port: 80, targetPort: 8080, protocol: UDP}]");
    assert_codes("deny orders -> search GET /items*", &[PODS, &http, &http3], &["E0409"]);
    let grpc = service("search-rpc", "{app: search}", "[{name: grpc, port: 81, targetPort: 8080}]");
    assert_codes("deny orders -> search GET /items*", &[PODS, &http, &grpc], &[]);
}

#[test]
fn a_port_that_is_opened_without_a_thought_is_told_with_a_way_to_leave_it_out() {
    let ports = "[{name: http, port: 80, targetPort: 8080}, {name: prom, port: 8801}]";
    let search = service("search", "{generation: old}", ports);
    let (codes, text) = findings("allow orders -> search GET /items*", &[PODS, &search]);
    assert_eq!(codes, ["L0814"], "{text}");
    assert!(text.contains("`search:http` leaves `prom` out"), "{text}");
    assert_codes("allow orders -> search:http GET /items*", &[PODS, &search], &[]);
    // Many rules of one port are one warning.
    let several: String = (0..5).map(|number| format!("allow orders -> search GET /a{number}\n")).collect();
    let (codes, text) = findings(&several, &[PODS, &search]);
    assert_eq!(codes, ["L0814"], "{text}");
    assert!(text.contains("the same holds for 2 more statements"), "{text}");
}

/// To Istio the number of a UDP port is one of raw TCP, and of the ports of one Service the first decides.
#[test]
fn a_udp_port_before_an_http_port_takes_it_for_tcp() {
    let udp = "{name: http3, port: 443, targetPort: 8080, protocol: UDP}";
    let http = "{name: http, port: 80, targetPort: 8080}";
    let first = service("search", "{generation: old}", &format!("[{udp}, {http}]"));
    let second = service("search", "{generation: old}", &format!("[{http}, {udp}]"));
    let (codes, text) = findings("allow orders -> search GET /items*", &[PODS, &first]);
    assert_eq!(codes, ["L0814"], "{text}");
    assert!(text.contains("this one comes first"), "{text}");
    assert!(text.contains("give UDP a `targetPort` of its own"), "{text}");
    assert_codes("deny orders -> search GET /items*", &[PODS, &first], &["E0409"]);
    assert_codes("allow orders -> search GET /items*", &[PODS, &second], &[]);
    assert_codes("allow orders -> search:http", &[PODS, &first], &[]);
}

#[test]
fn a_permissive_port_does_not_hide_one_in_plaintext() {
    let ports = "[{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, targetPort: 9090}]";
    let search = service("search", "{generation: old}", ports);
    let policy = "\
mtls permissive search:80 because \"a migration\"
mtls disable search:90 because \"a probe\"
allow orders -> search";
    assert_codes(policy, &[PODS, &search], &["E0411"]);
}

#[test]
fn all_services_of_a_namespace_do_not_mean_those_that_the_mesh_does_not_carry() {
    let search = service("search", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    let dns = service("dns", "{generation: old}", "[{name: dns, port: 53, protocol: UDP}]");
    assert_codes("allow orders -> shop/* GET /items*", &[PODS, &search, &dns], &[]);
}

#[test]
fn a_block_of_mapped_addresses_is_refused() {
    let search = service("search", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    let policy = "network office = ::ffff:203.0.113.0/120\ndeny @office -> search";
    let (codes, text) = findings(policy, &[PODS, &search]);
    assert!(codes.contains(&"E0109"), "{text}");
    assert!(text.contains("its IPv6 form matches nobody"), "{text}");
}

/// A gateway, which ends TLS at 8443, passes it through unread at 9443, and asks for certificates at 7443.
const GATEWAY: &str = "
kind: Pod
apiVersion: v1
metadata: {name: edge, namespace: shop, labels: {istio: edge, sidecar.istio.io/inject: 'true'}}
spec: {serviceAccountName: edge, containers: [{name: istio-proxy, image: auto}]}
---
kind: Service
apiVersion: v1
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: edge}
  ports:
    - {name: http2, port: 80, targetPort: 8080}
    - {name: https, port: 443, targetPort: 8443}
    - {name: tls, port: 9443}
    - {name: mutual, port: 7443}
---
kind: Gateway
apiVersion: networking.istio.io/v1
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
    - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}
    - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c}}
    - {port: {number: 9443, name: tls, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}
    - {port: {number: 7443, name: mutual, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}
";

#[test]
fn a_gateway_takes_callers_without_an_identity_whatever_the_mode_of_the_mesh() {
    let mode = "mtls strict\n";
    let policy =
        |rules: &str| format!("{mode}@allow(anyone, \"the site\")\nallow anyone -> edge:80\n{rules}");
    assert_codes(&policy("never anyone -> edge:80 GET /admin/*"), &[GATEWAY], &["E1001"]);
    assert_codes(&policy("only mesh -> edge:80 GET /admin/*"), &[GATEWAY], &["E1002"]);
    assert_codes(&policy("reaches anyone -> edge:80 GET /shop"), &[GATEWAY], &[]);
    let (codes, text) = findings(&policy("deny mesh except orders -> edge:7443 GET /y*"), &[GATEWAY]);
    assert!(codes.contains(&"E0302"), "{text}");
    assert!(text.contains("it is a gateway"), "{text}");
}

#[test]
fn the_servers_of_a_gateway_say_what_its_ports_carry() {
    let policy = |rules: &str| format!("@allow(anyone, \"the site\")\nallow anyone -> edge\n{rules}");
    let closed = "deny anyone -> edge GET /admin*\nnever anyone -> edge GET /admin*";
    assert_codes(&policy(closed), &[GATEWAY], &["L0822"]);
    let only_plain = "deny anyone -> edge:80 GET /admin*\nnever anyone -> edge GET /admin*";
    assert_codes(&policy(only_plain), &[GATEWAY], &["L0822", "E1001"]);
    assert_codes(&policy("deny anyone -> edge:9443 GET /admin*"), &[GATEWAY], &["E0408"]);
    assert_codes("allow orders -> edge:7443 host example.com GET /a", &[GATEWAY], &[]);
}

/// A `Gateway` without a selector holds for every gateway, and for no other pods.
#[test]
fn the_servers_of_a_gateway_say_nothing_of_other_pods() {
    let search = service("search", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    let everywhere = "
kind: Gateway
apiVersion: networking.istio.io/v1
metadata: {name: everywhere, namespace: shop}
spec: {servers: [{port: {number: 8080, name: tcp, protocol: TCP}, hosts: ['*']}]}
";
    assert_codes("allow orders -> search GET /items*", &[PODS, &search, everywhere], &[]);
}

/// A Service that selects nothing stands in front of no gateway.
#[test]
fn a_service_with_an_empty_selector_moves_no_server() {
    let nothing = service("nothing", "{}", "[{name: mutual, port: 8443, targetPort: 80}]");
    let own = GATEWAY.replace("{port: {number: 443,", "{port: {number: 8443,");
    let (codes, text) = findings("allow orders -> edge:443", &[&own, &nothing]);
    assert!(codes.contains(&"E0411"), "{text}");
}

/// Without a certificate no identity arrives, so that a rule about one would say what is not so.
#[test]
fn a_gateway_knows_callers_where_its_server_asks_for_certificates() {
    for port in ["80", "443", "9443"] {
        let (codes, text) = findings(&format!("allow orders -> edge:{port}"), &[GATEWAY]);
        assert_eq!(codes, ["E0411"], "{text}");
        assert!(text.contains("asks for no certificate"), "{text}");
    }
    assert_codes("allow orders -> edge:7443", &[GATEWAY], &[]);
    // A server names the port of the Service, unless the Service asks to be left out.
    let moved = GATEWAY.replace("{name: mutual, port: 7443}", "{name: mutual, port: 7443, targetPort: 80}");
    let untranslated = "labels: {experimental.istio.io/disable-gateway-port-translation: 'true'}";
    let labelled = moved.replace(
        "{name: edge, namespace: shop}\nspec:\n  selector: {istio: edge}\n  ports",
        &format!(
            "{{name: edge, namespace: shop, {untranslated}}}\nspec:\n  selector: {{istio: edge}}\n  ports"
        ),
    );
    assert_ne!(labelled, moved);
    assert_codes("allow orders -> edge:7443", &[&moved], &[]);
    assert_codes("allow orders -> edge:7443", &[&labelled], &["E0411"]);
}

/// What a port of a workload carries is declared by any Service in front of it.
#[test]
fn a_workload_has_the_protocols_that_its_services_declare() {
    let http = service("search-svc", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    assert_codes("allow orders -> old:8080 GET /items*", &[PODS, &http], &[]);
    assert_codes("deny orders -> old:8080 GET /items*", &[PODS, &http], &[]);
    let same = service("search-too", "{app: search}", "[{name: http, port: 81, targetPort: 8080}]");
    assert_codes("deny orders -> old:8080 GET /items*", &[PODS, &http, &same], &[]);
}

#[test]
fn a_workload_has_no_protocol_where_its_services_disagree_or_say_nothing() {
    let http = service("search-svc", "{generation: old}", "[{name: http, port: 80, targetPort: 8080}]");
    let tcp = service("search-raw", "{app: search}", "[{name: tcp, port: 81, targetPort: 8080}]");
    assert_codes("allow orders -> old:8080 GET /items*", &[PODS, &http, &tcp], &["L0814"]);
    assert_codes("deny orders -> old:8080 GET /items*", &[PODS, &http, &tcp], &["E0409"]);
    // The other port is none of its business.
    assert_codes("deny orders -> old:9090 GET /items*", &[PODS, &http], &["E0409"]);
}
