//! Lints about who calls: `shared-identity`, `default-account`, `anyone`, `misspelled-account`.

use super::{check, codes, is_silent, policy, speaks};

/// Orders and cart run as one account.
const TEAM: &str = "\
services:
  shop/cart: {serviceAccount: team}
  shop/orders: {serviceAccount: team}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
";

#[test]
fn a_shared_account_lets_its_other_users_in() {
    speaks(
        "shared-identity",
        "L0801",
        &[("policies/main.ward", "allow orders -> payments\n"), ("services.yaml", TEAM)],
    );
}

#[test]
fn a_shared_account_spares_its_other_users_from_a_denial() {
    let policy = "allow mesh -> payments GET, POST\ndeny anyone except orders -> payments POST\n";
    speaks("shared-identity-except", "L0801", &[("policies/main.ward", policy), ("services.yaml", TEAM)]);
}

#[test]
fn many_users_of_an_account_are_counted() {
    let services = "\
services:
  shop/billing: {serviceAccount: team}
  shop/cart: {serviceAccount: team}
  shop/mail: {serviceAccount: team}
  shop/orders: {serviceAccount: team}
  shop/stock: {serviceAccount: team}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
";
    speaks(
        "shared-identity-many",
        "L0801",
        &[("policies/main.ward", "allow orders -> payments\n"), ("services.yaml", services)],
    );
}

#[test]
fn a_rule_that_names_all_users_of_an_account_is_fine() {
    is_silent(&[("policies/main.ward", "allow orders, cart -> payments\n"), ("services.yaml", TEAM)]);
}

#[test]
fn an_account_that_is_named_itself_is_fine() {
    is_silent(&[("policies/main.ward", "allow account shop/team -> payments\n"), ("services.yaml", TEAM)]);
}

#[test]
fn a_workload_without_a_proxy_shows_no_account() {
    let services = TEAM.replace("shop/cart: {serviceAccount: team}", "tools/cart: {serviceAccount: team}");
    let project = "name: shop\nnamespaces: [tools]\ngraph:\n  services: services.yaml\n";
    is_silent(&[
        ("policies/main.ward", "allow orders -> payments\n"),
        ("services.yaml", &services),
        ("meshward.yaml", project),
    ]);
}

#[test]
fn a_shared_account_is_told_at_each_statement_and_silenced_there() {
    let policy = "\
@allow(shared-identity, \"the cart will get its own account\")
allow orders -> payments GET /a
allow orders -> payments GET /b
";
    let checked = check(&[("policies/main.ward", policy), ("services.yaml", TEAM)]);
    assert_eq!(codes(&checked), ["L0801"]);
    assert_eq!(checked.sources.place(checked.diagnostics[0].primary.span), "policies/main.ward:3");
}

#[test]
fn what_holds_in_many_statements_is_told_once() {
    let rules: String = (0..9).map(|number| format!("allow orders -> payments GET /{number}\n")).collect();
    speaks("shared-identity-repeated", "L0801", &[("policies/main.ward", &rules), ("services.yaml", TEAM)]);
    let both = format!("{rules}allow cart -> payments POST /charges\n");
    assert_eq!(codes(&check(&[("policies/main.ward", &both), ("services.yaml", TEAM)])), ["L0801"]);
    let silenced = format!("@allow(shared-identity, \"for now\")\n{rules}");
    let checked = check(&[("policies/main.ward", &silenced), ("services.yaml", TEAM)]);
    assert_eq!(checked.sources.place(checked.diagnostics[0].primary.span), "policies/main.ward:3");
    assert_eq!(codes(&checked), ["L0801"]);
}

/// Each of them is one more reason for the same thing to do, of which a large mesh would have hundreds.
#[test]
fn the_callers_of_one_account_are_told_together() {
    let callers = ["orders", "cart", "stock", "orders", "cart", "mail"];
    let rules =
        callers.iter().zip('a'..).map(|(caller, path)| format!("allow {caller} -> payments GET /{path}\n"));
    let rules: String = rules.collect();
    let services =
        format!("{TEAM}  shop/mail: {{serviceAccount: team}}\n  shop/stock: {{serviceAccount: team}}\n");
    speaks(
        "shared-identity-callers",
        "L0801",
        &[("policies/main.ward", &rules), ("services.yaml", &services)],
    );
    let by_default = services.replace("serviceAccount: team", "serviceAccount: default");
    speaks(
        "default-account-callers",
        "L0802",
        &[("policies/main.ward", &rules), ("services.yaml", &by_default)],
    );
}

#[test]
fn the_default_account_is_everybody_without_one() {
    let services = "\
services:
  shop/cart: {serviceAccount: default}
  shop/orders: {serviceAccount: default}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
";
    speaks(
        "default-account",
        "L0802",
        &[("policies/main.ward", "allow orders -> payments\n"), ("services.yaml", services)],
    );
}

#[test]
fn the_default_account_is_told_where_it_is_named_as_an_account() {
    speaks(
        "default-account-named",
        "L0802",
        &policy("allow account shop/default -> payments POST /charges\n"),
    );
}

#[test]
fn a_pod_without_an_account_runs_as_default() {
    let manifest = "\
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: shop, labels: {app: job}}
spec:
  containers: [{name: main, image: job}]
";
    let project = "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n";
    speaks(
        "default-account-not-stated",
        "L0802",
        &[
            ("policies/main.ward", "allow job -> payments POST /charges\n"),
            ("k8s/job.yaml", manifest),
            ("meshward.yaml", project),
        ],
    );
}

#[test]
fn anyone_on_a_strict_port_is_anyone_with_an_identity() {
    speaks("anyone-strict", "L0806", &policy("allow anyone -> payments POST /charges\n"));
}

#[test]
fn anyone_on_a_permissive_port_is_anyone() {
    let text = "\
mtls permissive in shop because \"the till joins the mesh in autumn\"
allow anyone -> payments POST /charges
";
    speaks("anyone-permissive", "L0806", &policy(text));
}

#[test]
fn anyone_on_a_port_that_takes_plaintext_alone() {
    let text = "\
mtls disable payments:80 because \"the till speaks plaintext\"
allow anyone -> payments POST /charges
";
    speaks("anyone-disable", "L0806", &policy(text));
}

#[test]
fn a_network_of_all_addresses_is_anyone() {
    let text = "\
network everywhere = 10.0.0.0/8, 0.0.0.0/0
allow @everywhere -> payments POST /charges
";
    speaks("anyone-address-strict", "L0806", &policy(text));
    let text = "\
mtls permissive in shop because \"the till joins the mesh in autumn\"
network everywhere = ::/0
allow orders, @everywhere -> payments POST /charges
";
    speaks("anyone-address-permissive", "L0806", &policy(text));
}

#[test]
fn a_denial_of_all_addresses_and_half_of_them_are_fine() {
    is_silent(&policy("network all = 0.0.0.0/0\nallow mesh -> payments\ndeny @all -> payments POST\n"));
    is_silent(&policy("network half = 0.0.0.0/1\nallow @half -> payments\n"));
    is_silent(&policy(
        "network all = 0.0.0.0/0\n@allow(anyone, \"a public till\")\nallow @all -> payments\n",
    ));
}

#[test]
fn the_mesh_and_a_denial_of_anyone_are_fine() {
    is_silent(&policy(
        "allow mesh -> payments POST /charges\ndeny anyone except orders -> payments /users/*\n",
    ));
}

#[test]
fn an_account_of_nearly_the_same_name_is_asked_about() {
    speaks("misspelled-account", "L0825", &policy("allow account shop/ordres -> payments\n"));
    let of_namespace = "allow account istio-sytem/istio-ingressgateway-service-account -> payments\n";
    speaks("misspelled-namespace-of-account", "L0825", &policy(of_namespace));
    for stated in ["shop/orders", "istio-system/istio-ingressgateway-service-account", "ops/console"] {
        is_silent(&policy(&format!("allow account {stated} -> payments\n")));
    }
}
