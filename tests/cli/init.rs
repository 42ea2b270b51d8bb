//! `meshward init`

use super::Folder;

#[test]
fn the_sample_passes_its_own_workflow() {
    let folder = Folder::new();
    insta::assert_snapshot!("sample", folder.run(&["init", "--name", "sample"]));
    insta::assert_snapshot!("sample_check", folder.run(&["check", "--deny", "warnings"]));
    assert_eq!(folder.run(&["test"]).code, 0);
    assert_eq!(folder.run(&["build"]).code, 0);
    assert_eq!(folder.run(&["build", "--check"]).code, 0);
    insta::assert_snapshot!("sample_project_file", folder.read("meshward.yaml"));
    insta::assert_snapshot!("sample_workflow", folder.read(".github/workflows/meshward.yml"));
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    folder.write("mesh/services.yaml", "mine\n");
    let run = folder.run(&["init", "mesh"]);
    assert_eq!(folder.tree("mesh").len(), 1);
    assert_eq!(folder.read("mesh/services.yaml"), "mine\n");
    insta::assert_snapshot!(run);
}

#[test]
fn a_project_below_the_top_of_a_repository_has_its_workflow_at_the_top() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let run = folder.run(&["init", "deploy/mesh"]);
    assert!(
        folder.read(".github/workflows/meshward-mesh.yml").contains("check --format github -C deploy/mesh")
    );
    insta::assert_snapshot!(run);
}

#[test]
fn a_name_that_no_label_can_hold() {
    insta::assert_snapshot!(Folder::new().run(&["init", "--name", "my shop"]));
}

#[test]
fn a_folder_that_can_not_be_made() {
    let folder = Folder::new();
    folder.write("file", "");
    insta::assert_snapshot!(folder.run(&["init", "file/mesh"]));
}

const MANIFESTS: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          env:
            - {name: CART_ADDR, value: 'cart:7070'}
            - {name: QUEUE_URL, value: 'amqp://queue:5672'}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers: [{name: cart}]
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec:
  selector: {app: cart}
  ports: [{name: grpc, port: 7070}, {name: http-metrics, port: 9090}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: queue}
spec:
  selector: {matchLabels: {app: queue}}
  template:
    metadata: {labels: {app: queue}, annotations: {sidecar.istio.io/inject: 'false'}}
    spec:
      containers: [{name: queue}]
---
apiVersion: v1
kind: Service
metadata: {name: queue}
spec:
  selector: {app: queue}
  ports: [{name: tcp-amqp, port: 5672}]
";

#[test]
fn manifests_give_a_first_policy() {
    let folder = Folder::new();
    folder.write("k8s/all.yaml", MANIFESTS);
    insta::assert_snapshot!("from", folder.run(&["init", "mesh", "--from", "k8s", "--namespace", "shop"]));
    insta::assert_snapshot!("from_policy", folder.read("mesh/policies/main.ward"));
    insta::assert_snapshot!("from_project_file", folder.read("mesh/meshward.yaml"));
    assert_eq!(folder.run(&["check", "-C", "mesh"]).code, 0);
    assert_eq!(folder.run(&["build", "-C", "mesh"]).code, 0);
}

#[test]
fn a_project_may_lie_among_its_manifests() {
    let folder = Folder::new();
    folder.write("mesh/all.yaml", MANIFESTS);
    let run = folder.run(&["init", "mesh", "--from", "mesh", "--namespace", "shop"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(folder.read("mesh/policies/main.ward").contains("allow web -> cart:7070"));
    assert_eq!(folder.run(&["build", "-C", "mesh"]).code, 0);
    assert_eq!(
        folder.run(&["build", "-C", "mesh", "--check"]).code,
        0,
        "its own bundle is not read as that of others"
    );
}

/// The name of a ConfigMap says little about which of its values are used.
#[test]
fn a_config_map_that_several_workloads_read_is_told() {
    let workload = |name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers: [{{name: c, envFrom: [{{configMapRef: {{name: settings}}}}]}}]\n"
        )
    };
    let settings = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {CART_HOST: cart, CART_PORT: '7070'}\n";
    let folder = Folder::new();
    folder.write("k8s/all.yaml", &format!("{MANIFESTS}{settings}{}{}", workload("mail"), workload("stock")));
    assert_eq!(folder.run(&["init", "mesh", "--from", "k8s", "--namespace", "shop"]).code, 0);
    let policy = folder.read("mesh/policies/main.ward");
    let rules: Vec<&str> = policy.lines().filter(|line| line.contains("cart")).collect();
    insta::assert_snapshot!(rules.join("\n"));
}

/// A rule without a port opens the port of the metrics, too, so the draft says which there are.
#[test]
fn a_connection_string_gives_a_rule_for_its_port() {
    let folder = Folder::new();
    let policy = |address: &str| {
        folder.write("k8s/all.yaml", &MANIFESTS.replace("'cart:7070'", &format!("'{address}'")));
        let at = format!("mesh{}", address.len());
        assert_eq!(folder.run(&["init", &at, "--from", "k8s", "--namespace", "shop"]).code, 0);
        let policy = folder.read(&format!("{at}/policies/main.ward"));
        policy
            .lines()
            .filter(|line| line.contains("-> cart") || line.contains("port"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(policy("Host=cart;Port=7070;Username=web"), "allow web -> cart:7070");
    let every = "# No port is named here that the Service has, so the rule opens all of them: 7070, 9090.\nallow web -> cart";
    assert_eq!(policy("Host=cart;Username=web"), every);
}

#[test]
fn no_rule_is_suggested_for_udp() {
    let folder = Folder::new();
    let udp = "ports: [{name: udp, port: 8125, protocol: UDP}";
    let statsd = MANIFESTS.replace("ports: [{name: grpc, port: 7070}", udp).replace("cart:7070", "");
    folder.write("first/all.yaml", &statsd);
    folder.write("only/all.yaml", &statsd.replace(", {name: http-metrics, port: 9090}", ""));
    let cart = |from: &str| {
        let mesh = format!("mesh-{from}");
        assert_eq!(folder.run(&["init", &mesh, "--from", from, "--namespace", "shop"]).code, 0);
        let policy = folder.read(&format!("{mesh}/policies/main.ward"));
        let lines: Vec<String> = policy.lines().map(str::to_owned).collect();
        let at = lines.iter().rposition(|line| line.ends_with(" cart")).unwrap();
        lines[at - 1..=at].to_vec()
    };
    assert_eq!(cart("first")[1], "# allow CALLER -> cart");
    let [reason, service] = cart("only").try_into().unwrap();
    assert_eq!(service, "#   cart");
    assert!(reason.contains("UDP"), "{reason}");
}

#[test]
fn documents_without_a_namespace_are_told() {
    let folder = Folder::new();
    folder.write("k8s/all.yaml", MANIFESTS);
    insta::assert_snapshot!(folder.run(&["init", "-f", "k8s", "--format", "json"]));
}

#[test]
fn manifests_that_give_nothing() {
    let folder = Folder::new();
    folder.write("empty/readme.md", "");
    folder.write("values/values.yaml", "image: {tag: 1}\n");
    folder.write("broken/a.yaml", "kind: [\n");
    let runs =
        ["nowhere", "empty", "values", "broken", "-"].map(|from| folder.run(&["init", "mesh", "-f", from]));
    assert!(!folder.path().join("mesh").exists());
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn manifests_without_services_are_told_by_what_they_hold() {
    let folder = Folder::new();
    let object =
        |kind: &str| format!("---\napiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: a}}\n");
    folder.write(
        "istio/policies.yaml",
        &[object("Gateway"), object("NetworkPolicy"), object("Gateway")].concat(),
    );
    folder.write("istio/values.yaml", "image: {tag: 1}\n");
    folder.write("api/cart/openapi.yml", "openapi: 3.0.1\npaths: {}\n");
    folder.write("api/orders/swagger.json", "{\"swagger\": \"2.0\", \"paths\": {}}\n");
    folder.write("many/all.yaml", &('a'..='l').map(|kind| object(&kind.to_string())).collect::<String>());
    let runs = ["istio", "api", "many"].map(|from| folder.run(&["init", "mesh", "-f", from]));
    assert!(!folder.path().join("mesh").exists());
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn templates_of_a_chart_are_told_with_the_way_out() {
    let folder = Folder::new();
    folder.write("chart/plain.yaml", MANIFESTS);
    folder.write("chart/if.yaml", "{{- if .Values.enabled }}\nkind: Service\n{{- end }}\n");
    folder.write(
        "chart/quoted.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ .Release.Name }}'}\nspec: {ports: [{port: 80}]}\n",
    );
    insta::assert_snapshot!(folder.run(&["init", "mesh", "--from", "chart"]));
    // Braces in a value are no template of a chart.
    let alert =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alerts}\ndata: {text: '{{ $labels.pod }}'}\n";
    folder.write("alerts/all.yaml", &format!("{MANIFESTS}---\n{alert}"));
    assert_eq!(folder.run(&["init", "mesh", "--from", "alerts"]).code, 0);
}

#[test]
fn services_without_workloads_are_told() {
    let folder = Folder::new();
    let parts: Vec<&str> = MANIFESTS.split("---\n").collect();
    folder.write("services/all.yaml", &[parts[2], parts[4], parts[6]].join("---\n"));
    folder.write("some/all.yaml", &parts[..5].join("---\n").replace("metadata: {labels: {app: web}}", ""));
    let of = |from: &str| {
        let mesh = format!("mesh-{from}");
        let run = folder.run(&["init", &mesh, "--from", from, "--namespace", "shop"]);
        let found: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("no workload")).collect();
        let policy = folder.read(&format!("{mesh}/policies/main.ward"));
        let (_, said) = policy.split_once("# No workload").unwrap();
        format!("{}\n# No workload{}\n", found.join("\n"), said.split("\n\n").next().unwrap())
    };
    insta::assert_snapshot!(["services", "some"].map(of).join("\n"));
}

#[test]
fn calls_to_namespaces_without_manifests_are_told() {
    let folder = Folder::new();
    folder
        .write("k8s/all.yaml", &MANIFESTS.replace("amqp://queue:5672", "http://ledger.billing.svc:8080/v1"));
    let run = folder.run(&["init", "mesh", "--from", "k8s", "--namespace", "shop"]);
    assert!(
        run.stdout.contains("1 call to a namespace of which the manifests say nothing: billing"),
        "{run}"
    );
    let policy = folder.read("mesh/policies/main.ward");
    let told: Vec<&str> = policy.lines().filter(|line| line.contains("billing")).collect();
    assert_eq!(
        told,
        [
            "#   `allow shop/web -> billing/ledger`: QUEUE_URL=http://ledger.billing.svc:8080/v1 in ../k8s/all.yaml:18"
        ]
    );
}

#[test]
fn each_folder_can_have_its_own_namespace() {
    let folder = Folder::new();
    let parts: Vec<&str> = MANIFESTS.split("---\n").collect();
    folder.write("web/all.yaml", &parts[..3].join("---\n").replace("cart:7070", "cart.back:7070"));
    folder.write("cart/all.yaml", &parts[3..5].join("---\n"));
    let init = |folder_of: &str, namespaces: &[&str]| {
        let from = ["init", folder_of, "--from", "web", "--from", "cart"];
        let namespaces = namespaces.iter().flat_map(|namespace| ["--namespace", namespace]);
        folder.run(&from.into_iter().chain(namespaces).collect::<Vec<_>>())
    };
    assert_eq!(init("one", &["shop"]).code, 0);
    assert!(folder.read("one/meshward.yaml").contains("{path: ../cart, namespace: shop}"));
    assert_eq!(init("two", &["front", "back"]).code, 0);
    let project = folder.read("two/meshward.yaml");
    assert!(project.contains("{path: ../web, namespace: front}"), "{project}");
    assert!(project.contains("{path: ../cart, namespace: back}"), "{project}");
    assert!(folder.read("two/policies/main.ward").contains("allow front/web -> cart"));
    insta::assert_snapshot!(init("three", &["front", "back", "side"]));
}

/// They may allow less than a rule does, and go on holding until they are deleted, so nobody takes them over unseen.
#[test]
fn policies_among_the_manifests_say_who_is_let_in_today() {
    let existing = "\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart-callers, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
    - to: [{operation: {paths: [/healthz]}}]
    - from: [{source: {principals: [cluster.local/ns/shop/sa/web, cluster.local/ns/ops/sa/console, '*']}}]
      to: [{operation: {methods: [GET]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  action: DENY
  rules: [{from: [{source: {serviceAccounts: [mail]}}]}]
";
    let folder = Folder::new();
    folder.write("k8s/all.yaml", &format!("{MANIFESTS}{existing}"));
    assert_eq!(folder.run(&["init", "mesh", "--from", "k8s", "--namespace", "shop"]).code, 0);
    let policy = folder.read("mesh/policies/main.ward");
    let hints: Vec<&str> =
        policy.lines().skip_while(|line| !line.starts_with("# AuthorizationPolicy")).collect();
    // That `web` calls `cart` is known from its environment.
    let expected = "\
# AuthorizationPolicy shop/cart-callers, rule[1] (../k8s/all.yaml:68), lets these in today, perhaps for less:
# allow account ops/console -> cart

";
    assert!(hints.join("\n").starts_with(expected), "{policy}");
    assert_eq!(hints.iter().filter(|line| line.contains("mail")).count(), 0);
}

/// What the network lets in is a hint at who calls, by way of a Secret or in code.
#[test]
fn network_policies_among_the_manifests_say_who_is_let_in_today() {
    let policy = |spec: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: cart, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let hints = |spec: &str| -> Vec<String> {
        let folder = Folder::new();
        let manifests = MANIFESTS.replace("'cart:7070'", "''");
        folder.write("k8s/all.yaml", &format!("{manifests}{}", policy(spec)));
        assert_eq!(folder.run(&["init", "mesh", "--from", "k8s", "--namespace", "shop"]).code, 0);
        let policy = folder.read("mesh/policies/main.ward");
        let hints = policy.lines().skip_while(|line| !line.starts_with("# NetworkPolicy"));
        hints.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let from = |from: &str| {
        format!("{{podSelector: {{matchLabels: {{app: cart}}}}, ingress: [{{from: [{from}]}}]}}")
    };
    let web = "{podSelector: {matchLabels: {app: web}}}";
    let place = "# NetworkPolicy shop/cart, ingress[0] (../k8s/all.yaml:64), lets these in today:";
    assert_eq!(hints(&from(web)), [place, "# allow web -> cart"]);
    let port = |port: &str| from(web).replace("from:", &format!("ports: [{port}], from:"));
    assert_eq!(hints(&port("{port: 7070}")), [place, "# allow web -> cart:7070"]);
    assert_eq!(hints(&port("{port: 7000, endPort: 9999}")), [place, "# allow web -> cart"]);
    let queue = "{podSelector: {matchExpressions: [{key: app, operator: In, values: [queue, cart]}]}}";
    assert_eq!(hints(&from(queue)), [place, "# allow queue -> cart"]);
    let elsewhere = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}, podSelector: {matchLabels: {app: web}}}";
    for nothing in [
        from("{podSelector: {}}"),
        from("{podSelector: {matchLabels: {app: gone}}}"),
        from("{ipBlock: {cidr: 10.0.0.0/8}}"),
        from(elsewhere),
        from(&web.replace("podSelector", "namespaceSelector")),
        port("{port: 53, protocol: UDP}"),
        port("{port: 1234}"),
        from(web).replace("matchLabels: {app: cart}", "matchLabels: {app: cart, version: v2}"),
        format!("{{podSelector: {{}}, policyTypes: [Egress], ingress: [{{from: [{web}]}}]}}"),
    ] {
        assert_eq!(hints(&nothing), [] as [&str; 0], "{nothing}");
    }
}

#[test]
fn a_kustomization_is_told_with_the_way_out() {
    let folder = Folder::new();
    folder.write("overlays/prod/kustomization.yaml", "resources: [https://example.com/shop]\n");
    insta::assert_snapshot!(folder.run(&["init", "mesh", "--from", "overlays"]));
}
