//! What Istio's webhook refuses. Each fact is quoted.

use meshward::diagnostic::code::REFUSED_BY_WEBHOOK;

use super::{accepted, document, refused};

const PEER: &str = "PeerAuthentication";
const REQUEST: &str = "RequestAuthentication";

#[track_caller]
fn refused_policy(fact: &str, spec: &str) {
    refused(fact, REFUSED_BY_WEBHOOK, &document("AuthorizationPolicy", spec));
}

#[track_caller]
fn accepted_policy(fact: &str, spec: &str) {
    accepted(fact, &document("AuthorizationPolicy", spec));
}

fn with_source(source: &str) -> String {
    format!("{{rules: [{{from: [{{source: {{{source}}}}}]}}]}}")
}

fn with_operation(operation: &str) -> String {
    format!("{{rules: [{{to: [{{operation: {{{operation}}}}}]}}]}}")
}

fn with_condition(condition: &str) -> String {
    format!("{{rules: [{{when: [{{{condition}}}]}}]}}")
}

#[test]
fn targets_have_a_known_kind() {
    let fact = "3 kind/group not Service(core), ServiceEntry(networking.istio.io), Gateway or GatewayClass(gateway.networking.k8s.io)";
    for target in [
        "kind: Deployment",
        "kind: Gateway",
        "group: apps, kind: Service",
        "group: networking.istio.io, kind: Gateway",
    ] {
        refused_policy(fact, &format!("{{targetRefs: [{{{target}, name: a}}]}}"));
    }
    for target in [
        "kind: Service",
        "group: networking.istio.io, kind: ServiceEntry",
        "group: gateway.networking.k8s.io, kind: Gateway",
        "group: gateway.networking.k8s.io, kind: GatewayClass",
    ] {
        accepted_policy(fact, &format!("{{targetRefs: [{{{target}, name: a}}]}}"));
    }
}

#[test]
fn custom_asks_a_provider_by_what_is_known_before_tokens_and_identities() {
    refused_policy("4 CUSTOM: rules nil", "{action: CUSTOM, provider: {name: a}}");
    refused_policy("4 provider or provider.name missing", "{action: CUSTOM, rules: [{}]}");
    refused_policy("4 provider or provider.name missing", "{action: CUSTOM, provider: {}, rules: [{}]}");
    refused_policy(
        "4 provider or provider.name missing",
        "{action: CUSTOM, provider: {name: ''}, rules: [{}]}",
    );
    let custom = |rule: &str| format!("{{action: CUSTOM, provider: {{name: a}}, rules: [{rule}]}}");
    let fact = "4 any of namespaces, serviceAccounts, trustDomains, principals, requestPrincipals (+not)";
    for field in ["namespaces", "serviceAccounts", "trustDomains", "principals", "requestPrincipals"] {
        let not = format!("not{}{}", field[..1].to_uppercase(), &field[1..]);
        for field in [field, not.as_str()] {
            refused_policy(fact, &custom(&format!("{{from: [{{source: {{{field}: [a]}}}}]}}")));
        }
    }
    let fact =
        "4 when source.namespace/source.serviceAccount/source.trustDomain/source.principal/request.auth.*";
    for key in [
        "source.namespace",
        "source.serviceAccount",
        "source.trustDomain",
        "source.principal",
        "request.auth.principal",
        "request.auth.audiences",
        "'request.auth.claims[a]'",
    ] {
        refused_policy(fact, &custom(&format!("{{when: [{{key: {key}, values: [a]}}]}}")));
    }
    accepted_policy(
        "4",
        &custom(
            "{from: [{source: {ipBlocks: [10.0.0.1]}}], when: [{key: 'request.headers[a]', values: [b]}]}",
        ),
    );
    refused_policy("5 provider set with non-CUSTOM", "{action: DENY, provider: {name: a}, rules: [{}]}");
    refused_policy("5 provider set with non-CUSTOM", "{provider: {}}");
}

#[test]
fn a_denial_has_rules() {
    refused_policy("6 DENY with rules nil", "{action: DENY}");
    let fact = "`rules: []` decodes as absent: for DENY/CUSTOM rejected by the webhook, for ALLOW deny-all, legal for AUDIT";
    refused_policy(fact, "{action: DENY, rules: []}");
    refused_policy(fact, "{action: CUSTOM, provider: {name: a}, rules: []}");
    accepted_policy(fact, "{rules: []}");
    accepted_policy(fact, "{action: AUDIT, rules: []}");
    accepted_policy("`spec: {}` => ALLOW with zero rules", "{}");
    accepted_policy("DENY `rules: [{}]` = deny all", "{action: DENY, rules: [{}]}");
}

#[test]
fn sources_say_something() {
    accepted_policy(
        "7 `from: []` is NOT rejected, it decodes as absent: any source",
        "{rules: [{from: []}]}",
    );
    refused_policy("7 from.source nil", "{rules: [{from: [{}]}]}");
    refused_policy("empty `from: [{source: {}}]` is an error", &with_source(""));
    refused_policy("7 source with all lists empty", &with_source("principals: [], notIpBlocks: []"));
    let fact = "7 empty string in any list (principals, requestPrincipals, namespaces, and not*)";
    for field in [
        "principals",
        "requestPrincipals",
        "namespaces",
        "notPrincipals",
        "notRequestPrincipals",
        "notNamespaces",
    ] {
        refused_policy(fact, &with_source(&format!("{field}: [a, '']")));
    }
}

#[test]
fn addresses_are_addresses() {
    let fact =
        "7 bad IP/CIDR in the four ip lists; refused by the webhook only: `010.1.1.1`, `/08`, zones in CIDRs";
    for field in ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"] {
        for block in [
            "",
            "a",
            "10.0.0.256",
            "10.0.0.0/33",
            "010.1.1.1",
            "10.0.0.0/08",
            "fe80::1%eth0/64",
            "10.0.0.0/",
            "::/129",
            "10.0.0.1%a",
        ] {
            refused_policy(fact, &with_source(&format!("{field}: ['{block}']")));
        }
        let fact =
            "bare IP => /32 or /128; host bits set are accepted; accepted: IPv4-mapped CIDRs, `fe80::1%eth0`";
        for block in
            ["10.1.2.3", "10.1.2.3/16", "2001:db8::/32", "::ffff:10.0.0.0/104", "fe80::1%eth0", "0.0.0.0/0"]
        {
            accepted_policy(fact, &with_source(&format!("{field}: ['{block}']")));
        }
    }
}

#[test]
fn service_accounts_and_trust_domains_have_a_form() {
    let fact = "7 serviceAccounts: empty, `*`, more than one `/`, empty ns or sa part";
    for field in ["serviceAccounts", "notServiceAccounts"] {
        for account in ["", "*", "ns/*", "a/b/c", "/a", "a/", "/"] {
            refused_policy(fact, &with_source(&format!("{field}: ['{account}']")));
        }
        accepted_policy(
            "bare name => namespace of the POLICY object",
            &with_source(&format!("{field}: [a, b/c]")),
        );
    }
    let fact = "7 trustDomains: empty, `/`, >1 `*`, `*` in the middle";
    for field in ["trustDomains", "notTrustDomains"] {
        for domain in ["", "a/b", "*a*", "a*b", "**"] {
            refused_policy(fact, &with_source(&format!("{field}: ['{domain}']")));
        }
        accepted_policy(
            "one `*`, first or last (webhook)",
            &with_source(&format!("{field}: ['*', 'a*', '*a', a]")),
        );
    }
}

#[test]
fn operations_say_something() {
    accepted_policy("8 `to: []` is not rejected: any operation", "{rules: [{to: []}]}");
    refused_policy("8 operation nil", "{rules: [{to: [{}]}]}");
    refused_policy("8 operation with all lists empty", &with_operation(""));
    refused_policy("8 operation with all lists empty", &with_operation("hosts: []"));
    for port in ["http", "", "65536", "-1", "80-90", "*", "8o", "+80", " 80"] {
        for field in ["ports", "notPorts"] {
            refused_policy("8 ports not 0..65535 integers", &with_operation(&format!("{field}: ['{port}']")));
        }
    }
    accepted_policy("accepted: port `080` (= 80)", &with_operation("ports: ['080', '0', '65535']"));
    for field in ["hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"] {
        refused_policy("8 empty strings", &with_operation(&format!("{field}: [a, '']")));
    }
}

#[test]
fn path_templates_have_a_form() {
    for field in ["paths", "notPaths"] {
        for path in [
            "/{",
            "/}",
            "/{}",
            "/{a}",
            "/{a=*}",
            "/a{*}",
            "/{*}a",
            "/{***}",
            "/{**}/{*}",
            "/{**}/{**}",
            "/{*}/*",
            "/{*}/a*",
            "/{*}//a",
            "/{*}/a b",
            "/{*}/é",
        ] {
            let fact = "8 path template rules (2.4) on paths and notPaths";
            refused_policy(fact, &with_operation(&format!("{field}: ['{path}']")));
        }
        for path in [
            "/{*}",
            "/{**}",
            "/a/{*}/b",
            "/store/{**}/cart",
            "/{*}/{*}/a.b~c",
            "/a*b",
            "*",
            "no-slash",
            "/a b",
        ] {
            let fact = "plain paths (no template) may contain `*` anywhere; literals may follow `{**}`";
            accepted_policy(fact, &with_operation(&format!("{field}: ['{path}']")));
        }
    }
}

#[test]
fn conditions_ask_for_something_known() {
    refused_policy("9 when: key empty", &with_condition("key: '', values: [a]"));
    refused_policy("9 neither values nor notValues", &with_condition("key: source.namespace"));
    refused_policy("9 neither values nor notValues", &with_condition("key: source.namespace, values: []"));
    refused_policy("9 attribute check: unknown key", &with_condition("key: source.host, values: [a]"));
    let fact = "the proto comment writes `source.serviceaccount` (wrong case would be rejected)";
    refused_policy(fact, &with_condition("key: source.serviceaccount, values: [a]"));
    for key in ["destination.namespace", "destination.labels[a]", "destination.name", "destination.user"] {
        let fact = "9 destination.namespace/labels/name/user rejected with hints";
        refused_policy(fact, &with_condition(&format!("key: '{key}', values: [a]")));
    }
    for key in [
        "request.headers",
        "request.headers[]",
        "request.headers[a",
        "request.auth.claims",
        "experimental.envoy.filters.a",
    ] {
        let fact = "9 request.headers/request.auth.claims/experimental must look like a[b] with non-empty b";
        refused_policy(fact, &with_condition(&format!("key: '{key}', values: [a]")));
    }
    for key in ["source.ip", "remote.ip", "destination.ip"] {
        refused_policy("9 IP keys valid", &with_condition(&format!("key: {key}, notValues: [a]")));
    }
    refused_policy("9 destination.port valid", &with_condition("key: destination.port, values: ['70000']"));
    refused_policy(
        "9 source.serviceAccount format",
        &with_condition("key: source.serviceAccount, values: [a/b/c]"),
    );
    refused_policy(
        "9 source.trustDomain wildcard rule",
        &with_condition("key: source.trustDomain, values: ['a*b']"),
    );
    accepted_policy("9 here `/` is not checked", &with_condition("key: source.trustDomain, values: [a/b]"));
    refused_policy("9 empty values", &with_condition("key: 'request.headers[a]', values: ['']"));
    for key in [
        "connection.sni",
        "experimental.envoy.filters.a[b]",
        "request.auth.audiences",
        "request.auth.claims[a][b]",
        "request.auth.presenter",
        "request.auth.principal",
        "request.headers[:path]",
        "request.headers[a][b]",
        "source.namespace",
        "source.principal",
        "source.serviceAccount",
    ] {
        accepted_policy(
            "2.2 `when` keys",
            &with_condition(&format!("key: '{key}', values: [a], notValues: [b]")),
        );
    }
    for condition in ["key: destination.port, values: ['080']", "key: remote.ip, values: [10.0.0.0/8]"] {
        accepted_policy("2.2 `when` keys", &with_condition(condition));
    }
}

#[test]
fn much_is_not_checked() {
    let fact = "NOT checked: method names, host syntax, wildcards in the middle, principal format, spiffe:// prefix mistakes, notPaths with ALLOW, duplicate rules, requestPrincipals without RA";
    for spec in [
        with_operation("methods: [get, FOO], hosts: ['a b*c'], notPaths: [/a]"),
        with_source("principals: ['spiffe://a', 'x*y'], requestPrincipals: ['*']"),
        "{rules: [{}, {}]}".to_owned(),
    ] {
        accepted_policy(fact, &spec);
    }
}

#[test]
fn token_providers_have_an_issuer_or_keys() {
    let tokens = |rule: &str| document(REQUEST, &format!("{{jwtRules: [{{{rule}}}]}}"));
    refused("issuer and jwksUri both empty", REFUSED_BY_WEBHOOK, &tokens(""));
    let keys = r#"jwks: '{"keys":[{"kty":"oct","k":"YQ"}]}'"#;
    refused("issuer and jwksUri both empty", REFUSED_BY_WEBHOOK, &tokens(keys));
    accepted("issuer and jwksUri both empty", &tokens("jwksUri: 'https://a'"));
    refused("jwks must parse", REFUSED_BY_WEBHOOK, &tokens("issuer: a, jwks: nothing"));
    refused("timeout >=1ms whole ms", REFUSED_BY_WEBHOOK, &tokens("issuer: a, timeout: 1500us"));
    accepted("RequestAuthentication without rules", &document(REQUEST, "{}"));
}

#[test]
fn ports_of_peer_authentications_are_plain_numbers() {
    let fact = "refused by the webhook only: portLevelMtls keys that are not plain decimal (`080`)";
    let spec = "{selector: {matchLabels: {app: a}}, portLevelMtls: {'080': {mode: STRICT}}}";
    refused(fact, REFUSED_BY_WEBHOOK, &document(PEER, spec));
}

#[test]
fn tops_and_annotations_are_looked_at() {
    let fact = "top-level keys other than apiVersion, kind, metadata, spec, status";
    refused(fact, REFUSED_BY_WEBHOOK, &(document(PEER, "{}") + "specs: {}\n"));
    accepted(fact, &(document(PEER, "{}") + "status: {conditions: [{type: Accepted}]}\n"));
    let annotated = |kind: &str, annotation: &str, spec: &str| {
        document(kind, spec)
            .replace("namespace: shop", &format!("namespace: shop, annotations: {{{annotation}}}"))
    };
    let fact = "annotations `internal.istio.io/{parents,parent-namespace,webhook-always-reject}`";
    for key in ["parents", "parent-namespace", "webhook-always-reject"] {
        refused(fact, REFUSED_BY_WEBHOOK, &annotated(PEER, &format!("internal.istio.io/{key}: a"), "{}"));
    }
    let fact =
        "any dry-run annotation, even `false`, on AUDIT, CUSTOM, PeerAuthentication, RequestAuthentication";
    for value in ["'true'", "'false'"] {
        let dry_run = format!("istio.io/dry-run: {value}");
        refused(fact, REFUSED_BY_WEBHOOK, &annotated(PEER, &dry_run, "{}"));
        refused(fact, REFUSED_BY_WEBHOOK, &annotated(REQUEST, &dry_run, "{}"));
        for spec in ["{action: AUDIT}", "{action: CUSTOM, provider: {name: a}, rules: [{}]}"] {
            refused(fact, REFUSED_BY_WEBHOOK, &annotated("AuthorizationPolicy", &dry_run, spec));
        }
        for spec in ["{}", "{action: DENY, rules: [{}]}"] {
            accepted(
                "webhook: only AuthorizationPolicy, only ALLOW/DENY",
                &annotated("AuthorizationPolicy", &dry_run, spec),
            );
        }
    }
    let fact = "annotation `istio.io/dry-run` (Go ParseBool values)";
    refused(fact, REFUSED_BY_WEBHOOK, &annotated("AuthorizationPolicy", "istio.io/dry-run: 'on'", "{}"));
    accepted(fact, &annotated("AuthorizationPolicy", "istio.io/dry-run: T", "{}"));
}
