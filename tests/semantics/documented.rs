//! The examples of Istio's documentation, each with what its page says becomes of requests. Which examples are not
//! compared is listed with the reason.

use std::collections::BTreeSet;

use meshward::access::Request;
use meshward::istio::semantics::Target;
use meshward::policy::Labels;

use super::{Scene, by, claims, client, get, header, host, labels, method, object, path, peer, scene, token};
use crate::corpus;

const DOCS: &str = "authz-istio-docs/content/en";

/// The pages, and the numbers of their examples that are compared.
const COMPARED: &[(&str, &[u8])] = &[
    ("blog/2019/v1beta1-authorization-policy", &[1, 5, 6, 7]),
    ("docs/concepts/security", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("docs/ops/best-practices/security", &[1, 2, 4]),
    ("docs/ops/common-problems/security-issues", &[1]),
    ("docs/ops/configuration/security/security-policy-examples", &[1, 2, 3, 4, 5, 6]),
    ("docs/tasks/security/authorization/authz-custom", &[2]),
    ("docs/tasks/security/authorization/authz-deny", &[1, 2, 3]),
    ("docs/tasks/security/authorization/authz-dry-run", &[1]),
    ("docs/tasks/security/authorization/authz-http", &[1, 2, 3, 4, 5]),
    ("docs/tasks/security/authorization/authz-ingress", &[1, 2, 3, 4]),
    ("docs/tasks/security/authorization/authz-jwt", &[1, 2]),
    ("docs/tasks/security/authorization/authz-tcp", &[1, 2, 3, 4]),
    ("docs/tasks/security/authorization/authz-td-migration", &[1]),
    ("docs/tasks/traffic-management/ingress/ingress-sidecar-tls-termination", &[2]),
];

/// The others that have security resources, and why they are not compared.
const OTHERS: &[(&str, &[u8], &str)] = &[
    ("blog/2019/v1beta1-authorization-policy", &[2, 3, 4], "the rules are left out"),
    ("docs/ops/configuration/mesh/app-health-check", &[2], "no request is spoken of"),
    ("docs/ops/diagnostic-tools/istioctl-describe", &[1], "no request is spoken of"),
    ("docs/reference/config/analysis/ist0127", &[1], "no request is spoken of"),
    ("docs/reference/config/analysis/ist0166", &[2], "refused: a `from` without `source`"),
    ("docs/setup/install/multiple-controlplanes", &[1, 2], "two meshes in one cluster"),
    (
        "docs/tasks/security/authorization/authz-ingress",
        &[5, 6, 7, 8, 9, 10, 11, 12],
        "refused: `$CLIENT_IP`",
    ),
    ("docs/tasks/security/cert-management/plugin-ca-cert", &[1], "no request is spoken of"),
];

fn file(page: &str, number: u8) -> String {
    format!("{page}/index/{number:02}.yaml")
}

#[test]
fn every_example_is_compared_or_has_a_reason() {
    let Some(root) = corpus::folder() else { return };
    let root = root.join(DOCS);
    let kinds = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];
    let has_any = |text: &str| kinds.iter().any(|kind| text.contains(&format!("kind: {kind}\n")));
    let with_objects = corpus::files(&root).into_iter().filter(|(_, text)| has_any(text));
    let prefix = format!("{}/", root.display());
    let there: BTreeSet<String> =
        with_objects.map(|(name, _)| name.strip_prefix(&prefix).unwrap().to_owned()).collect();
    let compared = COMPARED.iter().map(|(page, numbers)| (page, numbers));
    let others = OTHERS.iter().map(|(page, numbers, _)| (page, numbers));
    let known = compared.chain(others);
    let known: BTreeSet<String> =
        known.flat_map(|(page, numbers)| numbers.iter().map(|number| file(page, *number))).collect();
    assert_eq!(there, known);
}

/// Some examples of a page together, and the pods that it speaks of.
struct Page {
    scene: Scene,
    namespace: &'static str,
    labels: Labels,
    is_gateway: bool,
}

/// Examples of a page, and objects that it takes for granted; nothing without the corpus.
fn page(page: &str, numbers: &[u8], more: &str) -> Option<Page> {
    let folder = corpus::folder()?.join(DOCS);
    let known = COMPARED.iter().find(|(known, _)| known.ends_with(page)).expect("the page is in the list");
    assert!(numbers.iter().all(|number| known.1.contains(number)), "the example is in the list");
    let read = |number: &u8| std::fs::read_to_string(folder.join(file(known.0, *number))).unwrap();
    let text: Vec<String> = numbers.iter().map(read).collect();
    let scene = scene(&format!("{}\n{more}", text.join("\n---\n")));
    Some(Page { scene, namespace: "foo", labels: labels(&[("app", "httpbin")]), is_gateway: false })
}

impl Page {
    fn at(mut self, namespace: &'static str, pairs: &[(&str, &str)]) -> Self {
        self.namespace = namespace;
        self.labels = labels(pairs);
        self
    }

    fn gateway(mut self) -> Self {
        self.is_gateway = true;
        self
    }

    fn with(mut self, change: impl FnOnce(Scene) -> Scene) -> Self {
        self.scene = change(self.scene);
        self
    }

    fn outcome(&self, request: &Request) -> String {
        let (namespace, labels) = (self.namespace, &self.labels);
        let target = if self.is_gateway {
            Target::Gateway { namespace, labels, certificates: false }
        } else {
            Target::Sidecar { namespace, labels }
        };
        self.scene.outcome_at(target, request)
    }

    #[track_caller]
    fn is(self, outcome: &str, request: &Request) -> Self {
        let found = self.outcome(request);
        assert!(found == outcome || found.starts_with(&format!("{outcome} by ")), "{found}: {request}");
        self
    }

    #[track_caller]
    fn allowed(self, request: &Request) -> Self {
        self.is("Allowed", request)
    }

    #[track_caller]
    fn denied(self, request: &Request) -> Self {
        self.is("Denied", request)
    }
}

/// A request of an account.
fn of(account: &str, request: Request) -> Request {
    let (namespace, name) = account.split_once('/').unwrap();
    Request { identity: by(&format!("cluster.local/ns/{namespace}/sa/{name}")).identity, ..request }
}

fn issuers(namespace: &str, issuers: &[&str]) -> String {
    let rules: Vec<String> = issuers.iter().map(|issuer| format!("{{issuer: '{issuer}'}}")).collect();
    object("RequestAuthentication", namespace, "jwt", &format!("jwtRules: [{}]", rules.join(", ")))
}

#[test]
fn http_traffic() {
    let with = |numbers: &[u8], app| Some(page("authz-http", numbers, "")?.at("default", &[("app", app)]));
    let Some(closed) = with(&[1], "productpage") else { return };
    closed.denied(&get());
    with(&[1, 2], "productpage").unwrap().allowed(&get()).denied(&method("POST"));
    let viewer = of("default/bookinfo-productpage", get());
    let reviewer = of("default/bookinfo-reviews", get());
    with(&[1, 2], "details").unwrap().denied(&viewer);
    with(&[1, 2, 3], "details").unwrap().allowed(&viewer).denied(&reviewer);
    with(&[1, 2, 3], "reviews").unwrap().denied(&viewer);
    with(&[1, 2, 3, 4], "reviews").unwrap().allowed(&viewer);
    with(&[1, 2, 3, 4], "ratings").unwrap().denied(&reviewer);
    with(&[1, 2, 3, 4, 5], "ratings").unwrap().allowed(&reviewer).denied(&viewer);
}

#[test]
fn tcp_traffic() {
    let outcomes = |number| {
        [9000, 9001, 9002].map(|port| {
            let page = page("authz-tcp", &[number], "")?.at("foo", &[("app", "tcp-echo")]);
            let page = page.with(|scene| scene.raw().port(port));
            Some(page.outcome(&of("foo/curl", get())).starts_with("Allowed"))
        })
    };
    if outcomes(1)[0].is_none() {
        return;
    }
    assert_eq!(outcomes(1), [true, true, false].map(Some), "requests to ports 9000 and 9001 are allowed");
    assert_eq!(outcomes(2), [false; 3].map(Some), "the rule is invalid for TCP and ignored");
    assert_eq!(outcomes(3), [false; 3].map(Some), "methods are ignored, and all is denied");
    assert_eq!(outcomes(4), [false, true, true].map(Some), "port 9000 alone is denied");
}

#[test]
fn explicit_deny() {
    let Some(first) = page("authz-deny", &[1], "") else { return };
    first.denied(&get()).allowed(&method("POST"));
    let [admin, guest] = ["admin", "guest"].map(|token| header("x-token", &[token]));
    page("authz-deny", &[2], "").unwrap().allowed(&admin).denied(&guest).denied(&get());
    let to = |path: &str, request: &Request| Request { path: path.to_owned(), ..request.clone() };
    page("authz-deny", &[2, 3], "")
        .unwrap()
        .denied(&to("/ip", &guest))
        .allowed(&to("/ip", &admin))
        .denied(&to("/get", &admin));
}

#[test]
fn tokens() {
    let tokens = issuers("foo", &["testing@secure.istio.io"]);
    let valid = token("testing@secure.istio.io", Some("testing@secure.istio.io"));
    let Some(required) = page("authz-jwt", &[1], &tokens) else { return };
    required.allowed(&valid).denied(&get()).is("Unauthenticated", &super::invalid_token());
    let mut in_group = claims(&[("groups", &["group1", "group2"])]);
    if let meshward::access::Token::Valid(claims) = &mut in_group.token {
        claims.issuer = Some("testing@secure.istio.io".into());
        claims.subject = Some("testing@secure.istio.io".into());
    }
    page("authz-jwt", &[2], &tokens).unwrap().allowed(&in_group).denied(&valid);
}

#[test]
fn a_migration_of_the_trust_domain() {
    let Some(page) = page("authz-td-migration", &[1], "") else { return };
    let page = page.at("default", &[("app", "httpbin")]);
    let of = |domain: &str, namespace: &str| by(&format!("{domain}/ns/{namespace}/sa/curl"));
    let page = page.with(|scene| scene.trust_domains("old-td", &[]));
    let page = page.allowed(&of("old-td", "curl-allow")).denied(&of("old-td", "default"));
    // The trust domain changes, and nobody gets through; with the alias it is as before.
    let page = page.with(|scene| scene.trust_domains("new-td", &[])).denied(&of("new-td", "curl-allow"));
    let page = page.with(|scene| scene.trust_domains("new-td", &["old-td"]));
    page.allowed(&of("new-td", "curl-allow")).denied(&of("new-td", "default"));
}

#[test]
fn dry_runs_and_providers() {
    let Some(dry_run) = page("authz-dry-run", &[1], "") else { return };
    let of_default = |page: Page| page.at("default", &[("app", "httpbin")]);
    of_default(dry_run).allowed(&path("/headers")).allowed(&path("/ip"));
    let custom = of_default(page("authz-custom", &[2], "").unwrap());
    let custom = custom.with(|scene| scene.providers(&["sample-ext-authz-grpc"], &["sample-ext-authz-http"]));
    custom.is("External", &path("/headers")).allowed(&path("/ip"));
}

#[test]
fn ingress_gateways() {
    for (number, namespace, label) in [
        (1, "istio-system", ("app", "istio-ingressgateway")),
        (2, "istio-system", ("app", "istio-ingressgateway")),
        (3, "foo", ("gateway.networking.k8s.io/gateway-name", "httpbin-gateway")),
        (4, "foo", ("gateway.networking.k8s.io/gateway-name", "httpbin-gateway")),
    ] {
        let Some(page) = page("authz-ingress", &[number], "") else { return };
        // The odd ones look at the peer, the even ones at the client behind trusted proxies.
        let from = if number % 2 == 1 { peer } else { client };
        let page = page.at(namespace, &[label]).gateway();
        page.allowed(&from("1.2.3.4")).allowed(&from("5.6.7.9")).denied(&from("1.2.3.5"));
    }
}

#[test]
fn concepts_of_authentication() {
    let with = |numbers: &[u8], app| Some(page("concepts/security", numbers, "")?.at("foo", &[("app", app)]));
    let caller = of("foo/curl", get());
    let Some(strict) = with(&[1], "reviews") else { return };
    strict.allowed(&caller).is("Refused", &get());
    with(&[1], "ratings").unwrap().allowed(&get());
    with(&[2], "any").unwrap().allowed(&caller).is("Refused", &get());
    // Port 80 takes plaintext, the others what the namespace says.
    with(&[2, 3], "example-app").unwrap().allowed(&get());
    with(&[2, 3], "example-app").unwrap().with(|scene| scene.port(81)).is("Refused", &get());
    with(&[2, 3], "another").unwrap().is("Refused", &get());
    let page = page("ingress-sidecar-tls-termination", &[2], "").unwrap().at("test", &[("app", "httpbin")]);
    page.is("Refused", &get()).with(|scene| scene.port(9080)).allowed(&get());
}

const HTTPBIN: &[(&str, &str)] = &[("app", "httpbin"), ("version", "v1")];

#[test]
fn concepts_of_authorization() {
    let google = issuers("foo", &["https://accounts.google.com"]);
    let with = |number, more: &str| Some(page("concepts/security", &[number], more)?.at("foo", HTTPBIN));
    let Some(sources) = with(4, &google) else { return };
    let with_token =
        |request| Request { token: token("https://accounts.google.com", Some("s")).token, ..request };
    sources
        .allowed(&with_token(of("default/curl", get())))
        .allowed(&with_token(of("dev/any", get())))
        .denied(&of("default/curl", get()))
        .denied(&with_token(of("default/other", get())))
        .denied(&with_token(of("dev/any", method("POST"))));
    with(5, "").unwrap().denied(&of("dev/any", get())).allowed(&of("foo/any", get()));
    let curl = |values: &[&str]| of("default/curl", header("version", values));
    with(13, "").unwrap().allowed(&curl(&["v1"])).allowed(&curl(&["v2"])).denied(&curl(&["v3"]));
    let caller = of("default/any", get());
    with(14, "").unwrap().allowed(&get()).allowed(&caller).denied(&method("PUT"));
    with(15, "").unwrap().denied(&get()).allowed(&caller).denied(&of("default/any", method("PUT")));
    let raw = page("concepts/security", &[16], "").unwrap().at("default", &[("app", "mongodb")]);
    raw.with(|scene| scene.raw().port(27017))
        .allowed(&of("default/bookinfo-ratings-v2", get()))
        .denied(&of("default/bookinfo-ratings", get()));
}

#[test]
fn concepts_of_matching() {
    let products = |number| {
        let page = page("concepts/security", &[number], &issuers("default", &["iss"]))?;
        Some(page.at("default", &[("app", "products")]))
    };
    let Some(read) = products(6) else { return };
    read.allowed(&get()).allowed(&method("HEAD")).denied(&method("POST"));
    let tester = products(7).unwrap();
    tester.allowed(&path("/test/a")).allowed(&path("/any/info")).denied(&path("/tests"));
    let with_token = |path: &str| Request { path: path.to_owned(), ..token("iss", Some("s")) };
    // The page says that `/healthz` needs no token. The policy is an ALLOW, so that it can not be had at all.
    let healthz = products(8).unwrap().allowed(&with_token("/a")).denied(&path("/a"));
    healthz.denied(&path("/healthz"));
    products(9).unwrap().denied(&path("/admin")).allowed(&with_token("/admin")).allowed(&path("/"));
    products(10).unwrap().denied(&get());
    products(11).unwrap().denied(&get());
    products(12).unwrap().allowed(&get());
}

#[test]
fn policies_by_example() {
    let Some(hosts) =
        page("security-policy-examples", &[1], &issuers("istio-system", &["a@example.com", "a@another.org"]))
    else {
        return;
    };
    let gateway = |page: Page| page.at("istio-system", &[("istio", "ingressgateway")]).gateway();
    let to = |name: &str, issuer: &str| Request { host: name.to_owned(), ..token(issuer, Some(issuer)) };
    gateway(hosts)
        .allowed(&to("example.com", "a@example.com"))
        .allowed(&to("www.example.com", "a@example.com"))
        .denied(&to("example.com", "a@another.org"))
        .allowed(&to("www.another.org", "a@another.org"))
        .denied(&host("example.com"));
    let example = |number, more: &str| page("security-policy-examples", &[number], more).unwrap();
    let [inside, outside] = ["foo/any", "bar/any"].map(|account| of(account, get()));
    let ingress = of("istio-system/istio-ingressgateway-service-account", get());
    example(2, "").allowed(&inside).denied(&outside).denied(&ingress).is("Refused", &get());
    example(3, "").allowed(&inside).denied(&outside).allowed(&ingress);
    example(4, "").allowed(&inside).denied(&get());
    let tokens = gateway(example(5, &issuers("istio-system", &["iss"])));
    tokens.allowed(&token("iss", Some("s"))).denied(&get());
    example(6, "").allowed(&inside).denied(&outside).allowed(&ingress);
}

#[test]
fn practices_and_problems() {
    for number in [1, 2] {
        let Some(public) = page("best-practices/security", &[number], "") else { return };
        public.at("default", &[]).allowed(&path("/public")).denied(&path("/other"));
    }
    let gateway = page("best-practices/security", &[4], "").unwrap();
    gateway
        .at("istio-system", &[("app", "istio-ingressgateway")])
        .gateway()
        .denied(&host("example.com"))
        .denied(&host("example.com:8080"))
        .allowed(&host("example.org"));
    // A dash makes two rules of one: the path for everyone, and everything for the namespace.
    let either = page("common-problems/security-issues", &[1], "").unwrap();
    either.allowed(&path("/foo")).allowed(&of("foo/any", path("/bar"))).denied(&of("bar/any", path("/bar")));
}

#[test]
fn the_first_page_about_these_policies() {
    let page = |number| Some(page("v1beta1-authorization-policy", &[number], "")?.at("foo", HTTPBIN));
    let Some(first) = page(1) else { return };
    let sleep = |request| of("default/sleep", request);
    first.allowed(&sleep(header("version", &["v1"]))).denied(&sleep(get()));
    page(5).unwrap().denied(&sleep(get()));
    page(6).unwrap().allowed(&sleep(get())).denied(&sleep(method("POST"))).denied(&get());
    page(7).unwrap().denied(&sleep(get()));
}
