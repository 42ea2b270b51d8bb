//! What a native file alone says.

use super::{beside, native, show};

#[test]
fn a_name_is_enough() {
    let text = "services:\n  shop/payments:\n";
    insta::assert_snapshot!(beside(&[text], &show(&native(text))));
}

#[test]
fn every_fact_is_read() {
    let text = r#"
services:
  shop/payments:
    serviceAccount: payer
    labels: {app: pay, tier: "1"}
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
      - {name: grpc-admin, port: 9000}
      - {name: metrics, port: 9090, targetPort: metrics}
      - {port: 53, protocol: udp}
    versions: {v1: {version: v1}}
    endpoints: ["GET /api/v1/users/{id}", POST /api/v1/charges]
    calls: [ledger, edge/audit]
    sidecar: true
  shop/ledger: {sidecar: false, ports: [{port: 5432, protocol: TCP}]}
  edge/audit: {}
namespaces:
  edge: {labels: {istio-injection: enabled}, dataplane: sidecar}
"#;
    let graph = native(text);
    insta::assert_snapshot!(beside(&[text], &show(&graph)));
    let namespaces: Vec<_> =
        graph.namespaces.iter().map(|(name, known)| (name.as_str(), known.declared)).collect();
    assert_eq!(namespaces, [("edge", true), ("shop", false)]);
}

#[test]
fn json_is_read_as_well() {
    let text = r#"{"services": {"a/b": {"ports": [{"port": 80, "name": "http"}]}}}"#;
    insta::assert_snapshot!(beside(&[text], &show(&native(text))));
}
