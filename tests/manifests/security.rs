//! Gateways and Istio's security resources among the manifests.

use meshward::graph::Labels;

use super::read;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

#[test]
fn istio_gateways_select_in_every_namespace() {
    let read = read(
        "apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec: {selector: {istio: ingressgateway}, servers: []}
",
    );
    let ingress = labels(&[("app", "x"), ("istio", "ingressgateway")]);
    assert!(read.graph.is_gateway("istio-system", &ingress));
    assert!(!read.graph.is_gateway("shop", &labels(&[("app", "x")])));
}

#[test]
fn gateway_api_gateways_have_pods_of_their_own() {
    let read = read(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec: {gatewayClassName: istio}
",
    );
    let pods = labels(&[("gateway.networking.k8s.io/gateway-name", "public")]);
    assert!(read.graph.is_gateway("edge", &pods));
    assert!(!read.graph.is_gateway("shop", &pods));
}

#[test]
fn a_waypoint_is_no_gateway() {
    let read = read(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec: {gatewayClassName: istio-waypoint}
",
    );
    assert!(read.graph.gateways.is_empty());
    assert_eq!(read.graph.waypoints.len(), 1);
}

#[test]
fn a_class_of_the_mesh_controller_makes_waypoints() {
    let read = read(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: ours}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours, labels: {istio.io/waypoint-for: all}}
spec: {controllerName: istio.io/mesh-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec: {gatewayClassName: theirs}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: theirs}
spec: {controllerName: example.com/gateway}
",
    );
    let served: Vec<&str> = read.graph.waypoints.values().map(|waypoint| waypoint.serves.as_str()).collect();
    assert_eq!((served, read.graph.gateways.len()), (vec!["all"], 1));
    // A class lies in no namespace.
    assert_eq!(read.graph.namespaces.len(), 1);
}

#[test]
fn security_resources_are_kept() {
    let read = read(
        "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop, labels: {app.kubernetes.io/managed-by: meshward}}
spec:
  selector: {matchLabels: {app: cart}}
  action: DENY
  rules: [{}, {}]
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: b, namespace: shop}, spec: {}}
---
apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata: {name: c, namespace: shop}
spec:
  mtls: {mode: STRICT}
  portLevelMtls: {8080: {mode: PERMISSIVE}, 9090: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: d, namespace: shop}
spec:
  targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: public}]
  jwtRules: [{issuer: x}]
---
{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: e}, spec: {}}
",
    );
    let shown: Vec<String> = read
        .graph
        .resources
        .iter()
        .map(|resource| {
            let modes: Vec<&str> = resource.modes.iter().map(AsRef::as_ref).collect();
            format!(
                "{} {} {:?} {} {} {modes:?}",
                resource.kind, resource.key, resource.selector, resource.action, resource.rules
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "AuthorizationPolicy shop/a {\"app\": \"cart\"} DENY 2 []",
            "AuthorizationPolicy shop/b {} ALLOW 0 []",
            "PeerAuthentication shop/c {} ALLOW 0 [\"STRICT\", \"PERMISSIVE\"]",
            "RequestAuthentication shop/d {} ALLOW 1 []",
        ]
    );
    assert_eq!(read.graph.resources[0].labels["app.kubernetes.io/managed-by"], "meshward");
}

#[test]
fn extensions_of_proxies_are_told() {
    let object = |version: &str, kind: &str, name: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{}}\n---\n"
        )
    };
    let text = [
        object("networking.istio.io/v1alpha3", "EnvoyFilter", "payments-lua"),
        object("networking.istio.io/v1alpha3", "EnvoyFilter", "orders-lua"),
        object("extensions.istio.io/v1alpha1", "WasmPlugin", "auth"),
        object("example.com/v1", "EnvoyFilter", "of-others"),
    ];
    let read = super::read_files([("k8s.yaml", text.concat().as_str())]);
    insta::assert_snapshot!(read.rendered());
}
