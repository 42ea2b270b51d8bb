//! Lints about paths: `wildcard-over-admin`, `exact-deny-path`, `deny-path-template`, `deny-path-prefix`.

use super::{check, codes, is_silent, policy, speaks};

/// Payments has two endpoints for administration.
const ENDPOINTS: &str = "\
services:
  shop/cart: {}
  shop/orders: {}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
    endpoints:
      - GET /users/{id}
      - POST /charges
      - GET /admin/users
      - DELETE /admin/users/{id}
";

fn with_endpoints(text: &str) -> [(&str, &str); 2] {
    [("policies/main.ward", text), ("services.yaml", ENDPOINTS)]
}

#[test]
fn a_wildcard_takes_in_the_administration() {
    speaks("wildcard-over-admin", "L0805", &with_endpoints("allow orders -> payments GET, DELETE /*\n"));
}

#[test]
fn a_wildcard_over_grpc_services() {
    let services = "\
services:
  shop/cart: {}
  shop/payments:
    ports: [{name: grpc, port: 80, protocol: grpc}]
    endpoints: [POST /shop.Payments/Charge, POST /shop.PaymentsAdmin/Refund]
";
    speaks(
        "wildcard-over-grpc-admin",
        "L0805",
        &[("policies/main.ward", "allow cart -> payments grpc *\n"), ("services.yaml", services)],
    );
}

#[test]
fn a_wildcard_that_speaks_of_it_or_leaves_it_out_is_fine() {
    for text in [
        "allow orders -> payments GET /admin/*\n",
        "allow orders -> payments GET /users/*\n",
        "allow orders -> payments POST /*\n",
        "allow orders -> payments\n",
        "deny anyone -> payments GET /*\n",
    ] {
        is_silent(&with_endpoints(text));
    }
    let project = under("DECODE_AND_MERGE_SLASHES");
    let [policy, services] =
        with_endpoints("allow orders -> payments GET, DELETE /* except /admin, /admin/*\n");
    is_silent(&[policy, services, ("meshward.yaml", &project)]);
    let template = "allow orders -> payments DELETE /* except /admin/users/{*}\n";
    assert_eq!(codes(&check(&with_endpoints(template))), ["L0821"]);
}

/// A path that covers no endpoint is told wherever it stands, since a list or a guarantee hides it well.
#[test]
fn each_path_of_a_list_must_cover_an_endpoint() {
    let told = |text: &str| {
        let checked = check(&with_endpoints(text));
        let told = checked.diagnostics.iter().filter(|found| ["E0412", "L0816"].contains(&found.code.id()));
        let place = |found: &meshward::diagnostic::Diagnostic| {
            let span = found.primary.span;
            let text = &checked.sources.get(span.source).text;
            format!("{} {}", found.code.id(), &text[span.range()])
        };
        told.map(place).collect::<Vec<_>>()
    };
    let allow = "allow orders -> payments GET /users/*, /admin/users, /admni/*\n";
    assert_eq!(told(allow), ["E0412 /admni/*"]);
    assert_eq!(
        told("deny anyone -> payments /admin, /admin/*, /amdin, /amdin/*\n"),
        ["L0816 /amdin", "L0816 /amdin/*"]
    );
    assert_eq!(told("allow orders -> payments GET /* except /admni/*\n"), ["L0816 /admni/*"]);
    assert_eq!(told("allow orders -> payments GET /* except /admin, /admin/*\n"), [""; 0]);
    assert_eq!(
        told("allow orders -> payments GET\nonly orders -> payments POST /chrages\n"),
        ["L0816 POST /chrages"]
    );
    assert_eq!(
        told("allow orders -> payments GET\nnever cart -> payments /admin*, /amdin*\n"),
        ["L0816 /amdin*"]
    );
    // What one of the targets has is known, and of a service without endpoints nothing is.
    assert_eq!(told("allow orders -> payments, cart GET /users/*, /b\n"), [""; 0]);
}

#[test]
fn an_exact_denial_is_passed_by_other_spellings() {
    let text = "\
allow orders -> payments GET /users/*
deny anyone except cart -> payments /admin/users, /charges
";
    speaks("exact-deny-path", "L0807", &policy(text));
}

#[test]
fn what_passes_depends_on_the_normalization() {
    let project = "\
name: shop
graph: {services: services.yaml}
mesh: {pathNormalization: DECODE_AND_MERGE_SLASHES}
";
    speaks(
        "exact-deny-path-merged",
        "L0807",
        &[("policies/main.ward", "deny anyone -> payments /admin/users\n"), ("meshward.yaml", project)],
    );
}

#[test]
fn a_denial_of_a_subtree_is_fine() {
    for text in [
        "deny anyone except cart -> payments /admin*\n",
        "deny anyone except cart -> payments /admin/users, /admin/users/*\n",
        "deny anyone except cart -> payments /users/{**}\n",
    ] {
        assert_eq!(codes(&check(&policy(text))), [] as [&str; 0], "{text}");
    }
}

#[test]
fn a_template_that_takes_something_away_is_passed() {
    let text = "\
deny anyone except cart -> payments /users/{id}/secrets, /{**}/secrets
allow orders -> payments GET /reports/* except /reports/{*}/raw
";
    speaks("deny-path-template", "L0821", &policy(text));
}

#[test]
fn a_template_that_permits_is_fine() {
    is_silent(&policy("allow orders -> payments GET /users/{id}/posts\n"));
    is_silent(&policy("deny anyone except cart -> payments GET /* except /users/{id}\n"));
}

/// The project under a path normalization.
fn under(normalization: &str) -> String {
    format!("name: shop\ngraph: {{services: services.yaml}}\nmesh: {{pathNormalization: {normalization}}}\n")
}

#[test]
fn a_prefix_is_passed_where_another_rule_lets_its_other_spellings_in() {
    let text = "\
allow orders -> payments POST /users/*
allow orders, cart -> payments GET /*
deny anyone except cart -> payments /admin/*
";
    speaks("deny-path-prefix", "L0822", &policy(text));
    let text = "\
allow orders -> payments GET /api/* except /api/internal/*, /api/debug/{**}
";
    speaks("deny-path-prefix-except", "L0822", &policy(text));
}

/// Where a setting of the mesh lets each such exception be passed, the first one tells for all that are passed alike.
#[test]
fn a_prefix_that_is_passed_alike_in_several_statements_is_told_once() {
    let text = "\
allow orders -> payments GET /api/* except /api/internal/*
allow cart -> payments POST /api/* except /api/internal/*
allow orders -> payments PUT /api/* except /api/internal/*
allow cart -> payments DELETE /api/* except /api/internal/*
allow orders -> payments PATCH /api/* except /api/internal, /api/internal/*
allow cart -> payments GET /api/* except /api/debug/*
";
    let found = check(&policy(text)).diagnostics;
    let told: Vec<_> = found.iter().filter(|found| found.code.id() == "L0822").collect();
    let paths = told.iter().map(|found| &*found.message).collect::<Vec<_>>();
    let of = |path: &str| format!("an exception of `{path}` can be passed");
    assert_eq!(paths, [of("/api/internal/*"), of("/api/internal/*"), of("/api/debug/*")]);
    assert_eq!(told[0].secondary.len(), 2, "{:?}", told[0]);
    assert_ne!(told[0].primary.message, told[1].primary.message, "the path itself is closed there");
    assert_eq!(told[0].notes.last().unwrap(), "the same holds for 1 more statement");
}

#[test]
fn a_prefix_is_passed_by_what_the_normalization_leaves() {
    let text = "\
allow mesh -> payments
deny anyone except cart -> payments GET /api/admin, /api/admin/*
";
    let passing = |normalization: &str| {
        let project = under(normalization);
        let checked = check(&[("policies/main.ward", text), ("meshward.yaml", &project)]);
        let labels = checked.diagnostics.iter().filter(|found| found.code.id() == "L0822");
        labels.map(|found| found.primary.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(passing("NONE"), ["does not close `//api/admin/x`, `/api/admin%2Fx`, `/./api/admin/x`"]);
    assert_eq!(passing("BASE"), ["does not close `//api/admin/x`, `/api/admin%2Fx`"]);
    assert_eq!(passing("MERGE_SLASHES"), ["does not close `/api/admin%2Fx`"]);
    assert_eq!(passing("DECODE_AND_MERGE_SLASHES"), [] as [&str; 0]);
}

#[test]
fn a_prefix_that_nobody_can_pass_is_fine() {
    for text in [
        // Nothing lets the other spellings in.
        "deny anyone except cart -> payments /admin/*\n",
        "allow orders -> payments GET /users/*\ndeny anyone -> payments /admin/*\n",
        // Whoever is let in is not denied, or with another method.
        "allow cart -> payments\ndeny anyone except cart -> payments /admin/*\n",
        "allow cart -> payments GET /*\ndeny orders -> payments /admin/*\n",
        "allow orders -> payments GET /*\ndeny orders -> payments POST /admin/*\n",
        // Another denial takes them in.
        "allow orders -> payments POST /*\ndeny orders -> payments POST /admin/*\ndeny orders -> payments POST\n",
        // gRPC has one spelling.
        "allow orders -> payments\ndeny orders -> payments grpc shop.Admin/*\n",
    ] {
        let found = check(&policy(text));
        assert!(!codes(&found).contains(&"L0822"), "{text}");
    }
}

#[test]
fn a_bare_path_that_is_allowed_by_name_is_meant_to_be_open() {
    let text = "\
allow orders -> payments GET /*
allow orders -> payments GET /admin
deny orders -> payments GET /admin/*
";
    let found = check(&policy(text));
    let prefix = found.diagnostics.iter().find(|found| found.code.id() == "L0822").expect("`//` passes");
    assert_eq!(prefix.primary.message, "does not close `//admin/x`, `/admin%2Fx`");
    // Whoever it is allowed by name is not denied, and the denial means the others.
    let text = "\
allow orders -> payments GET /*
allow cart -> payments GET /admin
deny anyone except cart -> payments /admin/*
";
    let found = check(&policy(text));
    let prefix = found.diagnostics.iter().find(|found| found.code.id() == "L0822").expect("`/admin` passes");
    assert_eq!(prefix.primary.message, "does not close `/admin`, `//admin/x`, `/admin%2Fx`");
}
