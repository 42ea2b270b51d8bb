//! Workloads behind a waypoint: what a change opens and closes for each who sends, and by what it addresses.

use std::collections::BTreeSet;

use meshward::diff::{Change, Diff, Direction};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Asked, assert_requests_hold, compare, outcomes, said, yaml};

/// A mesh of `orders` in the ambient mesh, `legacy` with a sidecar, and `payments` behind two Services.
#[derive(Clone, Debug)]
struct Mesh {
    /// Labels of the namespace `shop`, of the Service `payments` and of its pods.
    namespace: &'static str,
    service: &'static str,
    pod: &'static str,
    /// Which traffic the waypoint takes; there is none where it is empty.
    waypoint_for: &'static str,
    /// The label that says what sends for `legacy`.
    legacy: &'static str,
    policies: String,
}

const EDGE: &str = "istio.io/use-waypoint: edge";

const WITH_SIDECAR: &str = "sidecar.istio.io/inject: 'true'";
const WITH_ZTUNNEL: &str = "istio.io/dataplane-mode: ambient";
const WITH_NOTHING: &str = "sidecar.istio.io/inject: 'false'";

impl Mesh {
    /// The Service names the waypoint, which takes all traffic.
    fn new(policies: &str) -> Self {
        let policies = policies.to_owned();
        Self { namespace: "", service: EDGE, pod: "", waypoint_for: "all", legacy: WITH_SIDECAR, policies }
    }

    fn asked(&self) -> Asked {
        let Self { namespace, service, pod, waypoint_for, legacy, policies } = self;
        let waypoint = if waypoint_for.is_empty() {
            String::new()
        } else {
            format!(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n\
                 metadata: {{name: edge, namespace: shop, labels: {{istio.io/waypoint-for: {waypoint_for}}}}}\n\
                 spec: {{gatewayClassName: istio-waypoint, listeners: [{{name: mesh, port: 15008, protocol: HBONE}}]}}\n"
            )
        };
        let deployment = |namespace: &str, name: &str, labels: &str| {
            format!(
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
                 spec: {{template: {{metadata: {{labels: {{app: {name}, {labels}}}}}, spec: {{serviceAccountName: {name}, \
                 containers: [{{name: c, ports: [{{containerPort: 8080}}]}}]}}}}}}\n"
            )
        };
        let services = format!(
            "---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: payments, namespace: shop, labels: {{{service}}}}}\n\
             spec: {{selector: {{app: payments}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: front, namespace: shop}}\n\
             spec: {{selector: {{app: payments}}, ports: [{{name: http, port: 81, targetPort: 8080}}]}}\n"
        );
        yaml(&format!(
            "apiVersion: v1\nkind: Namespace\n\
             metadata: {{name: shop, labels: {{istio.io/dataplane-mode: ambient, {namespace}}}}}\n\
             ---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: old}}\n\
             {services}{}{}{}{waypoint}{policies}",
            deployment("shop", "payments", pod),
            deployment("shop", "orders", ""),
            deployment("old", "legacy", legacy),
        ))
    }
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
         metadata: {{name: {name}, namespace: shop}}\nspec: {{{spec}}}\n"
    )
}

const OF_SERVICE: &str = "targetRefs: [{group: '', kind: Service, name: payments}]";
const OF_PODS: &str = "selector: {matchLabels: {app: payments}}";

/// Only such callers may GET below `/api`.
fn for_callers(names: &str) -> String {
    policy(
        "for-callers",
        &format!(
            "{OF_SERVICE}, rules: [{{from: [{{source: {{principals: [{names}]}}}}], \
             to: [{{operation: {{methods: [GET], paths: [/api/*]}}}}]}}]"
        ),
    )
}

/// The pods take what comes from `name` alone.
fn only_from(name: &str) -> String {
    policy(
        "only",
        &format!("{OF_PODS}, rules: [{{from: [{{source: {{principals: [cluster.local/ns/{name}]}}}}]}}]"),
    )
}

const ORDERS: &str = "cluster.local/ns/shop/sa/orders";

/// What is said of a change and of its undoing, each of whose requests holds.
fn both_ways(old: &Mesh, new: &Mesh) -> String {
    let (old, new) = (old.asked(), new.asked());
    let (there, back) = (compare(&old, &new), compare(&new, &old));
    assert_requests_hold(&old, &new, &there);
    assert_requests_hold(&new, &old, &back);
    format!("{}back\n{}", said(&there), said(&back))
}

#[test]
fn a_rule_of_a_waypoint() {
    let old = Mesh::new(&for_callers(ORDERS));
    let new = Mesh::new(&for_callers(&format!("{ORDERS}, cluster.local/ns/shop/sa/cart")));
    insta::assert_snapshot!(both_ways(&old, &new));
}

/// A waypoint reads server names at the numbers at which some Service of any namespace has TLS.
#[test]
fn a_service_elsewhere_that_gets_tls() {
    let named = |protocol: &str| {
        let policies = policy(
            "named",
            "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}], \
                                        rules: [{when: [{key: connection.sni, values: [a.example.com]}]}]",
        );
        let edge = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: shop}\n\
                    spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, \
                    allowedRoutes: {namespaces: {from: All}}}]}\n";
        let db = format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: db, namespace: shop, labels: {{{EDGE}}}}}\n\
             spec: {{selector: {{app: payments}}, ports: [{{name: tcp, port: 5432, targetPort: 5432}}]}}\n"
        );
        let far = format!(
            "---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: far, namespace: far, labels: {{{EDGE}, istio.io/use-waypoint-namespace: shop}}}}\n\
             spec: {{selector: {{app: far}}, ports: [{{name: {protocol}, port: 5432}}]}}\n"
        );
        Mesh { waypoint_for: "", ..Mesh::new(&[policies.as_str(), edge, &db, &far].concat()) }
    };
    insta::assert_snapshot!(both_ways(&named("tcp"), &named("tls")));
}

/// `old/legacy` has a sidecar, which goes past waypoints.
#[test]
fn a_service_that_gets_a_waypoint() {
    let new = Mesh::new(&for_callers(ORDERS));
    let old = Mesh { service: "", ..new.clone() };
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_ztunnel_that_no_longer_takes_what_the_waypoint_sends() {
    let old = Mesh::new(&[for_callers(ORDERS), only_from("shop/sa/edge")].concat());
    let new = Mesh::new(&[for_callers(ORDERS), only_from("shop/sa/orders")].concat());
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_caller_that_leaves_its_sidecar_for_the_ambient_mesh() {
    let old = Mesh::new(&for_callers(ORDERS));
    let new = Mesh { legacy: WITH_ZTUNNEL, ..old.clone() };
    insta::assert_snapshot!(both_ways(&old, &new));
}

/// No ztunnel sends for it then: it goes straight to the pods, as before.
#[test]
fn a_caller_that_loses_its_sidecar_comes_through_no_waypoint() {
    let old = Mesh::new(&for_callers(ORDERS));
    let new = Mesh { legacy: WITH_NOTHING, ..old.clone() };
    let of_payments = |diff: &Diff| {
        diff.targets.iter().any(|target| target.workloads.contains(&"shop/payments".to_owned()))
    };
    let (there, back) = (compare(&old.asked(), &new.asked()), compare(&new.asked(), &old.asked()));
    assert!(!of_payments(&there) && !of_payments(&back), "{}{}", said(&there), said(&back));
    assert!(!there.is_empty() && !back.is_empty());
}

/// What is addressed to a Service without a waypoint goes straight to the pods, whatever these have.
#[test]
fn pods_behind_a_waypoint_of_their_own_are_closed_to_their_service_too() {
    let old = Mesh { service: "", pod: EDGE, ..Mesh::new("") };
    let new = Mesh { policies: only_from("shop/sa/orders"), ..old.clone() };
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_waypoint_that_is_not_known_to_the_end_is_told() {
    let old = Mesh::new(&for_callers(ORDERS));
    let new =
        Mesh { service: "istio.io/use-waypoint: edge, istio.io/use-waypoint-canary: next", ..old.clone() };
    let found = compare(&old.asked(), &new.asked());
    let [undecided] = found.undecided.as_slice() else { panic!("{}", said(&found)) };
    assert_eq!(undecided.workload, "shop/payments");
    assert!(undecided.reason.contains("shares its traffic with a canary"), "{}", undecided.reason);
}

const CALLERS: [&str; 4] =
    [ORDERS, "cluster.local/ns/old/sa/legacy", "cluster.local/ns/shop/sa/edge", "cluster.local/ns/shop/*"];
const METHODS: [&str; 2] = ["GET", "POST"];

/// Whether it denies, what it holds for, and the callers and methods.
type Rule = (bool, &'static str, Vec<&'static str>, Vec<&'static str>);

fn policies() -> impl Strategy<Value = String> {
    let targets =
        vec![OF_SERVICE, "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]"];
    let at_waypoint = (
        prop::bool::weighted(0.3),
        select(targets),
        subsequence(CALLERS.to_vec(), 0..=2),
        subsequence(METHODS.to_vec(), 0..=1),
    );
    let at_pods =
        (prop::bool::weighted(0.3), Just(OF_PODS), subsequence(CALLERS.to_vec(), 0..=2), Just(Vec::new()));
    let text = |(number, (denies, target, callers, methods)): (usize, Rule)| {
        let list = |values: &[&str]| format!("['{}']", values.join("', '"));
        let mut parts = Vec::new();
        if !callers.is_empty() {
            parts.push(format!("from: [{{source: {{principals: {}}}}}]", list(&callers)));
        }
        if !methods.is_empty() {
            parts.push(format!("to: [{{operation: {{methods: {}}}}}]", list(&methods)));
        }
        let action = if denies { "DENY" } else { "ALLOW" };
        policy(
            &format!("p{number}"),
            &format!("{target}, action: {action}, rules: [{{{}}}]", parts.join(", ")),
        )
    };
    let some = (proptest::collection::vec(at_waypoint, 0..3), proptest::collection::vec(at_pods, 0..3));
    some.prop_map(move |(waypoint, pods)| waypoint.into_iter().chain(pods).enumerate().map(text).collect())
}

fn meshes() -> impl Strategy<Value = Mesh> {
    let label = || select(vec!["", EDGE, EDGE, "istio.io/use-waypoint: none"]);
    let waypoint_for = select(vec!["", "all", "all", "service", "workload"]);
    let legacy = select(vec![WITH_SIDECAR, WITH_ZTUNNEL, WITH_NOTHING]);
    let parts = (label(), label(), label(), waypoint_for, legacy, policies());
    parts.prop_map(|(namespace, service, pod, waypoint_for, legacy, policies)| Mesh {
        namespace,
        service,
        pod,
        waypoint_for,
        legacy,
        policies,
    })
}

/// Who asks, with the words that mean them.
const ASKING: [(Option<&str>, &str); 4] = [
    (Some("spiffe://cluster.local/ns/shop/sa/orders"), "orders"),
    (Some("spiffe://cluster.local/ns/old/sa/legacy"), "old/legacy"),
    (Some("spiffe://cluster.local/ns/far/sa/x"), "far/x"),
    (None, "anyone in plaintext"),
];

/// Whether a change may mean a caller; a rule that names one need not hold anywhere.
fn may_mean(change: &Change, who: usize, named: &BTreeSet<&str>) -> bool {
    let like = named.iter().copied().filter(|name| name.ends_with('*')).collect();
    [named, &like, &BTreeSet::new()].into_iter().any(|named| means(change, (who, true), named))
}

fn means(change: &Change, (who, is_ambient): (usize, bool), named: &BTreeSet<&str>) -> bool {
    let (from, name) = ASKING[who];
    let mut words = vec![name, "anyone"];
    if let Some(uri) = from {
        words.push("every identity of the mesh");
        words.extend(is_ambient.then_some("every identity of the ambient mesh"));
        let is_named = named.contains(uri.trim_start_matches("spiffe://"));
        let is_like = who == 0 && named.contains("cluster.local/ns/shop/*");
        if !is_named && is_like {
            words.push("every identity like shop/* that no rule names");
            words.push("every identity like shop/* of the ambient mesh that no rule names");
        } else if !is_named {
            words.push("every identity of the mesh that no rule names");
            words.extend(is_ambient.then_some("every identity of the ambient mesh that no rule names"));
        }
    }
    change.callers.iter().any(|caller| words.contains(&caller.as_str()))
}

fn covers(operation: &str, method: &str) -> bool {
    operation == "everything" || operation.split([' ', ',']).any(|word| word == method)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_a_waypoint_is_what_differs(before in meshes(), after in meshes()) {
        let (old, new) = (before.asked(), after.asked());
        prop_assert!(compare(&old, &old).is_empty());
        let diff = compare(&old, &new);
        // A waypoint that nobody's traffic goes through has no pods behind it.
        prop_assert!(diff.undecided.iter().all(|undecided| undecided.workload == "shop/edge"), "{}", said(&diff));
        assert_requests_hold(&old, &new, &diff);

        let texts = [&before.policies, &after.policies];
        let named: BTreeSet<&str> =
            CALLERS.into_iter().filter(|caller| texts.iter().any(|text| text.contains(caller))).collect();
        let mut requests = Vec::new();
        for (who, (from, _)) in ASKING.iter().enumerate() {
            for method in ["GET", "POST", "PUT"] {
                for service in [None, Some("shop/payments:80"), Some("shop/front:81")] {
                    let line = serde_json::json!({
                        "from": from, "to": "shop/payments", "port": 8080, "service": service,
                        "method": method, "path": "/a",
                    });
                    requests.push((who, method, service, line.to_string()));
                }
            }
        }
        let lines: Vec<String> = requests.iter().map(|(.., line)| line.clone()).collect();
        let (left, right) = (outcomes(&old, &lines), outcomes(&new, &lines));
        let payments =
            diff.targets.iter().filter(|target| target.workloads.contains(&"shop/payments".to_owned()));
        let all: Vec<&Change> =
            payments.flat_map(|target| &target.changes).filter(|change| change.ports.contains(&8080)).collect();
        for (((who, method, service, line), left), right) in requests.iter().zip(left).zip(right) {
            let (was, is) = (left == "allowed", right == "allowed");
            for (direction, happens) in [(Direction::Opened, !was && is), (Direction::Closed, was && !is)] {
                let those = all.iter().filter(|change| change.direction == direction);
                let addressed = |change: &Change| {
                    change.service.as_ref().map(|port| format!("{}:{}", port.service, port.service_port))
                };
                // Who goes straight to the pods is told of once, whatever they address.
                let may_tell = |change: &&&Change| {
                    addressed(change).is_none_or(|of| Some(of.as_str()) == *service)
                };
                // A connection that is no request is not asked about here.
                let tells = |change: &&&Change| {
                    !change.request.tcp && addressed(change).as_deref() == *service
                };
                let covered = those.clone().filter(|change| may_mean(change, *who, &named)).filter(may_tell).flat_map(|change| &change.operations)
                    .any(|operation| covers(&operation.text, method));
                let is_ambient = *who != 1 || [&before, &after].iter().all(|mesh| mesh.legacy == WITH_ZTUNNEL);
                let wholly = those.filter(|change| means(change, (*who, is_ambient), &named)).filter(tells).flat_map(|change| &change.operations)
                    .any(|operation| operation.whole && covers(&operation.text, method));
                prop_assert!(!happens || covered, "{direction:?} and not said: {line}\n{}", said(&diff));
                prop_assert!(happens || !wholly, "said and not {direction:?}: {line}\n{}", said(&diff));
            }
        }
    }
}
