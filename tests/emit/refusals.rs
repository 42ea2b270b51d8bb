//! What a cluster would refuse is a diagnostic at its statement and is not emitted.

use meshward::istio::emit;
use meshward::policy::{Caller, Covered, Mesh, MtlsMode, MtlsScope, Policy, Rule};
use thin_vec::thin_vec;

use super::policies::{allow, labels, mtls, origin, policy};

/// The code and message of the only diagnostic; the rule behind it must be missing from the bundle.
#[track_caller]
fn refusal(policy: &Policy) -> String {
    let (bundle, diagnostics) = emit(policy);
    let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:#?}") };
    let emitted: Vec<String> =
        bundle.objects.iter().map(|object| object.resource.key().to_string()).collect();
    let rest = ["authorizationpolicy/deny-all -n shop", "authorizationpolicy/deny-all -n istio-system"];
    assert!(emitted.iter().all(|key| rest.contains(&key.as_str())), "{emitted:?}");
    format!("{}: {} ({})", diagnostic.code.id(), diagnostic.message, diagnostic.notes.join("; "))
}

fn path(path: &str) -> Policy {
    let mut rule = allow(&["shop/orders"], "shop/payments:8080", &["GET"]);
    rule.operations[0].paths = thin_vec![path.into()];
    policy(vec![rule])
}

fn changed(change: impl Fn(&mut Rule)) -> Policy {
    let mut rule = allow(&["shop/orders"], "shop/payments:8080", &["GET /a"]);
    change(&mut rule);
    policy(vec![rule])
}

#[test]
fn paths_that_istio_or_envoy_refuse() {
    let long = format!("/{}/{{*}}", "a".repeat(260));
    let paths =
        ["", "/a{*}", "/{id}", "/{**}/{*}", "/a*/{*}", "/a//{*}", "{*}", "a/{*}", "//a/{*}", "/{*}//", &long];
    let refusals: Vec<String> = paths.iter().map(|text| refusal(&path(text))).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn paths_that_both_take() {
    let long = format!("/{}/{{*}}", "a".repeat(253));
    assert_eq!(long.replace("{*}", "*").len(), 256);
    for text in
        ["*", "/a/*", "*/a", "/", "/{*}", "/a/{*}/b/", "/a/{**}", "/{*}/{**}/cart", "/a%20b/{*}", &long]
    {
        assert_eq!(emit(&path(text)).1, vec![], "{text}");
    }
}

#[test]
fn names_that_would_widen_or_be_refused() {
    let account =
        |namespace: &str, name: &str| Caller::Account { namespace: namespace.into(), name: name.into() };
    let policies = [
        changed(|rule| rule.callers = thin_vec![account("*", "orders")]),
        changed(|rule| rule.callers = thin_vec![account("shop", "*")]),
        changed(|rule| rule.callers = thin_vec![account("shop", "a/sa/b")]),
        changed(|rule| rule.except = thin_vec![Caller::Namespace(String::new().into())]),
        changed(|rule| rule.target.selector = labels(&[])),
        changed(|rule| rule.target.selector = labels(&[("", "a")])),
        changed(|rule| rule.target.selector = labels(&[("app", "a*")])),
        changed(|rule| rule.target.selector = labels(&[("app", &"a".repeat(64))])),
        changed(|rule| rule.target.ports.clear()),
        changed(|rule| rule.operations[0].methods = thin_vec!["".into()]),
        Policy {
            mesh: Mesh { trust_domain: "*".into(), ..Mesh::default() },
            ..changed(|rule| rule.callers = thin_vec![Caller::Namespace("shop".into())])
        },
    ];
    let refusals: Vec<String> = policies.iter().map(refusal).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_statement_with_two_targets_is_refused_once() {
    let mut first = allow(&["shop/orders"], "shop/payments:8080", &["GET /{**}/{*}"]);
    let mut second = allow(&["shop/orders"], "shop/cart:8080", &["GET /{**}/{*}"]);
    first.origin = origin("allow orders -> payments, cart GET /{**}/{*}");
    second.origin = first.origin.clone();
    assert!(refusal(&policy(vec![first, second])).starts_with("E0701: "));
}

#[test]
fn transport_security_that_istio_ignores_or_takes_for_the_mesh() {
    let with = |scope, ports: &[_]| {
        let mut mtls = mtls(scope, Some(MtlsMode::Strict), ports);
        mtls.origins.push(origin("mtls strict in x"));
        Policy { mtls: vec![mtls], ..Policy::default() }
    };
    let workload = |namespace: &str| MtlsScope::Workload {
        namespace: namespace.into(),
        selector: labels(&[("app", "a")]),
        name: "a".into(),
    };
    let policies = [
        with(MtlsScope::Namespace("istio-system".into()), &[]),
        with(workload("istio-system"), &[]),
        with(workload("shop"), &[(0, MtlsMode::Strict)]),
    ];
    let refusals: Vec<String> = policies.iter().map(refusal).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn an_open_root_namespace_would_open_the_mesh() {
    let mut policy = policy(vec![]);
    policy.mesh.default_deny_mesh = true;
    let open = Some(origin("open namespace istio-system"));
    policy.covered.push(Covered { namespace: "istio-system".into(), open });
    insta::assert_snapshot!(refusal(&policy));
}
