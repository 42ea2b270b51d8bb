//! Paths and ports of a rule that can not be meant as they are written.

use meshward::diagnostic::render_human;

use super::{NAMESPACE, check};

#[track_caller]
fn codes(policy: &str) -> Vec<&'static str> {
    check(policy, NAMESPACE).diagnostics.iter().map(|found| found.code.id()).collect()
}

#[test]
fn an_exception_that_leaves_no_path_is_told() {
    let policy = "allow orders -> payments POST /b, /c/d except /b, /c*";
    let checked = check(policy, NAMESPACE);
    insta::assert_snapshot!(render_human(&checked.sources, &checked.diagnostics, false));
    for whole in ["/b except /b", "/* except *", "* except /*", "/b/c except /b/*", "/b* except /b, /b, /b*"]
    {
        assert_eq!(codes(&format!("allow orders -> payments POST {whole}")), ["E0105"], "{whole}");
    }
    let templates = "allow orders -> payments POST /b/{id} except /b/{*}";
    assert_eq!(codes(templates), ["E0105", "L0821"]);
}

#[test]
fn an_exception_that_leaves_a_path_is_fine() {
    for part in ["/b* except /b", "/b/* except /b/{id}", "/b except /b/c"] {
        let found = codes(&format!("allow orders -> payments POST {part}"));
        assert!(!found.contains(&"E0105"), "{part}: {found:?}");
    }
}

#[test]
fn the_number_behind_a_named_target_port_leads_to_the_port_that_clients_use() {
    let manifest = "\
apiVersion: v1
kind: Service
metadata: {name: search, namespace: shop}
spec: {selector: {app: search}, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: search, namespace: shop, labels: {app: search}}
spec: {serviceAccountName: search, containers: [{name: c, ports: [{name: web, containerPort: 8080}]}]}
";
    let checked = check("allow orders -> search:8080 GET /a", manifest);
    insta::assert_snapshot!(render_human(&checked.sources, &checked.diagnostics, false));
    assert_eq!(checked.diagnostics[0].fixes[0].replacement, "80");
}

#[test]
fn grpc_in_capitals_is_no_method() {
    let checked = check("allow orders -> payments GRPC *", NAMESPACE);
    let found: Vec<_> = checked.diagnostics.iter().map(|found| (found.code.id(), &*found.notes)).collect();
    let note = "for gRPC write `grpc` in small letters, and the names of its methods".to_owned();
    assert_eq!(found, [("E0104", &[note][..])]);
}

#[test]
fn a_semicolon_behind_a_path_is_told() {
    let checked = check("allow orders -> payments GET /api/vote;", NAMESPACE);
    insta::assert_snapshot!(render_human(&checked.sources, &checked.diagnostics, false));
    for fine in ["GET \"/api/vote;\"", "GET /a;v=1/b"] {
        assert!(!codes(&format!("allow orders -> payments {fine}")).contains(&"E0105"), "{fine}");
    }
}
