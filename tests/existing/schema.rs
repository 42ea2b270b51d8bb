//! What the API server refuses by Istio's schema. Each fact is quoted, or is a line of the schema.

use meshward::diagnostic::code::{REFUSED_BY_SCHEMA, UNKNOWN_FIELD, YAML_BOOLEAN};

use super::{accepted, document, refused};

const AUTHORIZATION: &str = "AuthorizationPolicy";
const PEER: &str = "PeerAuthentication";
const REQUEST: &str = "RequestAuthentication";

/// `count` times what `item` makes of a number, as a flow sequence.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..count).map(item).collect::<Vec<_>>().join(", "))
}

#[track_caller]
fn refused_policy(fact: &str, spec: &str) {
    refused(fact, REFUSED_BY_SCHEMA, &document(AUTHORIZATION, spec));
}

#[track_caller]
fn refused_tokens(fact: &str, rule: &str) {
    refused(fact, REFUSED_BY_SCHEMA, &document(REQUEST, &format!("{{jwtRules: [{{{rule}}}]}}")));
}

#[track_caller]
fn accepted_tokens(fact: &str, rule: &str) {
    accepted(fact, &document(REQUEST, &format!("{{jwtRules: [{{{rule}}}]}}")));
}

#[test]
fn unknown_fields_are_refused_at_every_depth() {
    let fact = "refused by the CRD schema only: unknown spec fields";
    for spec in [
        "{rulez: []}",
        "{selector: {matchExpressions: []}}",
        "{targetRefs: [{kind: Service, name: a, sectionName: http}]}",
        "{action: CUSTOM, provider: {name: a, host: b}, rules: [{}]}",
        "{rules: [{form: [{source: {namespaces: [a]}}]}]}",
        "{rules: [{from: [{source: {namespaces: [a]}, sources: {}}]}]}",
        "{rules: [{from: [{source: {namespaces: [a], not_principals: [b]}}]}]}",
        "{rules: [{to: [{operation: {port: ['80'], ports: ['80']}}]}]}",
        "{rules: [{when: [{key: source.ip, values: [10.0.0.1], value: a}]}]}",
    ] {
        refused(fact, UNKNOWN_FIELD, &document(AUTHORIZATION, spec));
    }
    for spec in ["{mode: STRICT}", "{mtls: {mode: STRICT, modes: a}}"] {
        refused(fact, UNKNOWN_FIELD, &document(PEER, spec));
    }
    let fact = "`presence` (not in 1.31)";
    refused(fact, UNKNOWN_FIELD, &document(REQUEST, "{jwtRules: [{issuer: a, presence: REQUIRED}]}"));
    let fact = "targetRefs in PeerAuthentication";
    refused(fact, UNKNOWN_FIELD, &document(PEER, "{targetRefs: [{kind: Service, name: a}]}"));
}

#[test]
fn limits_are_counted() {
    let labels = |count: usize| list(count, |number| format!("l{number}: a")).replace(['[', ']'], "");
    let selector = |count| format!("{{selector: {{matchLabels: {{{}}}}}}}", labels(count));
    refused_policy("4097 labels", &selector(4097));
    accepted("maxProperties 4096", &document(AUTHORIZATION, &selector(4096)));

    let value = |length| format!("{{selector: {{matchLabels: {{app: {}}}}}}}", "a".repeat(length));
    refused_policy("label value > 63", &value(64));
    accepted("value maxLength 63", &document(AUTHORIZATION, &value(63)));

    let targets =
        |count| format!("{{targetRefs: {}}}", list(count, |n| format!("{{kind: Service, name: s{n}}}")));
    refused_policy("17 targetRefs", &targets(17));
    accepted("targetRefs[] maxItems 16", &document(AUTHORIZATION, &targets(16)));

    let rules = |count| format!("{{rules: {}}}", list(count, |_| "{}".to_owned()));
    refused_policy("513 rules", &rules(513));
    accepted("rules[] maxItems 512", &document(AUTHORIZATION, &rules(512)));

    let from = |count| {
        let sources = list(count, |number| format!("{{source: {{namespaces: [n{number}]}}}}"));
        format!("{{rules: [{{from: {sources}}}]}}")
    };
    refused_policy("513 from", &from(513));
    accepted("rules[].from[] maxItems 512", &document(AUTHORIZATION, &from(512)));

    let to = list(600, |number| format!("{{operation: {{ports: ['{number}']}}}}"));
    accepted(
        "rules[].to[], when[]: no maxItems in CRD",
        &document(AUTHORIZATION, &format!("{{rules: [{{to: {to}}}]}}")),
    );

    let accounts = |count| {
        let accounts = list(count, |number| format!("a{number}"));
        format!("{{rules: [{{from: [{{source: {{serviceAccounts: {accounts}}}}}]}}]}}")
    };
    refused_policy("source.serviceAccounts / notServiceAccounts: maxItems 16", &accounts(17));
    accepted("maxItems 16", &document(AUTHORIZATION, &accounts(16)));
    let account = |length| {
        format!("{{rules: [{{from: [{{source: {{notServiceAccounts: [{}]}}}}]}}]}}", "a".repeat(length))
    };
    refused_policy("item maxLength 320", &account(321));
    accepted("item maxLength 320", &document(AUTHORIZATION, &account(320)));
}

#[test]
fn presence_counts_even_of_what_is_empty() {
    let fact = "`selector` with `targetRefs: []`";
    refused_policy(fact, "{selector: {matchLabels: {app: a}}, targetRefs: []}");
    refused_policy(
        "at most one of selector, targetRef, targetRefs",
        "{targetRef: {kind: Service, name: a}, targetRefs: []}",
    );
    let fact = "`serviceAccounts` with `principals: []`";
    for other in ["principals", "notPrincipals", "namespaces", "notNamespaces"] {
        refused_policy(
            fact,
            &format!("{{rules: [{{from: [{{source: {{serviceAccounts: [a], {other}: []}}}}]}}]}}"),
        );
    }
    let fact = "trustDomains may be combined with anything (including serviceAccounts)";
    let spec = "{rules: [{from: [{source: {serviceAccounts: [a], trustDomains: [b]}}]}]}";
    accepted(fact, &document(AUTHORIZATION, spec));
    let fact = "a field that is null is dropped by the API server";
    accepted(fact, &document(AUTHORIZATION, "{selector: {matchLabels: {app: a}}, targetRefs: null}"));
}

#[test]
fn types_are_told_with_the_way_out() {
    let ports = document(AUTHORIZATION, "{rules: [{to: [{operation: {ports: [80]}}]}]}");
    refused("ports (STRINGS, quote them)", YAML_BOOLEAN, &ports);
    let value = document(AUTHORIZATION, "{rules: [{when: [{key: 'request.headers[a]', values: [yes]}]}]}");
    refused("read by kubectl: `yes` is a boolean", YAML_BOOLEAN, &value);
    refused("numeric action", YAML_BOOLEAN, &document(AUTHORIZATION, "{action: 1, rules: [{}]}"));
    refused_policy("action: ALLOW (default) / DENY / AUDIT / CUSTOM", "{action: allow}");
    refused(
        "mtls.mode {UNSET, DISABLE, PERMISSIVE, STRICT}",
        REFUSED_BY_SCHEMA,
        &document(PEER, "{mtls: {mode: SIMPLE}}"),
    );
    refused_policy("rules: array", "{rules: {from: []}}");
    refused_policy("from[]: object", "{rules: [{from: [a]}]}");
    refused_policy("paths: array of strings", "{rules: [{to: [{operation: {paths: /a}}]}]}");
    let fact = "`rules: [null]` passes the webhook as `{}` = match all, the CRD rejects it";
    refused_policy(fact, "{rules: [null]}");
    refused_policy("when[]: key required", "{rules: [{when: [{values: [a]}]}]}");
    refused("spec: object", REFUSED_BY_SCHEMA, &document(PEER, "[]"));
    refused_tokens("forwardOriginalToken: boolean", "issuer: a, forwardOriginalToken: 'true'");
}

#[test]
fn selectors_and_targets_follow_the_schema() {
    refused_policy("CEL: no `*` in key or value", "{selector: {matchLabels: {app: 'a*'}}}");
    refused_policy("CEL: no `*` in key or value", "{selector: {matchLabels: {'a*': a}}}");
    refused_policy("key non-empty", "{selector: {matchLabels: {'': a}}}");
    for target in [
        "group: A, kind: Service, name: a",
        "kind: Service",
        "name: a",
        "kind: Service, name: ''",
        "kind: Service, name: a, namespace: b",
    ] {
        let fact = "targetRefs[] {group: DNS pattern or empty, kind and name required, namespace must be empty by CEL}";
        refused_target(fact, target);
    }
    let name = |length| format!("kind: Service, name: {}", "a".repeat(length));
    refused_target("name (1..253)", &name(254));
    accepted("name (1..253)", &document(AUTHORIZATION, &format!("{{targetRefs: [{{{}}}]}}", name(253))));
    let fact = "namespace must be empty by CEL";
    accepted(fact, &document(AUTHORIZATION, "{targetRef: {kind: Service, name: a, namespace: ''}}"));
}

/// A target may be refused by the webhook too, for its kind.
#[track_caller]
fn refused_target(fact: &str, target: &str) {
    let text = document(AUTHORIZATION, &format!("{{targetRefs: [{{{target}}}]}}"));
    let read = super::read_files([("it.yaml", text.as_str())]);
    assert!(
        read.diagnostics.iter().any(|said| said.code == REFUSED_BY_SCHEMA),
        "{fact}\n{}",
        read.rendered()
    );
    assert!(read.reading.bundle.objects.is_empty(), "{fact}");
}

#[test]
fn peer_authentications_follow_the_schema() {
    let selector = "selector: {matchLabels: {app: a}}";
    let fact = "portLevelMtls: CEL: keys 1..65535, minProperties 1, requires non-empty selector.matchLabels";
    for spec in [
        "{portLevelMtls: {'80': {mode: STRICT}}}".to_owned(),
        "{selector: {}, portLevelMtls: {'80': {mode: STRICT}}}".to_owned(),
        format!("{{{selector}, portLevelMtls: {{}}}}"),
        format!("{{{selector}, portLevelMtls: {{'0': {{mode: STRICT}}}}}}"),
        format!("{{{selector}, portLevelMtls: {{'65536': {{mode: STRICT}}}}}}"),
        format!("{{{selector}, portLevelMtls: {{http: {{mode: STRICT}}}}}}"),
        format!("{{{selector}, portLevelMtls: {{'80': STRICT}}}}"),
    ] {
        refused(fact, REFUSED_BY_SCHEMA, &document(PEER, &spec));
    }
    accepted(
        fact,
        &document(PEER, &format!("{{{selector}, portLevelMtls: {{80: {{mode: STRICT}}, '81': {{}}}}}}")),
    );
}

#[test]
fn request_authentications_follow_the_schema() {
    refused_tokens("empty `issuer` with jwksUri", "issuer: '', jwksUri: 'https://a'");
    refused_tokens("jwks with jwksUri (even `jwks: \"\"`)", "issuer: a, jwksUri: 'https://a', jwks: ''");
    refused_tokens(
        "CEL: at most one of jwks/jwksUri",
        "issuer: a, jwksUri: 'https://a', jwks_uri: 'https://a'",
    );
    let uri = |length: usize| format!("jwksUri: 'https://{}'", "a".repeat(length - "https://".len()));
    refused_tokens("jwksUri > 2048", &uri(2049));
    accepted_tokens("jwksUri (1..2048)", &uri(2048));
    refused_tokens("jwksUri (1..2048)", "issuer: a, jwksUri: ''");
    refused_tokens("jwksUri: http/https", "issuer: a, jwksUri: 'ftp://a'");
    accepted_tokens("alt spelling jwks_uri", "jwks_uri: 'http://a:8080/keys'");
    let rules = |count| format!("{{jwtRules: {}}}", list(count, |number| format!("{{issuer: i{number}}}")));
    refused("4097 jwtRules", REFUSED_BY_SCHEMA, &document(REQUEST, &rules(4097)));
    accepted("jwtRules (max 4096)", &document(REQUEST, &rules(4096)));
    let claims =
        |count| format!("issuer: a, spaceDelimitedClaims: {}", list(count, |number| format!("c{number}")));
    refused_tokens("65 spaceDelimitedClaims", &claims(65));
    accepted_tokens("spaceDelimitedClaims (max 64)", &claims(64));
    refused_tokens("an empty spaceDelimitedClaims", "issuer: a, spaceDelimitedClaims: ['']");
    refused_tokens("audiences: minLength 1", "issuer: a, audiences: ['']");
    refused_tokens("fromHeaders: name required", "issuer: a, fromHeaders: [{prefix: b}]");
    refused_tokens("fromHeaders: name minLength 1", "issuer: a, fromHeaders: [{name: ''}]");
    refused_tokens("fromParams: minLength 1", "issuer: a, fromParams: ['']");
    refused_tokens("fromCookies: minLength 1", "issuer: a, fromCookies: ['']");
    refused_tokens("header ^[-_A-Za-z0-9]+$", "issuer: a, outputClaimToHeaders: [{header: 'a:', claim: b}]");
    refused_tokens("claim required", "issuer: a, outputClaimToHeaders: [{header: a}]");
    refused_tokens("claim minLength 1", "issuer: a, outputClaimToHeaders: [{header: a, claim: ''}]");
    for timeout in ["5", "a", "'-1s'", "0s", "999us", "1s2"] {
        let fact = "timeout: must be a valid duration greater than 1ms";
        let text = document(REQUEST, &format!("{{jwtRules: [{{issuer: a, timeout: {timeout}}}]}}"));
        let read = super::read_files([("it.yaml", text.as_str())]);
        assert_eq!(read.reading.refused.len(), 1, "{fact} {timeout}\n{}", read.rendered());
    }
    for timeout in ["1ms", "5s", "1m30s", "0.5s", "1h"] {
        accepted_tokens("timeout (>=1ms; default 5s)", &format!("issuer: a, timeout: {timeout}"));
    }
}
