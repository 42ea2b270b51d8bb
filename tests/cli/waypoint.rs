//! Questions about workloads behind a waypoint, by bare YAML. Files of Istio are those of
//! `pilot/pkg/serviceregistry/ambient` where no folder is named.

use super::{Folder, Run};

/// What a mesh has beside the callers: `orders` in the ambient mesh, `legacy` with a sidecar, `public` at the edge.
#[derive(Clone, Copy)]
struct Mesh<'t> {
    /// Labels of the namespace `shop`, of the Service `payments` and of its pods.
    namespace: &'t str,
    service: &'t str,
    pod: &'t str,
    /// More of the Service.
    spec: &'t str,
    waypoint: &'t str,
    policies: &'t str,
}

const EDGE: &str = "istio.io/use-waypoint: edge";

/// A waypoint for everything, and a Service that names it.
const MESH: Mesh<'static> =
    Mesh { namespace: "", service: EDGE, pod: "", spec: "", waypoint: WAYPOINT, policies: "" };

const WAYPOINT: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop, labels: {istio.io/waypoint-for: all}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
";

/// One of `kind` in `namespace`, with this spec.
fn object(kind: &str, namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: {kind}\n\
         metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn policy(name: &str, spec: &str) -> String {
    object("AuthorizationPolicy", "shop", name, spec)
}

/// Only `orders` may GET below `/api` of the Service.
fn for_orders() -> String {
    policy(
        "for-orders",
        "{targetRefs: [{group: '', kind: Service, name: payments}], rules: [{from: [{source: {principals: \
         [cluster.local/ns/shop/sa/orders]}}], to: [{operation: {methods: [GET], paths: [/api/*]}}]}]}",
    )
}

/// The pods take what comes from the account `name` of `shop` alone.
fn only_from(name: &str) -> String {
    policy(
        "only-waypoint",
        &format!(
            "{{selector: {{matchLabels: {{app: payments}}}}, rules: [{{from: [{{source: {{principals: \
             [cluster.local/ns/shop/sa/{name}]}}}}]}}]}}"
        ),
    )
}

impl Mesh<'_> {
    fn folder(self) -> Folder {
        let Self { namespace, service, pod, spec, waypoint, policies } = self;
        let shop = format!(
            "---\napiVersion: v1\nkind: Namespace\n\
             metadata: {{name: shop, labels: {{istio.io/dataplane-mode: ambient, {namespace}}}}}\n\
             ---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: payments, namespace: shop, labels: {{{service}}}}}\n\
             spec: {{selector: {{app: payments}}, ports: [{{name: http, port: 80, targetPort: 8080}}], {spec}}}\n\
             ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: payments, namespace: shop}}\n\
             spec: {{selector: {{matchLabels: {{app: payments}}}}, template: {{metadata: {{labels: {{app: payments, {pod}}}}}, \
             spec: {{serviceAccountName: payments, containers: [{{name: c, ports: [{{containerPort: 8080}}]}}]}}}}}}\n---\n"
        );
        let folder = Folder::new();
        let all = [include_str!("waypoint/cluster.yaml"), &shop, waypoint, policies].concat();
        folder.write("k8s/all.yaml", &all);
        folder
    }

    fn ask(self, arguments: &[&str]) -> Run {
        self.folder().run(&[arguments, &["--manifests", "k8s"]].concat())
    }

    /// The outcome of a question in one word, with the reason, or why there is none.
    #[track_caller]
    fn can(self, question: &str) -> String {
        let run = self.ask(&["can", question]);
        if run.code == 2 {
            return run.stderr;
        }
        let lines: Vec<&str> = run.stdout.lines().collect();
        let [headline, reason, ..] = lines.as_slice() else { panic!("{run}") };
        let (outcome, _) = headline.split_once(':').unwrap();
        format!("{outcome}: {}", reason.trim())
    }
}

const GET: &str = "orders -> payments GET /api/a";

#[track_caller]
fn says(answer: &str, outcome: &str, part: &str) {
    assert!(answer.starts_with(&format!("{outcome}: ")) && answer.contains(part), "{answer}");
}

#[test]
fn a_waypoint_decides_about_requests() {
    // `pilot/pkg/model/policyattachment.go`, `ShouldAttachPolicy`.
    let mesh = Mesh { policies: &for_orders(), ..MESH };
    let allowed = mesh.ask(&["can", GET]);
    let other_method = mesh.ask(&["can", "orders -> payments DELETE /api/a"]);
    let json = mesh.ask(&["can", "mesh -> payments GET /api/a", "--format", "json"]);
    assert_eq!((allowed.code, other_method.code, json.code), (0, 1, 1));
    insta::assert_snapshot!(format!("{allowed}\n{other_method}\n{json}"));
}

#[test]
fn a_ztunnel_sees_the_waypoint_call() {
    // `pilot/pkg/networking/core/cluster_waypoint.go`, `buildWaypointConnectOriginate`; ztunnel's `src/proxy/inbound.rs`.
    let other = [for_orders(), only_from("orders")].concat();
    let run = Mesh { policies: &other, ..MESH }.ask(&["can", GET]);
    assert_eq!(run.code, 1);
    let admitted = [for_orders(), only_from("edge")].concat();
    let mesh = Mesh { policies: &admitted, ..MESH };
    says(&mesh.can(GET), "allowed", "the ztunnel in front of `payments` takes it from there");
    // What the client sends itself is decided at the waypoint all the same.
    says(&mesh.can("orders -> payments GET /"), "denied", "no rule of the waypoint `shop/edge` allows it");
    insta::assert_snapshot!(run);
}

#[test]
fn whoever_goes_past_the_waypoint_is_kept_out() {
    let from_others = policy(
        "no-bypass",
        "{action: DENY, selector: {matchLabels: {app: payments}}, rules: [{from: [{source: {notPrincipals: \
         [cluster.local/ns/shop/sa/edge]}}]}]}",
    );
    let mesh = Mesh { policies: &from_others, ..MESH };
    says(&mesh.can(GET), "allowed", "`shop/edge`");
    // `pilot/pkg/xds/endpoints/endpoint_builder.go`, `buildEnvoyLbEndpoint` and `findServiceWaypoint`.
    for (question, past) in [
        ("anyone -> payments GET /api/a", "plaintext goes past the waypoint `shop/edge`"),
        ("legacy -> payments GET /api/a", "what a sidecar sends goes past the waypoint `shop/edge`"),
        (
            "public-istio -> payments GET /api/a",
            "what an ingress gateway sends without `istio.io/ingress-use-waypoint` goes past the waypoint `shop/edge`",
        ),
    ] {
        says(&mesh.can(question), "denied", past);
        says(&MESH.can(question), "allowed", past);
    }
    insta::assert_snapshot!(mesh.ask(&["can", "legacy -> payments GET /api/a"]));
}

#[test]
fn an_ingress_gateway_goes_through_a_waypoint_that_asks_for_it() {
    // `services.go`, `ingressUseWaypointFromLabels`.
    let policies = for_orders();
    let at = |service: &str, namespace: &str| {
        let service = format!("{EDGE}, {service}");
        Mesh { service: &service, namespace, policies: &policies, ..MESH }
            .can("public-istio -> payments GET /api/a")
    };
    let through = "no rule of the waypoint `shop/edge` allows it";
    says(&at("istio.io/ingress-use-waypoint: 'true'", ""), "denied", through);
    says(&at("", "istio.io/ingress-use-waypoint: 'true'"), "denied", through);
    let past = "what an ingress gateway sends";
    says(
        &at("istio.io/ingress-use-waypoint: 'false'", "istio.io/ingress-use-waypoint: 'true'"),
        "allowed",
        past,
    );
    says(&at("istio.io/ingress-use-waypoint: 'yes'", ""), "allowed", past);
}

#[test]
fn the_class_of_waypoints_is_closed_by_default() {
    let class =
        "{targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}]}";
    let closed = object("AuthorizationPolicy", "istio-system", "closed", class);
    // `tests/integration/ambient/baseline_test.go`, `TestAuthorizationWaypointDefaultDeny`.
    says(&Mesh { policies: &closed, ..MESH }.can(GET), "denied", "no rule of the waypoint");
    let opened = [closed, for_orders()].concat();
    says(&Mesh { policies: &opened, ..MESH }.can(GET), "allowed", "a rule of the waypoint");
    // One in another namespace than the root namespace is attached to nothing.
    let elsewhere = policy("closed", class);
    says(&Mesh { policies: &elsewhere, ..MESH }.can(GET), "allowed", "no ALLOW policy holds at the waypoint");
}

#[test]
fn policies_with_a_selector_do_not_hold_at_a_waypoint() {
    // `pilot/pkg/model/policyattachment.go`, `ShouldAttachPolicy`.
    let nobody = policy("nobody", "{selector: {matchLabels: {app: payments}}}");
    let answer = Mesh { policies: &nobody, ..MESH }.can(GET);
    says(
        &answer,
        "denied",
        "the waypoint `shop/edge` lets it through, and the ztunnel in front of `payments` stops it",
    );
}

#[test]
fn a_service_policy_does_not_hold_for_the_pod() {
    // `pilot/pkg/networking/core/listener_waypoint.go`: direct pod access has no `policyService`.
    let folder = Mesh { pod: EDGE, service: "", policies: &for_orders(), ..MESH }.folder();
    let from = "\"from\": \"shop/cart\", \"method\": \"GET\", \"path\": \"/\"";
    let lines = [
        format!("{{\"id\": \"service\", {from}, \"to\": \"shop/payments\", \"port\": 8080}}\n"),
        format!("{{\"id\": \"pod\", {from}, \"to\": \"shop/payments-7c9d8f6b5d-x2x4z\", \"port\": 8080}}\n"),
    ];
    folder.write("requests.jsonl", &lines.concat());
    insta::assert_snapshot!(folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]));
}

#[test]
fn who_asks_the_pod_is_told_of_the_service() {
    let folder = Mesh { policies: &for_orders(), ..MESH }.folder();
    let line = "{\"from\": \"shop/cart\", \"method\": \"GET\", \"path\": \"/\", \"port\": 8080, \
         \"to\": \"shop/payments-7c9d8f6b5d-x2x4z\"}\n";
    folder.write("requests.jsonl", line);
    let run = folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]);
    let told = "not asked is the Service `shop/payments`, which has the waypoint `shop/edge`";
    assert!(run.stdout.contains("\"allowed\"") && run.stdout.contains(told), "{run}");
    let renamed = folder.read("k8s/all.yaml").replace(
        "kind: Deployment\nmetadata: {name: payments,",
        "kind: Deployment\nmetadata: {name: payments-v1,",
    );
    folder.write("k8s/all.yaml", &renamed);
    let run = folder.run(&["can", "orders -> payments-v1", "--manifests", "k8s"]);
    assert!(run.code == 0 && run.stdout.contains(told), "{run}");
}

#[test]
fn what_a_label_names_counts_from_the_inside_out() {
    // `waypoints.go`, `fetchWaypointForTarget`.
    let asked = |namespace: &str, service: &str| Mesh { namespace, service, ..MESH }.can(GET);
    let through = "at the waypoint `shop/edge`";
    let straight = "error: `payments` is behind a ztunnel, which sees connections";
    says(&asked(EDGE, ""), "allowed", through);
    says(&asked("", EDGE), "allowed", through);
    says(
        &asked(EDGE, "istio.io/use-waypoint: none"),
        "allowed",
        "the waypoint `shop/edge`, which is that of its pods",
    );
    assert!(asked("", "").starts_with(straight));
    // The Service's own name counts, even where there is no such waypoint.
    let gone = "past the waypoint `shop/other` that a label names, since it is not there";
    says(&asked(EDGE, "istio.io/use-waypoint: other"), "allowed", gone);
    // The pod's label is for traffic that is addressed to the pod.
    let of_pod = Mesh { pod: EDGE, service: "", ..MESH };
    says(
        &of_pod.can(GET),
        "allowed",
        "traffic to the Service goes past the waypoint `shop/edge`, which is that of its pods",
    );
    let lent = format!("{EDGE}, istio.io/use-waypoint-namespace: infra");
    says(&asked(&lent, ""), "allowed", "past the waypoint `infra/edge`");
}

#[test]
fn a_waypoint_takes_what_it_is_for() {
    // `waypoints.go`, `gatewayToWaypointTransform`, `fetchWaypointForService` and `fetchWaypointForWorkload`.
    let labels = |kind: &str| WAYPOINT.replace("istio.io/waypoint-for: all", kind);
    let by_service = |waypoint: &str| Mesh { waypoint, ..MESH }.can(GET);
    let by_pod = |waypoint: &str| {
        let mesh = Mesh { waypoint, service: "", pod: EDGE, spec: "clusterIP: None", ..MESH };
        mesh.can(GET)
    };
    let through = "at the waypoint `shop/edge`";
    for (kind, service, pod) in [
        ("istio.io/waypoint-for: all", true, true),
        ("istio.io/waypoint-for: service", true, false),
        ("istio.io/waypoint-for: workload", false, true),
        ("istio.io/waypoint-for: none", false, false),
        ("", true, false),
    ] {
        let waypoint = labels(kind);
        assert_eq!(by_service(&waypoint).contains(through), service, "{kind}: {}", by_service(&waypoint));
        assert_eq!(by_pod(&waypoint).contains(through), pod, "{kind}: {}", by_pod(&waypoint));
    }
    let class = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\n\
         metadata: {name: istio-waypoint, labels: {istio.io/waypoint-for: workload}}\n\
         spec: {controllerName: istio.io/mesh-controller}\n";
    let of_class = format!("{}{class}", labels(""));
    says(&by_service(&of_class), "allowed", "it has `istio.io/waypoint-for: workload`");
    says(&by_pod(&of_class), "allowed", through);
    let own = format!("{}{class}", labels("istio.io/waypoint-for: service"));
    says(&by_service(&own), "allowed", through);
}

#[test]
fn a_waypoint_that_is_not_there_is_gone_past() {
    // `waypoints.go`, `fetchWaypointForTarget` and `gatewayToWaypointTransform`.
    let policies = for_orders();
    let at = |waypoint: &str| Mesh { waypoint, policies: &policies, ..MESH }.can("mesh -> payments GET /");
    says(&at(""), "allowed", "past the waypoint `shop/edge` that a label names, since it is not there");
    let starting = format!("{WAYPOINT}status: {{conditions: []}}\n");
    says(&at(&starting), "allowed", "since it has no address yet");
    let ready = format!("{WAYPOINT}status: {{addresses: [{{type: IPAddress, value: 10.0.0.1}}]}}\n");
    says(&at(&ready), "denied", "no rule of the waypoint `shop/edge` allows it");
    let another = WAYPOINT.replace("istio-waypoint", "istio");
    let run = Mesh { waypoint: &another, ..MESH }.ask(&["can", GET]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}

#[test]
fn a_waypoint_elsewhere_has_to_agree() {
    // `waypoints.go`, `makeAllowedRoutes` and `AllowsAttachmentFromNamespaceOrLookup`.
    let lent = format!("{EDGE}, istio.io/use-waypoint-namespace: infra");
    let at = |routes: &str, namespace: &str, policies: &str| {
        let waypoint = WAYPOINT.replace("namespace: shop", "namespace: infra").replace(
            "protocol: HBONE}",
            &format!("protocol: HBONE, allowedRoutes: {{namespaces: {{{routes}}}}}}}"),
        );
        Mesh { service: &lent, waypoint: &waypoint, namespace, policies, ..MESH }.can(GET)
    };
    let through = "at the waypoint `infra/edge`";
    let refused = "since its listener does not admit this namespace";
    says(&at("from: All", "", ""), "allowed", through);
    says(&at("from: Same", "", ""), "allowed", refused);
    says(&at("", "", ""), "allowed", refused);
    let selects = |selector: &str| format!("from: Selector, selector: {{{selector}}}");
    says(&at(&selects("matchLabels: {team: pay}"), "team: pay", ""), "allowed", through);
    says(&at(&selects("matchLabels: {team: pay}"), "", ""), "allowed", refused);
    says(&at(&selects("matchLabels: {kubernetes.io/metadata.name: shop}"), "", ""), "allowed", through);
    let not = "matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]";
    says(&at(&selects(not), "", ""), "allowed", refused);
    says(&at("from: Selector", "", ""), "allowed", refused);
    // To the ztunnel it is an account of its own namespace.
    let only = only_from("edge");
    says(
        &at("from: All", "", &only),
        "denied",
        "`spiffe://cluster.local/ns/infra/sa/edge`, and no rule allows that",
    );
    says(&at("from: All", "", &only.replace("ns/shop", "ns/infra")), "allowed", through);
}

#[test]
fn a_waypoint_runs_as_its_account() {
    // `pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`, `configureIstioGateway`.
    let only = only_from("proxy");
    let at = |waypoint: &str| Mesh { waypoint, policies: &only, ..MESH }.can(GET);
    says(&at(WAYPOINT), "denied", "`spiffe://cluster.local/ns/shop/sa/edge`, and no rule allows that");
    let annotated =
        WAYPOINT.replace("labels: {", "annotations: {gateway.istio.io/service-account: proxy}, labels: {");
    says(&at(&annotated), "allowed", "`shop/edge`");
    let pods = |account: &str, name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{matchLabels: {{a: {name}}}}}, template: {{metadata: {{labels: {{a: {name}, \
             gateway.networking.k8s.io/gateway-name: edge}}}}, spec: {{serviceAccountName: {account}, \
             containers: [{{name: c}}]}}}}}}\n"
        )
    };
    says(&at(&format!("{WAYPOINT}{}", pods("proxy", "edge"))), "allowed", "`shop/edge`");
    // Whoever has that account is the waypoint, which sends to pods.
    let own = Mesh { waypoint: &format!("{WAYPOINT}{}", pods("proxy", "edge")), policies: &only, ..MESH };
    says(
        &own.can("account shop/proxy -> payments GET /"),
        "allowed",
        "what a waypoint sends goes past the waypoint `shop/edge`",
    );
    let two = format!("{WAYPOINT}{}{}", pods("proxy", "edge"), pods("other", "edge-2"));
    let run = Mesh { waypoint: &two, policies: &only, ..MESH }.ask(&["can", GET]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}

#[test]
fn an_account_with_proxies_of_two_kinds_goes_both_ways() {
    let with_sidecar = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders-2, namespace: shop}\n\
         spec: {selector: {matchLabels: {app: orders-2}}, template: {metadata: {labels: {app: orders-2, \
         sidecar.istio.io/inject: 'true'}}, spec: {serviceAccountName: orders, containers: [{name: c}]}}}\n";
    let policies = [for_orders(), only_from("edge"), with_sidecar.to_owned()].concat();
    let folder = Mesh { policies: &policies, ..MESH }.folder();
    let can = folder.run(&["can", GET, "--manifests", "k8s"]);
    assert_eq!(can.code, 1);
    folder.write(
        "requests.jsonl",
        "{\"from\": \"shop/orders\", \"to\": \"shop/payments\", \"port\": 8080, \"method\": \"GET\", \"path\": \"/api/a\"}\n",
    );
    let bulk = folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]);
    let who = folder.run(&["who", "-> payments GET /api/a", "--manifests", "k8s"]);
    insta::assert_snapshot!(format!("{can}\n{bulk}\n{who}"));
}

#[test]
fn rules_see_the_port_that_was_addressed() {
    // `pilot/pkg/networking/core/listener_waypoint.go`, `buildWaypointInternal`: the port is the Service's.
    let at = |port: u16| {
        let ports = format!(
            "{{targetRefs: [{{group: '', kind: Service, name: payments}}], \
             rules: [{{to: [{{operation: {{ports: ['{port}']}}}}]}}]}}"
        );
        Mesh { policies: &policy("port", &ports), ..MESH }.can(GET)
    };
    says(&at(80), "allowed", "a rule of the waypoint");
    says(&at(8080), "denied", "no rule of the waypoint");
    // And the ztunnel sees the pod's.
    let ztunnel = policy(
        "pods",
        "{selector: {matchLabels: {app: payments}}, rules: [{to: [{operation: {ports: ['8080']}}]}]}",
    );
    says(&Mesh { policies: &ztunnel, ..MESH }.can(GET), "allowed", "takes it from there");
}

#[test]
fn rules_see_server_names_where_some_service_has_tls() {
    // `pilot/pkg/networking/core/listener_waypoint.go`, `buildWaypointInternal`: the TLS inspector is there if a Service
    // of the waypoint has TLS, and off at the numbers that Services have for anything else alone.
    let named = policy(
        "named",
        "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}], \
         rules: [{when: [{key: connection.sni, values: [a.example.com]}]}]}",
    );
    let another = |port: &str| {
        format!(
            "{named}---\napiVersion: v1\nkind: Service\nmetadata: {{name: other, namespace: shop, labels: {{{EDGE}}}}}\n\
             spec: {{selector: {{app: payments}}, ports: [{port}]}}\n"
        )
    };
    let at = |port: &str, protocol: &str, policies: &str| {
        let spec = format!("ports: [{{name: {protocol}, port: 443, targetPort: 8443}}]");
        let mesh = Mesh { spec: &spec, policies, ..MESH }.folder();
        // The ports of the Service are those of the specification above, which comes last.
        let text =
            mesh.read("k8s/all.yaml").replace("ports: [{name: http, port: 80, targetPort: 8080}], ", "");
        mesh.write("k8s/all.yaml", &text);
        let line = format!(
            "{{\"from\": \"shop/orders\", \"to\": \"shop/payments\", \"port\": {port}, \"tcp\": true, \
             \"sni\": \"a.example.com\"}}\n"
        );
        mesh.write("requests.jsonl", &line);
        let run = mesh.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]);
        let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
        answer["outcome"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned()
    };
    assert_eq!(at("8443", "tls", &named), "allowed");
    assert_eq!(at("8443", "https-web", &named), "allowed");
    assert_eq!(at("8443", "tcp", &named), "denied");
    assert_eq!(at("8443", "tcp", &another("{name: tls, port: 8443}")), "denied");
    assert_eq!(at("8443", "tcp", &another("{name: tls, port: 443}")), "allowed");
}

#[test]
fn the_core_group_of_a_target_has_a_name() {
    // `validatePolicyTargetReference` and `matchesGroupKind` take `core` for the group of Services.
    let named = for_orders().replace("group: ''", "group: core");
    says(&Mesh { policies: &named, ..MESH }.can(GET), "allowed", "a rule of the waypoint");
    says(
        &Mesh { policies: &named, ..MESH }.can("orders -> payments DELETE /a"),
        "denied",
        "no rule of the waypoint",
    );
}

#[test]
fn what_is_not_known_of_a_waypoint_gets_no_answer() {
    let addresses = policy(
        "pods",
        "{selector: {matchLabels: {app: payments}}, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}",
    );
    let bound = WAYPOINT
        .replace("labels: {", "annotations: {ambient.istio.io/waypoint-inbound-binding: PROXY}, labels: {");
    let canary = format!("{EDGE}, istio.io/use-waypoint-canary: next");
    let runs = [
        Mesh { policies: &addresses, ..MESH },
        Mesh { waypoint: &bound, ..MESH },
        Mesh { service: &canary, ..MESH },
        Mesh { pod: "sidecar.istio.io/inject: 'true'", ..MESH },
    ]
    .map(|mesh| mesh.ask(&["can", GET]));
    assert!(runs.iter().all(|run| run.code == 2));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn who_gets_through_a_waypoint() {
    let policies = [for_orders(), only_from("edge")].concat();
    let mesh = Mesh { policies: &policies, ..MESH };
    let callers = mesh.ask(&["who", "-> payments"]);
    let with_request = mesh.ask(&["who", "-> payments GET /api/a"]);
    let of_orders = mesh.ask(&["who", "orders ->"]);
    // Without the second policy, whoever goes past the waypoint gets through.
    let open = Mesh { policies: &for_orders(), ..MESH }.ask(&["who", "-> payments"]);
    let shut = Mesh { policies: &[for_orders(), only_from("orders")].concat(), ..MESH };
    let shut = [shut.ask(&["who", "-> payments"]), shut.ask(&["who", "orders ->"])];
    insta::assert_snapshot!(format!(
        "{callers}\n{with_request}\n{of_orders}\n{open}\n{}\n{}",
        shut[0], shut[1]
    ));
}

#[test]
fn bulk_tells_who_decided() {
    let policies = [for_orders(), only_from("edge")].concat();
    let folder = Mesh { policies: &policies, ..MESH }.folder();
    let line = |from: &str, method: &str| {
        format!(
            "{{\"from\": {from}, \"to\": \"shop/payments\", \"port\": 8080, \"method\": \"{method}\", \"path\": \"/api/a\"}}\n"
        )
    };
    let lines = [
        line("\"shop/orders\"", "GET"),
        line("\"shop/orders\"", "PUT"),
        line("\"old/legacy\"", "GET"),
        line("null", "GET"),
        line("\"shop/edge\"", "GET"),
    ];
    folder.write("requests.jsonl", &lines.concat());
    let run = folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]);
    let elsewhere = [for_orders(), only_from("orders")].concat();
    let folder = Mesh { policies: &elsewhere, ..MESH }.folder();
    folder.write("requests.jsonl", &lines[0]);
    let stopped = folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]);
    insta::assert_snapshot!(format!("{run}\n{stopped}"));
}

/// `only-metrics` speaks of a port of the Service, and both lead to the same one of the pods.
#[test]
fn each_port_of_the_service_is_asked() {
    let policies = policy(
        "only-metrics",
        "{targetRefs: [{group: '', kind: Service, name: payments}], rules: [{to: [{operation: {ports: ['80']}}]}]}",
    );
    let second =
        "ports: [{name: http, port: 80, targetPort: 8080}, {name: http-more, port: 81, targetPort: 8080}]";
    let folder = Mesh { policies: &policies, ..MESH }.folder();
    let first = "ports: [{name: http, port: 80, targetPort: 8080}]";
    folder.write("k8s/all.yaml", &folder.read("k8s/all.yaml").replace(first, second));
    let ask = |question: &str| folder.run(&["can", question, "--manifests", "k8s"]);
    let all = ask("orders -> payments GET /");
    assert_eq!((all.code, ask("orders -> payments:80 GET /").code), (1, 0), "{all}");
    let straight = folder.run(&["can", "legacy -> payments GET /", "--manifests", "k8s", "--format", "json"]);
    assert_eq!(straight.stdout.matches("\"identity\"").count(), 1, "{straight}");
    let who = folder.run(&["who", "-> payments", "--manifests", "k8s"]);
    insta::assert_snapshot!(format!("{all}\n{who}"));
}

#[test]
fn many_questions_say_what_is_addressed() {
    let folder = Mesh { policies: &for_orders(), ..MESH }.folder();
    let line = |service: &str| {
        format!(
            "{{\"from\": \"shop/orders\", \"to\": \"shop/payments\", \"port\": 8080, \"method\": \"PUT\", \"path\": \"/\"{service}}}\n"
        )
    };
    let lines = [
        line(""),
        line(", \"service\": \"shop/payments:80\""),
        line(", \"service\": null"),
        line(", \"service\": \"shop/payments:81\""),
        line(", \"service\": \"shop/payment:80\""),
        line(", \"service\": \"payments\""),
    ];
    folder.write("requests.jsonl", &lines.concat());
    insta::assert_snapshot!(folder.run(&["can", "--manifests", "k8s", "--requests", "requests.jsonl"]));
}

#[test]
fn a_comparison_tells_what_opens_and_closes_there() {
    let folder = Mesh { policies: &for_orders(), ..MESH }.folder();
    folder.write("new/all.yaml", &folder.read("k8s/all.yaml").replace("methods: [GET]", "methods: [PUT]"));
    let run = folder.run(&["diff", "k8s", "new"]);
    let json = folder.run(&["diff", "k8s", "new", "--format", "json"]);
    insta::assert_snapshot!(format!("{run}\n{json}"));
}

#[test]
fn a_comparison_knows_that_a_policy_of_a_waypoint_lies_elsewhere() {
    let lent = format!("{EDGE}, istio.io/use-waypoint-namespace: infra");
    let waypoint = WAYPOINT
        .replace("namespace: shop", "namespace: infra")
        .replace("protocol: HBONE}", "protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}");
    let closed = object(
        "AuthorizationPolicy",
        "infra",
        "closed",
        "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]}",
    );
    let folder = Mesh { service: &lent, waypoint: &waypoint, ..MESH }.folder();
    folder.write("new/all.yaml", &format!("{}{closed}", folder.read("k8s/all.yaml")));
    let run = folder.run(&["diff", "k8s", "new"]);
    assert!(run.stdout.contains("may no longer send anything to payments:80"), "{run}");
    let same = folder.run(&["diff", "k8s", "k8s"]);
    assert_eq!(same.stdout.lines().last(), Some("nothing opens and nothing closes"), "{same}");
}

/// Go asks whether a label is there; an empty one hides that of the namespace (`waypoints.go`, `GetUseWaypoint`).
#[test]
fn an_empty_label_is_one() {
    let mesh = Mesh { namespace: EDGE, policies: &for_orders(), ..MESH };
    let past = Mesh { service: "istio.io/use-waypoint: ''", ..mesh }.can("orders -> payments DELETE /api/a");
    says(&past, "allowed", "no ALLOW policy holds for it");
    let named = Mesh { service: "", ..mesh }.can("orders -> payments DELETE /api/a");
    says(&named, "denied", "no rule of the waypoint `shop/edge` allows it");
}
