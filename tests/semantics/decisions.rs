//! Actions, their order, and which policies count at all.

use meshward::istio::semantics::Target;

use super::{by, get, labels, named, object, path, policy, scene, tokens};

#[test]
fn deny_before_allow_and_both_before_silence() {
    scene("").expect("Allowed", &get());
    let allow = named("a", "yes", "rules: [{to: [{operation: {paths: [/a*]}}]}]");
    let deny = named("a", "no", "action: DENY, rules: [{to: [{operation: {paths: [/ab]}}]}]");
    scene(&(allow.clone() + &deny))
        .expect("Allowed by ns[a]-policy[yes]-rule[0]", &path("/a"))
        .expect("Denied by ns[a]-policy[no]-rule[0]", &path("/ab"))
        .expect("Denied", &path("/b"));
    // "no ENFORCED ALLOW policy selects the workload => allow"
    scene(&deny).expect("Allowed", &path("/b")).expect("Denied by ns[a]-policy[no]-rule[0]", &path("/ab"));
}

#[test]
fn a_policy_without_rules_allows_and_denies_nothing() {
    // "`spec: {}` => ALLOW with zero rules => implicit deny"
    scene(&named("a", "p", "")).expect("Denied", &get());
    // "`rules: []` same as absent for ALLOW (deny-all)"
    scene(&named("a", "p", "rules: []")).expect("Denied", &get());
    // "`rules: [{}]` ALLOW => allow everything (but does not override DENY)"
    scene(&named("a", "p", "rules: [{}]")).expect("Allowed by ns[a]-policy[p]-rule[0]", &get());
    scene(&(named("a", "p", "rules: [{}]") + &named("a", "q", "action: DENY, rules: [{}]")))
        .expect("Denied by ns[a]-policy[q]-rule[0]", &get());
}

#[test]
fn policies_of_the_root_namespace_and_of_the_own_are_unioned() {
    let root_deny = named("istio-system", "no", "action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]");
    let own = named("a", "yes", "rules: [{to: [{operation: {paths: [/x, /y]}}]}]");
    let root = named("istio-system", "yes", "rules: [{to: [{operation: {paths: [/z]}}]}]");
    let other = named("b", "yes", "rules: [{}]");
    scene(&(root_deny + &own + &root + &other))
        // "namespace can not relax a root DENY"
        .expect("Denied by ns[istio-system]-policy[no]-rule[0]", &path("/x"))
        .expect("Allowed by ns[a]-policy[yes]-rule[0]", &path("/y"))
        .expect("Allowed by ns[istio-system]-policy[yes]-rule[0]", &path("/z"))
        .expect("Denied", &path("/"));
}

#[test]
fn a_selector_asks_for_all_of_its_labels() {
    let with = |selector: &str| scene(&named("a", "p", &format!("selector: {selector}")));
    with("{matchLabels: {app: x}}").expect("Denied", &get());
    with("{matchLabels: {app: z}}").expect("Allowed", &get());
    with("{matchLabels: {app: x, version: v1}}").expect("Allowed", &get());
    // "Selector nil or empty matchLabels = all workloads in scope"
    with("{}").expect("Denied", &get());
    with("{matchLabels: {}}").expect("Denied", &get());
    // "root-ns selector policies apply mesh-wide"
    scene(&named("istio-system", "p", "selector: {matchLabels: {app: x}}")).expect("Denied", &get());
}

#[test]
fn audit_decides_nothing() {
    scene(&policy("AUDIT", "rules: [{}]")).expect("Allowed", &get());
    scene(&(policy("AUDIT", "rules: [{}]") + &named("a", "q", ""))).expect("Denied", &get());
}

fn dry_run(value: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: a, annotations: {{istio.io/dry-run: {value:?}}}}}\nspec: {{{spec}}}\n"
    )
}

#[test]
fn a_dry_run_decides_nothing() {
    // "Go ParseBool values"
    for value in ["1", "t", "T", "TRUE", "true", "True"] {
        scene(&dry_run(value, "action: DENY, rules: [{}]")).expect("Allowed", &get());
        // "A dry-run ALLOW does NOT trigger the implicit deny."
        scene(&dry_run(value, "")).expect("Allowed", &get());
    }
    for value in ["0", "f", "F", "FALSE", "false", "False"] {
        scene(&dry_run(value, "")).expect("Denied", &get());
    }
}

#[test]
fn an_unparseable_dry_run_is_enforced() {
    let mut scene = scene(&dry_run("true", ""));
    for object in &mut scene.bundle.objects {
        if let meshward::istio::resources::Resource::AuthorizationPolicy(policy) = &mut object.resource {
            for value in policy.metadata.annotations.values_mut() {
                *value = meshward::yaml::LiteralText("yes".to_owned());
            }
        }
    }
    scene.expect("Denied", &get());
}

fn custom(name: &str, provider: &str, rules: &str) -> String {
    named("a", name, &format!("action: CUSTOM, provider: {{name: {provider}}}, rules: [{rules}]"))
}

#[test]
fn a_provider_is_asked_before_tokens_and_denials() {
    let text = custom("ext", "opa", "{to: [{operation: {paths: [/x*]}}]}")
        + &named("a", "no", "action: DENY, rules: [{to: [{operation: {paths: [/xy]}}]}]")
        + &tokens("{issuer: iss}");
    scene(&text)
        .expect("External by ns[a]-policy[ext]-rule[0]", &path("/x"))
        .expect("External by ns[a]-policy[ext]-rule[0]", &path("/xy"))
        .expect("Allowed", &path("/y"));
    let bad_token = meshward::access::Request { path: "/x".into(), ..super::invalid_token() };
    scene(&text).expect("External by ns[a]-policy[ext]-rule[0]", &bad_token);
}

#[test]
fn an_unknown_provider_denies_what_would_ask_it() {
    let text = custom("ext", "opa", "{to: [{operation: {paths: [/x]}}]}");
    scene(&text)
        .providers(&["other"], &[])
        .expect("Denied by ns[a]-policy[ext]-rule[0]", &path("/x"))
        .expect("Allowed", &path("/y"));
    // "CUSTOM with an unknown provider also closes matching TCP (HTTP conditions dropped)."
    scene(&text).providers(&[], &[]).raw().expect("Denied by ns[a]-policy[ext]-rule[0]", &get());
    scene(&text).providers(&["opa"], &[]).expect("External by ns[a]-policy[ext]-rule[0]", &path("/x"));
}

#[test]
fn several_providers_on_one_workload_deny() {
    let text = custom("one", "opa", "{to: [{operation: {paths: [/x]}}]}") + &custom("two", "other", "{}");
    scene(&text)
        .providers(&["opa", "other"], &[])
        .expect("Denied by ns[a]-policy[one]-rule[0]", &path("/x"))
        .expect("Denied by ns[a]-policy[two]-rule[0]", &path("/y"));
}

#[test]
fn a_provider_of_http_is_not_asked_about_raw_connections() {
    let text = custom("ext", "opa", "{}");
    scene(&text).providers(&[], &["opa"]).raw().expect("Allowed", &get());
    scene(&text).providers(&["opa"], &[]).raw().expect("External by ns[a]-policy[ext]-rule[0]", &get());
}

#[test]
fn rule_ids_sort_as_text() {
    // "`rule[10]` is reported before `rule[2]`", and before `rule[1]`, since a digit sorts before the bracket.
    let rules = (0..12).map(|number| {
        let paths = match number {
            2 => "/x".to_owned(),
            10 => "/x, /1".to_owned(),
            other => format!("/{other}"),
        };
        format!("{{to: [{{operation: {{paths: [{paths}]}}}}]}}")
    });
    let rules = rules.collect::<Vec<_>>().join(", ");
    scene(&policy("DENY", &format!("rules: [{rules}]")))
        .expect("Denied by ns[a]-policy[p]-rule[10]", &path("/x"))
        .expect("Denied by ns[a]-policy[p]-rule[10]", &path("/1"))
        .expect("Denied by ns[a]-policy[p]-rule[11]", &path("/11"))
        .expect("Denied by ns[a]-policy[p]-rule[9]", &path("/9"));
    // As texts, `p-a]` sorts before `p]`, and namespace `a` before the root namespace.
    let any = |namespace, name| named(namespace, name, "action: DENY, rules: [{}]");
    scene(&(any("a", "p") + &any("a", "p-a"))).expect("Denied by ns[a]-policy[p-a]-rule[0]", &get());
    scene(&(any("istio-system", "a") + &any("a", "p"))).expect("Denied by ns[a]-policy[p]-rule[0]", &get());
}

#[test]
fn what_is_attached_by_name_never_holds_at_a_sidecar() {
    let target = "targetRefs: [{kind: Service, group: '', name: x}]";
    scene(&named("a", "p", target)).expect("Allowed", &get());
}

#[test]
fn other_pods_are_not_meant() {
    let scene = scene(&named("a", "p", "selector: {matchLabels: {app: z}}"));
    let labels = labels(&[("app", "z"), ("version", "v1")]);
    let target = Target::Sidecar { namespace: "a", labels: &labels };
    assert_eq!(scene.outcome_at(target, &get()), "Denied");
    let target = Target::Sidecar { namespace: "b", labels: &labels };
    assert_eq!(scene.outcome_at(target, &by("cluster.local/ns/b/sa/s")), "Allowed");
}

#[test]
fn a_peer_authentication_alone_allows_and_denies_nothing() {
    scene(&object("PeerAuthentication", "a", "p", "mtls: {mode: PERMISSIVE}")).expect("Allowed", &get());
}
