//! Gateways and waypoints: which policies hold there, and what they see.

use meshward::istio::semantics::{Addressed, Backend, Target};
use meshward::policy::Labels;

use super::{by, claims, client, get, invalid_token, labels, named, object, peer, scene, sni, token};

const GATEWAY: &str = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]";
const CLASS: &str =
    "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}]";
const SERVICE: &str = "targetRefs: [{group: '', kind: Service, name: s}]";
const ENTRY: &str = "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: e}]";

fn classic() -> Labels {
    labels(&[("istio", "ingressgateway")])
}

fn of_gateway_api() -> Labels {
    labels(&[("gateway.networking.k8s.io/gateway-name", "g")])
}

#[test]
fn a_classic_gateway_takes_selectors_only() {
    let labels = classic();
    let target = Target::Gateway { namespace: "a", labels: &labels, certificates: true };
    let at = |text: &str| scene(text).outcome_at(target, &get());
    assert_eq!(at(&named("a", "p", "")), "Denied");
    assert_eq!(at(&named("istio-system", "p", "")), "Denied");
    assert_eq!(at(&named("a", "p", "selector: {matchLabels: {istio: ingressgateway}}")), "Denied");
    assert_eq!(at(&named("a", "p", "selector: {matchLabels: {app: x}}")), "Allowed");
    assert_eq!(at(&named("a", "p", GATEWAY)), "Allowed");
}

#[test]
fn a_gateway_of_the_gateway_api_takes_both() {
    let labels = of_gateway_api();
    let target = Target::Gateway { namespace: "a", labels: &labels, certificates: true };
    let at = |text: &str| scene(text).outcome_at(target, &get());
    assert_eq!(at(&named("a", "p", "")), "Denied");
    // "kind Gateway, same namespace, name equals gateway-name label"
    assert_eq!(at(&named("a", "p", GATEWAY)), "Denied");
    assert_eq!(at(&named("b", "p", GATEWAY)), "Allowed");
    assert_eq!(at(&named("a", "p", &GATEWAY.replace("name: g", "name: h"))), "Allowed");
    // "GatewayClass refs never attach to ingress gateways"
    assert_eq!(at(&named("istio-system", "p", CLASS)), "Allowed");
    assert_eq!(at(&named("a", "p", SERVICE)), "Allowed");
}

#[test]
fn a_gateway_has_its_own_tls() {
    let labels = classic();
    let target = Target::Gateway { namespace: "a", labels: &labels, certificates: true };
    let strict = object("PeerAuthentication", "a", "p", "mtls: {mode: STRICT}");
    assert_eq!(scene(&strict).outcome_at(target, &get()), "Allowed");
}

fn waypoint(addressed: Addressed<'static>) -> Target<'static> {
    Target::Waypoint { namespace: "a", name: "g", addressed, reads_server_names: true }
}

fn service(namespace: &'static str) -> Addressed<'static> {
    Addressed::Service { backend: Backend::Service, namespace, name: "s" }
}

#[test]
fn a_waypoint_takes_only_what_is_attached_by_name() {
    let caller = by("cluster.local/ns/b/sa/s");
    let at = |text: &str, addressed| scene(text).outcome_at(waypoint(addressed), &caller);
    // "NO, not even root/ns-wide"
    assert_eq!(at(&named("a", "p", ""), service("a")), "Allowed");
    assert_eq!(at(&named("istio-system", "p", ""), service("a")), "Allowed");
    assert_eq!(at(&named("a", "p", GATEWAY), service("a")), "Denied");
    assert_eq!(at(&named("b", "p", GATEWAY), service("a")), "Allowed");
    // "Service (policy ns = service ns)"; a waypoint serves services of other namespaces too.
    assert_eq!(at(&named("a", "p", SERVICE), service("a")), "Denied");
    assert_eq!(at(&named("a", "p", SERVICE), service("c")), "Allowed");
    assert_eq!(at(&named("c", "p", SERVICE), service("c")), "Denied");
    let entry = Addressed::Service { backend: Backend::ServiceEntry, namespace: "a", name: "e" };
    assert_eq!(at(&named("a", "p", ENTRY), entry), "Denied");
    assert_eq!(at(&named("a", "p", ENTRY), service("a")), "Allowed");
    // "GatewayClass only in root ns and only name `istio-waypoint`"
    assert_eq!(at(&named("istio-system", "p", CLASS), service("a")), "Denied");
    assert_eq!(at(&named("a", "p", CLASS), service("a")), "Allowed");
}

#[test]
fn traffic_for_a_pod_meets_no_policy_of_a_service() {
    // "Pod-addressed traffic gets only the policies of Gateway and GatewayClass."
    let caller = by("cluster.local/ns/b/sa/s");
    let at = |text: &str| scene(text).outcome_at(waypoint(Addressed::Pod), &caller);
    assert_eq!(at(&named("a", "p", SERVICE)), "Allowed");
    assert_eq!(at(&named("a", "p", GATEWAY)), "Denied");
    assert_eq!(at(&named("istio-system", "p", CLASS)), "Denied");
}

#[test]
fn the_tunnel_of_a_waypoint_needs_a_certificate_and_hides_the_peer() {
    let with = |rules: &str| scene(&named("a", "p", &format!("{SERVICE}, rules: [{rules}]")));
    let caller = |request: meshward::access::Request| meshward::access::Request {
        identity: by("cluster.local/ns/b/sa/s").identity,
        ..request
    };
    let target = waypoint(service("a"));
    assert_eq!(with("{}").outcome_at(target, &get()), "Refused");
    // "`ipBlocks` and `source.ip` NEVER match there (even `0.0.0.0/0`; `notIpBlocks` is always true)"
    let request = caller(peer("10.0.0.1"));
    assert_eq!(with("{from: [{source: {ipBlocks: [0.0.0.0/0]}}]}").outcome_at(target, &request), "Denied");
    assert_eq!(with("{when: [{key: source.ip, values: [10.0.0.1]}]}").outcome_at(target, &request), "Denied");
    let allowed = "Allowed by ns[a]-policy[p]-rule[0]";
    assert_eq!(with("{from: [{source: {notIpBlocks: [0.0.0.0/0]}}]}").outcome_at(target, &request), allowed);
    // "`remoteIpBlocks` sees the client of the CONNECT"
    let request = caller(client("10.0.0.1"));
    assert_eq!(
        with("{from: [{source: {remoteIpBlocks: [10.0.0.1]}}]}").outcome_at(target, &request),
        allowed
    );
    // "for service-addressed traffic the SERVICE port"
    assert_eq!(with("{to: [{operation: {ports: ['80']}}]}").outcome_at(target, &request), allowed);
    // "TCP ports follow 2.7"
    assert_eq!(with("{to: [{operation: {paths: ['*']}}]}").raw().outcome_at(target, &request), "Denied");
}

#[test]
fn a_waypoint_reads_server_names_of_raw_tls_alone() {
    let named = |spec: &str| scene(&named("a", "p", &format!("{SERVICE}, {spec}")));
    let caller = meshward::access::Request {
        identity: by("cluster.local/ns/b/sa/s").identity,
        ..sni("a.example.com")
    };
    let allow = "rules: [{when: [{key: connection.sni, values: ['*.example.com']}]}]";
    let reading = waypoint(service("a"));
    let blind =
        Target::Waypoint { namespace: "a", name: "g", addressed: service("a"), reads_server_names: false };
    let allowed = "Allowed by ns[a]-policy[p]-rule[0]";
    assert_eq!(named(allow).raw().outcome_at(reading, &caller), allowed);
    assert_eq!(named(allow).raw().outcome_at(blind, &caller), "Denied");
    // The name of the tunnel is not handed on (`ConnectAuthorityFilter`), and requests in TLS are not read.
    assert_eq!(named(allow).outcome_at(reading, &caller), "Denied");
    let deny = format!("action: DENY, {allow}");
    assert_eq!(named(&deny).outcome_at(reading, &caller), "Allowed");
}

#[test]
fn tokens_at_a_waypoint_are_attached_likewise() {
    let caller = |request: meshward::access::Request| meshward::access::Request {
        identity: by("cluster.local/ns/b/sa/s").identity,
        ..request
    };
    let at = |text: &str, request| scene(text).outcome_at(waypoint(service("a")), &caller(request));
    let attached =
        object("RequestAuthentication", "a", "j", &format!("{SERVICE}, jwtRules: [{{issuer: iss}}]"));
    assert_eq!(at(&attached, invalid_token()), "Unauthenticated");
    assert_eq!(at(&attached, claims(&[])), "Allowed");
    assert_eq!(at(&attached, token("other", None)), "Unauthenticated");
    let selecting = object("RequestAuthentication", "a", "j", "jwtRules: [{issuer: iss}]");
    assert_eq!(at(&selecting, invalid_token()), "Allowed");
}

#[test]
fn a_policy_with_two_targets_holds_once() {
    let both = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}, \
                {group: '', kind: Service, name: s}], rules: [{}]";
    let scene = scene(&named("a", "p", both));
    let rules = scene.at(waypoint(service("a")), |access| access.unwrap().allow.unwrap().len());
    assert_eq!(rules, 1);
}
