//! Istio resources of others among the manifests: `foreign-policy-widens`, `foreign-policy`.

use super::{check, codes, is_silent, speaks};

const PROJECT: &str = "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n";
const POLICY: &str = "allow orders -> payments POST /charges\n";

const ALLOW: &str = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: legacy, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules: [{from: [{source: {namespaces: [ops]}}]}]
";

fn files<'a>(manifest: &'a str, project: &'a str) -> [(&'a str, &'a str); 3] {
    [("policies/main.ward", POLICY), ("k8s/foreign.yaml", manifest), ("meshward.yaml", project)]
}

/// What is said about a manifest in the usual project.
fn found(manifest: &str) -> Vec<&'static str> {
    codes(&check(&files(manifest, PROJECT)))
}

#[test]
fn an_allow_on_the_same_pods_widens() {
    speaks("foreign-policy-widens", "E0609", &files(ALLOW, PROJECT));
}

#[test]
fn a_permissive_mode_widens() {
    let manifest = "\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: lenient, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  mtls: {mode: PERMISSIVE}
";
    speaks("foreign-mtls-widens", "E0609", &files(manifest, PROJECT));
}

#[test]
fn a_denial_takes_part() {
    let manifest = ALLOW.replace("  rules:", "  action: DENY\n  rules:");
    speaks("foreign-policy", "L0820", &files(&manifest, PROJECT));
}

#[test]
fn what_the_project_lists_is_accepted_and_not_forgotten() {
    let project = format!("{PROJECT}foreign: [AuthorizationPolicy/shop/legacy]\n");
    speaks("foreign-accepted", "L0820", &files(ALLOW, &project));
    let denial = ALLOW.replace("  rules:", "  action: DENY\n  rules:");
    is_silent(&files(&denial, &project));
}

#[test]
fn an_entry_that_accepts_nothing_is_told() {
    let project =
        format!("{PROJECT}foreign: [AuthorizationPolicy/shop/legacy, AuthorizationPolicy/shop/legcy]\n");
    let denial = ALLOW.replace("  rules:", "  action: DENY\n  rules:");
    speaks("foreign-accepts-nothing", "L0820", &files(&denial, &project));
}

#[test]
fn what_meshward_made_for_this_project_is_its_own() {
    let labelled = |part_of: &str| {
        let labels = format!(
            "namespace: shop, labels: {{app.kubernetes.io/managed-by: meshward, app.kubernetes.io/part-of: {part_of}}}}}"
        );
        ALLOW.replace("namespace: shop}", &labels)
    };
    is_silent(&files(&labelled("shop").replace("name: legacy", "name: payments-allow"), PROJECT));
    // A listing of the cluster has what was built earlier, and goes on having it.
    speaks("foreign-left-behind", "L0820", &files(&labelled("shop"), PROJECT));
    assert_eq!(found(&labelled("other")), ["E0609"]);
}

#[test]
fn an_allow_in_the_root_namespace_holds_everywhere() {
    assert_eq!(found(&ALLOW.replace("namespace: shop", "namespace: istio-system")), ["E0609"]);
}

#[test]
fn an_allow_elsewhere_is_none_of_this_project() {
    assert_eq!(found(&ALLOW.replace("namespace: shop", "namespace: ops")), [] as [&str; 0]);
}

#[test]
fn an_allow_that_opens_nothing_or_selects_nothing_takes_part() {
    assert_eq!(found(&ALLOW.replace("  rules: [{from: [{source: {namespaces: [ops]}}]}]\n", "")), ["L0820"]);
    assert_eq!(found(&ALLOW.replace("app: payments", "app: ghost")), ["L0820"]);
}

#[test]
fn of_two_modes_for_one_scope_the_older_wins() {
    let peer = |namespace: &str, spec: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
             metadata: {{name: all, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    assert_eq!(found(&peer("shop", "{}")), ["E0609"], "no mode: whatever the mesh says");
    assert_eq!(found(&peer("shop", "{mtls: {mode: STRICT}}")), ["L0820"]);
    assert_eq!(
        found(&peer("istio-system", "{mtls: {mode: PERMISSIVE}}")),
        [] as [&str; 0],
        "a namespace wins"
    );
}

fn mtls_of_shop(mode: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
         metadata: {{name: default, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"
    )
}

/// `kubectl apply` would take the object over, and a build is refused for what a check finds.
#[test]
fn an_object_with_the_name_of_one_that_is_built_is_refused() {
    speaks("foreign-name-taken", "E0611", &files(&mtls_of_shop("PERMISSIVE"), PROJECT));
    let project = format!("{PROJECT}foreign: [PeerAuthentication/shop/default]\n");
    assert_eq!(codes(&check(&files(&mtls_of_shop("PERMISSIVE"), &project))), ["E0611"]);
}

/// Of two that differ nobody knows which one a cluster has.
#[test]
fn an_object_that_is_declared_twice_is_not_taken_at_its_first_word() {
    let deny_all = |spec: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: deny-all, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let both = format!("{}{}", deny_all("{}"), deny_all("{rules: [{}]}"));
    assert!(found(&both).contains(&"E0611"), "{:?}", found(&both));
    let wider = SAME.replace("methods: [POST], ", "");
    assert!(found(&format!("{SAME}---\n{wider}")).contains(&"E0609"));
}

#[test]
fn an_object_that_says_what_is_built_needs_one_source_only() {
    speaks("foreign-told-twice", "L0820", &files(&mtls_of_shop("STRICT"), PROJECT));
    let project = format!("{PROJECT}foreign: [PeerAuthentication/shop/default]\n");
    is_silent(&files(&mtls_of_shop("STRICT"), &project));
    let deny_all = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec: {}
";
    assert_eq!(found(deny_all), ["L0820"]);
}

#[test]
fn an_object_that_istio_would_refuse_is_told() {
    let manifest = ALLOW.replace("{matchLabels: {app: payments}}", "{matchExpressions: []}");
    let project = format!("{PROJECT}foreign: [AuthorizationPolicy/shop/legacy]\n");
    let checked = check(&files(&manifest, &project));
    assert_eq!(
        codes(&checked),
        ["L0820", "L0820"],
        "that it is accepted, and that a cluster would not take it"
    );
    insta::assert_snapshot!(meshward::diagnostic::render_human(
        &checked.sources,
        &checked.diagnostics,
        false
    ));
}

/// What `payments` is built with, by hand.
const SAME: &str = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: by-hand, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/shop/sa/orders]}}]
      to: [{operation: {ports: [\"80\"], methods: [POST], paths: [/charges]}}]
";

#[test]
fn an_allow_that_opens_nothing_more_is_no_error() {
    speaks("foreign-opens-nothing", "L0820", &files(SAME, PROJECT));
    let project = format!("{PROJECT}foreign: [AuthorizationPolicy/shop/by-hand]\n");
    is_silent(&files(SAME, &project));
    assert_eq!(found(&SAME.replace("/charges", "/charges*")), ["E0609"]);
}

#[test]
fn two_allows_are_judged_each_for_itself() {
    let other = SAME.replace("by-hand", "other").replace("orders", "cart");
    let manifest = format!("{SAME}---\n{other}");
    let checked = check(&files(&manifest, PROJECT));
    assert_eq!(codes(&checked), ["L0820", "E0609"]);
    let error = checked.diagnostics.iter().find(|found| found.is_error()).expect("one is an error");
    assert_eq!(
        error.notes[0],
        "with it, cart may now POST /charges on payments (k8s/foreign.yaml:16, rule 0 of shop/other)"
    );
}

/// Which requests have a token that counts is said by another object.
#[test]
fn an_allow_for_tokens_is_judged_with_the_issuers_of_others() {
    let by_token = SAME.replace(
        "source: {principals: [cluster.local/ns/shop/sa/orders]}",
        "source: {requestPrincipals: ['*']}",
    );
    assert_eq!(found(&by_token), ["L0820"], "without an issuer no token counts");
    let issuer = "\
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec:
  jwtRules: [{issuer: https://id.example, jwksUri: https://id.example/keys}]
";
    assert_eq!(found(&format!("{by_token}---\n{issuer}")), ["E0609", "L0820"]);
}

/// Ours is strict; of two for one scope the older holds, and nobody knows which it is.
#[test]
fn an_allow_for_plaintext_is_judged_with_the_modes_of_others() {
    let by_address = SAME.replace(
        "source: {principals: [cluster.local/ns/shop/sa/orders]}",
        "source: {ipBlocks: [10.0.0.0/8]}",
    );
    let permissive = "\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: all, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
";
    assert_eq!(found(&by_address), ["E0609"], "an identity may come from there");
    assert_eq!(found(&format!("{by_address}---\n{permissive}")), ["E0609", "E0609"]);
}

/// Of all that select a pod the oldest is taken, whatever it leaves out (`policy_applier.go`,
/// `ComposePeerAuthentication`).
#[test]
fn a_mode_left_out_for_pods_that_are_strict_here_widens() {
    let statements = "\
mtls permissive in shop because \"batch hosts\"
mtls strict payments because \"cards\"
allow orders -> payments POST /charges
";
    let services = "\
services:
  shop/payments:
    labels: {app: payments}
    ports: [{name: http, port: 80, protocol: http}]
  shop/orders: {ports: [{name: http, port: 80, protocol: http}]}
";
    let manifest = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments, tier: x}}
    spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: aaa, namespace: shop}
spec: {selector: {matchLabels: {tier: x}}}
";
    let files = [
        ("policies/main.ward", statements),
        ("k8s/foreign.yaml", manifest),
        ("services.yaml", services),
        ("meshward.yaml", PROJECT),
    ];
    let found = check(&files);
    assert!(codes(&found).contains(&"E0609"), "{:?}", found.diagnostics);
}
