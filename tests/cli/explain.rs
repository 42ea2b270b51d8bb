//! `meshward explain`

use meshward::diagnostic::code;

use super::Folder;

#[test]
fn a_code_and_its_name_give_the_same_page() {
    let folder = Folder::new();
    let by_code = folder.run(&["explain", "e0201"]);
    let by_name = folder.run(&["explain", "unknown-service"]);
    assert_eq!(by_code.code, 0);
    assert_eq!(by_code.stdout, by_name.stdout);
    assert_eq!(by_code.stdout, code::UNKNOWN_SERVICE.page());
}

#[test]
fn an_unknown_code_is_answered_with_near_ones() {
    let folder = Folder::new();
    let runs = [folder.run(&["explain", "unknown-servise"]), folder.run(&["explain", "quux"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn without_a_code_all_are_listed() {
    let run = Folder::new().run(&["explain"]);
    assert_eq!(run.stdout.lines().count(), code::ALL.len());
    insta::assert_snapshot!(run);
}

#[test]
fn json_has_the_page_too() {
    let run = Folder::new().run(&["explain", "--format", "json", "shared-identity"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["codes"][0]["code"], "L0801");
    assert_eq!(document["codes"][0]["level"], "warn");
    assert_eq!(document["codes"][0]["page"], code::SHARED_IDENTITY.page());
}

#[test]
fn a_denial_names_its_statement() {
    let boutique = Folder::example("online-boutique");
    let detail = "rbac_access_denied_matched_policy[ns[boutique]-policy[paymentservice-deny]-rule[0]]";
    let line = format!(
        "[2026-11-24T10:00:00.000Z] \"POST /hipstershop.PaymentService/Charge HTTP/2\" 403 - {detail} - \"-\" 0 19 0 -"
    );
    let explain = |text: &str| boutique.run(&["explain", "--denial", text]);
    let runs = [
        explain(detail),
        explain(&line),
        explain(
            "error=\"connection closed due to policy rejection: explicitly denied by: boutique/redis-cart-deny\"",
        ),
        explain("rbac_access_denied_matched_policy[none]"),
        explain("connection closed due to policy rejection: allow policies exist, but none allowed"),
    ];
    assert!(runs.iter().all(|run| run.code == 0));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_denial_is_explained_from_yaml_too() {
    let shop = Folder::manifests();
    let boutique = Folder::example("online-boutique");
    let runs = [
        shop.run(&["explain", "-m", "k8s", "--denial", "ns[shop]-policy[payments-internal]-rule[0]"]),
        boutique.run(&[
            "explain",
            "-m",
            "deploy",
            "--denial",
            "ns[boutique]-policy[redis-cart-deny]-rule[0]",
        ]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_denial_that_is_not_of_here_is_said() {
    let shop = Folder::manifests();
    let explain = |text: &str| shop.run(&["explain", "-m", "k8s", "--denial", text]);
    let runs = [
        explain("ns[shop]-policy[payment-internal]-rule[0]"),
        explain("ns[shop]-policy[payments-internal]-rule[7]"),
        explain("403 Forbidden"),
        explain("RBAC: access denied"),
        explain(""),
    ];
    assert!(runs.iter().all(|run| run.code == 2));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn json_has_the_owner_of_a_denial() {
    let boutique = Folder::example("online-boutique");
    let denial = "ns[boutique]-policy[paymentservice-deny]-rule[0]";
    insta::assert_snapshot!(boutique.run(&["explain", "--format", "json", "--denial", denial]));
}

#[test]
fn a_rule_that_denies_nothing_is_no_denial() {
    let boutique = Folder::example("online-boutique");
    let explain = |policy: &str| {
        boutique.run(&["explain", "--denial", &format!("ns[boutique]-policy[{policy}]-rule[0]")])
    };
    insta::assert_snapshot!(explain("paymentservice-allow"));
    let audit = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
                 metadata: {name: p, namespace: shop}\nspec: {action: AUDIT, rules: [{}]}\n";
    boutique.write("audit.yaml", audit);
    let audited =
        boutique.run(&["explain", "-m", "audit.yaml", "--denial", "ns[shop]-policy[p]-rule[0]"]).stdout;
    assert!(audited.starts_with("audited by shop/p, rule[0]"), "{audited}");
    assert!(audited.contains("an AUDIT policy, which denies nothing"), "{audited}");
}
