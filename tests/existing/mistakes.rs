//! Files with mistakes as people make them, and all that is said to them.

use super::read_files;

#[track_caller]
fn said(text: &str) -> String {
    read_files([("istio.yaml", text)]).rendered()
}

#[test]
fn a_policy_with_many_mistakes_is_told_all_of_them() {
    insta::assert_snapshot!(said(
        "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: payments
  namespace: shop
spec:
  selector:
    matchLabel: {app: payments}
  action: Deny
  rules:
    - from:
        - source:
            namespaces: [marketing]
            ipBlocks: [10.0.0.0/8, 10.0.0.256]
            serviceAccounts: [marketing/api]
        - source: {}
      to:
        - operation:
            ports: [8080, http]
            paths: ['/users/{id}', '{*}/b']
      when:
        - key: request.header[x-tenant]
          values: [acme]
        - key: source.ip
          notValues: [nobody]
"
    ));
}

#[test]
fn token_providers_with_mistakes() {
    insta::assert_snapshot!(said(
        "apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop, annotations: {istio.io/dry-run: 'true'}}
spec:
  targetRefs:
    - {kind: Deployment, name: payments}
    - {kind: Gateway, name: public, namespace: edge}
  jwtRules:
    - issuer: https://id.example.com
      jwksUri: id.example.com/keys
      jwks: '{\"keys\": []}'
    - audiences: [a]
      forwardOriginalToken: 'yes'
      timeout: 5
"
    ));
}

#[test]
fn modes_with_mistakes() {
    insta::assert_snapshot!(said(
        "apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec:
  mtls: STRICT
  portLevelMtls:
    http: {mode: DISABLE}
    8080: {mode: off}
"
    ));
}

/// What is refused hides nothing: the objects beside it are counted.
#[test]
fn only_the_wrong_object_is_left_out() {
    let text = "apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: shop}
spec: {mtls: {mode: STRIKT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: b, namespace: shop}
spec: {mtls: {mode: STRICT}}
";
    let read = read_files([("istio.yaml", text)]);
    let counted: Vec<String> =
        read.reading.bundle.objects.iter().map(|object| object.resource.key().to_string()).collect();
    assert_eq!(counted, ["peerauthentication/b -n shop"]);
    let refused: Vec<String> = read.reading.refused.iter().map(|refused| refused.key.to_string()).collect();
    assert_eq!(refused, ["peerauthentication/a -n shop"]);
    assert_eq!(read.sources.place(read.reading.refused[0].span), "istio.yaml:3");
}
