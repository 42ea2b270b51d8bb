//! One pair of worlds for each kind of change, and what is said of it, both ways.

use meshward::query::Bulk;

use super::{Asked, assert_requests_hold, cluster, compare, project, project_of, said, yaml};

/// What is said of a change and of its undoing; each request is checked against both worlds.
#[track_caller]
fn both_ways(old: &Asked, new: &Asked) -> String {
    let (there, back) = (compare(old, new), compare(new, old));
    assert_requests_hold(old, new, &there);
    assert_requests_hold(new, old, &back);
    format!("{}\nback:\n{}", said(&there), said(&back))
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
         metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n---\n"
    )
}

const ORDERS: &str = "cluster.local/ns/shop/sa/orders";

#[test]
fn a_new_operation() {
    let old = project("allow orders -> payments GET /api/v1/users/*\n");
    let new = project("allow orders -> payments GET, DELETE /api/v1/users/*\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_wider_path() {
    let old = project("allow orders -> payments GET /api/v1/*\n");
    let new = project("allow orders -> payments GET /api/*\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_deny_that_goes() {
    let old = project("allow orders, cart -> payments\ndeny mesh -> payments /admin/*\n");
    let new = project("allow orders, cart -> payments\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn the_whole_mesh_and_anyone() {
    let old = project("allow orders -> payments GET /a\nallow orders -> db\n");
    let new = project("allow mesh -> payments GET /a\nallow anyone -> db\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn plaintext() {
    let old = project("allow anyone -> payments GET /a\n");
    let new = project("allow anyone -> payments GET /a\nmtls permissive in shop because \"batch\"\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_new_service() {
    let old = project("allow orders -> payments\n");
    let services = format!(
        "{}  shop/refunds:\n    ports: [{{port: 80, targetPort: 8080, protocol: http}}]\n",
        super::SERVICES
    );
    let new = project_of(&services, "allow orders -> payments\nallow orders -> refunds POST /refunds\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn nothing_protects_it_any_more() {
    let old = cluster(&policy(
        "payments",
        &format!(
            "{{selector: {{matchLabels: {{app: payments}}}}, rules: [{{from: [{{source: {{principals: [{ORDERS}]}}}}], to: [{{operation: {{methods: [GET]}}}}]}}]}}"
        ),
    ));
    insta::assert_snapshot!(both_ways(&old, &cluster("")));
}

#[test]
fn rules_of_yaml() {
    let rules = |more: &str| {
        cluster(&policy(
            "payments",
            &format!(
                "\n  selector: {{matchLabels: {{app: payments}}}}\n  rules:\n  - from: [{{source: {{principals: [{ORDERS}]}}}}]\n    to: [{{operation: {{methods: [GET], paths: [/a]}}}}]\n{more}"
            ),
        ))
    };
    let new = rules(
        "  - from: [{source: {namespaces: [batch]}}]\n    to: [{operation: {methods: [POST]}}]\n    when: [{key: 'request.headers[x-team]', values: [red]}]\n",
    );
    insta::assert_snapshot!(both_ways(&rules(""), &new));
}

#[test]
fn policies_without_workloads() {
    let old = yaml(&policy("all", "{}"));
    let new = yaml(&format!(
        "{}{}",
        policy("all", "{}"),
        policy(
            "payments",
            &format!(
                "{{selector: {{matchLabels: {{app: payments}}}}, rules: [{{from: [{{source: {{principals: [{ORDERS}]}}}}], to: [{{operation: {{ports: ['9090']}}}}]}}]}}"
            )
        )
    ));
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn several_workloads_of_which_the_same_is_said() {
    let old = project("allow orders -> payments\nallow orders -> cart\n");
    let new = project("open namespace shop because \"moving\"\n");
    insta::assert_snapshot!(both_ways(&old, &new));
}

#[test]
fn a_port_that_an_annotation_takes_from_the_proxy() {
    let labels = "metadata: {labels: {app: payments}";
    let annotated =
        format!("{labels}, annotations: {{traffic.sidecar.istio.io/excludeInboundPorts: \"8080\"}}");
    let allow = policy(
        "payments",
        &format!(
            "{{selector: {{matchLabels: {{app: payments}}}}, rules: [{{from: [{{source: {{principals: [{ORDERS}]}}}}]}}]}}"
        ),
    );
    let old = format!("{}---\n{allow}", super::CLUSTER);
    let new = old.replacen(labels, &annotated, 1);
    assert_ne!(old, new);
    insta::assert_snapshot!(both_ways(&yaml(&old), &yaml(&new)));
}

/// The identities of the old trust domain and those of the new one have the same names.
#[test]
fn another_trust_domain() {
    let in_domain = |domain: &str, policy: &str| {
        let project = format!(
            "name: shop\npolicies: [policies]\nmesh: {{trustDomain: {domain}}}\ngraph: {{services: services.yaml}}\n"
        );
        super::project_with(&project, super::SERVICES, policy)
    };
    let policy = "allow mesh -> payments GET /a\nallow orders -> payments POST /b\nallow shop/* -> db\n";
    let (old, new) = (in_domain("old.example", policy), in_domain("new.example", policy));
    let text = both_ways(&old, &new);
    let repeated =
        "every identity of the mesh that no rule names and every identity of the mesh that no rule";
    assert!(!text.contains(repeated), "{text}");
    insta::assert_snapshot!(text);
}

/// Of pods that no workload runs nothing can be asked.
#[test]
fn a_request_to_pods_that_nobody_runs_is_no_line_of_requests() {
    let of = |name: &str| {
        policy(
            name,
            &format!(
                "{{selector: {{matchLabels: {{app: {name}}}}}, rules: [{{from: [{{source: {{principals: [{ORDERS}]}}}}]}}]}}"
            ),
        )
    };
    let (old, new) = (cluster(&of("payments")), cluster(&format!("{}{}", of("payments"), of("later"))));
    let found = compare(&old, &new);
    let target = found.targets.iter().find(|target| !target.known).expect("a policy alone speaks of `later`");
    let request = &target.changes[0].request;
    assert_eq!(request.to, "shop/pods with app=later");
    let line = serde_json::to_string(request).unwrap();
    let answer = Bulk::new(&new.world, &new.sources).answer(line.as_bytes());
    assert!(answer.contains("unknown workload `shop/pods with app=later`"), "{answer}");
}

/// Istio makes the pods of such a `Gateway` itself.
#[test]
fn a_policy_of_a_gateway_without_known_pods_is_told() {
    let of = |method: &str| {
        let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: shop}\n\
                       spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}\n---\n";
        let target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]";
        let policy = policy(
            "gate",
            &format!("{{{target}, rules: [{{to: [{{operation: {{methods: [{method}]}}}}]}}]}}"),
        );
        cluster(&format!("{gateway}{policy}"))
    };
    insta::assert_snapshot!(both_ways(&of("GET"), &of("POST")));
    assert!(compare(&of("GET"), &of("GET")).is_empty());
}
