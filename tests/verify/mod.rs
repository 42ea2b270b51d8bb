//! The proof of a build: it holds for whatever is emitted, and it finds each fault that is put into a bundle.

use meshward::graph::ServiceGraph;
use meshward::istio::emit::emit_within;
use meshward::istio::resources::{Action, AuthorizationPolicy, Bundle, Resource, Rule, Source};
use meshward::policy::{Operation, Policy};
use meshward::project::PathNormalization;
use meshward::verify::{Proof, Unproved, prove};
use proptest::prelude::*;
use thin_vec::{ThinVec, thin_vec};

use crate::emit::policies::{allow, deny, policy};
use crate::emit::{emitted, property};

fn proved(policy: &Policy, bundle: &Bundle) -> Result<Proof, Unproved> {
    prove(policy, &ServiceGraph::default(), PathNormalization::Base, bundle)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_emitted_is_proved(mut policy in property::policy(), limits in property::limits()) {
        // An operation without any part is no operation of the language: a rule without one is meant.
        for rule in &mut policy.rules {
            rule.operations.retain(|operation| *operation != Operation::default());
        }
        let (bundle, diagnostics) = emit_within(&policy, &limits);
        prop_assert_eq!(diagnostics, vec![]);
        if let Err(unproved) = proved(&policy, &bundle) {
            prop_assert!(false, "{}\n{}", unproved, meshward::bundle::stream(&bundle));
        }
    }
}

/// A policy with something for each fault to spoil.
fn sample() -> Policy {
    policy(vec![
        allow(&["shop/orders"], "shop/payments:80", &["GET /a", "POST /b/*"]),
        allow(&["shop/cart"], "shop/payments:80", &["GET /c"]),
        deny(&["shop/orders"], "shop/payments:80", &["/b/admin"]),
    ])
}

/// The policy of an action, to be spoiled.
#[track_caller]
fn spoil(action: Action, fault: impl FnOnce(&mut AuthorizationPolicy)) -> Result<Proof, Unproved> {
    spoil_in(&sample(), action, fault)
}

#[track_caller]
fn spoil_in(
    policy: &Policy,
    action: Action,
    fault: impl FnOnce(&mut AuthorizationPolicy),
) -> Result<Proof, Unproved> {
    let mut bundle = emitted(policy);
    let found = bundle.objects.iter_mut().find_map(|object| match &mut object.resource {
        Resource::AuthorizationPolicy(found) if found.spec.action == Some(action) => Some(found),
        Resource::AuthorizationPolicy(_)
        | Resource::PeerAuthentication(_)
        | Resource::RequestAuthentication(_) => None,
    });
    fault(found.expect("the policy has a rule of the action"));
    proved(policy, &bundle)
}

#[track_caller]
fn assert_found(outcome: &Result<Proof, Unproved>) {
    assert!(matches!(outcome, Err(Unproved::Differs { .. })), "{outcome:?}");
}

#[test]
fn the_sample_is_proved_without_a_fault() {
    let proof = spoil(Action::Allow, |_| {}).unwrap();
    assert!(proof.workloads > 0 && proof.comparisons > 0, "{proof:?}");
}

#[test]
fn a_swapped_method_is_found() {
    assert_found(&spoil(Action::Allow, |policy| {
        let operation = policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.to).next().unwrap();
        operation.operation.methods = thin_vec!["DELETE".into()];
    }));
}

#[test]
fn a_prefix_for_an_exact_path_is_found() {
    assert_found(&spoil(Action::Allow, |policy| {
        let paths =
            policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.to).flat_map(|to| &mut to.operation.paths);
        let exact = paths.into_iter().find(|path| path.as_str() == "/c").unwrap();
        *exact = "/c*".into();
    }));
}

#[test]
fn a_dropped_not_is_found() {
    let policy = policy(vec![
        allow(&["mesh", "except", "shop/cart"], "shop/payments:80", &["GET /a/* except /a/b"]),
        allow(&["mesh", "except", "peer 10.0.0.0/8"], "shop/payments:80", &["POST /c"]),
        allow(&["shop/ops"], "shop/payments:80", &["/d"]),
        deny(&["anyone", "except", "shop/ops"], "shop/payments:80", &["/d"]),
    ]);
    let drop = |action, not: fn(&mut Rule) -> bool| {
        assert_found(&spoil_in(&policy, action, |policy| {
            let dropped = policy.spec.rules.iter_mut().filter_map(|rule| not(rule).then_some(())).count();
            assert!(dropped > 0, "there is one to drop");
        }));
    };
    let of_principals = |rule: &mut Rule| drop_from(rule, |source| &mut source.not_principals);
    drop(Action::Allow, of_principals);
    drop(Action::Deny, of_principals);
    drop(Action::Allow, |rule| drop_from(rule, |source| &mut source.not_ip_blocks));
    drop(Action::Allow, |rule| {
        rule.to.iter_mut().any(|to| !std::mem::take(&mut to.operation.not_paths).is_empty())
    });
}

/// Takes a list out of the sources of a rule, and tells whether something was in it.
fn drop_from(rule: &mut Rule, list: fn(&mut Source) -> &mut ThinVec<String>) -> bool {
    rule.from.iter_mut().any(|from| !std::mem::take(list(&mut from.source)).is_empty())
}

#[test]
fn a_wrong_namespace_is_found() {
    assert_found(&spoil(Action::Allow, |policy| {
        let source = policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.from).next().unwrap();
        source.source.principals = thin_vec!["cluster.local/ns/other/sa/orders".to_owned()];
    }));
}

#[test]
fn a_foreign_trust_domain_is_found() {
    assert_found(&spoil(Action::Allow, |policy| {
        let source = policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.from).next().unwrap();
        let wider = source.source.principals[0].replace("cluster.local/", "*/");
        source.source.principals.push(wider);
    }));
}

#[test]
fn a_dropped_port_is_found() {
    assert_found(&spoil(Action::Allow, |policy| {
        policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.to).for_each(|to| to.operation.ports.clear());
    }));
}

#[test]
fn a_dropped_denial_is_found() {
    assert_found(&spoil(Action::Deny, |policy| policy.spec.rules.clear()));
}

#[test]
fn a_dropped_source_is_found() {
    assert_found(&spoil(Action::Allow, |policy| policy.spec.rules[0].from.clear()));
}

#[test]
fn a_missing_deny_all_is_found_where_nothing_else_closes() {
    let policy = policy(vec![deny(&["ops/console"], "shop/payments:80", &["/admin"])]);
    let mut bundle = emitted(&policy);
    bundle.objects.retain(|object| object.resource.metadata().name != "deny-all");
    assert_found(&proved(&policy, &bundle));
}

/// Each set of these templates has a path of its own. A bundle that says the same in other words is not taken on trust.
#[test]
fn patterns_that_can_not_be_told_apart_prove_nothing() {
    let template = |fixed: usize| {
        let segment = |number| if number == fixed { "/a" } else { "/{*}" };
        format!("GET {}", (0..40).map(segment).collect::<String>())
    };
    let templates: Vec<String> = (0..40).map(template).collect();
    let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
    let policy = policy(vec![allow(&["shop/orders"], "shop/payments:80", &templates)]);
    assert!(proved(&policy, &emitted(&policy)).is_ok(), "equal forms need no classes");
    let outcome = spoil_in(&policy, Action::Allow, |policy| {
        policy.spec.rules[0].to[0].operation.not_methods.push("PUT".into());
    });
    let unproved = outcome.unwrap_err();
    assert!(matches!(unproved, Unproved::TooComplex { .. }), "{unproved}");
    insta::assert_snapshot!(format!("{unproved}\n{}", unproved.advice()), @r"
    the 40 patterns of `shop/payments` are too mixed to be told apart, so its bundle could not be proved
    use fewer suffix patterns (`*/x`) and templates on one service
    ");
}

#[test]
fn a_difference_is_told_with_its_request() {
    let outcome = spoil(Action::Allow, |policy| {
        policy
            .spec
            .rules
            .iter_mut()
            .flat_map(|rule| &mut rule.to)
            .for_each(|to| to.operation.methods.clear());
    });
    insta::assert_snapshot!(outcome.unwrap_err());
}

/// Both rules name the same caller. On a port whose protocol is not declared, the second must not take the
/// traffic that is not HTTP away from the first.
#[test]
fn a_rule_for_all_traffic_stands_apart_from_one_about_requests() {
    let policy = policy(vec![
        allow(&["shop/orders"], "shop/payments:80", &[]),
        allow(&["shop/orders"], "shop/payments:80", &["GET /a"]),
    ]);
    let bundle = emitted(&policy);
    assert!(proved(&policy, &bundle).is_ok(), "{}", meshward::bundle::stream(&bundle));
}
