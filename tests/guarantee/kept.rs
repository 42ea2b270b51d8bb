//! Guarantees and lines at the borders of their meaning: which hold, and which do not.

use super::{SHOP, check, project, says};

#[track_caller]
fn holds(policy: &str) {
    assert_eq!(says(policy), "");
}

#[track_caller]
fn breaks(policy: &str) {
    let said = says(policy);
    assert!(said.contains("does not hold"), "it holds, or is not understood: {said}");
}

/// Whether a line of a test is as it says.
#[track_caller]
fn passes(rules: &str, line: &str) -> bool {
    let policy = format!("{rules}\ntest \"it\" {{\n  {line}\n}}\n");
    let checked = check(&project(SHOP, &policy));
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    let report = meshward::test(checked.program.as_ref().unwrap(), "");
    assert_eq!(report.tests.len(), 1);
    assert!(report.tests[0].cases[0].requests > 0, "`{line}` asks for something");
    report.tests[0].passed()
}

#[test]
fn a_denial_keeps_what_a_permission_would_break() {
    let rules = "allow a/orders -> a/payments\ndeny a/orders -> a/payments /admin/*\n";
    holds(&format!("{rules}never a/orders -> a/payments /admin/*"));
    breaks(&format!("{rules}never a/orders -> a/payments /admin"));
}

#[test]
fn a_never_speaks_of_the_ports_of_its_service() {
    let rules = "allow b/console -> a/orders:9090\n";
    holds(&format!("{rules}never b/console -> a/orders:80"));
    holds(&format!("{rules}never b/console -> a/orders:http"));
    breaks(&format!("{rules}never b/console -> a/orders"));
    breaks(&format!("{rules}never b/console -> a/*"));
}

#[test]
fn a_caller_is_its_account_and_not_its_name() {
    // Whoever may call by a wide rule may call, whatever the rule says of others.
    breaks("allow mesh -> a/payments GET /x\nnever a/orders -> a/payments");
    breaks("allow a/* -> a/payments GET /x\nnever a/orders -> a/payments");
    holds("allow a/* -> a/payments GET /x\nnever b/* -> a/payments");
    holds("allow mesh except a/orders -> a/payments GET /x\nnever a/orders -> a/payments");
    breaks("network office = 10.0.0.0/8\nallow @office -> a/payments GET /x\nnever a/orders -> a/payments");
}

#[test]
fn an_only_names_all_that_are_let_through() {
    holds("allow a/orders -> a/payments\nonly a/orders, b/console -> a/payments");
    holds("allow a/orders -> a/payments\nonly a/* -> a/payments");
    holds("allow a/orders -> a/payments\nonly mesh -> a/payments");
    breaks("allow a/orders -> a/payments\nonly a/* except a/orders -> a/payments");
    breaks("allow a/* -> a/payments\nonly a/orders, a/marketing, a/payments -> a/payments");
    holds("allow a/* -> a/payments POST\nonly a/orders -> a/payments GET");
    holds("only a/orders -> a/payments");
}

#[test]
fn a_namespace_that_is_not_covered_is_open() {
    breaks("never anyone -> far/vault");
    breaks("only a/orders -> far/*");
    holds("reaches anyone -> far/vault");
    holds("allow a/orders -> far/vault\nnever anyone except a/orders -> far/vault");
}

#[test]
fn an_opened_namespace_is_open() {
    breaks("open namespace b because \"a hackathon\"\nnever a/orders -> b/console");
}

#[test]
fn plaintext_is_nobody() {
    let rules = "mtls permissive in a because \"old clients\"\nallow anyone -> a/payments GET /x\n";
    breaks(&format!("{rules}only mesh -> a/payments"));
    holds(&format!("{rules}only anyone -> a/payments"));
    holds(&format!("{rules}reaches anyone -> a/payments"));
    breaks("allow anyone -> a/payments GET /x\nreaches anyone -> a/payments");
}

#[test]
fn each_caller_reaches_each_target() {
    let rules = "allow a/orders -> a/payments POST\nallow a/orders, a/marketing -> a/ledger-db:5432\n";
    holds(&format!("{rules}reaches a/orders -> a/payments, a/ledger-db"));
    breaks(&format!("{rules}reaches a/orders, a/marketing -> a/payments, a/ledger-db"));
    holds(&format!("{rules}reaches a/orders -> a/payments POST /anything"));
    breaks(&format!("{rules}reaches a/orders -> a/payments GET"));
    breaks(&format!("{rules}reaches a/* -> a/ledger-db"));
    holds("allow a/* -> a/ledger-db\nreaches a/* -> a/ledger-db");
    breaks("allow a/* -> a/ledger-db\nreaches mesh -> a/ledger-db");
}

#[test]
fn a_chain_is_as_long_as_it_is_written() {
    let rules = "allow a/marketing -> a/orders GET /x\nallow a/orders -> a/payments POST\n\
                 allow a/payments -> a/ledger-db:5432\n";
    holds(&format!("{rules}reaches a/marketing -> a/ledger-db via a/orders, a/payments"));
    breaks(&format!("{rules}reaches a/marketing -> a/ledger-db via a/payments, a/orders"));
    breaks(&format!("{rules}reaches a/marketing -> a/ledger-db via a/orders"));
    breaks(&format!("{rules}reaches a/marketing -> a/ledger-db"));
    // What is asked for is asked of the last service.
    holds(&format!("{rules}reaches a/marketing -> a/payments via a/orders POST /charges"));
    breaks(&format!("{rules}reaches a/marketing -> a/payments via a/orders GET /x"));
}

#[test]
fn a_sniffed_port_carries_both_kinds() {
    breaks("allow a/orders -> b/sniffed\nnever a/orders -> b/sniffed");
    breaks("allow a/orders -> b/sniffed\nnever a/orders -> b/sniffed GET /x");
    holds("allow a/orders -> b/sniffed GET /y\nnever a/orders -> b/sniffed GET /x");
    assert!(passes("allow a/orders -> b/sniffed GET /y", "a/orders -> b/sniffed GET /y allowed"));
    assert!(passes("allow a/orders -> b/sniffed GET /y", "a/orders -> b/sniffed denied"));
    assert!(passes("allow a/orders -> b/sniffed", "a/orders -> b/sniffed allowed"));
}

#[test]
fn a_line_holds_for_every_port_and_every_caller() {
    let rules = "allow a/orders -> a/payments\nallow b/console -> a/orders:9090";
    assert!(passes(rules, "a/orders -> a/payments GET, POST /x, /y allowed"));
    assert!(passes(rules, "b/console -> a/orders:9090 GET /x allowed"));
    assert!(passes(rules, "b/console -> a/orders:80 GET /x denied"));
    assert!(!passes(rules, "b/console -> a/orders GET /x allowed"), "not on port 80");
    assert!(!passes(rules, "b/console -> a/orders GET /x denied"), "not on port 9090");
    assert!(!passes(rules, "a/* -> a/payments GET /x allowed"));
    assert!(!passes(rules, "a/* -> a/payments GET /x denied"));
    assert!(passes(rules, "a/* except a/orders -> a/payments GET /x denied"));
}

#[test]
fn a_network_in_a_line_is_an_address_with_whatever_identity_the_port_accepts() {
    let rules = "network office = 203.0.113.0/24\nallow @office -> a/payments GET /x";
    assert!(passes(rules, "@office -> a/payments GET /x allowed"));
    assert!(passes(rules, "a/orders -> a/payments GET /x denied"), "it calls from elsewhere");
    assert!(passes(rules, "anyone -> a/payments GET /x denied"));
    let everywhere = "network all = 0.0.0.0/0, ::/0\nallow @all -> a/payments GET /x";
    assert!(passes(everywhere, "a/orders -> a/payments GET /x allowed"));
    assert!(passes(everywhere, "@all -> a/payments GET /x allowed"));
}

#[test]
fn a_query_takes_no_part() {
    let rules = "allow a/orders -> a/payments GET /x";
    assert!(passes(rules, "a/orders -> a/payments GET /x?a=*&b={y} allowed"));
    assert!(passes(rules, "a/orders -> a/payments GET /x/?a denied"));
}

#[test]
fn grpc_is_called_by_its_names() {
    let rules = "allow a/orders -> a/payments grpc shop.Pay/Get, shop.Admin/*";
    assert!(passes(rules, "a/orders -> a/payments grpc shop.Pay/Get, shop.Admin/Drop allowed"));
    assert!(passes(rules, "a/orders -> a/payments grpc shop.Pay/Put denied"));
    assert!(passes(rules, "a/orders -> a/payments POST /shop.Pay/Get allowed"));
}

#[test]
fn a_reaches_that_has_ended_is_not_checked() {
    holds("reaches a/orders -> a/payments until 2026-05-31");
    breaks("reaches a/orders -> a/payments until 2026-06-01");
}

/// Even a name that is taken for somebody unknown may be somebody's.
#[test]
fn a_stranger_is_nobody_who_is_named() {
    let rules =
        "allow account stranger/stranger -> a/payments GET /x\nallow account a/stranger -> a/payments GET /x";
    assert!(passes(rules, "mesh -> a/payments GET /x denied"));
    assert!(!passes(rules, "a/* except account a/stranger -> a/payments GET /x allowed"));
}

#[test]
fn anyone_except_mesh_is_whoever_calls_in_plaintext() {
    let permissive = "mtls permissive in a because \"moving\"\n";
    let never = "never anyone except mesh -> payments\n";
    holds(&format!("allow anyone -> payments\n{never}"));
    holds(&format!("{permissive}allow mesh -> payments\n{never}"));
    breaks(&format!("{permissive}allow anyone -> payments\n{never}"));
    holds(&format!("{permissive}allow anyone -> payments\nreaches anyone except mesh -> payments\n"));
    breaks("allow anyone -> payments\nreaches anyone except mesh -> payments\n");
    let office =
        "network office = 10.0.0.0/8\nallow @office -> payments\nreaches @office except mesh -> payments\n";
    holds(&format!("{permissive}{office}"));
    breaks(office);
}

#[test]
fn what_except_mesh_leaves_of_identities_is_nobody() {
    let said = says("allow orders -> payments\nnever orders, a/* except mesh -> payments\n");
    assert!(said.contains("nobody is left to ask about"), "{said}");
    let rule = says("deny anyone except mesh -> payments\n");
    assert!(rule.contains("those in plaintext are left"), "{rule}");
}
