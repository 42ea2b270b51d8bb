//! `meshward who`

use super::{Folder, Run};

fn boutique(question: &[&str]) -> Run {
    Folder::example("online-boutique").run(&[&["who"], question].concat())
}

fn shop(question: &[&str]) -> Run {
    Folder::manifests().run(&[&["who", "--manifests", "k8s"], question].concat())
}

#[test]
fn everybody_who_gets_a_request_through() {
    let runs = [
        boutique(&["-> cartservice grpc hipstershop.CartService/GetCart"]),
        boutique(&["-> frontend GET /cart"]),
        boutique(&["-> frontend GET /nowhere"]),
    ];
    assert!(runs.iter().all(|run| run.code == 0));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn everybody_who_gets_anything_through() {
    insta::assert_snapshot!(boutique(&["->", "frontend"]));
}

#[test]
fn an_open_door_is_told() {
    let folder = Folder::project(
        "@allow(anyone, \"public\")\nallow anyone -> payments GET /health\nallow mesh -> payments GET /ready\n\
         allow shop/* -> payments GET /a\nmtls permissive in shop because \"probes\"\n",
    );
    let runs = ["/health", "/ready", "/a"]
        .map(|path| folder.run(&["who", &format!("-> payments GET {path}")]).to_string());
    insta::assert_snapshot!(runs.join("\n"));
}

#[test]
fn what_a_caller_reaches() {
    insta::assert_snapshot!(boutique(&["frontend ->"]));
}

#[test]
fn chains_are_followed() {
    insta::assert_snapshot!(boutique(&["loadgenerator ->", "--via"]));
}

#[test]
fn what_a_caller_may_do_on_one_target() {
    let runs = [
        boutique(&["frontend -> cartservice"]),
        boutique(&["frontend -> redis-cart"]),
        boutique(&["frontend -> redis-cart", "--via"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_list_is_a_table_for_a_ticket() {
    let runs = [
        boutique(&["-> frontend", "--format", "markdown"]),
        boutique(&["cartservice ->", "--format", "markdown"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_list_is_a_document_for_programs() {
    let runs =
        [boutique(&["-> redis-cart", "--format", "json"]), boutique(&["cartservice ->", "--format", "json"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn yaml_is_asked_without_a_project() {
    let runs = [
        shop(&["-> payments"]),
        shop(&["-> payments GET /api/v1/users/42"]),
        shop(&["orders ->"]),
        shop(&["anyone ->"]),
        shop(&["mesh ->"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn what_can_not_be_asked_is_said() {
    let runs = [
        shop(&["orders -> payments GET /me"]),
        shop(&["->"]),
        shop(&["-> payments", "--via"]),
        shop(&["-> paymnts"]),
        shop(&["-"]),
    ];
    assert!(runs.iter().all(|run| run.code == 2));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// Two workloads stand behind the Service.
#[test]
fn a_port_of_several_workloads_is_one_line() {
    let folder = Folder::manifests();
    let shop = include_str!("shop.yaml");
    let start = shop.find("apiVersion: apps/v1\n").unwrap();
    let end = start + shop[start..].find("---\n").unwrap();
    let second = shop[start..end].replace("name: payments, namespace", "name: payments-canary, namespace");
    folder.write("k8s/canary.yaml", &second);
    insta::assert_snapshot!(folder.run(&["who", "--manifests", "k8s", "orders ->"]));
}

/// Who may scrape the metrics may not do everything.
#[test]
fn ports_that_differ_have_a_column() {
    let services = "\
services:
  shop/payments:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
      - {name: http-metrics, port: 9090, protocol: http}
  shop/orders: {}
  ops/prometheus: {}
";
    let who = |policy: &str, question: &str| {
        let folder = Folder::project(policy);
        folder.write("services.yaml", services);
        folder.run(&["who", question]).to_string()
    };
    let differing = "allow shop/orders -> shop/payments:80 GET /api/*\nallow ops/prometheus -> shop/payments:9090\n\
                     allow shop/orders -> shop/payments:9090 GET /healthz\n";
    let alike = "allow shop/orders -> shop/payments\n";
    let runs = [
        who(differing, "-> payments"),
        who(differing, "-> payments GET /healthz"),
        who(alike, "-> payments"),
        who("allow shop/orders -> shop/payments:80\n", "-> payments"),
        who(differing, "-> payments:9090"),
    ];
    insta::assert_snapshot!(runs.join("\n"));
}

/// They became one rule of Istio's.
#[test]
fn of_many_statements_about_a_caller_the_first_are_named() {
    let rules: String = (0..9).map(|path| format!("allow cart -> payments GET /{path}\n")).collect();
    let folder = Folder::project(&rules);
    let services = "services: {shop/payments: {ports: [{name: http, port: 80}]}, shop/cart: {}}\n";
    folder.write("services.yaml", services);
    let run = folder.run(&["who", "-> payments"]);
    let lines: Vec<&str> = run
        .stdout
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once("main.ward:"))
        .map(|(_, line)| line)
        .collect();
    assert_eq!(lines, ["1", "2", "3", "4", "5"], "{run}");
    assert!(run.stdout.ends_with("and 4 more\n"), "{run}");
}

#[test]
fn manifests_without_services_can_not_be_asked() {
    let folder = Folder::new();
    folder.write(
        "istio/policy.yaml",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: shop}\nspec: {}\n",
    );
    folder.write("services.yaml", super::SERVICES);
    // Docker Compose has the same key.
    folder.write("compose/docker-compose.yaml", "services:\n  cart:\n    image: cart\n");
    folder.write("k8s/shop.yaml", include_str!("shop.yaml"));
    let runs = [
        folder.run(&["who", "-m", "istio", "-> product"]),
        folder.run(&["who", "-m", "services.yaml", "-> payments"]),
        folder.run(&["can", "-m", "services.yaml", "-m", "k8s", "orders -> payments GET /api/v1/users/42"]),
        folder.run(&["can", "-m", "compose", "-m", "k8s", "orders -> payments GET /api/v1/users/42"]),
    ];
    assert_eq!([&runs[0], &runs[1], &runs[2], &runs[3]].map(|run| run.code), [2, 2, 0, 0]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_name_alone_is_no_question() {
    let folder = Folder::project("allow orders -> payments\n");
    let runs = [
        folder.run(&["who", "payments"]),
        folder.run(&["can", "shop/payments"]),
        folder.run(&["who", "anyone"]),
        folder.run(&["who", "orders to"]),
    ];
    assert_eq!(runs.each_ref().map(|run| run.code), [2, 2, 2, 0]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// What the question does not say is usual: no token, no header, an address that nobody has. A rule that wants another
/// lets callers in all the same.
#[test]
fn callers_whom_a_rule_lets_in_under_a_condition_are_told_with_it() {
    let policy = |name: &str, action: &str, rule: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{matchLabels: {{app: payments}}}}, action: {action}, rules: [{rule}]}}\n"
        )
    };
    let orders = "principals: [cluster.local/ns/shop/sa/orders]";
    let cart = "principals: [cluster.local/ns/shop/sa/cart]";
    let get = "to: [{operation: {methods: [GET], paths: [/a]}}]";
    let who = |policies: &[String], questions: &[&[&str]]| {
        let folder = Folder::manifests();
        let shop = include_str!("shop.yaml");
        let istio = shop.find("---\napiVersion: security.istio.io").unwrap_or(shop.len());
        folder.write("k8s/shop.yaml", &format!("{}{}", &shop[..istio], policies.concat()));
        let ask = |question: &&[&str]| folder.run(&[&["who", "-m", "k8s"], *question].concat()).to_string();
        questions.iter().map(ask).collect::<Vec<_>>().join("\n")
    };
    let networks = [policy(
        "addresses",
        "ALLOW",
        &format!(
            "{{from: [{{source: {{{orders}, ipBlocks: [10.0.0.0/8, 172.16.0.0/12]}}}}, {{source: {{{cart}}}}}], {get}}}, \
             {{from: [{{source: {{remoteIpBlocks: [192.168.0.0/16]}}}}]}}"
        ),
    )];
    let conditions = [policy(
        "conditions",
        "ALLOW",
        &format!(
            "{{from: [{{source: {{{orders}}}}}], {get}, when: [{{key: 'request.headers[x-team]', values: [red]}}]}}, \
             {{from: [{{source: {{{cart}}}}}], to: [{{operation: {{hosts: [pay.example.com]}}}}]}}, \
             {{from: [{{source: {{requestPrincipals: ['https://issuer/*']}}}}]}}, \
             {{when: [{{key: connection.sni, values: [pay.example.com]}}]}}"
        ),
    )];
    let denied = [
        policy("all", "ALLOW", &format!("{{from: [{{source: {{{orders}}}}}]}}")),
        policy("denied", "DENY", &format!("{{from: [{{source: {{notIpBlocks: [10.0.0.0/8]}}}}], {get}}}")),
    ];
    let runs = [
        who(
            &networks,
            &[
                &["-> payments GET /a"],
                &["-> payments GET /a", "--source-ip", "10.1.2.3"],
                &["-> payments GET /b", "--source-ip", "10.1.2.3"],
                &["-> payments GET /a", "--format", "markdown"],
                &["-> payments"],
                &["orders ->"],
            ],
        ),
        who(
            &conditions,
            &[
                &["-> payments GET /a"],
                &["-> payments GET /a", "--header", "X-Team: blue", "--host", "payments.shop"],
                &["-> payments GET /a", "--header", "X-Team: red"],
                &["-> payments"],
            ],
        ),
        who(&denied, &[&["-> payments GET /a"], &["-> payments POST /a"]]),
    ];
    insta::assert_snapshot!(runs.join("\n"));
}

#[test]
fn a_network_of_a_project_is_told_with_its_callers() {
    let folder = Folder::project("network office = 10.0.0.0/8\nallow @office -> payments\n");
    let runs = [
        folder.run(&["who", "-> payments GET /a"]),
        folder.run(&["who", "-> payments GET /a", "--source-ip", "192.168.1.1"]),
        folder.run(&["who", "-> payments GET /a", "--format", "json"]),
        folder.run(&["who", "orders ->"]),
    ];
    assert!(runs[0].stdout.contains("from 10.0.0.0/8"), "{}", runs[0]);
    assert!(runs[1].stdout.starts_with("nobody may GET /a"), "{}", runs[1]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// With a request, a statement that lets the same caller in for something else is no reason.
#[test]
fn with_a_request_only_the_statements_that_let_it_in_are_named() {
    let policy = "allow payments -> orders GET /a\nallow payments -> orders POST /b\nallow payments -> orders GET /*\n";
    let folder = Folder::project(policy);
    let lines_of = |question: &str| {
        let answer = folder.run(&["who", question, "--format", "json"]).stdout;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let rules = answer["callers"][0]["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["place"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let lines = |lines: &[u32]| lines.iter().map(|at| format!("policies/main.ward:{at}")).collect::<Vec<_>>();
    assert_eq!(lines_of("-> orders POST /b"), lines(&[2]));
    assert_eq!(lines_of("-> orders GET /a"), lines(&[1, 3]));
    assert_eq!(lines_of("-> orders GET /b"), lines(&[3]));
    assert_eq!(lines_of("-> orders"), lines(&[1, 2, 3]));
}

/// A rule permits more than the request that was asked about.
#[test]
fn with_a_request_only_the_operations_that_speak_of_it_are_named() {
    let folder = Folder::project("allow payments -> orders GET /a\nallow payments -> orders POST /b, /c\n");
    let operations = |question: &str| {
        let answer = folder.run(&["who", question, "--format", "json"]).stdout;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["callers"][0]["operations"].clone()
    };
    assert_eq!(operations("-> orders GET /a"), serde_json::json!(["GET /a"]));
    assert_eq!(operations("-> orders POST /c"), serde_json::json!(["POST /b, /c"]));
    assert_eq!(operations("-> orders"), serde_json::json!(["GET /a", "POST /b, /c"]));
}

#[test]
fn what_is_said_of_a_request_is_not_passed_over() {
    let folder =
        Folder::project("network office = 10.0.0.0/8\nallow @office -> db\nallow @office -> payments\n");
    let services = folder.read("services.yaml");
    folder.write(
        "services.yaml",
        &format!("{services}  shop/db:\n    ports: [{{port: 5432, protocol: tcp}}]\n"),
    );
    let run = |arguments: &[&str]| folder.run(&[&["who"], arguments].concat());
    let outside = run(&["-> db", "--source-ip", "192.168.1.1"]);
    let inside = run(&["-> db", "--source-ip", "10.1.2.3"]);
    assert!(outside.stdout.starts_with("nobody may connect to `db`"), "{outside}");
    assert!(inside.stdout.contains("may connect to `db`") && !inside.stdout.contains("nobody"), "{inside}");
    let of_http = run(&["-> payments", "--source-ip", "10.1.2.3"]);
    let header = run(&["-> db", "--header", "X-Team: red"]);
    let caller = run(&["orders ->", "--source-ip", "10.1.2.3"]);
    assert_eq!([of_http.code, header.code, caller.code], [2; 3]);
    insta::assert_snapshot!([of_http, header, caller].map(|run| run.to_string()).join("\n"));
}

#[test]
fn what_a_caller_does_not_reach_may_have_no_sidecar() {
    let folder = Folder::new();
    let unsaid = include_str!("shop.yaml").replace(", labels: {istio-injection: enabled}", "");
    folder.write("k8s/shop.yaml", &unsaid);
    folder.write(
        "k8s/closed.yaml",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
         metadata: {name: closed, namespace: shop}\nspec: {}\n",
    );
    insta::assert_snapshot!(folder.run(&["who", "orders ->", "-m", "k8s"]));
}
