//! Objects that are not what they should be, and documents that are none of our business.

use super::{complaints, deployment, read, read_files};

#[test]
fn other_yaml_in_a_folder_is_passed_over() {
    let read = read(
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}
---
resources: [deployment.yaml]
---
replicaCount: 2
---
- op: replace
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: yes}}
---
{$patch: delete, apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
---
just a sentence
",
    );
    assert_eq!(read.graph.accounts.len(), 1);
    assert!(read.graph.workloads.is_empty());
}

#[test]
fn nothing_at_all_is_an_error() {
    insta::assert_snapshot!(complaints("replicaCount: 2\nimage: {tag: v1}\n"));
}

#[test]
fn an_unquoted_boolean_is_no_string() {
    insta::assert_snapshot!(complaints(
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: no, namespace: on}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    metadata:
      labels: {app: cart, debug: yes, version: 1.10}
      annotations: {sidecar.istio.io/inject: false}
    spec: {serviceAccountName: off, containers: []}
"
    ));
}

#[test]
fn a_template_is_no_manifest() {
    insta::assert_snapshot!(complaints(
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: \"{{ .Release.Name }}-cart\"}
spec: {}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: \"{{ .Values.app }}\"}}
"
    ));
}

#[test]
fn what_is_missing_is_named() {
    insta::assert_snapshot!(complaints(
        "{apiVersion: v1, kind: Service}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: \"\"}}
---
{apiVersion: v1, kind: Service, metadata: {name: a}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 3}}
---
{kind: Deployment, metadata: {name: a}}
"
    ));
}

#[test]
fn wrong_types_are_reported_at_their_place() {
    insta::assert_snapshot!(complaints(
        "apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  selector: [app]
  ports:
  - {port: \"80\"}
  - {port: 80, targetPort: \"8080\"}
  - {port: 70000}
  - {port: 80, name: {a: b}}
  - {port: 81, targetPort: 1.5}
  - http
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {ports: {port: 80}}
---
apiVersion: v1
kind: Service
metadata: [b]
"
    ));
}

#[test]
fn names_that_kubernetes_refuses() {
    insta::assert_snapshot!(complaints(
        "{apiVersion: v1, kind: Service, metadata: {name: pаyments, namespace: shop}, spec: {}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: Shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a.b, namespace: -shop}, spec: {}}
---
apiVersion: v1
kind: Pod
metadata: {name: a.b, labels: {app: \"a b\"}}
spec: {serviceAccountName: a_b}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: \"${NAME}\"}}
"
    ));
}

#[test]
fn a_bad_annotation_is_reported() {
    let text = deployment("annotations: {traffic.sidecar.istio.io/excludeInboundPorts: \"80,http\"}", "");
    insta::assert_snapshot!(complaints(&text));
}

#[test]
fn one_bad_object_does_not_hide_the_others() {
    let text = format!("{{apiVersion: v1, kind: Service, metadata: {{}}}}\n---\n{}", deployment("", ""));
    let read = read_files([("k8s.yaml", text.as_str())]);
    assert_eq!(read.codes(), ["E0605"]);
    assert_eq!(read.workload("cart").kind, "Deployment");
}

const EVERYTHING: &str = "apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {type: ClusterIP, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, ownerReferences: [{kind: Job, name: x, controller: true}]}
spec:
  template:
    metadata: {labels: {app: cart}, annotations: {sidecar.istio.io/inject: 'true'}}
    spec: {hostNetwork: false, containers: [{ports: [{containerPort: 80}], env: [{name: A, value: 'cart:80'}]}]}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {a: b}}}
---
{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a}, spec: {mtls: {mode: STRICT}}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: a}, spec: {selector: {a: b}}}
";

proptest::proptest! {
    /// Any part replaced by something of another shape ends in a report and never in a panic.
    #[test]
    fn no_shape_is_a_panic(start in 0..EVERYTHING.len(), length in 0..60_usize, other in "[a-z0-9:{}, \\[\\]\"'$&*-]{0,12}") {
        let end = (start + length).min(EVERYTHING.len());
        let text = format!("{}{other}{}", &EVERYTHING[..start], &EVERYTHING[end..]);
        let read = read_files([("k8s.yaml", text.as_str())]);
        let _ = read.rendered();
        let _ = meshward::graph::manifests::suggest_calls(&read.manifests, &read.graph);
    }
}
