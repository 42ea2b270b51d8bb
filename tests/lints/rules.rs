//! Lints about one rule beside others: `duplicate-rule`, `redundant-rule`, `shadowed-rule`, `rule-without-owner`.

use super::{check, codes, is_silent, policy, speaks};

#[test]
fn a_rule_that_makes_many_needless_is_told_once() {
    let narrow = |effect: &str| -> String {
        (0..6).map(|number| format!("{effect} orders -> payments GET /a/{number}\n")).collect()
    };
    let wider = format!("{}allow orders -> payments GET /a/*\n", narrow("allow"));
    speaks("redundant-rules-of-one", "L0804", &policy(&wider));
    // A denial for an emergency, above which all else stands as it will be afterwards.
    let emergency = format!("{}deny anyone -> payments\n", narrow("allow"));
    speaks("shadowed-rules-of-one", "L0823", &policy(&emergency));
}

#[test]
fn a_rule_written_twice() {
    let text = "\
allow orders -> payments GET /users/{id}
allow cart -> payments POST /charges
allow orders -> payments GET /users/{*} because \"the order page shows a name\"
";
    speaks("duplicate-rule", "L0803", &policy(text));
}

#[test]
fn a_rule_that_a_wider_path_covers() {
    let text = "\
allow orders -> payments GET /users/1
allow orders -> payments GET /users/*
";
    speaks("redundant-rule", "L0804", &policy(text));
}

#[test]
fn a_denial_that_a_wider_caller_covers() {
    let text = "\
allow mesh -> payments /users/*
deny mesh -> payments DELETE
deny shop/* -> payments DELETE /users/*
";
    speaks("redundant-denial", "L0804", &policy(text));
}

#[test]
fn a_rule_that_two_others_cover_together() {
    let services = "\
services:
  shop/cart: {ports: [{name: http, port: 80, protocol: http}]}
  shop/orders: {}
  shop/payments: {ports: [{name: http, port: 80, protocol: http}]}
";
    let text = "\
allow orders -> cart
allow orders -> payments
allow orders -> cart, payments GET /a
";
    speaks("redundant-rule-in-parts", "L0804", &[("policies/main.ward", text), ("services.yaml", services)]);
}

#[test]
fn one_port_of_all_and_one_method_of_some() {
    for text in [
        "allow orders -> payments:80\nallow orders -> payments\n",
        "allow orders -> payments:80 GET\nallow orders -> payments\n",
        "allow orders -> payments DELETE /a\nallow orders -> payments PUT, DELETE\n",
        "allow account shop/orders -> payments\nallow shop/* -> payments\n",
        "allow mesh except cart, orders -> payments\nallow mesh except cart -> payments\n",
        "allow orders -> payments\nallow mesh except cart -> payments\n",
    ] {
        let found = codes(&check(&policy(text)));
        // Both ways to write the only port say the same.
        let expected = if text.starts_with("allow orders -> payments:80\n") { "L0803" } else { "L0804" };
        assert_eq!(found, [expected], "{text}");
    }
}

#[test]
fn a_block_of_addresses_within_another() {
    let text = "\
network office = 203.0.113.0/24
network desk = 203.0.113.7
allow @office -> payments
allow @desk -> payments
";
    assert_eq!(codes(&check(&policy(text))), ["L0804"]);
}

/// Each pair has something of its own on both sides, or only a certain "no" was possible.
#[test]
fn rules_that_do_not_cover_each_other() {
    for text in [
        "allow orders -> payments GET /users/*\nallow orders -> payments POST /users/1\n",
        "allow orders -> payments GET /users/*\nallow cart -> payments GET /users/1\n",
        "allow orders -> payments GET /users/* except /users/1\nallow orders -> payments GET /users/1\n",
        "allow mesh except orders -> payments\nallow orders -> payments GET /users/1\n",
        "allow orders -> payments GET /users/{*}\nallow orders -> payments GET /users/1\n",
        "allow orders -> payments GET /users/* until 2026-12-31\nallow orders -> payments GET /users/1\n",
        "deny orders -> payments POST /users/*\nallow orders -> payments GET /users/1\n",
        "network office = 203.0.113.0/24\nallow @office -> payments\nallow orders -> payments GET /users/1\n",
    ] {
        is_silent(&policy(text));
    }
}

/// Of two equal rules and one that covers both, what is told can all be removed and nothing changes.
#[test]
fn what_is_reported_can_all_be_removed() {
    let text = "\
allow orders -> payments GET /users/1
allow orders -> payments GET /users/*
allow orders -> payments GET /users/1
allow orders -> payments GET /users/*
";
    let checked = check(&policy(text));
    let mut lines: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|found| format!("{} {}", checked.sources.place(found.primary.span), found.code.id()))
        .collect();
    lines.sort();
    let expected = ["main.ward:1 L0804", "main.ward:3 L0803", "main.ward:4 L0803"];
    assert_eq!(lines, expected.map(|line| format!("policies/{line}")));
}

#[test]
fn a_rule_without_an_owner_is_told_where_the_project_asks() {
    let project = "name: shop\ngraph: {services: services.yaml}\nlints: {rule-without-owner: warn}\n";
    let text = "\
allow orders -> payments POST /charges
allow cart -> payments POST /charges owner \"team-cart\"
";
    speaks("rule-without-owner", "L0812", &[("policies/main.ward", text), ("meshward.yaml", project)]);
    is_silent(&policy("allow orders -> payments POST /charges\n"));
}

/// Whoever removed one of two rules for two services of one account would miss it when the account is split.
#[test]
fn services_that_share_an_account_are_named_apart() {
    let services = "services:\n  shop/ads: {serviceAccount: front}\n  shop/cart: {serviceAccount: front}\n  shop/flags: {ports: [{port: 80, protocol: http}]}\n";
    for (policy, expected) in [
        ("allow ads -> flags GET /a\nallow cart -> flags GET /a\n", None),
        ("allow ads -> flags GET /a\nallow cart -> flags\n", None),
        ("allow ads -> flags GET /a\nallow cart, ads -> flags\n", Some("L0804")),
        ("allow ads -> flags GET /a\nallow account shop/front -> flags GET /a\n", Some("L0803")),
        ("allow ads -> flags GET /a\nallow shop/* -> flags GET /a\n", Some("L0804")),
    ] {
        let checked = check(&[("policies/main.ward", policy), ("services.yaml", services)]);
        let found = codes(&checked).into_iter().find(|code| ["L0803", "L0804"].contains(code));
        assert_eq!(found, expected, "{policy}");
    }
}

#[test]
fn a_permission_of_which_all_is_denied() {
    let text = "\
allow orders -> payments GET /users/*
deny anyone except cart -> payments GET
";
    speaks("shadowed-rule", "L0823", &policy(text));
}

#[test]
fn a_permission_of_which_something_is_left() {
    for text in [
        // Another method, another caller, another path, and what is no request.
        "allow orders -> payments GET, POST /users/*\ndeny orders -> payments GET\n",
        "allow orders, cart -> payments GET /users/1\ndeny orders -> payments GET\n",
        "allow orders -> payments GET /users/*\ndeny orders -> payments GET /users/{**}/x\n",
        "allow orders -> payments\ndeny orders -> payments /*\n",
        "allow mesh -> payments GET /users/1\ndeny anyone except cart -> payments GET\n",
    ] {
        let found = check(&policy(text));
        assert!(!codes(&found).contains(&"L0823"), "{text}");
    }
}

/// With its condition the rule would say something else than the other.
#[test]
fn a_rule_with_a_refused_clause_is_compared_with_none() {
    let text = "\
allow orders -> payments GET /users/*
allow orders -> payments GET /users/* where source.ip = \"10.0.0.1\"
";
    assert_eq!(codes(&check(&policy(text))), ["E0102"]);
}
