//! What is said where a guarantee does not hold, and where a line is no request.

use super::{SHOP, check, project, says, says_in};

/// The shop, with the endpoints of payments written down.
fn described() -> String {
    let endpoints =
        "'GET /api/v1/users/{id}', 'DELETE /api/v1/users/{id}', POST /api/v1/charges, GET /admin/keys";
    SHOP.replace("  a/payments: {", &format!("  a/payments: {{endpoints: [{endpoints}], "))
}

#[test]
fn messages_of_broken_guarantees() {
    let rules = "\
network office = 10.1.0.0/16
allow a/marketing -> a/payments GET /api/v1/users/*
allow a/orders -> a/payments
allow mesh -> a/payments /admin/*
deny anyone except b/console -> a/payments /admin/*
allow a/payments -> a/ledger-db:5432
allow @office -> a/orders:9090 GET /metrics
allow b/* -> b/sniffed
";
    let guarantees = [
        "never a/* -> a/payments GET",
        "never a/orders -> a/payments, a/ledger-db, b/*",
        "never a/* except a/orders, a/marketing -> a/*",
        "only a/marketing -> a/payments GET /api/*\n  because \"it reads users\" owner \"marketing\"",
        "only a/orders, a/marketing -> a/payments /admin/*",
        "only b/console -> a/orders",
        "only account b/batch -> b/sniffed:80",
        "never anyone -> far/vault",
        "reaches a/orders -> a/ledger-db",
        "reaches a/marketing -> a/payments DELETE",
        "reaches a/marketing -> b/console",
        "reaches a/orders -> a/payments GET /admin/keys",
        "reaches anyone -> a/payments POST",
        "reaches a/marketing -> a/ledger-db via a/payments, a/orders",
        "reaches mesh -> a/payments",
    ];
    insta::assert_snapshot!(says_in(&described(), &format!("{rules}{}\n", guarantees.join("\n"))));
}

#[test]
fn messages_of_wrong_guarantees_and_lines() {
    let policy = "\
group team = a/orders, account b/batch
network office = 10.1.0.0/16
never a/order -> a/payments
never a/orders -> a/payments until 2026-12-31
only a/orders -> a/payments until 2026-12-31
reaches a/orders -> a/payments until 2026-05-31
never a/orders -> a/payments via b/console
never a/orders -> a/ledger-db GET /x
never a/orders -> a/payments:8080
never a/orders -> @team
never a/orders -> @office
never mesh except anyone -> a/payments
never a/orders except a/* -> a/payments
never a/orders -> nowhere/*
never a/orders -> a/payments /a/*/b
reaches a/orders -> a/payments via a/order
test \"one\" {
  a/order -> a/payments GET /x allowed
  a/orders -> a/payments GET /x/* allowed
  a/orders -> a/payments GET /x/{id} denied
  a/orders -> a/payments /x denied
  a/orders -> a/payments GET denied
  a/orders -> a/payments denied
  a/orders -> a/payments GET /a except /a/b denied
  a/orders -> a/payments get /x denied
  a/orders -> a/payments GET /a/../b denied
  a/orders -> a/payments GET /a#b denied
  a/orders -> a/payments host *.example.com GET /a denied
  a/orders -> a/payments grpc shop.Pay/* denied
  a/orders -> a/ledger-db GET /x denied
  a/orders -> a/ledger-db:80 denied
  a/orders -> a/payments GTE /x denied
}
test \"two\" {
}
test \"one\" {
  a/orders -> a/payments GET /x denied
}
";
    insta::assert_snapshot!(says(policy));
}

#[test]
fn an_attribute_silences_no_guarantee() {
    let policy = "\
allow a/orders -> a/payments
@allow(broken-never, \"we know\")
never a/orders -> a/payments
test \"one\" {
  @allow(shared-identity, \"we know\")
  a/orders -> a/payments GET /x allowed
}
";
    let checked = check(&project(SHOP, policy));
    let text = meshward::diagnostic::render_human(&checked.sources, &checked.diagnostics, false);
    insta::assert_snapshot!(text);
}

#[test]
fn a_policy_with_errors_is_not_decided() {
    let said = says("allow a/order -> a/payments\nreaches a/orders -> a/payments\n");
    assert!(said.contains("unknown service") && !said.contains("does not hold"), "{said}");
}

/// To such a port all proxies send plaintext, so that whoever is kept out by name comes in as anybody.
#[test]
fn nobody_is_known_at_a_port_that_takes_plaintext_only() {
    let policy =
        "allow anyone -> a/orders:http-metrics GET /metrics\nmtls disable a/orders:9090 because \"probes\"\n";
    insta::assert_snapshot!(says(&format!(
        "{policy}never a/marketing -> a/orders\nnever mesh except b/console -> a/orders:9090 GET /metrics\n\
         only b/console -> a/orders:9090\n"
    )));
    let kept = "never a/marketing -> a/orders:80\nnever a/marketing -> a/orders:9090 GET /admin\n\
                reaches a/marketing -> a/orders:9090\n\
                test \"t\" {\n  a/marketing -> a/orders:9090 GET /metrics allowed\n  \
                a/marketing -> a/orders:9090 GET /admin denied\n}\n";
    assert_eq!(says(&format!("{policy}{kept}")), "");
    let checked = super::check(&super::project(super::SHOP, &format!("{policy}{kept}")));
    let report = meshward::test(checked.program.as_ref().unwrap(), "");
    assert!(report.tests.iter().all(meshward::guarantee::TestResult::passed));
}
