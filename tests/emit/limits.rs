//! Policies that are too large for one object, and annotations that are too long.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use meshward::bundle;
use meshward::istio::emit;
use meshward::istio::resources::{AuthorizationPolicy, Bundle, Resource};
use meshward::policy::{Caller, Origin, Rule};

use super::policies::{allow, operation, policy, statement};
use super::{crd, emitted};

/// Rules that can not be merged: each has a caller and a path of its own.
fn unlike_rules(count: usize) -> Vec<Rule> {
    let rule = |number| {
        allow(&[&format!("shop/caller-{number}")], "shop/payments:8080", &[&format!("GET /{number}")])
    };
    (0..count).map(rule).collect()
}

fn policies(bundle: &Bundle) -> impl Iterator<Item = &AuthorizationPolicy> {
    bundle.objects.iter().filter_map(|object| match &object.resource {
        Resource::AuthorizationPolicy(policy) => Some(policy).filter(|policy| policy.spec.action.is_some()),
        Resource::PeerAuthentication(_) | Resource::RequestAuthentication(_) => None,
    })
}

#[test]
fn as_many_rules_as_the_crd_takes_are_one_policy() {
    let bundle = emitted(&policy(unlike_rules(512)));
    assert_eq!(policies(&bundle).map(|policy| policy.spec.rules.len()).collect::<Vec<_>>(), [512]);
}

#[test]
fn more_rules_are_split_and_the_files_say_so() {
    let bundle = emitted(&policy(unlike_rules(1000)));
    let names: Vec<_> = policies(&bundle).map(|policy| policy.metadata.name.as_str()).collect();
    assert_eq!(names, ["payments-allow-0", "payments-allow-1"]);
    assert_eq!(policies(&bundle).map(|policy| policy.spec.rules.len()).sum::<usize>(), 1000);
    let files = bundle::files(&bundle);
    let start = |file: &bundle::File, lines| file.text.lines().take(lines).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(format!("{}\n\n{}", start(&files[1], 12), start(&files[2], 12)));
}

#[test]
fn an_edit_moves_only_what_it_touches() {
    let membership = |rules: Vec<Rule>| -> BTreeMap<String, BTreeSet<String>> {
        let rules_of = |policy: &AuthorizationPolicy| {
            policy.spec.rules.iter().map(|rule| rule.from[0].source.principals[0].clone()).collect()
        };
        let bundle = emitted(&policy(rules));
        policies(&bundle).map(|policy| (policy.metadata.name.clone(), rules_of(policy))).collect()
    };
    let mut rules = unlike_rules(1000);
    let before = membership(rules.clone());
    rules.remove(500);
    rules.insert(0, allow(&["shop/new"], "shop/payments:8080", &["GET /new"]));
    let after = membership(rules);
    let all = |buckets: &BTreeMap<_, BTreeSet<String>>| -> BTreeSet<(String, String)> {
        let pairs = |(name, rules): (&String, &BTreeSet<String>)| {
            rules.iter().map(|rule| (name.clone(), rule.clone())).collect::<Vec<_>>()
        };
        buckets.iter().flat_map(pairs).collect()
    };
    assert_eq!(all(&before).symmetric_difference(&all(&after)).count(), 2, "one gone, one new");
}

#[test]
fn ten_thousand_callers_of_one_operation_are_parted() {
    let callers: Vec<String> = (0..10_000).map(|number| format!("shop/caller-{number}")).collect();
    let callers: Vec<&str> = callers.iter().map(String::as_str).collect();
    let bundle = emitted(&policy(vec![allow(&callers, "shop/payments:8080", &["GET /a"])]));
    let rules = policies(&bundle).flat_map(|policy| &policy.spec.rules);
    let sources = rules.flat_map(|rule| &rule.from).map(|from| &from.source);
    assert_eq!(sources.map(|source| source.principals.len()).sum::<usize>(), 10_000);
}

#[test]
fn ten_thousand_paths_of_one_caller_are_parted() {
    let mut rule = allow(&["shop/orders"], "shop/payments:8080", &[]);
    rule.operations = (0..10_000).map(|number| operation(&format!("GET /{number}"))).collect();
    let bundle = emitted(&policy(vec![rule]));
    let rules = policies(&bundle).flat_map(|policy| &policy.spec.rules);
    let operations = rules.flat_map(|rule| &rule.to).map(|to| &to.operation);
    assert_eq!(operations.map(|operation| operation.paths.len()).sum::<usize>(), 10_000);
}

#[test]
fn more_sources_than_the_crd_takes_are_parted() {
    let rule = |number: usize| {
        let except = format!("shop/e-{number}");
        allow(&["mesh", "except", &except], "shop/payments:8080", &["GET /a"])
    };
    let bundle = emitted(&policy((0..600).map(rule).collect()));
    let rules: Vec<_> = policies(&bundle).flat_map(|policy| &policy.spec.rules).collect();
    assert!(rules.iter().all(|rule| rule.from.len() <= 512));
    assert_eq!(rules.iter().map(|rule| rule.from.len()).sum::<usize>(), 600);
}

#[test]
fn exceptions_that_no_object_can_hold_are_an_error() {
    let mut rule = allow(&["mesh"], "shop/payments:8080", &["GET /a"]);
    let account =
        |number| Caller::Account { namespace: "shop".into(), name: format!("account-{number}").into() };
    rule.except = (0..5000).map(account).collect();
    let (bundle, diagnostics) = emit(&policy(vec![rule]));
    assert_eq!(policies(&bundle).count(), 0);
    let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
    assert_eq!(diagnostic.code.id(), "E0702");
}

#[test]
fn long_annotations_end_in_how_much_is_missing() {
    let mut rules = unlike_rules(500);
    for (number, rule) in rules.iter_mut().enumerate() {
        let text = format!("allow caller-{number} -> payments GET /{number} {}", "x".repeat(1000));
        let statement = statement(&text);
        let said = Some(format!("\"{number}\", {}", "\"y\"".repeat(100)).into());
        let (owner, ticket, reason) = (said, said, said);
        rule.origin = Arc::new(Origin { statement, owner, ticket, reason, ..Origin::clone(&rule.origin) });
    }
    let bundle = emitted(&policy(rules));
    let policy = policies(&bundle).next().unwrap();
    let source = &policy.metadata.annotations["meshward.dev/source"].0;
    assert!(source.len() < 25_000, "{}", source.len());
    assert_eq!(source.lines().last(), Some("… and 440 more, in the policy"));
    crd::validate(&bundle::stream(&bundle));
}
