//! Ztunnels: what is left of policies, and what PeerAuthentication becomes there.

use meshward::access::Request;
use meshward::istio::semantics::Target;

use super::{Scene, by, destination, get, labels, named, object, path, peer, policy, scene};

fn at(scene: &Scene, request: &Request) -> String {
    let labels = labels(&[("app", "x")]);
    scene.outcome_at(Target::Ztunnel { namespace: "a", labels: &labels }, request)
}

fn caller() -> Request {
    by("cluster.local/ns/b/sa/s")
}

#[track_caller]
fn allow(rule: &str, request: &Request, matched: bool) {
    let scene = scene(&policy("ALLOW", &format!("rules: [{{{rule}}}]")));
    let expected = if matched { "Allowed by ns[a]-policy[p]-rule[0]" } else { "Denied" };
    assert_eq!(at(&scene, request), expected, "ALLOW {rule}");
}

#[track_caller]
fn deny(rule: &str, request: &Request, matched: bool) {
    let scene = scene(&policy("DENY", &format!("rules: [{{{rule}}}]")));
    let expected = if matched { "Denied by ns[a]-policy[p]-rule[0]" } else { "Allowed" };
    assert_eq!(at(&scene, request), expected, "DENY {rule}");
}

#[test]
fn what_is_converted() {
    for source in ["principals: [cluster.local/ns/b/sa/s]", "namespaces: [b]", "serviceAccounts: [b/s]"] {
        let rule = format!("from: [{{source: {{{source}}}}}]");
        allow(&rule, &caller(), true);
        allow(&rule, &by("cluster.local/ns/c/sa/s"), false);
        allow(&rule, &get(), false);
    }
    allow("from: [{source: {ipBlocks: [10.0.0.0/8]}}]", &peer("10.0.0.1"), true);
    allow("from: [{source: {notIpBlocks: [10.0.0.0/8]}}]", &peer("10.0.0.1"), false);
    allow("to: [{operation: {ports: ['80']}}]", &get(), true);
    allow("to: [{operation: {notPorts: ['80']}}]", &get(), false);
    allow("when: [{key: source.ip, values: [10.0.0.1]}]", &peer("10.0.0.1"), true);
    allow("when: [{key: source.namespace, values: [b]}]", &caller(), true);
    allow("when: [{key: source.principal, notValues: ['*']}]", &get(), true);
    allow("when: [{key: destination.ip, values: [10.0.0.1]}]", &destination("10.0.0.1"), true);
    allow("when: [{key: destination.port, values: ['81']}]", &get(), false);
    allow("", &get(), true);
}

#[test]
fn an_allow_rule_that_needs_http_is_omitted_whole() {
    // "(policy still counts as ALLOW => implicit deny)"
    for rule in [
        "to: [{operation: {methods: [GET]}}]",
        "to: [{operation: {ports: ['80']}}, {operation: {notPaths: [/x]}}]",
        "from: [{source: {remoteIpBlocks: [0.0.0.0/0]}}]",
        "from: [{source: {notRequestPrincipals: ['*']}}]",
        "when: [{key: 'request.headers[x]', notValues: [v]}]",
        "when: [{key: source.serviceAccount, values: [b/s]}]",
        "when: [{key: source.trustDomain, values: [cluster.local]}]",
        "when: [{key: connection.sni, notValues: [x]}]",
        "when: [{key: remote.ip, values: [0.0.0.0/0]}]",
    ] {
        allow(rule, &caller(), false);
    }
}

#[test]
fn a_deny_rule_of_http_alone_has_no_effect() {
    // "DENY paths only => NO EFFECT; DENY from(ns)+to(methods) => NO EFFECT; DENY from(ns)+when(header) => NO EFFECT"
    deny("to: [{operation: {paths: ['*']}}]", &path("/"), false);
    deny("from: [{source: {namespaces: [b]}}], to: [{operation: {methods: [GET]}}]", &caller(), false);
    deny(
        "from: [{source: {namespaces: [b]}}], when: [{key: 'request.headers[x]', values: [v]}]",
        &caller(),
        false,
    );
    // "If ports sit next to paths in the same operation the port-only remainder applies (wider)."
    deny("to: [{operation: {paths: [/x], ports: ['80']}}]", &path("/y"), true);
    // "Within one source, DENY loses the L7 fields only (namespaces + requestPrincipals → namespaces: wider)"
    deny("from: [{source: {namespaces: [b], requestPrincipals: [x]}}]", &caller(), true);
    // "an alternative that is only L7 becomes an empty match, the others stay"
    let alternatives = "to: [{operation: {paths: [/x]}}, {operation: {ports: ['80']}}]";
    deny(alternatives, &path("/y"), true);
    deny("to: [{operation: {paths: [/x]}}, {operation: {ports: ['81']}}]", &path("/x"), false);
}

#[test]
fn trust_domains_are_silently_ignored() {
    // "a source with namespaces + trustDomains becomes wider; a source with only trustDomains becomes an empty
    // match = never"
    allow("from: [{source: {namespaces: [b], trustDomains: [other]}}]", &caller(), true);
    allow("from: [{source: {trustDomains: [cluster.local]}}]", &caller(), false);
}

#[test]
fn namespaces_are_compared_as_plain_strings() {
    // "so `a*b` is literal here but a glob on Envoy"
    allow("from: [{source: {namespaces: ['b*d']}}]", &by("cluster.local/ns/bcd/sa/s"), false);
    allow("from: [{source: {namespaces: ['b*']}}]", &by("cluster.local/ns/bcd/sa/s"), true);
    allow("from: [{source: {namespaces: ['b*']}}]", &by("cluster.local/ns/b/sa/s"), true);
    allow("from: [{source: {namespaces: ['*d']}}]", &by("cluster.local/ns/bcd/sa/s"), true);
    allow("from: [{source: {namespaces: ['*']}}]", &caller(), true);
    allow("from: [{source: {namespaces: ['*']}}]", &get(), false);
    allow("from: [{source: {notNamespaces: [b]}}]", &get(), true);
}

#[test]
fn aliases_are_not_looked_up() {
    // "with a custom trust domain, `principals: [cluster.local/...]` works on sidecar/waypoint and fails on ztunnel"
    let text = policy("ALLOW", "rules: [{from: [{source: {principals: [cluster.local/ns/b/sa/s]}}]}]");
    let scene = scene(&text).trust_domains("td1", &[]);
    assert_eq!(at(&scene, &by("td1/ns/b/sa/s")), "Denied");
    scene.expect("Allowed by ns[a]-policy[p]-rule[0]", &by("td1/ns/b/sa/s"));
}

#[test]
fn what_is_not_sent() {
    // "CUSTOM/AUDIT => not sent at all (fail-open at ztunnel)"
    let custom = "action: CUSTOM, provider: {name: opa}, rules: [{}]";
    assert_eq!(at(&scene(&named("a", "p", custom)), &get()), "Allowed");
    assert_eq!(at(&scene(&named("a", "p", "action: AUDIT, rules: [{}]")), &get()), "Allowed");
    // "`selector: {}` … reaches NO ztunnel workload while a sidecar treats it as everyone"
    let empty = scene(&named("a", "p", "selector: {}"));
    assert_eq!(at(&empty, &get()), "Allowed");
    empty.expect("Denied", &get());
    // targetRefs: never.
    let attached = "targetRefs: [{group: '', kind: Service, name: x}]";
    assert_eq!(at(&scene(&named("a", "p", attached)), &get()), "Allowed");
    assert_eq!(at(&scene(&named("a", "p", "")), &get()), "Denied");
    assert_eq!(
        at(&scene(&named("istio-system", "p", "selector: {matchLabels: {app: x}}")), &get()),
        "Denied"
    );
}

#[test]
fn requests_are_not_seen() {
    let text = object("RequestAuthentication", "a", "j", "jwtRules: [{issuer: iss}]");
    assert_eq!(at(&scene(&text), &super::invalid_token()), "Allowed");
}

fn peers(namespace: &str, name: &str, spec: &str) -> String {
    object("PeerAuthentication", namespace, name, spec)
}

/// What ztunnels get wherever STRICT holds for whole pods.
const STATIC: &str = "Denied by ns[istio-system]-policy[istio_converted_static_strict]-rule[0]";

/// What they get of the PeerAuthentication `w` where its ports differ.
const CONVERTED: &str = "Denied by ns[a]-policy[converted_peer_authentication_w]-rule[0]";

/// Whether plaintext is denied at port 80 and at port 81.
fn strict(text: &str) -> (bool, bool) {
    let is_strict = |port| match at(&scene(text).port(port), &get()).as_str() {
        "Allowed" => false,
        STATIC | CONVERTED => true,
        other => panic!("{other}"),
    };
    (is_strict(80), is_strict(81))
}

#[test]
fn only_strict_has_a_meaning() {
    for (mode, expected) in [("STRICT", true), ("PERMISSIVE", false), ("DISABLE", false), ("UNSET", false)] {
        let text = peers("a", "n", &format!("mtls: {{mode: {mode}}}"));
        assert_eq!(strict(&text), (expected, expected), "{mode}");
        assert_eq!(at(&scene(&text), &caller()), "Allowed");
    }
    assert_eq!(strict(&peers("istio-system", "m", "mtls: {mode: STRICT}")), (true, true));
}

const WORKLOAD: &str = "selector: {matchLabels: {app: x}}";

#[test]
fn ports_are_exceptions() {
    let workload = |spec: &str| peers("a", "w", &format!("{WORKLOAD}, {spec}"));
    let text = workload("mtls: {mode: STRICT}, portLevelMtls: {80: {mode: PERMISSIVE}}");
    assert_eq!(strict(&text), (false, true));
    let text = workload("mtls: {mode: STRICT}, portLevelMtls: {80: {mode: DISABLE}}");
    assert_eq!(strict(&text), (false, true));
    let text = workload("mtls: {mode: PERMISSIVE}, portLevelMtls: {80: {mode: STRICT}}");
    assert_eq!(strict(&text), (true, false));
    let namespace = peers("a", "n", "mtls: {mode: STRICT}");
    let text = namespace.clone() + &workload("portLevelMtls: {80: {mode: PERMISSIVE}}");
    assert_eq!(strict(&text), (false, true));
    // "with mtls UNSET and STRICT inherited, a port set to DISABLE is not treated as an exception"
    let text = namespace.clone() + &workload("portLevelMtls: {80: {mode: DISABLE}}");
    assert_eq!(strict(&text), (true, true));
    // It is one beside a port that is: the converted policy is referred to then, and has both.
    let text = namespace + &workload("portLevelMtls: {80: {mode: DISABLE}, 82: {mode: PERMISSIVE}}");
    assert_eq!(strict(&text), (false, true));
}

#[test]
fn the_denial_is_named_after_the_ports_that_differ() {
    let workload = |spec: &str| peers("a", "w", &format!("{WORKLOAD}, {spec}"));
    let denied = |text: &str| at(&scene(text).port(81), &get());
    let strict = "mtls: {mode: STRICT}, portLevelMtls";
    assert_eq!(denied(&workload(&format!("{strict}: {{80: {{mode: PERMISSIVE}}}}"))), CONVERTED);
    // "If the top level TLS mode is STRICT and all of the port level mTLS modes are STRICT, this is just a strict
    // policy"
    assert_eq!(denied(&workload(&format!("{strict}: {{81: {{mode: STRICT}}}}"))), STATIC);
    assert_eq!(denied(&workload("mtls: {mode: PERMISSIVE}, portLevelMtls: {81: {mode: STRICT}}")), CONVERTED);
    let namespace = peers("a", "n", "mtls: {mode: STRICT}");
    assert_eq!(
        denied(&(namespace.clone() + &workload("portLevelMtls: {80: {mode: PERMISSIVE}}"))),
        CONVERTED
    );
    assert_eq!(denied(&(namespace + &workload("portLevelMtls: {80: {mode: DISABLE}}"))), STATIC);
}

#[test]
fn some_exceptions_are_never_sent() {
    let mesh = peers("istio-system", "m", "mtls: {mode: STRICT}");
    let unset = peers("a", "n", "mtls: {mode: UNSET}");
    let workload = |spec: &str| peers("a", "w", &format!("{WORKLOAD}, {spec}"));
    // "mesh STRICT, namespace absent or UNSET, workload PERMISSIVE or DISABLE with a STRICT port: the STRICT port is
    // lost"
    let ports = "mtls: {mode: PERMISSIVE}, portLevelMtls: {80: {mode: STRICT}}";
    assert_eq!(strict(&(mesh.clone() + &workload(ports))), (false, false));
    assert_eq!(strict(&(mesh.clone() + &unset + &workload(ports))), (false, false));
    // "mesh STRICT, namespace present but UNSET, workload UNSET with a PERMISSIVE port: no port stays STRICT"
    let ports = "portLevelMtls: {80: {mode: PERMISSIVE}}";
    assert_eq!(strict(&(mesh.clone() + &unset + &workload(ports))), (false, false));
    assert_eq!(strict(&(mesh + &workload(ports))), (false, true));
    // "STRICT from a policy with `selector: {}`, workload UNSET with a PERMISSIVE port"
    let empty = peers("a", "n", "selector: {}, mtls: {mode: STRICT}");
    assert_eq!(strict(&(empty + &workload(ports))), (false, false));
    // "A root policy with `selector: {}` is mesh-wide for sidecars and ignored for ztunnel."
    let text = peers("istio-system", "m", "selector: {}, mtls: {mode: STRICT}");
    assert_eq!(strict(&text), (false, false));
    scene(&text).expect("Refused", &get());
    // But for the pods of the root namespace itself: `if pol.Namespace != ns { return false }`
    let labels = labels(&[("app", "x")]);
    let in_root = Target::Ztunnel { namespace: "istio-system", labels: &labels };
    assert_eq!(scene(&text).outcome_at(in_root, &get()), STATIC);
}

#[test]
fn two_policies_of_one_age_are_not_guessed() {
    // "ztunnel is undefined (seen to vary): diagnose"
    let text = peers("a", "n", "mtls: {mode: STRICT}") + &peers("a", "o", "mtls: {mode: DISABLE}");
    assert_eq!(
        at(&scene(&text), &get()),
        "NotModelled: the PeerAuthentication `a/n` is as old as another one of its scope, and either may win in \
         ambient mode"
    );
}
