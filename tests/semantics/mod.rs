//! What Istio and Envoy do, statement by statement: each test says one of their rules in words, and shows it on a
//! policy and some requests.

mod agreement;
mod corpus;
mod decisions;
mod documented;
mod fields;
mod mutual_tls;
mod names;
mod network;
mod paths;
mod published;
mod rbac;
mod targets;
mod tokens;
mod trust_domains;
mod ztunnel;

use meshward::access::{Claims, Request, Token};
use meshward::diagnostic;
use meshward::graph::manifests::Manifest;
use meshward::istio::Bundle;
use meshward::istio::semantics::{Access, Filters, MeshConfig, NotModelled, Providers, Semantics, Target};
use meshward::policy::{Labels, Mesh};
use meshward::source::SourceMap;
use meshward::yaml;

/// Some objects, and where one asks about them: port 80 of the pods `app: x` in namespace `a`.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    bundle: Bundle,
    mesh: Mesh,
    providers: Option<Providers>,
    port: u16,
    filters: Filters,
}

/// The objects of some YAML. None of them may be refused.
#[track_caller]
pub(crate) fn scene(text: &str) -> Scene {
    let mut sources = SourceMap::default();
    let source = sources.add("istio.yaml", text);
    let (documents, mut diagnostics) = yaml::read(source, text);
    let manifests = [Manifest { source, documents, namespace: None }];
    let reading = meshward::istio::read(&manifests, &mut diagnostics);
    let is_fine = diagnostics.iter().all(|diagnostic| !diagnostic.is_error()) && reading.refused.is_empty();
    assert!(is_fine, "{}", diagnostic::render_human(&sources, &diagnostics, false));
    Scene { bundle: reading.bundle, mesh: Mesh::default(), providers: None, port: 80, filters: Filters::Http }
}

impl Scene {
    /// Other names of the trust domain.
    fn trust_domains(mut self, own: &str, aliases: &[&str]) -> Self {
        self.mesh.trust_domain = own.into();
        self.mesh.trust_domain_aliases = aliases.iter().map(|alias| (*alias).into()).collect();
        self
    }

    /// The providers of kind gRPC, and of kind HTTP, that the mesh knows.
    fn providers(mut self, grpc: &[&str], http: &[&str]) -> Self {
        let names = |list: &[&str]| list.iter().map(|name| (*name).into()).collect();
        self.providers = Some(Providers { grpc: names(grpc), http: names(http) });
        self
    }

    /// Another port.
    fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Connections that carry no HTTP.
    fn raw(mut self) -> Self {
        self.filters = Filters::Network;
        self
    }

    /// What happens at a target.
    fn at<T>(&self, target: Target<'_>, ask: impl FnOnce(Result<Access<'_>, NotModelled>) -> T) -> T {
        let config = MeshConfig { providers: self.providers.as_ref(), ..MeshConfig::new(&self.mesh) };
        ask(Semantics::new(config, &self.bundle).decide(target, self.port, self.filters))
    }

    /// What becomes of a request to the sidecar of `app: x` in namespace `a`.
    fn outcome(&self, request: &Request) -> String {
        let labels = labels(&[("app", "x")]);
        self.outcome_at(Target::Sidecar { namespace: "a", labels: &labels }, request)
    }

    /// What becomes of a request to a target: `Denied`, and `by …` where a rule is named.
    fn outcome_at(&self, target: Target<'_>, request: &Request) -> String {
        self.at(target, |access| match access {
            Ok(access) => match access.outcome(request) {
                (outcome, Some(rule)) => format!("{outcome:?} by {rule}"),
                (outcome, None) => format!("{outcome:?}"),
            },
            Err(reason) => format!("NotModelled: {reason}"),
        })
    }

    #[track_caller]
    fn expect(&self, expected: &str, request: &Request) -> &Self {
        assert_eq!(self.outcome(request), expected, "{request}");
        self
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

/// One policy `a/p` with the action and what stands in its `spec`.
fn policy(action: &str, spec: &str) -> String {
    named("a", "p", &format!("action: {action}, {spec}"))
}

/// One AuthorizationPolicy with what stands in its `spec`.
fn named(namespace: &str, name: &str, spec: &str) -> String {
    object("AuthorizationPolicy", namespace, name, spec)
}

/// One object with what stands in its `spec`.
fn object(kind: &str, namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name:?}, namespace: {namespace:?}}}\nspec: {{{spec}}}\n"
    )
}

/// A RequestAuthentication for all of namespace `a`.
fn tokens(rules: &str) -> String {
    object("RequestAuthentication", "a", "jwt", &format!("jwtRules: [{rules}]"))
}

/// A rule and what it says, to be shown on requests. The namespace accepts tokens of issuer `iss`.
struct Rule {
    says: &'static str,
    scene: Scene,
}

#[track_caller]
fn rule(says: &'static str, rule: &str) -> Rule {
    let text = policy("ALLOW", &format!("rules: [{{{rule}}}]")) + &tokens("{issuer: iss}");
    Rule { says, scene: scene(&text) }
}

impl Rule {
    #[track_caller]
    fn matches(self, request: &Request) -> Self {
        assert_eq!(
            self.scene.outcome(request),
            "Allowed by ns[a]-policy[p]-rule[0]",
            "{}: {request}",
            self.says
        );
        self
    }

    #[track_caller]
    fn misses(self, request: &Request) -> Self {
        assert_eq!(self.scene.outcome(request), "Denied", "{}: {request}", self.says);
        self
    }
}

fn get() -> Request {
    Request::new("GET", "h", "/")
}

fn path(path: &str) -> Request {
    Request { path: path.to_owned(), ..get() }
}

fn method(method: &str) -> Request {
    Request { method: method.to_owned(), ..get() }
}

fn host(host: &str) -> Request {
    Request { host: host.to_owned(), ..get() }
}

fn sni(name: &str) -> Request {
    Request { sni: Some(name.to_owned()), ..get() }
}

/// A caller by the rest of its URI.
fn by(principal: &str) -> Request {
    Request { identity: Some(format!("spiffe://{principal}")), ..get() }
}

fn header(name: &str, values: &[&str]) -> Request {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Request { headers: [(name.into(), values)].into(), ..get() }
}

fn peer(address: &str) -> Request {
    Request { peer: address.parse().unwrap(), ..get() }
}

fn client(address: &str) -> Request {
    Request { client: address.parse().unwrap(), ..get() }
}

fn destination(address: &str) -> Request {
    Request { destination: address.parse().unwrap(), ..get() }
}

/// A valid token of issuer `iss` and subject `sub` with some more claims; dots separate the steps of a path.
fn claims(others: &[(&str, &[&str])]) -> Request {
    let others = others.iter().map(|(path, values)| {
        let path: Vec<meshward::source::Symbol> = path.split('.').map(Into::into).collect();
        (path.into(), values.iter().map(|value| (*value).to_owned()).collect())
    });
    let claims = Claims { issuer: Some("iss".into()), subject: Some("sub".into()), others: others.collect() };
    Request { token: Token::Valid(claims), ..get() }
}

/// A valid token of some issuer, with a subject if it has one.
fn token(issuer: &str, subject: Option<&str>) -> Request {
    let claims =
        Claims { issuer: Some(issuer.into()), subject: subject.map(str::to_owned), ..Claims::default() };
    Request { token: Token::Valid(claims), ..get() }
}

fn invalid_token() -> Request {
    Request { token: Token::Invalid, ..get() }
}
