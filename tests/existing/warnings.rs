//! What is accepted and means something else than it seems to.

use meshward::diagnostic::code;

use super::{document, read_files};

/// The ids of what is said about a document.
fn codes(text: &str) -> Vec<&'static str> {
    read_files([("it.yaml", text)]).diagnostics.iter().map(|said| said.code.id()).collect()
}

fn denial(rule: &str) -> String {
    document("AuthorizationPolicy", &format!("{{action: DENY, rules: [{rule}]}}"))
}

#[test]
fn a_denial_of_http_alone_denies_all_tcp() {
    let warns = [code::DENIES_ALL_TCP.id()];
    // "DENY rule using only HTTP attributes will deny all TCP; recommends setting ports."
    assert_eq!(codes(&denial("{to: [{operation: {paths: [/a]}}]}")), warns);
    assert_eq!(codes(&denial("{from: [{source: {requestPrincipals: ['*']}}]}")), warns);
    assert_eq!(codes(&denial("{when: [{key: 'request.headers[a]', values: [b]}]}")), warns);
    assert_eq!(codes(&denial("{to: [{operation: {paths: [/a], ports: ['80']}}]}")), [""; 0]);
    assert_eq!(codes(&denial("{from: [{source: {namespaces: [a]}}]}")), [""; 0]);
    assert_eq!(codes(&denial("{}")), [""; 0]);
    // "One `to` entry with ports silences it although other path-only entries still deny all TCP"
    let two = "{to: [{operation: {paths: [/a], ports: ['80']}}, {operation: {paths: [/b]}}]}";
    assert_eq!(codes(&denial(two)), warns);
    // "a DENY of trustDomains only warns falsely"
    assert_eq!(codes(&denial("{from: [{source: {trustDomains: [a]}}]}")), [""; 0]);
    // "Ignores when"
    let port = "{to: [{operation: {paths: [/a]}}], when: [{key: destination.port, values: ['80']}]}";
    assert_eq!(codes(&denial(port)), [""; 0]);
    let allow = document("AuthorizationPolicy", "{rules: [{to: [{operation: {paths: [/a]}}]}]}");
    assert_eq!(codes(&allow), [""; 0], "an ALLOW is dropped as a whole");
}

/// "`namespaces` + `paths` warns although the TCP denial is limited to that namespace": then it is said so.
#[test]
fn a_denial_of_some_sources_is_told_apart() {
    let said = |rule: &str| read_files([("it.yaml", denial(rule).as_str())]).diagnostics[0].message.clone();
    let of_namespace = "{from: [{source: {namespaces: [a]}}], to: [{operation: {paths: [/a]}}]}";
    assert_eq!(said(of_namespace), "this DENY also refuses every connection without HTTP from these sources");
    let of_anyone = "{to: [{operation: {paths: [/a]}}]}";
    assert_eq!(said(of_anyone), "this DENY also refuses every connection without HTTP");
}

#[test]
fn a_selector_without_labels_is_told_and_kept_apart_from_none() {
    // "(warn) selector with no labels"
    for spec in ["{selector: {}}", "{selector: {matchLabels: {}}}"] {
        let text = document("AuthorizationPolicy", spec);
        let read = read_files([("it.yaml", text.as_str())]);
        assert_eq!(codes(&text), [code::SELECTOR_WITHOUT_LABELS.id()]);
        let meshward::istio::resources::Resource::AuthorizationPolicy(policy) =
            &read.reading.bundle.objects[0].resource
        else {
            panic!("an AuthorizationPolicy");
        };
        assert!(policy.spec.selector.as_ref().is_some_and(|selector| selector.match_labels.is_empty()));
    }
}

/// Three kinds for a whole namespace, where pods are known.
#[test]
fn what_holds_for_a_namespace_without_anything_selects_nothing() {
    let said = |namespace: &str, rest: &str| {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {app: a}}\n\
                   spec: {containers: [{name: a, image: a}]}\n";
        let kinds = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];
        let objects = kinds.map(|kind| {
            document(kind, "{}").replace("namespace: shop", &format!("namespace: {namespace}")) + "---\n"
        });
        let text = objects.concat() + pod + rest;
        let read = read_files([("it.yaml", text.as_str())]);
        let codes: Vec<&str> = read.diagnostics.iter().map(|said| said.code.id()).collect();
        let notes: Vec<String> = read.diagnostics.iter().flat_map(|said| said.notes.clone()).collect();
        (codes.join(" "), notes)
    };
    let did_you_mean = vec!["did you mean `shop`?".to_owned(); 3];
    assert_eq!(said("shopp", ""), ("L0905 L0905 L0905".to_owned(), did_you_mean));
    assert_eq!(said("shop", ""), (String::new(), vec![]));
    assert_eq!(said("istio-system", ""), (String::new(), vec![]), "it stands for the mesh");
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: edge}\n\
                   spec: {selector: {app: b}, ports: [{port: 80, name: http}]}\n";
    assert_eq!(said("edge", service).0, "", "its pods are made elsewhere");
    let attached = document(
        "AuthorizationPolicy",
        "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]}",
    )
    .replace("namespace: shop", "namespace: edge");
    assert_eq!(said("shop", &format!("---\n{attached}")).0, "", "not every Gateway is among the manifests");
}

#[test]
fn keys_that_only_begin_well_have_no_effect() {
    // "`request.headersX[a]`, `request.headers.x[a]`, `request.auth.claimsfoo[a]` are accepted, and then
    // generation fails: ALLOW drops the rule, DENY drops that condition and becomes WIDER."
    for key in ["request.headersX[a]", "request.headers.x[a]", "request.auth.claimsfoo[a]"] {
        let rule =
            format!("{{when: [{{key: '{key}', values: [b]}}], to: [{{operation: {{ports: ['80']}}}}]}}");
        assert_eq!(codes(&denial(&rule)), [code::ATTRIBUTE_WITHOUT_EFFECT.id()], "{key}");
        let allow = document("AuthorizationPolicy", &format!("{{rules: [{rule}]}}"));
        assert_eq!(codes(&allow), [code::ATTRIBUTE_WITHOUT_EFFECT.id()], "{key}");
    }
}

#[test]
fn private_keys_are_told() {
    // "warn on private keys in jwks"
    let tokens = |key: &str| {
        document(
            "RequestAuthentication",
            &format!("{{jwtRules: [{{issuer: a, jwks: '{{\"keys\":[{key}]}}'}}]}}"),
        )
    };
    let warns = [code::PRIVATE_KEY.id()];
    assert_eq!(codes(&tokens(r#"{"kty":"RSA","n":"YQ","e":"AQAB","d":"YQ"}"#)), warns);
    assert_eq!(codes(&tokens(r#"{"kty":"oct","k":"YQ"}"#)), warns);
    assert_eq!(codes(&tokens(r#"{"kty":"RSA","n":"YQ","e":"AQAB"}"#)), [""; 0]);
}

#[test]
fn what_is_not_modelled_is_told_once_for_each_kind() {
    let object = |version: &str, kind: &str, name: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n---\n")
    };
    let text = [
        object("networking.istio.io/v1alpha3", "EnvoyFilter", "a"),
        object("networking.istio.io/v1alpha3", "EnvoyFilter", "b"),
        object("extensions.istio.io/v1alpha1", "WasmPlugin", "c"),
        object("networking.istio.io/v1", "Sidecar", "d"),
        object("agentgateway.dev/v1alpha1", "AgentgatewayPolicy", "e"),
        object("networking.istio.io/v1", "VirtualService", "f"),
    ]
    .concat();
    insta::assert_snapshot!(read_files([("k8s.yaml", text.as_str())]).rendered());
}
