//! The forms in which objects come: streams, lists, JSON, and what a cluster gives back.

use meshward::diagnostic::code;
use meshward::istio::resources::Resource;

use super::{accepted, document, read_files, refused};

const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";

#[test]
fn what_a_cluster_gives_back_is_read() {
    let text = r#"apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: security.istio.io/v1
  kind: PeerAuthentication
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication"}
    creationTimestamp: "2026-01-02T03:04:05Z"
    generation: 2
    labels: {team: a}
    managedFields:
    - {apiVersion: security.istio.io/v1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {}}, manager: kubectl, operation: Update, time: "2026-01-02T03:04:05Z"}
    name: default
    namespace: shop
    ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: a, uid: b}]
    resourceVersion: "17"
    uid: 3b0a
  spec: {mtls: {mode: STRICT}}
  status: {observedGeneration: "2"}
- apiVersion: security.istio.io/v1beta1
  kind: AuthorizationPolicy
  metadata: {name: allow-nothing, namespace: shop, creationTimestamp: null}
  spec: {}
"#;
    let read = read_files([("cluster.yaml", text)]);
    assert_eq!(read.rendered(), "");
    let objects = &read.reading.bundle.objects;
    let keys: Vec<String> = objects.iter().map(|object| object.resource.key().to_string()).collect();
    assert_eq!(keys, ["peerauthentication/default -n shop", "authorizationpolicy/allow-nothing -n shop"]);
    let metadata = objects[0].resource.metadata();
    assert_eq!(metadata.creation_timestamp.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(metadata.labels["team"], "a");
    assert!(metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"].0.starts_with('{'));
    assert_eq!(objects[1].resource.metadata().creation_timestamp, None);
}

#[test]
fn json_and_lists_of_one_kind_are_read() {
    let json = r#"{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicyList", "items": [
        {"metadata": {"name": "a"}, "spec": {"rules": [{"to": [{"operation": {"ports": ["80"]}}]}]}}
    ]}"#;
    let read = read_files([("policies.json", json)]);
    assert_eq!(read.rendered(), "");
    assert_eq!(read.reading.bundle.objects[0].resource.key().to_string(), "authorizationpolicy/a -n default");
}

#[test]
fn a_place_names_the_object_its_selector_and_its_rules() {
    let text = "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: payments
spec:
  selector:
    matchLabels: {app: payments}
  rules:
    - to: [{operation: {ports: ['80']}}]
    - to: [{operation: {ports: ['81']}}]
";
    let read = read_files([("a.yaml", text)]);
    let place = read.reading.bundle.objects[0].place.as_ref().expect("what is read has a place");
    let line = |span| read.sources.place(span);
    assert_eq!(line(place.object), "a.yaml:4");
    assert_eq!(line(place.target), "a.yaml:7");
    assert_eq!(place.rules.iter().map(|span| line(*span)).collect::<Vec<_>>(), ["a.yaml:9", "a.yaml:10"]);
}

#[test]
fn an_object_without_spec_says_nothing() {
    accepted(
        "spec is optional",
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n",
    );
}

#[test]
fn only_versions_that_istio_serves_are_read() {
    let old = document("AuthorizationPolicy", "{}").replace("/v1", "/v1alpha1");
    refused("security CRD versions served: v1 (storage) and v1beta1", code::REFUSED_BY_SCHEMA, &old);
    let none = document("AuthorizationPolicy", "{}").replace("apiVersion: security.istio.io/v1\n", "");
    let read = read_files([("it.yaml", none.as_str()), ("account.yaml", ACCOUNT)]);
    let codes: Vec<&str> = read.diagnostics.iter().map(|said| said.code.id()).collect();
    assert_eq!(codes, [code::REFUSED_BY_SCHEMA.id()], "an object has a version");
    let foreign =
        document("AuthorizationPolicy", "{}").replace("security.istio.io/v1", "policy.linkerd.io/v1alpha1");
    assert!(read_files([("it.yaml", foreign.as_str())]).reading.bundle.objects.is_empty());
}

#[test]
fn names_are_what_kubernetes_takes() {
    for metadata in [
        "{namespace: shop}",
        "{name: ''}",
        "{name: A}",
        "{name: a, namespace: b.c}",
        "{name: a, labels: {b: 'c d'}}",
    ] {
        let text = document("PeerAuthentication", "{}").replace("{name: it, namespace: shop}", metadata);
        refused(metadata, code::INVALID_MANIFEST, &text);
    }
    let typo = document("PeerAuthentication", "{}").replace("namespace:", "namspace:");
    refused("strict validation knows ObjectMeta", code::UNKNOWN_FIELD, &typo);
}

/// A file and a listing of the cluster may hold one object; two that differ can not both apply.
#[test]
fn an_object_may_come_twice_if_it_is_the_same() {
    let file = document("PeerAuthentication", "{mtls: {mode: STRICT}}");
    let listed =
        file.replace("namespace: shop", "namespace: shop, creationTimestamp: '2026-01-01T00:00:00Z'");
    let read = read_files([("a.yaml", file.as_str()), ("b.yaml", listed.as_str())]);
    assert_eq!(read.rendered(), "");
    let objects = &read.reading.bundle.objects;
    assert_eq!(objects.len(), 1);
    assert!(objects[0].resource.metadata().creation_timestamp.is_some(), "the cluster knows more");

    let other = document("PeerAuthentication", "{mtls: {mode: DISABLE}}");
    let read = read_files([("a.yaml", file.as_str()), ("b.yaml", other.as_str())]);
    insta::assert_snapshot!(read.rendered());
    let Resource::PeerAuthentication(kept) = &read.reading.bundle.objects[0].resource else {
        panic!("a PeerAuthentication");
    };
    assert_eq!(kept.spec.mtls.map(|mtls| mtls.mode), Some(meshward::istio::resources::MutualTlsMode::Strict));
}

/// `kubectl create` gives each of them a name of its own.
#[test]
fn objects_that_the_cluster_names_all_count() {
    let policy = |name: &str, method: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{{name}, namespace: shop}}\n\
             spec: {{rules: [{{to: [{{operation: {{methods: [{method}]}}}}]}}]}}\n---\n"
        )
    };
    let text = [
        policy("generateName: allow-", "GET"),
        policy("generateName: allow-", "PUT"),
        policy("name: allow-2", "POST"),
    ];
    let read = read_files([("it.yaml", text.concat().as_str())]);
    assert_eq!(read.diagnostics, [], "{}", read.rendered());
    let names: Vec<&str> =
        read.reading.bundle.objects.iter().map(|object| object.resource.metadata().name.as_str()).collect();
    assert_eq!(names, ["allow", "allow-3", "allow-2"]);
}
