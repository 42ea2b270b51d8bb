//! Which connections a port takes, and what is known of the callers.

use meshward::access::Request;
use meshward::istio::semantics::Target;

use super::{Scene, by, get, labels, policy, scene};

/// One PeerAuthentication, with the second of its creation.
fn peers(namespace: &str, name: &str, second: u32, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name:?}, namespace: {namespace:?}, creationTimestamp: \"2026-01-01T00:00:{second:02}Z\"}}\nspec: {{{spec}}}\n"
    )
}

/// The mode by what it does to a caller with a certificate and to one without.
fn mode(scene: &Scene) -> &'static str {
    let taken = |request: &Request| scene.outcome(request) != "Refused";
    match (taken(&by("cluster.local/ns/b/sa/s")), taken(&get())) {
        (true, false) => "STRICT",
        (true, true) => "PERMISSIVE",
        (false, true) => "DISABLE",
        (false, false) => "nothing",
    }
}

#[track_caller]
fn is(expected: &str, text: &str) {
    assert_eq!(mode(&scene(text)), expected, "{text}");
}

const WORKLOAD: &str = "selector: {matchLabels: {app: x}}";

#[test]
fn port_before_workload_before_namespace_before_mesh_before_permissive() {
    is("PERMISSIVE", "");
    let mesh = peers("istio-system", "m", 0, "mtls: {mode: STRICT}");
    is("STRICT", &mesh);
    let namespace = mesh.clone() + &peers("a", "n", 0, "mtls: {mode: DISABLE}");
    is("DISABLE", &namespace);
    let workload =
        namespace.clone() + &peers("a", "w", 0, &format!("{WORKLOAD}, mtls: {{mode: PERMISSIVE}}"));
    is("PERMISSIVE", &workload);
    let ports = "portLevelMtls: {80: {mode: STRICT}}";
    let port = namespace + &peers("a", "w", 0, &format!("{WORKLOAD}, mtls: {{mode: PERMISSIVE}}, {ports}"));
    is("STRICT", &port);
    // "portLevelMtls works for ports that no Service lists; unlisted ports take the workload's mode."
    assert_eq!(mode(&scene(&port).port(9999)), "PERMISSIVE");
}

#[test]
fn unset_inherits() {
    let mesh = peers("istio-system", "m", 0, "mtls: {mode: STRICT}");
    is("STRICT", &(mesh.clone() + &peers("a", "n", 0, "mtls: {mode: UNSET}")));
    is("STRICT", &(mesh.clone() + &peers("a", "n", 0, "")));
    let ports = format!("{WORKLOAD}, mtls: {{mode: DISABLE}}, portLevelMtls: {{80: {{mode: UNSET}}}}");
    is("DISABLE", &(mesh + &peers("a", "w", 0, &ports)));
}

#[test]
fn the_oldest_of_one_scope_wins_whole() {
    let old = |spec: &str| peers("a", "z", 1, spec);
    let young = |spec: &str| peers("a", "b", 2, spec);
    is("STRICT", &(young("mtls: {mode: DISABLE}") + &old("mtls: {mode: STRICT}")));
    // "An older UNSET hides a younger STRICT."
    is("PERMISSIVE", &(young("mtls: {mode: STRICT}") + &old("mtls: {mode: UNSET}")));
    // "The winning workload policy wins whole, ports included; label specificity does not matter."
    let narrow = "selector: {matchLabels: {app: x, version: v1}}";
    let text = old(&format!("{WORKLOAD}, mtls: {{mode: STRICT}}"))
        + &young(&format!("{narrow}, portLevelMtls: {{80: {{mode: DISABLE}}}}"));
    let labels = labels(&[("app", "x"), ("version", "v1")]);
    let outcome = scene(&text).outcome_at(Target::Sidecar { namespace: "a", labels: &labels }, &get());
    assert_eq!(outcome, "Refused");
}

#[test]
fn ties_go_to_the_lowest_name() {
    // "Ties (equal or absent creationTimestamp): sidecars take the lowest name"
    is(
        "STRICT",
        &(peers("a", "z", 1, "mtls: {mode: DISABLE}") + &peers("a", "b", 1, "mtls: {mode: STRICT}")),
    );
    let absent = |name: &str, mode: &str| {
        super::object("PeerAuthentication", "a", name, &format!("mtls: {{mode: {mode}}}"))
    };
    is("STRICT", &(absent("z", "DISABLE") + &absent("b", "STRICT")));
    // One without a time is older than any.
    is("DISABLE", &(absent("z", "DISABLE") + &peers("a", "b", 1, "mtls: {mode: STRICT}")));
}

#[test]
fn a_selector_in_the_root_namespace_is_ignored() {
    is("PERMISSIVE", &peers("istio-system", "m", 0, &format!("{WORKLOAD}, mtls: {{mode: STRICT}}")));
    let labels = labels(&[("app", "x")]);
    let scene = scene(&peers("istio-system", "m", 0, &format!("{WORKLOAD}, mtls: {{mode: STRICT}}")));
    let target = Target::Sidecar { namespace: "istio-system", labels: &labels };
    assert_eq!(scene.outcome_at(target, &get()), "Allowed");
}

#[test]
fn an_empty_selector_is_the_whole_scope() {
    is("STRICT", &peers("istio-system", "m", 0, "selector: {}, mtls: {mode: STRICT}"));
    is("STRICT", &peers("a", "n", 0, "selector: {matchLabels: {}}, mtls: {mode: STRICT}"));
}

#[test]
fn plaintext_has_no_identity() {
    // "principal/namespace ALLOWs deny it and notPrincipals ALLOWs admit it"
    for source in ["principals: ['*']", "namespaces: ['*']", "serviceAccounts: [b/s]", "trustDomains: ['*']"]
    {
        let text = policy("ALLOW", &format!("rules: [{{from: [{{source: {{{source}}}}}]}}]"));
        assert_eq!(scene(&text).outcome(&get()), "Denied", "{source}");
    }
    let text = policy("ALLOW", "rules: [{from: [{source: {notPrincipals: ['*']}}]}]");
    scene(&text).expect("Allowed by ns[a]-policy[p]-rule[0]", &get());
    // "DENY+notPrincipals denies plaintext"
    let text = policy("DENY", "rules: [{from: [{source: {notPrincipals: [cluster.local/ns/b/sa/s]}}]}]");
    scene(&text).expect("Denied by ns[a]-policy[p]-rule[0]", &get());
}

#[test]
fn disable_reads_no_tls() {
    let text = peers("a", "n", 0, "mtls: {mode: DISABLE}")
        + &policy("ALLOW", "rules: [{from: [{source: {principals: ['*']}}]}]");
    // Where HTTP is parsed, TLS is no HTTP.
    scene(&text).expect("Refused", &by("cluster.local/ns/b/sa/s"));
    // "DISABLE has no TLS inspector: TLS bytes pass raw likewise", "without identity".
    scene(&text).raw().expect("Denied", &by("cluster.local/ns/b/sa/s"));
    let open = peers("a", "n", 0, "mtls: {mode: DISABLE}");
    scene(&open).raw().expect("Allowed", &by("foreign/ns/b/sa/s"));
    // Nor is there a server name.
    let named = open + &policy("DENY", "rules: [{when: [{key: connection.sni, values: [a.b]}]}]");
    scene(&named)
        .raw()
        .expect("Allowed", &Request { sni: Some("a.b".into()), ..by("cluster.local/ns/b/sa/s") });
}
