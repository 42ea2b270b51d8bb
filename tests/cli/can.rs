//! `meshward can` with one question.

use super::{Folder, Run};

fn boutique(question: &[&str]) -> Run {
    Folder::example("online-boutique").run(&[&["can"], question].concat())
}

fn shop(question: &[&str]) -> Run {
    Folder::manifests().run(&[&["can", "--manifests", "k8s"], question].concat())
}

/// The shop's manifests, with something more behind each `text`.
fn shop_with(text: &str, more: &str) -> Folder {
    let folder = Folder::new();
    folder.write("k8s/shop.yaml", &include_str!("shop.yaml").replace(text, &format!("{text}{more}")));
    folder
}

#[test]
fn an_allowed_request_names_the_statement() {
    let run = boutique(&["frontend -> cartservice grpc hipstershop.CartService/GetCart"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

#[test]
fn a_denied_request_names_the_nearest_rule() {
    let runs = [
        boutique(&["frontend -> cartservice DELETE /hipstershop.CartService/GetCart"]),
        boutique(&["adservice -> cartservice grpc hipstershop.CartService/GetCart"]),
        boutique(&["mesh -> frontend GET /cart"]),
        boutique(&["account istio-system/istio-ingressgateway-service-account -> frontend GET /_healthz"]),
    ];
    assert!(runs.iter().all(|run| run.code == 1));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_denial_names_its_rule() {
    insta::assert_snapshot!(boutique(&["frontend -> redis-cart"]));
}

#[test]
fn a_connection_needs_no_request() {
    let run = boutique(&["cartservice -> redis-cart:6379"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

#[test]
fn plaintext_is_refused_by_mutual_tls() {
    let runs = [
        boutique(&["anyone -> frontend GET /cart"]),
        boutique(&["loadgenerator -> frontend GET /cart", "--plaintext"]),
        boutique(&["spiffe://elsewhere/ns/a/sa/b -> frontend GET /cart"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn an_answer_is_a_document_for_programs() {
    let question = "frontend -> cartservice DELETE /hipstershop.CartService/GetCart";
    insta::assert_snapshot!(boutique(&[question, "--format", "json"]));
}

#[test]
fn yaml_is_asked_without_a_project() {
    let runs = [
        shop(&["orders -> payments GET /api/v1/users/42?full=yes"]),
        shop(&["spiffe://old.example/ns/shop/sa/orders -> payments GET /api/v1/users/42"]),
        shop(&["orders -> payments GET /api/v1/users/internal"]),
        shop(&["orders -> payments GET /api/v1/users/../users/42"]),
        shop(&["payments -> orders GET /anything"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn a_token_has_claims_and_a_request_headers() {
    let admin = ["--claim", "sub=u1", "--claim", "groups=[dev,admin]"];
    let ask = |more: &[&str]| shop(&[&["orders -> payments GET /me"], more].concat());
    let runs = [
        ask(&[&admin[..], &["--header", "X-Tenant: red"]].concat()),
        ask(&admin),
        ask(&["--claim", "sub=u1", "--claim", "groups=dev", "--header", "x-tenant: red"]),
        ask(&["--header", "x-tenant: red"]),
        ask(&["--token", "invalid"]),
        ask(&["--claim", "iss=https://other.example", "--claim", "sub=u1"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn facts_of_the_mesh_can_be_stated() {
    let question = "spiffe://other.example/ns/shop/sa/orders -> payments GET /api/v1/users/42";
    assert_eq!(shop(&[question]).code, 1);
    assert_eq!(shop(&[question, "--trust-domain", "other.example"]).code, 0);
    assert_eq!(shop(&[question, "--trust-domain-alias", "other.example"]).code, 0);
    let slashes = "orders -> payments GET //api/v1/users/42";
    assert_eq!(shop(&[slashes]).code, 1);
    assert_eq!(shop(&[slashes, "--path-normalization", "MERGE_SLASHES"]).code, 0);
    assert_eq!(shop(&[slashes, "--path-normalization", "SOME"]).code, 2);
}

#[test]
fn manifests_come_from_standard_input_too() {
    let folder = Folder::new();
    let mut command = folder.command(&["can", "orders -> payments GET /api/v1/users/42", "-m", "-"]);
    let output = super::bulk::fed(&mut command, include_bytes!("shop.yaml"));
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("<stdin>:69: rule[0] of shop/payments"), "{text}");
}

#[test]
fn yaml_that_istio_refuses_is_said_and_does_not_count() {
    let folder = Folder::manifests();
    folder.write(
        "k8s/deny.yaml",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
         metadata: {name: deny, namespace: shop}\nspec: {action: DENY}\n",
    );
    let run = folder.run(&["can", "-m", "k8s", "orders -> payments GET /api/v1/users/42"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

#[test]
fn the_words_need_no_quotes_but_the_arrow() {
    let expected = shop(&["orders -> payments GET /me"]).stdout;
    for words in [["orders", "->", "payments", "GET", "/me"], ["orders", "to", "payments", "GET", "/me"]] {
        assert_eq!(shop(&words).stdout, expected);
    }
    assert_eq!(shop(&["orders to payments GET /me"]).stdout, expected);
}

#[test]
fn what_can_not_be_asked_is_said() {
    let runs = [
        shop(&["orders -> paymnts GET /"]),
        shop(&["nobody -> payments GET /"]),
        shop(&["orders -> payments:8080 GET /"]),
        shop(&["orders -> shop/* GET /"]),
        shop(&["orders -> payments GET, POST /"]),
        shop(&["orders -> payments GET /users/*"]),
        shop(&["orders -> payments get /"]),
        shop(&["orders payments GET /"]),
        shop(&["orders ->"]),
        shop(&[""]),
        shop(&["orders -> payments"]),
        shop(&["orders", "-", "GET", "/"]),
        boutique(&["frontend -> redis-cart GET /"]),
    ];
    assert!(runs.iter().all(|run| run.code == 2));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// A cluster would not take it, so that it decides nothing; who asks has to know.
#[test]
fn an_object_of_others_that_istio_would_refuse_is_told_and_not_counted() {
    let folder = Folder::project("allow orders -> payments GET /api/*\n");
    folder.write("meshward.yaml", "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n");
    let denial = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-api, namespace: shop}
spec:
  action: DENY
  rules: [{to: [{operation: {pathes: [/api/*]}}]}]
";
    folder.write("k8s/denial.yaml", denial);
    let run = folder.run(&["can", "orders -> payments GET /api/users"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

/// Its account is known, and nobody shows it.
#[test]
fn a_caller_without_a_proxy_comes_in_plaintext() {
    let question = ["can", "-m", "k8s", "orders -> payments GET /api/v1/users/42"];
    assert_eq!(shop_with("labels: {app: orders}", "").run(&question).code, 0);
    let folder = shop_with("labels: {app: orders", ", sidecar.istio.io/inject: 'false'");
    let run = folder.run(&question);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run);
}

/// What a caller reaches is what it is let through to.
#[test]
fn a_caller_without_a_proxy_reaches_what_plaintext_does() {
    let question = ["who", "-m", "k8s", "orders -> payments"];
    let run = shop_with("labels: {app: orders}", "").run(&question);
    assert!(run.stdout.contains("/api/v1/users/*"), "{run}");
    let run = shop_with("labels: {app: orders", ", sidecar.istio.io/inject: 'false'").run(&question);
    let note = "no proxy of the mesh sends for `orders`, so that it comes in plaintext";
    assert!(run.stdout.contains("`orders` may do nothing on `shop/payments`"), "{run}");
    assert!(run.stdout.contains(note), "{run}");
}

#[test]
fn of_many_errors_the_first_are_shown() {
    let policy: String = (0..5).map(|number| format!("allow orders -> payment{number}\n")).collect();
    let run = Folder::project(&policy).run(&["can", "orders -> payments GET /api"]);
    assert_eq!((run.code, run.stderr.matches("error[E0201]").count()), (2, 3));
    assert!(run.stderr.contains("2 further errors not shown\n"), "{run}");
}

#[test]
fn a_project_with_errors_is_not_asked() {
    let run = Folder::project("allow orders -> paymnts\n").run(&["can", "orders -> payments GET /"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}

/// Whoever broke a guarantee asks what the policy lets in now.
#[test]
fn a_broken_guarantee_stops_no_question() {
    let folder = Folder::project("allow orders -> payments GET /a\nnever orders -> payments\n");
    let before = Folder::project("allow orders -> payments GET /b\n");
    for (arguments, said) in [
        (vec!["can", "orders -> payments GET /a"], "policies/main.ward:1"),
        (vec!["who", "-> payments"], "policies/main.ward:1"),
        (vec!["diff", before.path().to_str().unwrap(), "."], "orders may now GET /a"),
    ] {
        let run = folder.run(&arguments);
        assert!(run.stdout.contains(said), "{run}");
        assert!(run.stderr.contains("error[E1001]: `never` does not hold"), "{run}");
        assert_eq!(run.code, 0, "{run}");
    }
    assert_eq!(folder.run(&["build"]).code, 1);
}

#[test]
fn a_port_that_the_proxy_does_not_see_is_open() {
    let annotations = ", annotations: {traffic.sidecar.istio.io/includeInboundPorts: \"9090\"}";
    let folder = shop_with("metadata: {labels: {app: payments}", annotations);
    let runs = [
        folder.run(&["can", "-m", "k8s", "anyone -> payments DELETE /api/v1/users/42"]),
        folder.run(&["can", "-m", "k8s", "orders -> payments:9090 GET /x"]),
        folder.run(&["who", "-m", "k8s", "-> payments"]),
        folder.run(&["who", "-m", "k8s", "orders ->"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn no_policy_holds_where_no_traffic_is_redirected() {
    let folder = Folder::new();
    folder
        .write("k8s/shop.yaml", &include_str!("shop.yaml").replace("targetPort: 8080", "targetPort: 15020"));
    let run = folder.run(&["can", "-m", "k8s", "anyone -> payments GET /metrics"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.contains("Istio keeps port 15020 for its proxy itself"), "{run}");
    for (annotation, reason) in [
        ("proxy.istio.io/config: \"interceptionMode: NONE\"", "no traffic is redirected to the proxy"),
        (
            "traffic.sidecar.istio.io/excludeInterfaces: net1",
            "what comes in by these interfaces goes past the proxy",
        ),
        ("inject.istio.io/templates: grpc-agent", "no template that is named redirects traffic to a proxy"),
    ] {
        let annotations = format!(", annotations: {{{annotation}}}");
        let folder = shop_with("metadata: {labels: {app: payments}", &annotations);
        let run = folder.run(&["can", "-m", "k8s", "anyone -> payments DELETE /api/v1/users/42"]);
        assert_eq!(run.code, 0, "{run}");
        let told = format!("by an annotation of its pods {reason}, so that nothing is decided");
        assert!(run.stdout.contains(&told), "{run}");
    }
}

#[test]
fn a_policy_for_single_pods_is_not_modelled() {
    let folder = Folder::manifests();
    let policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: first, namespace: shop}\n\
                  spec: {selector: {matchLabels: {statefulset.kubernetes.io/pod-name: payments-0}}, rules: [{}]}\n";
    folder.write("k8s/first.yaml", policy);
    let shop = include_str!("shop.yaml");
    let ask = || folder.run(&["can", "-m", "k8s", "orders -> payments POST /"]);
    let of_deployment = ask();
    assert_eq!(of_deployment.code, 1, "{of_deployment}");
    assert!(of_deployment.stderr.contains("[L0905]"), "{of_deployment}");
    folder.write("k8s/shop.yaml", &shop.replacen("kind: Deployment", "kind: StatefulSet", 1));
    insta::assert_snapshot!(ask());
}

/// Of those that are as old the host name decides, as in `SetServiceTargets` of istiod: `-` goes before `.`.
#[test]
fn the_first_host_name_decides_what_a_port_carries() {
    let folder = Folder::manifests();
    let asked_for_a_request = |declaring: &str| {
        folder.write("k8s/raw.yaml", declaring);
        let run = folder.run(&["can", "-m", "k8s", "orders -> payments GET /api/v1/users/42"]);
        assert!(run.stderr.contains("is declared TCP") || run.code == 0, "{run}");
        run.code == 0
    };
    let entry = |host: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: entry, namespace: shop}}\n\
             spec: {{hosts: [{host}], workloadSelector: {{labels: {{app: payments}}}}, \
             ports: [{{number: 8080, name: any, protocol: TCP}}]}}\n"
        )
    };
    let service = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{app: payments}}, ports: [{{name: tcp, port: 8080}}]}}\n"
        )
    };
    assert!(!asked_for_a_request(&entry("payments.example.com")));
    assert!(asked_for_a_request(&entry("www.example.com")));
    // It has the name of the Service, and both decide as before.
    let named = |host: &str| entry(host).replace("name: entry", "name: payments");
    assert!(!asked_for_a_request(&named("payments.example.com")));
    assert!(asked_for_a_request(&named("payments.shop.svc.cluster.local")));
    assert!(!asked_for_a_request(&service("payments-raw")));
    assert!(asked_for_a_request(&service("raw")));
}

#[test]
fn bare_yaml_that_states_no_sidecar_is_told() {
    let folder = Folder::new();
    let unlabelled = include_str!("shop.yaml").replace(", labels: {istio-injection: enabled}", "");
    folder.write("k8s/shop.yaml", &unlabelled);
    let note = "nothing states a sidecar for `shop/payments`, and it is taken to have one";
    for (question, arguments, times) in [
        ("orders -> payments POST /", ["can"].as_slice(), 1),
        ("orders -> payments POST /", &["can", "--format", "json"], 1),
        ("-> payments GET /", &["who"], 1),
        ("-> payments GET /", &["who", "--format", "json"], 1),
        ("orders -> payments GET /api/v1/users/42", &["can"], 0),
    ] {
        let run = folder.run(&[arguments, &["-m", "k8s", question]].concat());
        assert_eq!(run.stdout.matches(note).count(), times, "{run}");
    }
    let stated = shop(&["orders -> payments POST /"]);
    assert!(!stated.stdout.contains("nothing states"), "{stated}");
}

#[test]
fn a_provider_that_the_mesh_does_not_know_can_not_be_asked() {
    let providers = "    extensionProviders:\n    - name: opa\n      envoyExtAuthzGrpc: {service: opa.shop, port: 9191}\n";
    let folder = shop_with("    trustDomainAliases: [old.example]\n", providers);
    let custom = |name: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: ask, namespace: shop}}\n\
             spec: {{action: CUSTOM, provider: {{name: {name}}}, rules: [{{}}]}}\n"
        )
    };
    let runs = ["opa", "ops"].map(|name| {
        folder.write("k8s/custom.yaml", &custom(name));
        folder.run(&["can", "-m", "k8s", "orders -> payments GET /api/v1/users/42"])
    });
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn brackets_of_a_path_reach_the_server() {
    let run = shop(&["orders -> payments GET /api/v1/users/[1]"]);
    assert!(run.stdout.contains("curl -sS -i --globoff 'http://payments.shop:80/api/v1/users/[1]'"), "{run}");
}

/// Lints that can only warn are not run for a question; one that refuses a build refuses it too.
#[test]
fn a_project_that_a_lint_refuses_can_not_be_asked() {
    let folder =
        Folder::project("namespace shop\n@allow(shared-identity, \"small\")\nallow mesh -> payments\n");
    let project = "name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\nlints: {LINT: deny}\n";
    for (lint, code) in [
        ("shared-identity", 0),
        ("edge-without-rule", 0),
        ("useless-attribute", 2),
        ("rule-without-owner", 2),
    ] {
        folder.write("meshward.yaml", &project.replace("LINT", lint));
        let run = folder.run(&["can", "orders -> payments GET /"]);
        assert_eq!(run.code, code, "{lint}: {run}");
        let refused = folder.run(&["check"]).code;
        assert_eq!(refused != 0, code != 0, "{lint} in a check");
    }
}

#[test]
fn a_proxy_sends_plaintext_to_a_port_that_takes_nothing_else() {
    let policy = "namespace shop\nallow anyone -> payments GET /healthz\nmtls disable payments:80 because \"probes\"\n";
    let folder = Folder::project(policy);
    let runs = [
        folder.run(&["can", "orders -> payments GET /healthz"]),
        folder.run(&["can", "orders -> payments GET /a"]),
        folder.run(&["can", "spiffe://cluster.local/ns/shop/sa/orders -> payments GET /healthz"]),
        folder.run(&["who", "orders ->"]),
        folder.run(&["who", "-> payments GET /healthz"]),
    ];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// What stands behind so many errors could be the policy that decides.
#[test]
fn yaml_that_is_not_read_to_its_end_can_not_be_asked() {
    let folder = Folder::manifests();
    let broken = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: shop}}\ndata:\n{}---\n\
         apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
         metadata: {{name: nobody, namespace: shop}}\nspec: {{action: DENY, rules: [{{}}]}}\n",
        "  a: b\n".repeat(1200)
    );
    folder.write("k8s/broken.yaml", &broken);
    folder.write("before/broken.yaml", &broken.replace(&"  a: b\n".repeat(1200), "  a: b\n"));
    for arguments in [
        &["can", "-m", "k8s", "orders -> payments GET /api/v1/users/42"][..],
        &["who", "-m", "k8s", "-> payments"],
        &["diff", "before", "k8s"],
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{run}");
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.stderr.contains("error: YAML that was not read to its end can not be asked\n"), "{run}");
    }
}

/// Two ports of one service, and one rule for each.
fn two_ports() -> Folder {
    let folder = Folder::project(
        "namespace shop\n\
         allow orders -> payments:80 GET /a/* except /a/b/*, /a/c, /a/d/*, /a/e, /a/f\n\
         allow mesh except orders -> payments:81 GET /b\n",
    );
    let services = "\
services:
  shop/payments:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
      - {name: admin, port: 81, targetPort: 8081, protocol: http}
  shop/orders: {}
  shop/cart: {}
";
    folder.write("services.yaml", services);
    folder
}

#[test]
fn each_port_has_its_own_answer() {
    let folder = two_ports();
    let runs = [
        folder.run(&["can", "orders -> payments GET /a/x"]),
        folder.run(&["can", "cart -> payments GET /b"]),
    ];
    assert!(runs.iter().all(|run| run.code == 1));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn the_exception_that_takes_a_request_away_is_named() {
    let folder = two_ports();
    let nearest = |question: &str| {
        let run = folder.run(&["can", question]);
        let line = run.stdout.lines().find(|line| line.contains("nearest: ")).unwrap();
        line.trim().to_owned()
    };
    assert_eq!(
        nearest("orders -> payments:80 GET /a/f"),
        "nearest: `orders` may GET /a/* except /a/f, not /a/f"
    );
    assert_eq!(
        nearest("orders -> payments:81 GET /b"),
        "nearest: `mesh` except `shop/orders` may GET /b, not `orders`"
    );
}

/// What the lint tells does get through, and what it leaves out does not.
#[test]
fn what_passes_a_denied_prefix_is_allowed() {
    let folder = Folder::project("allow orders -> payments GET /*\ndeny mesh -> payments /a/b/*\n");
    let spellings = ["/a/b", "//a/b/x", "/a/b%2Fx", "/./a/b/x", "/a/B/x", "/a/b;x/x"];
    for normalization in ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] {
        folder.write(
            "meshward.yaml",
            &format!(
                "name: shop\ngraph: {{services: services.yaml}}\nmesh: {{pathNormalization: {normalization}}}\n"
            ),
        );
        let told = folder.run(&["check"]).stderr;
        for sent in spellings {
            let passes = folder.run(&["can", &format!("orders -> payments GET {sent}")]).code == 0;
            assert_eq!(told.contains(&format!("`{sent}`")), passes, "{sent} under {normalization}: {told}");
        }
    }
}

#[test]
fn a_caller_in_no_manifest_is_named_by_its_account() {
    let folder = Folder::project("allow account istio-system/ingress -> payments GET /\n");
    let runs = [
        "istio-system/ingress -> payments GET /",
        "prometheus -> payments GET /",
        "account istio-system/ingress -> payments GET /",
    ]
    .map(|question| folder.run(&["can", question]));
    assert_eq!(runs.each_ref().map(|run| run.code), [2, 2, 0]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// Callers of equal operations share a rule of Istio's, and each has its own statement.
#[test]
fn of_statements_that_became_one_rule_the_one_that_speaks_is_named() {
    let folder =
        Folder::project("allow payments -> orders GET /a\nallow account ops/console -> orders GET /a\n");
    let said = |question: &str| folder.run(&["can", question]).stdout;
    let first = said("payments -> orders GET /a");
    let second = said("account ops/console -> orders GET /a");
    assert!(first.contains("policies/main.ward:1: allow payments"), "{first}");
    assert!(second.contains("policies/main.ward:2: allow account ops/console"), "{second}");
    assert!(first.contains("as rule[0] of") && second.contains("as rule[0] of"), "{second}");
    let nearest = said("account ops/console -> orders GET /b");
    assert!(nearest.contains("main.ward:2") && !nearest.contains("main.ward:1"), "{nearest}");
    let line = r#"{"from": "ops/console", "to": "shop/orders", "port": 8080, "method": "GET", "path": "/a"}"#;
    folder.write("lines", line);
    let bulk = folder.run(&["can", "--requests", "lines"]).stdout;
    assert!(bulk.contains("\"statement\":\"policies/main.ward:2\""), "{bulk}");

    let callers = folder.run(&["who", "-> orders", "--format", "json"]).stdout;
    let callers: serde_json::Value = serde_json::from_str(&callers).unwrap();
    let rows = callers["callers"].as_array().unwrap();
    let line_of = |caller: &str| {
        let row = rows.iter().find(|row| row["caller"] == caller).unwrap();
        let [rule] = row["rules"].as_array().unwrap().as_slice() else { panic!("{row}") };
        rule["place"].as_str().unwrap().to_owned()
    };
    assert_eq!(line_of("ops/console"), "policies/main.ward:2");
    assert_eq!(line_of("shop/payments"), "policies/main.ward:1");
    let reach = folder.run(&["who", "account ops/console ->"]).stdout;
    assert!(reach.contains("main.ward:2") && !reach.contains("main.ward:1"), "{reach}");

    let before = Folder::project("allow payments -> orders GET /a\n");
    let opened = before.run(&["diff", ".", folder.path().to_str().unwrap()]).stdout;
    assert!(opened.contains("policies/main.ward:2"), "{opened}");
}

/// Where another port is open, an answer that names none would read as if all were closed.
#[test]
fn the_port_that_was_asked_stands_in_the_answer() {
    let folder = Folder::project("allow shop/orders -> shop/payments:80\n");
    folder.write("services.yaml", PORTS);
    let first =
        |question: &str| folder.run(&["can", question]).stdout.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first("shop/orders -> shop/payments:5432"),
        "denied: `shop/orders` may not connect to `shop/payments:5432`"
    );
    assert_eq!(first("orders -> payments:http GET /a"), "allowed: `orders` may GET /a on `payments:http`");
}

/// Nothing is known of their requests, so the answer is about the other ports alone, and says so.
#[test]
fn ports_that_need_a_request_are_told() {
    let folder = Folder::project("allow shop/orders -> shop/payments:5432\n");
    folder.write("services.yaml", PORTS);
    insta::assert_snapshot!(folder.run(&["can", "orders -> payments"]));
}

const PORTS: &str = "\
services:
  shop/payments:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
      - {name: http-metrics, port: 9090, protocol: http}
      - {name: tcp-sql, port: 5432, protocol: tcp}
  shop/orders: {}
";

/// As kustomize and Argo CD do with one base for several environments.
#[test]
fn a_folder_of_manifests_can_be_read_for_several_namespaces() {
    let folder = Folder::project("allow blue/web -> green/web GET /a\nallow blue/web -> shop/own\n");
    folder.write(
        "meshward.yaml",
        "name: shop\npolicies: [policies]\noutput: deploy/istio\n\
         graph: {manifests: [{path: k8s, namespace: blue}, {path: k8s, namespace: green}, k8s]}\n",
    );
    let workload = |metadata: &str, app: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\nspec:\n  selector: {{matchLabels: {{app: {app}}}}}\n  \
             template:\n    metadata: {{labels: {{app: {app}}}}}\n    spec:\n      serviceAccountName: {app}\n      containers:\n      \
             - {{name: a, image: a, ports: [{{name: http, containerPort: 8080}}]}}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {metadata}\nspec: {{selector: {{app: {app}}}, ports: [{{name: http, port: 80, targetPort: http}}]}}\n---\n"
        )
    };
    let denied = |metadata: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {metadata}\nspec: {{action: DENY, \
             rules: [{{from: [{{source: {{ipBlocks: [10.0.0.0/8]}}}}]}}]}}\n---\n"
        )
    };
    let (stated, open) = ("{name: own, namespace: shop}", "{name: web}");
    let texts = [workload(stated, "own"), workload(open, "web"), denied(stated), denied(open)];
    folder.write("k8s/base.yaml", &texts.concat());
    let runs = [
        folder.run(&["check"]),
        folder.run(&["can", "blue/web -> green/web GET /a"]),
        folder.run(&["can", "blue/web -> green/web GET /a", "--source-ip", "10.1.2.3"]),
        folder.run(&["can", "blue/web -> blue/web GET /a", "--source-ip", "10.1.2.3"]),
        folder.run(&["can", "blue/web -> shop/own GET /a", "--source-ip", "10.1.2.3"]),
        folder.run(&["who", "-> shop/own"]),
    ];
    assert_eq!(runs.each_ref().map(|run| run.code), [0, 0, 1, 1, 1, 0], "{}", runs[0]);
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));

    folder.write("k8s/wrong.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: 3}\n");
    let run = folder.run(&["check"]);
    assert_eq!(run.stderr.matches("is not a string").count(), 1, "{run}");
}

/// Of statements that became one rule, the one that comes nearest is no statement about something else.
#[test]
fn the_nearest_rule_names_the_statement_that_comes_nearest() {
    let folder = Folder::project(
        "allow payments -> orders GET /a\nallow payments -> orders POST /b\nallow payments -> orders GET /c/*\n",
    );
    let line_of = |question: &str| {
        let answer = folder.run(&["can", question, "--format", "json"]).stdout;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let nearest = &answer["cases"][0]["nearest"];
        (
            nearest["sentence"].as_str().unwrap().to_owned(),
            nearest["rule"]["place"].as_str().unwrap().to_owned(),
        )
    };
    let expected = |sentence: &str, line: u32| (sentence.to_owned(), format!("policies/main.ward:{line}"));
    assert_eq!(line_of("payments -> orders PUT /a"), expected("`payments` may GET /a, /c/*, not PUT", 1));
    assert_eq!(line_of("payments -> orders POST /c"), expected("`payments` may POST /b, not /c", 2));
    assert_eq!(line_of("payments -> orders PUT /c/1"), expected("`payments` may GET /a, /c/*, not PUT", 3));
}

#[test]
fn a_statement_about_another_workload_of_the_account_is_explained() {
    let folder = Folder::new();
    let pods = |name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, \
             spec: {{containers: [{{name: c, ports: [{{containerPort: 5432}}]}}]}}}}}}\n"
        )
    };
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: NAME, namespace: shop}\n\
                   spec: {selector: {app: NAME}, ports: [{name: tcp, port: 5432}]}\n";
    let services = service.replace("NAME", "postgres") + &service.replace("NAME", "media");
    folder.write("k8s/shop.yaml", &(["media", "postgres", "swagger-ui"].map(pods).concat() + &services));
    folder.write("meshward.yaml", "name: shop\npolicies: [policies]\ngraph: {manifests: k8s}\n");
    folder.write("policies/main.ward", "allow media -> postgres\ndeny media -> postgres:5432\n");
    let said = |question: &str| folder.run(&["can", question]).stdout;
    let why = "; `swagger-ui` runs as `shop/default`, as `media` does";
    let denied = said("swagger-ui -> postgres");
    assert!(denied.contains(&format!("a rule denies it{why}")), "{denied}");
    folder.write("policies/main.ward", "allow media -> postgres\n");
    let allowed = said("swagger-ui -> postgres");
    assert!(allowed.contains(&format!("a rule allows it{why}")), "{allowed}");
    assert!(!said("media -> postgres").contains("runs as"));
    assert!(!said("account shop/default -> postgres").contains("runs as"));
    folder.write("policies/main.ward", "allow media, swagger-ui -> postgres\n");
    assert!(!said("swagger-ui -> postgres").contains("runs as"));
}

#[test]
fn names_of_other_systems_are_answered_with_ours() {
    let folder = Folder::project("allow orders -> payments GET /a\n");
    let said = |question: &str| {
        let run = folder.run(&["can", question]);
        assert_eq!(run.code, 2, "{run}");
        run.stderr
    };
    for asked in ["orders.shop -> payments GET /a", "orders -> payments.shop.svc.cluster.local GET /a"] {
        let said = said(asked);
        assert!(said.contains("= write `shop/"), "{said}");
    }
    let quoted = said("\"orders.shop\" -> payments GET /a");
    assert!(quoted.contains("did you mean `shop/orders`?"), "{quoted}");
    let principal = said("cluster.local/ns/shop/sa/orders -> payments GET /a");
    assert!(principal.contains("= write `account shop/orders`"), "{principal}");
    let nothing = said("GET /a -> payments");
    assert!(nothing.contains("E0107"), "{nothing}");
}
