//! What is written is read back as the same: full resources, and the bundles of the examples.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use meshward::istio::resources::{
    Action, AuthorizationPolicy, AuthorizationPolicySpec, ClaimToHeader, From, FromHeader, JwtRule, Metadata,
    MutualTls, MutualTlsMode, Operation, PeerAuthentication, PeerAuthenticationSpec, Provider,
    RequestAuthentication, RequestAuthenticationSpec, Resource, Rule, Source, TargetRef, To, When,
    WorkloadSelector,
};
use meshward::source::{DiskLoader, Symbol};
use meshward::syntax::ast::Date;
use meshward::yaml::{self, LiteralText};
use meshward::{Options, check, emit};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use thin_vec::ThinVec;

use super::read_files;

/// What is read from the text of these resources.
fn read_back(resources: &[Resource]) -> (Vec<Resource>, String) {
    let documents: Vec<String> = resources.iter().map(yaml::write).collect();
    let text = documents.join("---\n");
    let read = read_files([("k8s.yaml", text.as_str())]);
    let said = read.rendered() + &text;
    (read.reading.bundle.objects.into_iter().map(|object| object.resource).collect(), said)
}

#[track_caller]
fn assert_example_is_read_back(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let checked = check(&DiskLoader, &root, &Options::on(Date { year: 2026, month: 11, day: 24 })).unwrap();
    let (bundle, _) = emit(&checked.program.expect("the project file is understood"));
    let resources: Vec<Resource> = bundle.objects.into_iter().map(|object| object.resource).collect();
    let (read, said) = read_back(&resources);
    assert!(resources.len() > 2);
    assert_eq!(read, resources, "{said}");
}

#[test]
fn bundles_of_examples_are_read_back() {
    assert_example_is_read_back("quickstart");
    assert_example_is_read_back("online-boutique");
    assert_example_is_read_back("bookinfo");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn full_resources_are_read_back(resource in resource()) {
        let resources = [resource];
        let (read, said) = read_back(&resources);
        prop_assert_eq!(&read[..], &resources[..], "{}", said);
    }
}

/// Texts that YAML 1.1 takes for something else, and some that need escapes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "a",
            "no",
            "on",
            "80",
            "1_000",
            "null",
            "~",
            "*",
            "a: b",
            "#",
            "{a}",
            "é",
            "'",
            "\"",
            "- a",
            "2026-01-01"
        ])
        .prop_map(str::to_owned),
        "[ -~]{1,12}",
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![select(vec!["no", "on", "y", "a1"]).prop_map(str::to_owned), "[a-z][a-z0-9]{0,8}"]
}

fn labels() -> impl Strategy<Value = BTreeMap<Symbol, Symbol>> {
    btree_map(name().prop_map(Symbol::from), name().prop_map(Symbol::from), 0..3)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let annotations = btree_map(name().prop_map(Symbol::from), text().prop_map(LiteralText), 0..3);
    let time = option::of(Just(Symbol::new("2026-01-02T03:04:05Z")));
    (name(), name(), labels(), annotations, time).prop_map(|(name, namespace, labels, annotations, time)| {
        Metadata { name, namespace: namespace.into(), labels, annotations, creation_timestamp: time }
    })
}

fn selector() -> impl Strategy<Value = WorkloadSelector> {
    labels().prop_map(|labels| WorkloadSelector { match_labels: Arc::new(labels) })
}

fn target_ref() -> impl Strategy<Value = TargetRef> {
    let kinds = vec![
        ("", "Service"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("networking.istio.io", "ServiceEntry"),
    ];
    (select(kinds), name()).prop_map(|((group, kind), name)| TargetRef {
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
    })
}

/// A selector, targets, or neither.
fn target() -> impl Strategy<Value = (Option<WorkloadSelector>, Vec<TargetRef>)> {
    prop_oneof![
        Just((None, Vec::new())),
        selector().prop_map(|selector| (Some(selector), Vec::new())),
        vec(target_ref(), 1..3).prop_map(|targets| (None, targets)),
    ]
}

fn blocks() -> impl Strategy<Value = Vec<String>> {
    let block =
        select(vec!["10.0.0.1", "10.0.0.0/8", "2001:db8::/32", "fe80::1%eth0"]).prop_map(str::to_owned);
    vec(block, 0..3)
}

fn source() -> impl Strategy<Value = Source> {
    let by_account = (vec(name(), 1..3), vec(name(), 0..3)).prop_map(|(accounts, not)| Source {
        service_accounts: accounts.into(),
        not_service_accounts: not.into(),
        ..Source::default()
    });
    let by_identity =
        (vec(text(), 1..3), texts(), texts(), texts()).prop_map(|(principals, not, namespaces, other)| {
            Source {
                principals: principals.into(),
                not_principals: not.into(),
                namespaces: namespaces.into(),
                not_namespaces: other.into(),
                ..Source::default()
            }
        });
    let rest =
        (texts(), texts(), vec(name(), 0..3), vec(name(), 0..3), [blocks(), blocks(), blocks(), blocks()]);
    (prop_oneof![by_account, by_identity], rest).prop_map(
        |(source, (request, not_request, domains, not_domains, blocks))| {
            let [ip_blocks, not_ip_blocks, remote_ip_blocks, not_remote_ip_blocks] =
                blocks.map(ThinVec::from);
            Source {
                request_principals: request.into(),
                not_request_principals: not_request.into(),
                trust_domains: domains.into(),
                not_trust_domains: not_domains.into(),
                ip_blocks,
                not_ip_blocks,
                remote_ip_blocks,
                not_remote_ip_blocks,
                ..source
            }
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    let ports = || vec(select(vec!["80", "080", "0", "65535"]).prop_map(Symbol::from), 0..3);
    let paths =
        || vec(select(vec!["/a", "/a/*", "/{*}/b", "/{**}", "*", "/a b"]).prop_map(Symbol::from), 0..3);
    let methods = || vec(text().prop_map(Symbol::from), 0..3);
    let hosts = (vec(text(), 1..3), texts());
    (hosts, [ports(), ports()], [methods(), methods()], [paths(), paths()]).prop_map(
        |((hosts, not_hosts), [ports, not_ports], [methods, not_methods], [paths, not_paths])| Operation {
            hosts: hosts.into(),
            not_hosts: not_hosts.into(),
            ports: ports.into(),
            not_ports: not_ports.into(),
            methods: methods.into(),
            not_methods: not_methods.into(),
            paths: paths.into(),
            not_paths: not_paths.into(),
        },
    )
}

fn when() -> impl Strategy<Value = When> {
    let keys =
        vec!["request.headers[x-a]", "request.auth.claims[a][b]", "source.principal", "connection.sni"];
    (select(keys), vec(text(), 1..3), texts()).prop_map(|(key, values, not_values)| When {
        key: key.to_owned(),
        values,
        not_values,
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let from = vec(source().prop_map(|source| From { source }), 0..3);
    let to = vec(operation().prop_map(|operation| To { operation }), 0..3);
    (from, to, vec(when(), 0..3)).prop_map(|(from, to, when)| Rule { from, to, when })
}

fn authorization_policy() -> impl Strategy<Value = AuthorizationPolicy> {
    let rules = prop_oneof![
        (select(vec![None, Some(Action::Allow), Some(Action::Audit)]), vec(rule(), 0..3)),
        (Just(Some(Action::Deny)), vec(rule(), 1..3)),
        (Just(Some(Action::Custom)), Just(vec![Rule::default()])),
    ];
    (metadata(), target(), rules, name()).prop_map(
        |(metadata, (selector, target_refs), (action, rules), name)| {
            let provider = (action == Some(Action::Custom)).then(|| Provider { name: name.into() });
            let spec = AuthorizationPolicySpec { selector, target_refs, action, provider, rules };
            AuthorizationPolicy { metadata, spec }
        },
    )
}

fn mutual_tls() -> impl Strategy<Value = MutualTls> {
    let modes =
        vec![MutualTlsMode::Disable, MutualTlsMode::Permissive, MutualTlsMode::Strict, MutualTlsMode::Unset];
    select(modes).prop_map(|mode| MutualTls { mode })
}

fn peer_authentication() -> impl Strategy<Value = PeerAuthentication> {
    let ports = vec((1..=u16::MAX, mutual_tls()), 0..3);
    (metadata(), option::of(selector()), option::of(mutual_tls()), ports).prop_map(
        |(metadata, selector, mtls, ports)| {
            let selects = selector.as_ref().is_some_and(|selector| !selector.match_labels.is_empty());
            let ports = ports.into_iter().filter(|_| selects).map(|(port, mode)| (port.to_string(), mode));
            let spec = PeerAuthenticationSpec { selector, mtls, port_level_mtls: ports.collect() };
            PeerAuthentication { metadata, spec }
        },
    )
}

fn jwt_rule() -> impl Strategy<Value = JwtRule> {
    let keys = prop_oneof![
        Just((None, None)),
        Just((Some("https://a/keys".to_owned()), None)),
        Just((None, Some(r#"{"keys":[{"kty":"RSA","n":"YQ","e":"AQAB"}]}"#.to_owned()))),
    ];
    let from_header = (name(), select(vec!["", "Bearer "]));
    let from_headers =
        vec(from_header.prop_map(|(name, prefix)| FromHeader { name, prefix: prefix.to_owned() }), 0..3);
    let claims = vec((name(), text()).prop_map(|(header, claim)| ClaimToHeader { header, claim }), 0..3);
    let places = (from_headers, texts(), texts());
    let outputs = (option::of(text()), any::<bool>(), claims);
    let timeout = option::of(select(vec!["5s", "1m30s"]).prop_map(Symbol::from));
    (text(), texts(), keys, places, outputs, timeout, texts()).prop_map(
        |(
            issuer,
            audiences,
            (jwks_uri, jwks),
            (from_headers, from_params, from_cookies),
            outputs,
            timeout,
            listed,
        )| {
            let (output_payload_to_header, forward_original_token, output_claim_to_headers) = outputs;
            JwtRule {
                issuer,
                audiences,
                jwks_uri,
                jwks,
                from_headers,
                from_params,
                from_cookies,
                output_payload_to_header,
                forward_original_token,
                output_claim_to_headers,
                timeout,
                space_delimited_claims: listed,
            }
        },
    )
}

fn request_authentication() -> impl Strategy<Value = RequestAuthentication> {
    (metadata(), target(), vec(jwt_rule(), 0..3)).prop_map(
        |(metadata, (selector, target_refs), jwt_rules)| {
            let spec = RequestAuthenticationSpec { selector, target_refs, jwt_rules };
            RequestAuthentication { metadata, spec }
        },
    )
}

fn resource() -> impl Strategy<Value = Resource> {
    prop_oneof![
        authorization_policy().prop_map(Resource::AuthorizationPolicy),
        peer_authentication().prop_map(Resource::PeerAuthentication),
        request_authentication().prop_map(Resource::RequestAuthentication),
    ]
}
