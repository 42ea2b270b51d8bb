//! What a policy comes to, where a mistake would open something without saying so.

mod paths;

use std::path::Path;

use meshward::diagnostic::render_human;
use meshward::policy::{MtlsMode, MtlsScope};
use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};

const SERVICES: &str = "\
services:
  shop/orders: {}
  shop/payments: {ports: [{name: http, port: 80, protocol: http}]}
  legacy/probe: {ports: [{name: http, port: 8086, protocol: http}]}
";

const RULE: &str = "allow orders -> payments GET /a\n";

fn check(policy: &str, manifest: &str) -> Checked {
    let files = [
        (
            "/shop/meshward.yaml",
            "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n".to_owned(),
        ),
        ("/shop/services.yaml", SERVICES.to_owned()),
        ("/shop/k8s/app.yaml", manifest.to_owned()),
        ("/shop/policies/main.ward", format!("{RULE}{policy}\n")),
    ];
    let today = Date { year: 2026, month: 6, day: 1 };
    meshward::check(&MemoryLoader::new(files), Path::new("/shop"), &Options::on(today)).unwrap()
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: legacy}\n";

/// The mode of a scope, and of single ports.
type Modes = (Option<MtlsMode>, Vec<(u16, MtlsMode)>);

/// The modes that are emitted for the mesh, the namespace `legacy` and its pods.
fn modes(policy: &str) -> Vec<Modes> {
    let program = check(policy, NAMESPACE).program.unwrap();
    let in_legacy = |scope: &MtlsScope| match scope {
        MtlsScope::Namespace(namespace) | MtlsScope::Workload { namespace, .. } => namespace == "legacy",
        MtlsScope::Mesh => true,
    };
    let found = program.policy.mtls.into_iter().filter(|mtls| in_legacy(&mtls.scope));
    found.map(|mtls| (mtls.mode, mtls.ports.into_iter().collect())).collect()
}

#[test]
fn an_exception_ends_in_the_strict_form_of_its_scope() {
    let strict = MtlsMode::Strict;
    assert_eq!(
        modes("mtls permissive in legacy until 2026-05-31 because \"x\""),
        [(Some(strict), vec![])],
        "though nothing else covers the namespace"
    );
    assert_eq!(modes("mtls permissive until 2026-05-31 because \"x\""), [(Some(strict), vec![])]);
    assert_eq!(
        modes("mtls disable legacy/probe:8086 until 2026-05-31 because \"x\""),
        [(None, vec![(8086, strict)])]
    );
}

#[test]
fn an_exception_holds_on_its_last_day() {
    assert_eq!(
        modes("mtls permissive in legacy until 2026-06-01 because \"x\""),
        [(Some(MtlsMode::Permissive), vec![])]
    );
}

#[test]
fn an_exception_that_took_the_place_of_an_ended_one_holds() {
    let policy = "mtls permissive in legacy until 2026-05-31 because \"x\"\n\
                  mtls permissive in legacy until 2026-12-31 because \"y\"";
    assert_eq!(modes(policy), [(Some(MtlsMode::Permissive), vec![])]);
    let codes: Vec<_> = check(policy, NAMESPACE).diagnostics.iter().map(|found| found.code.id()).collect();
    assert_eq!(codes, ["L0818", "L0813"], "the ended one is told, and is no second statement of the scope");
}

#[test]
fn an_opening_ends_in_the_default_deny() {
    let covered = |policy: &str| {
        let program = check(policy, NAMESPACE).program.unwrap();
        let legacy = program.policy.covered.into_iter().find(|covered| covered.namespace == "legacy");
        legacy.map(|covered| covered.open.is_some())
    };
    assert_eq!(covered("open namespace legacy because \"x\" until 2026-05-31"), Some(false));
    assert_eq!(covered("open namespace legacy because \"x\" until 2026-06-01"), Some(true));
    assert_eq!(covered(""), None);
}

/// The policy selects by the labels of one of them, so a denial would leave the other open.
#[test]
fn workloads_of_one_name_with_other_labels_are_ambiguous() {
    let pods = |kind: &str, api: &str, app: &str| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: batch, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: {app}}}}}\n  template:\n    metadata: {{labels: {{app: {app}}}}}\n    spec: {{serviceAccountName: batch, containers: [{{name: c, image: i, ports: [{{containerPort: 80}}]}}]}}\n"
        )
    };
    let manifest = |other: &str| {
        format!("{}---\n{}", pods("Deployment", "apps/v1", "batch"), pods("StatefulSet", "apps/v1", other))
    };
    let checked = check("deny orders -> batch", &manifest("batch-set"));
    insta::assert_snapshot!(render_human(&checked.sources, &checked.diagnostics, false));
    assert!(!check("deny orders -> batch", &manifest("batch")).has_errors());
}

/// The names of the statement would be looked for in all namespaces, and a rule given to somebody else.
#[test]
fn the_namespace_of_a_statement_is_known() {
    for statement in [
        "namespace shpo",
        "namespace shpo {\n  allow orders -> payments GET /b\n}",
        "namespace shop {\n  namespace shpo {\n    allow orders -> payments GET /b\n  }\n}",
    ] {
        let checked = check(&format!("{statement}\n"), NAMESPACE);
        let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.is_error()).collect();
        let codes: Vec<&str> = errors.iter().map(|found| found.code.id()).collect();
        assert_eq!(codes, ["E0202"], "{statement}");
        assert!(errors[0].notes.iter().any(|note| note.contains("did you mean `shop`?")));
    }
}

/// Each of two workloads has its own number for the port, and one leaves the number of the other alone.
#[test]
fn a_port_that_another_workload_has_can_be_left_to_the_application() {
    let pod = |name: &str, port: u16, annotations: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: shop\n  labels: {{app: search, of: {name}}}\n\
             {annotations}spec:\n  serviceAccountName: search\n  containers:\n  - name: web\n    ports: [{{name: web, containerPort: {port}}}]\n"
        )
    };
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: search, namespace: shop}\n\
                   spec:\n  selector: {app: search}\n  ports: [{name: http, port: 80, targetPort: web}]\n";
    let with = |excluded: u16| {
        let annotation =
            format!("  annotations: {{traffic.sidecar.istio.io/excludeInboundPorts: \"{excluded}\"}}\n");
        let manifest = format!("{service}{}{}", pod("a", 8080, ""), pod("b", 9090, &annotation));
        let found = check("allow account shop/web -> search GET /items\n", &manifest);
        let excluded = found.diagnostics.into_iter().filter(|found| found.code.id() == "E0405");
        excluded.map(|found| found.message).collect::<Vec<_>>()
    };
    assert_eq!(with(8080), [] as [&str; 0]);
    assert_eq!(with(9090), ["port 9090 of `shop/b` is not intercepted by its proxy"]);
}

/// A StatefulSet behind a Service of all its pods, and one of its first pod.
const SINGLE_POD: &str = "apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {serviceAccountName: db, containers: [{name: a, ports: [{containerPort: 5432}]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}, ports: [{name: tcp, port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db-0, namespace: shop}, spec: {selector: {SELECTOR}, ports: [{name: tcp, port: 5432}]}}
";

#[test]
fn a_rule_for_single_pods_is_refused() {
    let told = |rule: &str, selector: &str| {
        let found = check(&format!("{rule}\n"), &SINGLE_POD.replace("SELECTOR", selector)).diagnostics;
        let found = found.into_iter().filter(|found| ["E0403", "E0414", "L0815"].contains(&found.code.id()));
        found.map(|found| found.message).collect::<Vec<_>>()
    };
    let refused = ["`shop/db-0` selects single pods of `shop/db`"];
    for selector in [
        "statefulset.kubernetes.io/pod-name: db-0",
        "app: db, statefulset.kubernetes.io/pod-name: db-0",
        "app: db, apps.kubernetes.io/pod-index: \"0\"",
    ] {
        for rule in ["allow account shop/web ->", "deny account shop/web ->", "never account shop/web ->"] {
            assert_eq!(told(&format!("{rule} shop/db-0"), selector), refused, "{rule} {selector}");
        }
        // The rule for `db` opens its first pod, too.
        assert_eq!(told("allow account shop/web -> shop/*", selector), [] as [&str; 0]);
        assert_eq!(told("never account shop/web -> shop/*", selector), [] as [&str; 0]);
    }
    let other = told("allow account shop/web -> shop/db-0", "statefulset.kubernetes.io/pod-name: cache-0");
    assert_eq!(other, ["no workload carries the labels of `shop/db-0`"]);
}

/// A Deployment with a Service that declares HTTP, and what else is among the manifests.
fn beside_search(rule: &str, more: &str) -> Vec<String> {
    let manifest = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: search, namespace: shop}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: search}}}}\n    spec: {{serviceAccountName: search, containers: [{{name: a}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: search, namespace: shop}}\n\
         spec: {{selector: {{app: search}}, ports: [{{name: http, port: 8080}}]}}\n---\n{more}"
    );
    let found = check(rule, &manifest).diagnostics;
    found.into_iter().map(|found| format!("{}: {}", found.code.id(), found.message)).collect()
}

/// The pods are those of the mesh, and the entry may be older than the Service.
#[test]
fn a_service_entry_that_selects_pods_disputes_their_protocol() {
    let entry = |protocol: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: entry, namespace: shop}}\n\
             spec: {{hosts: [search.example.com], workloadSelector: {{labels: {{app: search}}}}, \
             ports: [{{number: 80, name: any, protocol: {protocol}, targetPort: 8080}}]}}\n"
        )
    };
    let deny = "deny account shop/web -> search GET /admin/*\n";
    let disputed = beside_search(deny, &entry("TCP"));
    assert!(
        disputed.iter().any(|found| found.contains("port `http` of `shop/search` is declared in two ways")),
        "{disputed:?}"
    );
    assert_eq!(beside_search(deny, &entry("HTTP")), beside_search(deny, ""));
    let allow = "allow account shop/web -> entry GET /\n";
    let errors = beside_search(allow, &entry("HTTP")).into_iter().filter(|found| found.starts_with('E'));
    assert_eq!(errors.collect::<Vec<_>>(), [] as [&str; 0]);
}

#[test]
fn a_sidecar_with_listeners_is_not_modelled() {
    let sidecar = |spec: &str| {
        let object = format!(
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: search, namespace: shop}}\nspec: {spec}\n"
        );
        let found = beside_search("allow account shop/web -> search GET /\n", &object);
        found.into_iter().filter(|found| found.starts_with("L0901")).collect::<Vec<_>>()
    };
    let ingress = "{ingress: [{port: {number: 8080, protocol: TCP, name: tcp}}]}";
    assert_eq!(sidecar(ingress), ["L0901: `Sidecar search` is not modelled"]);
    assert_eq!(sidecar("{egress: [{hosts: ['./*']}]}"), [] as [&str; 0]);
}

/// What a rule for a Service with this port is told, with annotations for its pods.
fn not_intercepted(rule: &str, port: u16, annotations: &str, more: &str) -> Vec<String> {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: search, namespace: shop, labels: {{app: search}}, \
         annotations: {{{annotations}}}}}\nspec: {{serviceAccountName: search, containers: [{{name: a}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: search, namespace: shop}}\n\
         spec: {{selector: {{app: search}}, ports: [{{name: http, port: {port}}}]}}\n{more}"
    );
    let found = check(rule, &manifest);
    let excluded = found.diagnostics.into_iter().filter(|found| found.code.id() == "E0405");
    excluded.map(|found| format!("{}; {}", found.secondary[0].message, found.notes.join("; "))).collect()
}

#[test]
fn a_rule_for_what_no_proxy_sees_is_refused() {
    for rule in ["allow account shop/web -> search", "deny anyone -> search", "never anyone -> search"] {
        let told = |port, annotations| not_intercepted(&format!("{rule}\n"), port, annotations, "");
        assert_eq!(
            told(15020, ""),
            ["Istio keeps this port for its proxy itself, and redirects no traffic of it; \
              name another port in the rule, or let the application listen on another one"]
        );
        assert_eq!(
            told(8080, "proxy.istio.io/config: 'interceptionMode: NONE'"),
            ["no traffic is redirected to the proxy; \
              remove the annotation; until then only a NetworkPolicy can protect these pods"]
        );
        assert_eq!(told(8080, "").len(), 0);
    }
}

/// No rule opens it: it is open.
#[test]
fn an_allow_for_a_namespace_passes_over_what_no_proxy_sees() {
    let more = "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, \
                spec: {selector: {app: search}, ports: [{name: http, port: 8080}]}}\n";
    let told = |rule: &str| not_intercepted(rule, 15090, "", more).len();
    assert_eq!(told("allow account shop/web -> shop/*\n"), 0);
    assert_eq!(told("deny account shop/web -> shop/*\n"), 1);
    assert_eq!(told("never account shop/web -> shop/*\n"), 1);
}

/// `status-port` of every ingress gateway: clients connect to the proxy itself.
#[test]
fn a_gateway_needs_no_interception() {
    let gateway = "---\napiVersion: networking.istio.io/v1\nkind: Gateway\n\
                   metadata: {name: edge, namespace: shop}\nspec: {selector: {app: search}, servers: []}\n";
    let told = |more| not_intercepted("allow anyone -> search\n", 15021, "", more);
    assert_eq!((told(gateway).len(), told("").len()), (0, 1));
}

#[test]
fn a_number_that_is_both_udp_and_tcp_is_that_of_tcp() {
    let manifest = "\
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: legacy}
spec:
  selector: {app: dns}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}, {name: syslog, port: 514, protocol: UDP}]
";
    let errors = |port: u16| -> Vec<String> {
        let checked = check(&format!("allow orders -> legacy/dns:{port}"), manifest);
        checked
            .diagnostics
            .iter()
            .filter(|found| found.is_error())
            .map(|found| found.message.clone())
            .collect()
    };
    assert_eq!(errors(53), [] as [&str; 0]);
    assert_eq!(errors(514), ["port 514 of `legacy/dns` is UDP"]);
}

/// The mistake is in the declaration, and told there.
#[test]
fn a_declaration_that_is_not_read_is_not_missed_as_well() {
    let codes = |policy: &str| {
        let found = check(policy, NAMESPACE).diagnostics;
        found
            .iter()
            .filter(|found| found.is_error())
            .map(|found| found.code.id())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let uses = "allow @partner -> payments GET /b\nnamespace shop {\n  group all = @partner, orders\n}\n\
                allow @all -> payments GET /c";
    let external =
        "external partner { trust-domain \"partner.example\" namespace feeds service-account puller }";
    assert_eq!(codes(&format!("{external}\n{uses}")), "E0102");
    assert_eq!(codes(&format!("group partner = orders ?\n{uses}")), "E0101");
    assert_eq!(codes(uses), "E0205 E0205");
}
