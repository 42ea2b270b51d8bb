//! Policies and the bundles that they become, side by side.

mod limits;
pub(crate) mod meaning;
pub(crate) mod naive;
pub(crate) mod policies;
pub(crate) mod property;
mod refusals;

use std::sync::Arc;

use meshward::bundle;
use meshward::istio::emit;
use meshward::istio::resources::Bundle;
use meshward::policy::{Covered, Mesh, MtlsMode, MtlsScope, Origin, Policy, Rule};

use self::policies::{allow, deny, labels, mtls, origin, policy, statement};
use crate::crd;

/// The bundle of a policy that a cluster takes.
#[track_caller]
pub(crate) fn emitted(policy: &Policy) -> Bundle {
    let (bundle, diagnostics) = emit(policy);
    assert_eq!(diagnostics, vec![]);
    crd::validate(&bundle::stream(&bundle));
    bundle
}

/// The statements of a policy and what they become.
#[track_caller]
fn side_by_side(policy: &Policy) -> String {
    let mtls = policy.mtls.iter().flat_map(|mtls| &mtls.origins);
    let origins: Vec<&Arc<Origin>> = policy.rules.iter().map(|rule| &rule.origin).chain(mtls).collect();
    let statements: Vec<String> = origins.iter().map(|origin| origin.text()).collect();
    format!("{}\n\n{}", statements.join("\n"), bundle::stream(&emitted(policy)))
}

fn names(policy: &Policy) -> Vec<String> {
    let key = |object: &meshward::istio::resources::Object| object.resource.key();
    emitted(policy).objects.iter().map(key).map(|key| format!("{}/{}", key.namespace, key.name)).collect()
}

#[test]
fn one_permission() {
    let mut rule = allow(&["marketing/marketing-api"], "shop/payments:8080", &["GET /api/v1/users/*"]);
    rule.origin = Arc::new(Origin {
        statement: statement("allow marketing-api -> payments GET /api/v1/users/*"),
        owner: Some("payments-team".into()),
        ticket: Some("SEC-42".into()),
        reason: Some("campaigns greet users by name".into()),
        ..Origin::clone(&rule.origin)
    });
    let mut policy = policy(vec![rule]);
    policy.mtls.push(mtls(MtlsScope::Namespace("shop".into()), Some(MtlsMode::Strict), &[]));
    insta::assert_snapshot!(side_by_side(&policy));
}

#[test]
fn callers_with_equal_operations_share_a_rule() {
    insta::assert_snapshot!(side_by_side(&policy(vec![
        allow(&["shop/orders"], "shop/payments:8080", &["GET /a"]),
        allow(&["shop/checkout"], "shop/payments:8080", &["GET /a"]),
    ])));
}

#[test]
fn operations_with_equal_callers_share_a_rule_and_stay_apart() {
    insta::assert_snapshot!(side_by_side(&policy(vec![
        allow(&["shop/orders"], "shop/payments:8080", &["GET /a"]),
        allow(&["shop/orders"], "shop/payments:8080", &["POST /b"]),
        allow(&["shop/orders"], "shop/payments:8080", &["GET /c"]),
    ])));
}

#[test]
fn kinds_of_callers_and_their_exceptions_get_sources_of_their_own() {
    insta::assert_snapshot!(side_by_side(&policy(vec![
        allow(
            &["shop/orders", "batch/*", "peer 10.0.0.0/8", "client 203.0.113.0/24"],
            "shop/payments:8080",
            &["GET"]
        ),
        allow(&["mesh", "except", "shop/intern", "peer 10.1.0.0/16"], "shop/payments:8080", &["GET"]),
    ])));
}

#[test]
fn a_denial_of_everyone_but_one_has_only_the_exception() {
    insta::assert_snapshot!(side_by_side(&policy(vec![
        allow(&["anyone"], "shop/payments:8080", &[]),
        deny(
            &["anyone", "except", "shop/ops"],
            "shop/payments:8080",
            &["/admin", "/admin/* except /admin/health"]
        ),
    ])));
}

#[test]
fn hosts_are_matched_with_and_without_a_port() {
    insta::assert_snapshot!(side_by_side(&policy(vec![allow(
        &["anyone"],
        "edge/gateway:8443",
        &["GET host api.example.com host *.example.org host example.net:8443"],
    )])));
}

#[test]
fn transport_security_goes_from_the_narrow_to_the_wide() {
    let workload = MtlsScope::Workload {
        namespace: "legacy".into(),
        selector: labels(&[("app", "probe")]),
        name: "probe".into(),
    };
    let mut policy = policy(vec![allow(&["shop/orders"], "legacy/probe:8086", &[])]);
    let mut port = mtls(workload, None, &[(9000, MtlsMode::Permissive), (8086, MtlsMode::Disable)]);
    port.origins.push(origin("mtls disable legacy/probe:8086 because \"the probe speaks plaintext\""));
    let mut mesh = mtls(MtlsScope::Mesh, Some(MtlsMode::Strict), &[]);
    mesh.origins.push(origin("mtls strict"));
    policy.mtls = vec![mesh, mtls(MtlsScope::Namespace("legacy".into()), Some(MtlsMode::Strict), &[]), port];
    insta::assert_snapshot!(side_by_side(&policy));
}

#[test]
fn under_a_mesh_wide_denial_an_open_namespace_says_so() {
    let mut policy = policy(vec![allow(&["shop/orders"], "shop/payments:8080", &[])]);
    policy.mesh = Mesh { default_deny_mesh: true, ..Mesh::default() };
    let open = origin("open namespace sandbox because \"hackathon\"");
    policy.covered.insert(0, Covered { namespace: "sandbox".into(), open: Some(open) });
    insta::assert_snapshot!(side_by_side(&policy));
}

#[test]
fn an_open_namespace_gets_nothing() {
    let mut policy = policy(vec![]);
    policy
        .covered
        .push(Covered { namespace: "sandbox".into(), open: Some(origin("open namespace sandbox")) });
    assert_eq!(names(&policy), Vec::<String>::new());
}

#[test]
fn the_root_namespace_is_not_closed_unasked() {
    let mut policy = policy(vec![]);
    policy.covered.push(Covered { namespace: "istio-system".into(), open: None });
    policy.mtls.push(mtls(MtlsScope::Namespace("istio-system".into()), Some(MtlsMode::Strict), &[]));
    assert_eq!(names(&policy), Vec::<String>::new());
}

#[test]
fn denials_stand_before_permissions_and_the_default_is_last() {
    let policy = policy(vec![
        allow(&["shop/orders"], "shop/payments:8080", &[]),
        deny(&["shop/intern"], "shop/payments:8080", &[]),
        allow(&["shop/orders"], "shop/cart:8080", &[]),
    ]);
    let expected = ["shop/payments-deny", "shop/cart-allow", "shop/payments-allow", "shop/deny-all"];
    assert_eq!(names(&policy), expected);
}

#[test]
fn two_services_of_one_selector_are_one_set() {
    let mut web = allow(&["shop/orders"], "shop/web:8080", &["GET"]);
    web.target.selector = labels(&[("app", "api")]);
    let policy = policy(vec![web, allow(&["shop/orders"], "shop/api:9090", &["GET"])]);
    assert_eq!(names(&policy), ["shop/api-allow", "shop/deny-all"]);
}

#[test]
fn names_that_say_too_little_carry_a_fingerprint_of_the_selector() {
    let other = |labels_of: &[(&str, &str)]| {
        let mut rule = allow(&["shop/orders"], "shop/api:8080", &["GET"]);
        rule.target.selector = labels(labels_of);
        rule
    };
    let long = "a-service-whose-name-is-exactly-as-long-as-kubernetes-lets-it-b";
    let policy = policy(vec![
        other(&[("app", "api")]),
        other(&[("app", "api"), ("version", "2")]),
        allow(&["shop/orders"], &format!("shop/{long}:8080"), &["GET"]),
        allow(&["shop/orders"], "shop/api.v2:8080", &["GET"]),
    ]);
    insta::assert_debug_snapshot!(names(&policy));
}

#[test]
fn an_unrelated_rule_changes_nothing_else() {
    let rules = |more: Option<Rule>| {
        let mut rules = vec![allow(&["shop/orders"], "shop/payments:8080", &["GET /a"])];
        rules.extend(more);
        bundle::files(&emitted(&policy(rules)))
    };
    let before = rules(None);
    let after = rules(Some(allow(&["shop/orders"], "shop/cart:8080", &["GET /a"])));
    let changed: Vec<_> = after.iter().filter(|file| !before.contains(file)).map(|file| &file.path).collect();
    assert_eq!(changed, ["kustomization.yaml", "shop/cart-allow.yaml"]);
}
