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

/// A server that ends TLS takes nothing else, and one that asks for a certificate takes nobody without.
#[test]
fn the_command_speaks_what_the_server_does() {
    let runs = |question: &str, command: &str| {
        let run = ask(&[question]);
        assert!(run.stdout.contains(&format!("-- curl -sS -i{command}\n")), "{question}: {}", run.stdout);
    };
    runs("orders -> edge:80 GET /", " http://edge.shop:80/");
    runs("orders -> edge:443 GET /", " --insecure https://edge.shop:443/");
    let certificate = " --insecure --cert client.crt --key client.key https://edge.shop:444/";
    runs("orders -> edge:444 GET /", certificate);
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

/// `orders` may send anything to `edge`, a gateway of the Gateway API, and nobody else may.
const LISTENERS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: edge, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: edge}}
spec: {serviceAccountName: edge, containers: [{name: proxy, image: proxy, ports: [{containerPort: 443}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: edge, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/orders]}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: orders, namespace: shop, labels: {app: orders}, annotations: {sidecar.istio.io/status: '{}'}}
spec: {serviceAccountName: orders, containers: [{name: app, image: app}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
";

#[track_caller]
fn is_answered_in(manifests: &str, question: &str, start: &str) {
    let folder = Folder::new();
    folder.write("edge.yaml", manifests);
    let run = folder.run(&["can", "--manifests", "edge.yaml", question]);
    assert!(run.stdout.starts_with(start), "{question}: {}{}\n{manifests}", run.stdout, run.stderr);
}

/// A listener that passes TLS through sees no certificate, whatever its gateway says; options count as Istio spells them.
#[test]
fn a_listener_asks_for_certificates_where_it_ends_tls() {
    let is = |rest: &str, start: &str| {
        is_answered_in(&format!("{LISTENERS}{rest}"), "orders -> edge:443", start);
        is_answered_in(&format!("{LISTENERS}{rest}"), "anyone -> edge:443", "denied");
    };
    let listener = |tls: &str| format!("  listeners: [{{name: a, port: 443, protocol: TLS, tls: {tls}}}]\n");
    let option = |mode: &str| format!("{{options: {{gateway.istio.io/tls-terminate-mode: {mode}}}}}");
    is(&listener(&option("MUTUAL")), "allowed");
    is(&listener(&option("mutual")), "denied");
    is(&listener(&option("MUTUAL").replace("{options", "{mode: Passthrough, options")), "denied");
    let signer = "{validation: {caCertificateRefs: [{kind: ConfigMap, name: ca}]}}";
    let of_gateway = format!("  tls: {{frontend: {{default: {signer}}}}}\n");
    is(&(listener("{mode: Terminate}") + &of_gateway), "allowed");
    is(&(listener("{mode: Passthrough}") + &of_gateway), "denied");
    is(&(listener(&option("ISTIO_SIMPLE")) + &of_gateway), "denied");
    is(&(listener("{}") + "  tls: {frontend: {default: {}}}\n"), "denied");
    // An older form, of the listener, which Istio does not read.
    is(&listener("{frontendValidation: {caCertificateRefs: [{kind: ConfigMap, name: ca}]}}"), "denied");
    let of_port = |port: u16| {
        format!("  tls: {{frontend: {{default: {{}}, perPort: [{{port: {port}, tls: {signer}}}]}}}}\n")
    };
    is(&(listener("{}") + &of_port(443)), "allowed");
    is(&(listener("{}") + &of_port(444)), "denied");
}

/// The Service that comes with a gateway leads to the ports of its listeners, whatever another one does.
#[test]
fn a_listener_names_a_port_of_its_pods() {
    let service = "---
apiVersion: v1
kind: Service
metadata: {name: beside, namespace: shop}
spec:
  selector: {gateway.networking.k8s.io/gateway-name: edge}
  ports: [{name: tls, port: 443, targetPort: 8443}]
";
    let listener = "  listeners: [{name: a, port: 443, protocol: TLS, tls: {mode: Terminate}}]\n";
    is_answered_in(&format!("{LISTENERS}{listener}{service}"), "orders -> edge:443", "denied");
}

/// A server with TLS that names no mode passes it through, and sees neither requests nor certificates.
#[test]
fn a_server_without_a_mode_passes_tls_through() {
    let manifests = EDGE.replace("{mode: SIMPLE, credentialName: c}", "{}");
    is_answered_in(&manifests, "orders -> edge:443", "denied");
    let folder = Folder::new();
    folder.write("edge.yaml", &manifests);
    let run = folder.run(&["can", "--manifests", "edge.yaml", "orders -> edge:443 GET /"]);
    assert!(run.stderr.contains("`edge` is declared TCP"), "{}{}", run.stdout, run.stderr);
}

/// A Gateway without a selector holds for every gateway.
#[test]
fn servers_without_a_selector_hold_for_every_gateway() {
    let other = "---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: all, namespace: infra}
spec:
  servers:
    - {port: {number: 443, name: more, protocol: HTTPS}, hosts: [b.example], tls: {mode: MUTUAL, credentialName: c}}
";
    is_answered_in(&format!("{EDGE}{other}"), "orders -> edge:443 GET /", "allowed");
    is_answered_in(&format!("{EDGE}{other}"), "orders -> edge:80 GET /", "denied");
}

/// Such a port need not take plaintext: it may end TLS.
#[test]
fn a_guarantee_about_a_server_without_certificates_says_that_nobody_is_known() {
    let folder = Folder::new();
    let manifests = EDGE.split("---\napiVersion: security.istio.io").next().unwrap();
    folder.write("k8s/edge.yaml", manifests);
    folder
        .write("meshward.yaml", "name: edge\npolicies: [policies]\ngraph: {manifests: [k8s]}\noutput: out\n");
    folder.write(
        "policies/main.ward",
        "allow anyone -> shop/edge:443 GET /\nnever account shop/orders -> shop/edge:443\n",
    );
    let run = folder.run(&["check"]);
    let note = "the gateway asks for no certificate at this port: nobody is known there";
    assert!(run.stderr.contains(note) && !run.stderr.contains("plaintext only"), "{run}");
}
