//! Istio's own cases of its authorization builder: policies, and the RBAC configuration that Istio makes of them.
//! Each is decided on random requests around what the configuration looks for, by this program from the policies
//! and by a small evaluator from the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use meshward::access::{Claims, Request, Token};
use meshward::istio::resources::{Bundle, Resource};
use meshward::istio::semantics::{Access, Filters, MeshConfig, Outcome, Providers, Semantics, Target};
use meshward::policy::Mesh;
use serde_yaml::Value;

use super::rbac::{self, Sent, Verdict, samples};
use super::{labels, scene};
use crate::corpus;

/// A file of policies, the files of filters that Istio makes of it, and the trust domain with its aliases.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

const NONE: &[&str] = &["td"];

const CASES: &[Case] = &[
    ("allow-empty-rule", &["allow-empty-rule-out"], NONE),
    ("allow-empty-rule", &["extended-allow-empty-rule-out"], NONE),
    ("allow-full-rule", &["allow-full-rule-out"], NONE),
    ("allow-full-rule", &["extended-allow-full-rule-out"], NONE),
    ("allow-nil-rule", &["allow-nil-rule-out"], NONE),
    ("allow-nil-rule", &["extended-allow-nil-rule-out"], NONE),
    ("allow-path", &["allow-path-out"], NONE),
    ("allow-path", &["extended-allow-path-out"], NONE),
    ("audit-full-rule", &["audit-full-rule-out"], NONE),
    ("audit-full-rule", &["extended-audit-full-rule-out"], NONE),
    (
        "custom-bad-multiple-providers",
        &["custom-bad-multiple-providers-out1", "custom-bad-multiple-providers-out2"],
        NONE,
    ),
    (
        "custom-bad-multiple-providers",
        &["extended-custom-bad-multiple-providers-out1", "extended-custom-bad-multiple-providers-out2"],
        NONE,
    ),
    ("custom-simple-http", &["custom-grpc-provider-out1", "custom-grpc-provider-out2"], NONE),
    (
        "custom-simple-http",
        &["custom-grpc-provider-no-namespace-out1", "custom-grpc-provider-no-namespace-out2"],
        NONE,
    ),
    (
        "custom-simple-http",
        &[
            "extended-custom-grpc-provider-no-namespace-out1",
            "extended-custom-grpc-provider-no-namespace-out2",
        ],
        NONE,
    ),
    (
        "custom-simple-http",
        &["extended-custom-grpc-provider-out1", "extended-custom-grpc-provider-out2"],
        NONE,
    ),
    (
        "custom-simple-http",
        &["extended-custom-http-provider-out1", "extended-custom-http-provider-out2"],
        NONE,
    ),
    ("custom-simple-http", &["custom-bad-out"], NONE),
    ("custom-simple-http", &["extended-custom-bad-out"], NONE),
    ("custom-simple-http", &["custom-http-provider-out1", "custom-http-provider-out2"], NONE),
    ("deny-and-allow", &["deny-and-allow-out1", "deny-and-allow-out2"], NONE),
    ("deny-and-allow", &["extended-deny-and-allow-out1", "extended-deny-and-allow-out2"], NONE),
    ("deny-empty-rule", &["deny-empty-rule-out"], NONE),
    ("deny-empty-rule", &["extended-deny-empty-rule-out"], NONE),
    ("dry-run-allow", &["dry-run-allow-out"], NONE),
    ("dry-run-allow", &["extended-dry-run-allow-out"], NONE),
    (
        "dry-run-allow-and-deny",
        &["extended-dry-run-allow-and-deny-out1", "extended-dry-run-allow-and-deny-out2"],
        NONE,
    ),
    ("dry-run-allow-and-deny", &["dry-run-allow-and-deny-out1", "dry-run-allow-and-deny-out2"], NONE),
    ("dry-run-mix", &["dry-run-mix-out"], NONE),
    ("dry-run-mix", &["extended-dry-run-mix-out"], NONE),
    ("multiple-policies", &["multiple-policies-out"], NONE),
    ("multiple-policies", &["extended-multiple-policies-out"], NONE),
    (
        "simple-policy-multiple-td-aliases",
        &["simple-policy-multiple-td-aliases-out"],
        &["td1", "cluster.local", "some-td"],
    ),
    (
        "simple-policy-multiple-td-aliases",
        &["extended-simple-policy-multiple-td-aliases-out"],
        &["td1", "cluster.local", "some-td"],
    ),
    (
        "simple-policy-principal-with-wildcard",
        &["simple-policy-principal-with-wildcard-out"],
        &["td1", "foobar"],
    ),
    (
        "simple-policy-principal-with-wildcard",
        &["extended-simple-policy-principal-with-wildcard-out"],
        &["td1", "foobar"],
    ),
    ("simple-policy-td-aliases", &["simple-policy-td-aliases-out"], &["td1", "cluster.local"]),
    ("simple-policy-td-aliases", &["extended-simple-policy-td-aliases-out"], &["td1", "cluster.local"]),
    ("single-policy", &["single-policy-out"], NONE),
    ("single-policy", &["extended-single-policy-out"], NONE),
    (
        "td-aliases-source-principal",
        &["td-aliases-source-principal-out"],
        &["new-td", "old-td", "some-trustdomain"],
    ),
    (
        "td-aliases-source-principal",
        &["extended-td-aliases-source-principal-out"],
        &["new-td", "old-td", "some-trustdomain"],
    ),
    ("trust-domains", &["trust-domains-out"], &["cluster.local"]),
    ("trust-domains", &["extended-trust-domains-out"], &["cluster.local"]),
];

/// How many requests each case is decided on.
const REQUESTS: usize = 3000;

#[test]
fn istio_s_own_cases_agree() {
    let Some(root) = corpus::folder() else { return };
    let folder = root.join("authz-istio-builder/pilot/pkg/security/authz/builder/testdata/http");
    let read =
        |name: &str| std::fs::read_to_string(folder.join(format!("{name}.yaml"))).expect("a case is a file");
    let mut listed = String::new();
    for (name, filters, domains) in CASES {
        // Each file says by its name whether the provider is known.
        let is_bad = filters.iter().any(|name| name.contains("custom-bad-out"));
        let known: &[&str] = if is_bad { &[] } else { &["default"] };
        let filters: Vec<Value> =
            filters.iter().map(|name| serde_yaml::from_str(&read(name)).unwrap()).collect();
        let counts = agree(name, &read(&format!("{name}-in")), filters, domains, known);
        listed += &format!("{name}: {counts:?}\n");
    }
    listed += &uncovered(&folder);
    insta::assert_snapshot!(listed);
}

/// Files of the folder that no case names: how Istio before 1.11 compared hosts, which this program does not know.
fn uncovered(folder: &Path) -> String {
    let named: BTreeSet<String> = CASES
        .iter()
        .flat_map(|(name, filters, _)| {
            filters.iter().map(|name| (*name).to_owned()).chain([format!("{name}-in")])
        })
        .collect();
    let mut rest: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|stem| !named.contains(stem))
        .collect();
    rest.sort();
    rest.iter().map(|stem| format!("not compared: {stem}\n")).collect()
}

/// How often each outcome was seen.
fn agree(
    name: &str,
    text: &str,
    mut filters: Vec<Value>,
    domains: &[&str],
    known: &[&str],
) -> BTreeMap<String, usize> {
    // What other filters leave is not modelled, so both sides go without it.
    let mut bundle = scene(&format!("{text}\n{}", any_token())).bundle;
    without_metadata(&mut bundle);
    filters.iter_mut().for_each(without_foreign_metadata);
    let mesh = Mesh {
        trust_domain: domains[0].into(),
        trust_domain_aliases: domains[1..].iter().map(|domain| (*domain).into()).collect(),
        ..Mesh::default()
    };
    let grpc = known.iter().map(|name| (*name).into()).collect();
    let providers = Some(&Providers { grpc, http: Vec::new() });
    let semantics = Semantics::new(MeshConfig { providers, ..MeshConfig::new(&mesh) }, &bundle);
    let labels = labels(&[("app", "httpbin"), ("version", "v1")]);
    let target = Target::Sidecar { namespace: "foo", labels: &labels };
    let mut pool = Pool::new(&filters);
    let mut counts = BTreeMap::new();
    let mut accesses: BTreeMap<u16, Access<'_>> = BTreeMap::new();
    for _ in 0..REQUESTS {
        let (request, port) = pool.request();
        let access =
            accesses.entry(port).or_insert_with(|| semantics.decide(target, port, Filters::Http).unwrap());
        let expected = rbac::decide(&filters, &Sent { request: &request, port });
        let found = verdict(access, &request);
        assert_eq!(found, expected, "{name}: {request} at port {port}");
        let kind = format!("{expected:?}").split('(').next().unwrap().to_owned();
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn any_token() -> String {
    super::object("RequestAuthentication", "foo", "jwt", "jwtRules: [{jwksUri: 'https://x/keys'}]")
}

/// The decision of the rules alone: the handshake is not part of the cases.
fn verdict(access: &Access<'_>, request: &Request) -> Verdict {
    let mut access = access.clone();
    access.handshake = meshward::access::Formula::Always;
    let (outcome, rule) = access.outcome(request);
    let id = rule.map(|rule| rule.to_string());
    match outcome {
        Outcome::Allowed => Verdict::Allowed(id),
        Outcome::Denied => Verdict::Denied(id),
        Outcome::External => Verdict::External(id.unwrap()),
        Outcome::Refused | Outcome::Unauthenticated => panic!("{outcome:?}: {request}"),
    }
}

fn without_metadata(bundle: &mut Bundle) {
    for object in &mut bundle.objects {
        if let Resource::AuthorizationPolicy(policy) = &mut object.resource {
            for rule in &mut policy.spec.rules {
                rule.when.retain(|when| !when.key.starts_with("experimental."));
            }
        }
    }
}

fn without_foreign_metadata(node: &mut Value) {
    let is_foreign = |node: &Value| {
        let node = node.get("notRule").unwrap_or(node);
        node.get("metadata").is_some_and(|found| found["filter"] != "envoy.filters.http.jwt_authn")
    };
    match node {
        Value::Sequence(list) => {
            list.retain(|node| !is_foreign(node));
            list.iter_mut().for_each(without_foreign_metadata);
        }
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, node)| without_foreign_metadata(node)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {}
    }
}

/// Requests that are aimed at the rules of some filters, and often miss them by one attribute.
struct Pool<'f> {
    policies: Vec<&'f Value>,
    dice: Dice,
}

impl<'f> Pool<'f> {
    fn new(filters: &'f [Value]) -> Self {
        let rules = filters.iter().flat_map(|filter| {
            ["rules", "shadowRules"].map(|kind| filter["typedConfig"].get(kind)).into_iter().flatten()
        });
        let policies = rules.filter_map(|rules| rules["policies"].as_mapping());
        Self { policies: policies.flat_map(|policies| policies.values()).collect(), dice: Dice(7) }
    }

    /// A request and its port.
    fn request(&mut self) -> (Request, u16) {
        let mut aimed = (Request::new("GET", "host", "/"), 80);
        let times = 1 + self.dice.below(2);
        for _ in 0..times {
            let policy = self.policies[self.dice.below(self.policies.len())];
            for side in ["permissions", "principals"] {
                let chosen = self.dice.choose(policy[side].as_sequence().unwrap());
                self.aim(chosen, &mut aimed);
            }
        }
        aimed
    }

    /// Gives the request what a node asks for, or nearly. Once in a while also what it must not have.
    fn aim(&mut self, node: &Value, aimed: &mut (Request, u16)) {
        let (kind, inner) = node.as_mapping().unwrap().iter().next().unwrap();
        let list = |key: &str| inner[key].as_sequence().unwrap();
        match kind.as_str().unwrap() {
            "any" => {}
            "andRules" => self.aim_at_all(list("rules"), aimed),
            "andIds" => self.aim_at_all(list("ids"), aimed),
            "orRules" => {
                let chosen = self.dice.choose(list("rules"));
                self.aim(chosen, aimed);
            }
            "orIds" => {
                let chosen = self.dice.choose(list("ids"));
                self.aim(chosen, aimed);
            }
            "notRule" | "notId" if self.dice.below(4) > 0 => {}
            "notRule" | "notId" => self.aim(inner, aimed),
            leaf => self.set(leaf, inner, aimed),
        }
    }

    /// The last one has its way where two ask for the same attribute, so each comes last at times.
    fn aim_at_all(&mut self, nodes: &[Value], aimed: &mut (Request, u16)) {
        let first = self.dice.below(nodes.len());
        nodes[first..].iter().chain(&nodes[..first]).for_each(|node| self.aim(node, aimed));
    }

    fn set(&mut self, kind: &str, matcher: &Value, (request, port): &mut (Request, u16)) {
        match kind {
            "authenticated" => request.identity = Some(self.text(&matcher["principalName"])),
            "destinationIp" => request.destination = self.address(matcher),
            "destinationPort" => *port = matcher.as_u64().unwrap() as u16,
            "directRemoteIp" => request.peer = self.address(matcher),
            "header" => self.set_header(matcher, request),
            "metadata" => self.set_claim(matcher, request),
            "remoteIp" => request.client = self.address(matcher),
            "requestedServerName" => request.sni = Some(self.text(matcher)),
            "uriTemplate" => {
                let template = matcher["typedConfig"]["pathTemplate"].as_str().unwrap();
                request.path = template.replace("**", ["", "x", "x/y"][self.dice.below(3)]).replace('*', "x");
            }
            "urlPath" => request.path = self.text(&matcher["path"]),
            other => panic!("no attribute: {other}"),
        }
    }

    fn set_header(&mut self, matcher: &Value, request: &mut Request) {
        let value = match matcher.get("stringMatch") {
            Some(matcher) => self.text(matcher),
            None => "x".to_owned(),
        };
        match matcher["name"].as_str().unwrap().to_lowercase().as_str() {
            ":authority" => request.host = value,
            ":method" => request.method = value,
            name => _ = request.headers.insert(name.into(), vec![value]),
        }
    }

    fn set_claim(&mut self, matcher: &Value, request: &mut Request) {
        let steps = matcher["path"].as_sequence().unwrap().iter().skip(1);
        let path: Vec<meshward::source::Symbol> =
            steps.map(|step| step["key"].as_str().unwrap().into()).collect();
        let mut matchers = Vec::new();
        texts(&matcher["value"], &mut matchers);
        let chosen = *self.dice.choose(&matchers);
        let value = self.text(chosen);
        if !matches!(request.token, Token::Valid(_)) {
            request.token = Token::Valid(Claims::default());
        }
        let Token::Valid(claims) = &mut request.token else { return };
        match path.as_slice() {
            [name] if name == "iss" => claims.issuer = Some(value),
            [name] if name == "sub" => claims.subject = Some(value),
            _ => _ = claims.others.insert(path.into(), vec![value]),
        }
    }

    /// A text that the matcher takes, or nearly.
    fn text(&mut self, matcher: &Value) -> String {
        let sample = self.dice.choose(&samples(matcher)).clone();
        match self.dice.below(12) {
            0 => format!("x{sample}"),
            1 => format!("{sample}x"),
            2 => sample.to_uppercase(),
            _ => sample,
        }
    }

    /// The first address of a block, or one far from it.
    fn address(&mut self, range: &Value) -> IpAddr {
        let text = if self.dice.below(4) > 0 { range["addressPrefix"].as_str().unwrap() } else { "8.8.8.8" };
        text.parse().unwrap()
    }
}

/// The string matchers of a value matcher.
fn texts<'v>(matcher: &'v Value, found: &mut Vec<&'v Value>) {
    for (kind, inner) in matcher.as_mapping().unwrap() {
        match kind.as_str().unwrap() {
            "stringMatch" => found.push(inner),
            "listMatch" => texts(&inner["oneOf"], found),
            "orMatch" => {
                inner["valueMatchers"].as_sequence().unwrap().iter().for_each(|one| texts(one, found));
            }
            other => panic!("no value: {other}"),
        }
    }
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as usize
    }

    fn choose<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}
