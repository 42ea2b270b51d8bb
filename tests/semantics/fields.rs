//! Each field of a rule and how its values are compared.

use super::{by, claims, client, destination, get, header, host, method, path, peer, rule, sni, token};

#[test]
fn any_rule_any_source_any_operation_all_conditions() {
    rule("`{}` matches always", "").matches(&get());
    rule(
        "OR over from, AND over when",
        "from: [{source: {namespaces: [b]}}, {source: {namespaces: [c]}}], \
         when: [{key: source.ip, values: [10.0.0.1]}, {key: remote.ip, values: [10.0.0.2]}]",
    )
    .matches(&request(&["b", "10.0.0.1", "10.0.0.2"]))
    .matches(&request(&["c", "10.0.0.1", "10.0.0.2"]))
    .misses(&request(&["d", "10.0.0.1", "10.0.0.2"]))
    .misses(&request(&["b", "10.0.0.3", "10.0.0.2"]))
    .misses(&request(&["b", "10.0.0.1", "10.0.0.3"]));
    rule(
        "every set field ANDed, items within one list ORed",
        "to: [{operation: {methods: [GET, POST], paths: [/a]}}, {operation: {methods: [PUT]}}]",
    )
    .matches(&path("/a"))
    .misses(&path("/b"))
    .matches(&method("PUT"))
    .misses(&method("POST"));
    rule(
        "`notX` = NOT(OR of items), ANDed with the positive list of the same field",
        "to: [{operation: {paths: [/a*], notPaths: [/ab, /ac]}}]",
    )
    .matches(&path("/a"))
    .misses(&path("/ab"))
    .misses(&path("/ac"))
    .misses(&path("/b"));
    rule(
        "one `when` with both = OR(values) AND NOT OR(notValues)",
        "when: [{key: 'request.headers[x]', values: ['a*'], notValues: [ab]}]",
    )
    .matches(&header("x", &["a"]))
    .misses(&header("x", &["ab"]))
    .misses(&header("x", &["b"]));
}

fn request([namespace, peer, client]: &[&str; 3]) -> meshward::access::Request {
    meshward::access::Request {
        peer: peer.parse().unwrap(),
        client: client.parse().unwrap(),
        ..by(&format!("cluster.local/ns/{namespace}/sa/s"))
    }
}

#[test]
fn the_order_of_tests_is_presence_suffix_prefix_exact() {
    rule("`*a*` = suffix match on the literal text `a*`", "to: [{operation: {paths: ['*a*']}}]")
        .matches(&path("/a*"))
        .misses(&path("/a"))
        .misses(&path("/ab"));
    rule("`a*b` = exact literal `a*b`", "to: [{operation: {paths: ['/a*b']}}]")
        .matches(&path("/a*b"))
        .misses(&path("/ab"))
        .misses(&path("/axb"));
}

#[test]
fn paths() {
    rule("exact; case-sensitive; trailing slash significant", "to: [{operation: {paths: [/a]}}]")
        .matches(&path("/a"))
        .misses(&path("/A"))
        .misses(&path("/a/"));
    rule("`/foo/*` does NOT match `/foo`", "to: [{operation: {paths: [/foo/*]}}]")
        .misses(&path("/foo"))
        .matches(&path("/foo/"))
        .matches(&path("/foo/bar"));
    rule("`/foo*` matches `/foobar`", "to: [{operation: {paths: [/foo*]}}]").matches(&path("/foobar"));
    rule("suffix", "to: [{operation: {paths: ['*/b']}}]").matches(&path("/a/b")).misses(&path("/b/a"));
    rule("`*` is the regex `.+`", "to: [{operation: {paths: ['*']}}]").matches(&get());
}

#[test]
fn methods() {
    rule("exact on :method, case-sensitive", "to: [{operation: {methods: [GET]}}]")
        .matches(&method("GET"))
        .misses(&method("get"))
        .misses(&method("HEAD"));
    rule("prefix", "to: [{operation: {methods: ['P*']}}]").matches(&method("PUT")).misses(&method("GET"));
    rule("suffix", "to: [{operation: {methods: ['*T']}}]").matches(&method("GET")).misses(&method("HEAD"));
    rule("header present", "to: [{operation: {methods: ['*']}}]").matches(&method("BREW"));
}

#[test]
fn hosts() {
    rule(":authority as sent INCLUDING `:port`", "to: [{operation: {hosts: [h.example]}}]")
        .matches(&host("h.example"))
        .misses(&host("h.example:80"));
    rule("use `h` and `h:*`", "to: [{operation: {hosts: ['h:*']}}]")
        .matches(&host("h:80"))
        .misses(&host("h"));
    rule("exact, ignore case", "to: [{operation: {hosts: [H.Example]}}]").matches(&host("h.eXAMPLE"));
    rule("prefix, ic", "to: [{operation: {hosts: ['A.*']}}]").matches(&host("a.b")).misses(&host("b.a."));
    rule("suffix, ic", "to: [{operation: {hosts: ['*.B']}}]").matches(&host("a.b")).misses(&host("a.b:80"));
    rule("header present", "to: [{operation: {hosts: ['*']}}]").matches(&host("anything"));
    rule("notHosts", "to: [{operation: {notHosts: [a]}}]").misses(&host("A")).matches(&host("b"));
}

#[test]
fn ports() {
    rule("integer equality", "to: [{operation: {ports: ['80', '90']}}]").matches(&get());
    rule("integer equality", "to: [{operation: {ports: ['90']}}]").misses(&get());
    rule("port `080` (= 80)", "to: [{operation: {ports: ['080']}}]").matches(&get());
    rule("notPorts", "to: [{operation: {notPorts: ['80']}}]").misses(&get());
    rule("destination.port", "when: [{key: destination.port, values: ['80']}]").matches(&get());
    rule("destination.port", "when: [{key: destination.port, notValues: ['80']}]").misses(&get());
}

#[test]
fn principals() {
    for field in
        ["from: [{source: {principals: [VALUE]}}]", "when: [{key: source.principal, values: [VALUE]}]"]
    {
        let of = |says, value: &str| rule(says, &field.replace("VALUE", value));
        of("`spiffe://`+v exact", "cluster.local/ns/b/sa/s")
            .matches(&by("cluster.local/ns/b/sa/s"))
            .misses(&by("cluster.local/ns/b/sa/s2"))
            .misses(&get());
        of("prefix `spiffe://p`", "cluster.local/ns/b/*")
            .matches(&by("cluster.local/ns/b/sa/s"))
            .misses(&by("cluster.local/ns/c/sa/s"));
        of("regex `spiffe://.*`+quoted(s)", "'*/sa/s.t'")
            .matches(&by("cluster.local/ns/b/sa/s.t"))
            .misses(&by("cluster.local/ns/b/sa/s-t"));
        of("regex `.+`: any identity, not plaintext", "'*'")
            .matches(&by("cluster.local/other"))
            .misses(&get());
        of(
            "principals need no `spiffe://` prefix (writing it never matches)",
            "spiffe://cluster.local/ns/b/sa/s",
        )
        .misses(&by("cluster.local/ns/b/sa/s"));
    }
}

#[test]
fn namespaces() {
    for field in
        ["from: [{source: {namespaces: [VALUE]}}]", "when: [{key: source.namespace, values: [VALUE]}]"]
    {
        let of = |says, value: &str| rule(says, &field.replace("VALUE", value));
        of("regex `.*/ns/`+v+`/.*`, full match", "b")
            .matches(&by("cluster.local/ns/b/sa/s"))
            .misses(&by("cluster.local/ns/bc/sa/s"))
            .misses(&get());
        of("every `*` ANYWHERE becomes `.*`", "b*d")
            .matches(&by("cluster.local/ns/bcd/sa/s"))
            .matches(&by("cluster.local/ns/bd/sa/s"))
            .misses(&by("cluster.local/ns/bc/sa/s"));
        of("`.*` may cross `/`", "b*d").matches(&by("cluster.local/ns/b/sa/d/x"));
        of("rest quoted", "b.d").misses(&by("cluster.local/ns/bcd/sa/s"));
        of("`.*/ns/.*/.*`", "'*'").matches(&by("cluster.local/ns/b/sa/s")).misses(&by("cluster.local/x"));
    }
}

#[test]
fn service_accounts() {
    let fields = [
        "from: [{source: {serviceAccounts: [VALUE]}}]",
        "when: [{key: source.serviceAccount, values: [VALUE]}]",
    ];
    for field in fields {
        let of = |says, value: &str| rule(says, &field.replace("VALUE", value));
        of("regex `spiffe://.+/ns/<ns>/(.+/|)sa/<sa>(/.+)?`", "b/s")
            .matches(&by("cluster.local/ns/b/sa/s"))
            .matches(&by("cluster.local/ns/b/x/y/sa/s"))
            .matches(&by("cluster.local/ns/b/sa/s/x"))
            .matches(&by("cluster.local/ns/b/x/sa/s/x"))
            .misses(&by("cluster.local/ns/b/sa/st"))
            .misses(&by("cluster.local/ns/b/sa/s/"))
            .misses(&by("cluster.local/ns/b/xsa/s"));
        of("bare name => namespace of the POLICY object", "s")
            .matches(&by("cluster.local/ns/a/sa/s"))
            .misses(&by("cluster.local/ns/b/sa/s"));
        of("quoted", "b/s.t").misses(&by("cluster.local/ns/b/sa/s-t"));
        // "root-ns policy with bare name = root-ns SA!"
        let rules = format!("rules: [{{{}}}]", field.replace("VALUE", "s"));
        super::scene(&super::named("istio-system", "p", &rules))
            .expect(
                "Allowed by ns[istio-system]-policy[p]-rule[0]",
                &by("cluster.local/ns/istio-system/sa/s"),
            )
            .expect("Denied", &by("cluster.local/ns/a/sa/s"));
    }
}

#[test]
fn request_principals() {
    let fields = [
        "from: [{source: {requestPrincipals: [VALUE]}}]",
        "when: [{key: request.auth.principal, values: [VALUE]}]",
    ];
    for field in fields {
        let text = |value: &str, issuer: &str| {
            super::policy("ALLOW", &format!("rules: [{{{}}}]", field.replace("VALUE", value)))
                + &super::tokens(&format!("{{issuer: '{issuer}'}}"))
        };
        let allowed = |says, value: &str, issuer: &str, subject: Option<&str>, expected: bool| {
            let outcome = super::scene(&text(value, issuer)).outcome(&token(issuer, subject));
            assert_eq!(
                outcome != "Denied",
                expected,
                "{says}: `{value}` and {issuer} {subject:?}: {outcome}"
            );
        };
        allowed(
            "split at LAST `/`: iss exact AND sub exact",
            "https://i/x/s",
            "https://i/x",
            Some("s"),
            true,
        );
        allowed(
            "split at LAST `/`: iss exact AND sub exact",
            "https://i/x/s",
            "https://i",
            Some("x/s"),
            false,
        );
        allowed("`iss/*`: iss exact, sub `.+`", "i/*", "i", Some("s"), true);
        allowed("`iss/*`: iss exact, sub `.+`", "i/*", "i", None, false);
        allowed("`iss/ab*`: sub prefix", "i/ab*", "i", Some("abc"), true);
        allowed("`iss/ab*`: sub prefix", "i/ab*", "i", Some("b"), false);
        allowed("`abc*` (no slash): iss prefix, sub `.+`", "ab*", "abc", Some("s"), true);
        allowed("`abc*` (no slash): iss prefix, sub `.+`", "ab*", "b", Some("s"), false);
        allowed("`*/sub`: iss `.+`, sub exact", "'*/s'", "i", Some("s"), true);
        allowed("`*/sub`: iss `.+`, sub exact", "'*/*'", "i", Some("s"), false);
        allowed("`*x/sub`: iss suffix x, sub exact", "'*x/s'", "ix", Some("s"), true);
        allowed("`*x/sub`: iss suffix x, sub exact", "'*x/s*'", "ix", Some("st"), false);
        allowed("`*s` (no slash): iss `.+`, sub suffix", "'*b'", "i", Some("ab"), true);
        allowed("`*s` (no slash): iss `.+`, sub suffix", "'*b'", "i", Some("a"), false);
        allowed("iss `.+` AND sub `.+`", "'*'", "i", Some("s"), true);
        allowed("a token WITHOUT `sub` never satisfies `*`", "'*'", "i", None, false);
        allowed("exact value without `/` => iss=value AND sub=\"\"", "i", "i", Some("s"), false);
        allowed("exact value without `/` => iss=value AND sub=\"\"", "i", "i", Some(""), true);
    }
}

#[test]
fn audiences_and_presenter() {
    rule(
        "claims `aud`: string value OR any string in list",
        "when: [{key: request.auth.audiences, values: [x, 'p*', '*s']}]",
    )
    .matches(&claims(&[("aud", &["x"])]))
    .matches(&claims(&[("aud", &["y", "x"])]))
    .matches(&claims(&[("aud", &["pq"])]))
    .matches(&claims(&[("aud", &["rs"])]))
    .misses(&claims(&[("aud", &["y"])]))
    .misses(&get());
    rule("claims `azp`", "when: [{key: request.auth.presenter, values: ['*']}]")
        .matches(&claims(&[("azp", &["x"])]))
        .misses(&claims(&[("azp", &[""])]))
        .misses(&claims(&[]));
}

#[test]
fn claims_of_any_name() {
    rule("string OR list membership", "when: [{key: 'request.auth.claims[groups]', values: [dev]}]")
        .matches(&claims(&[("groups", &["dev"])]))
        .matches(&claims(&[("groups", &["ops", "dev"])]))
        .misses(&claims(&[("groups", &["devs"])]))
        .misses(&claims(&[]));
    rule("nested path payload.a.b", "when: [{key: 'request.auth.claims[a][b]', values: [x]}]")
        .matches(&claims(&[("a.b", &["x"])]))
        .misses(&claims(&[("a", &["x"])]));
    rule("dots are not separators", "when: [{key: 'request.auth.claims[a.b]', values: [x]}]")
        .misses(&claims(&[("a.b", &["x"])]));
    rule("same rules: `.+`", "when: [{key: 'request.auth.claims[sub]', values: ['*']}]")
        .matches(&token("iss", Some("s")))
        .misses(&token("iss", None));
}

#[test]
fn headers() {
    rule("exact, case-sensitive", "when: [{key: 'request.headers[x]', values: [v]}]")
        .matches(&header("x", &["v"]))
        .misses(&header("x", &["V"]))
        .misses(&get());
    rule("prefix", "when: [{key: 'request.headers[x]', values: ['v*']}]").matches(&header("x", &["vw"]));
    rule("suffix", "when: [{key: 'request.headers[x]', values: ['*w']}]").matches(&header("x", &["vw"]));
    rule("EMPTY value counts as present", "when: [{key: 'request.headers[x]', values: ['*']}]")
        .matches(&header("x", &[""]))
        .misses(&get());
    rule("name case-insensitive", "when: [{key: 'request.headers[X-Team]', values: [v]}]")
        .matches(&header("x-team", &["v"]));
    rule("repeated headers are matched INDIVIDUALLY", "when: [{key: 'request.headers[x]', values: [v]}]")
        .matches(&header("x", &["u", "v"]))
        .misses(&header("x", &["u,v"]));
    rule("notValues: any one hit spoils it", "when: [{key: 'request.headers[x]', notValues: [v]}]")
        .misses(&header("x", &["u", "v"]))
        .matches(&header("x", &["u"]));
}

#[test]
fn addresses() {
    for field in ["from: [{source: {ipBlocks: [VALUE]}}]", "when: [{key: source.ip, values: [VALUE]}]"] {
        let of = |says, value: &str| rule(says, &field.replace("VALUE", value));
        of("L4 peer", "10.0.0.0/8").matches(&peer("10.1.2.3")).misses(&client("10.1.2.3"));
        of("bare IP => /32", "10.0.0.1").matches(&peer("10.0.0.1")).misses(&peer("10.0.0.2"));
        of("or /128", "'fd00::1'").matches(&peer("fd00::1")).misses(&peer("fd00::2"));
        of("host bits set are accepted", "10.1.2.3/16").matches(&peer("10.1.9.9")).misses(&peer("10.2.0.0"));
        of("IPv4-mapped CIDRs (never match IPv4)", "'::ffff:10.0.0.0/104'").misses(&peer("10.0.0.1"));
    }
    for field in ["from: [{source: {remoteIpBlocks: [VALUE]}}]", "when: [{key: remote.ip, values: [VALUE]}]"]
    {
        rule("after XFF / PROXY protocol trust", &field.replace("VALUE", "10.0.0.0/8"))
            .matches(&client("10.1.2.3"))
            .misses(&peer("10.1.2.3"));
    }
    rule("downstream local IP", "when: [{key: destination.ip, values: [10.0.0.0/8]}]")
        .matches(&destination("10.1.2.3"))
        .misses(&peer("10.1.2.3"));
    rule("a zone is no part of an address", "when: [{key: source.ip, values: ['fe80::1%eth0']}]")
        .matches(&peer("fe80::1"));
}

#[test]
fn server_names() {
    rule("requested server name, string rules", "when: [{key: connection.sni, values: [a.b, '*.c', 'd.*']}]")
        .matches(&sni("a.b"))
        .matches(&sni("x.c"))
        .matches(&sni("d.x"))
        .misses(&sni("x.b"))
        .misses(&get());
    rule("`.+`", "when: [{key: connection.sni, values: ['*']}]").matches(&sni("x")).misses(&get());
}

#[test]
fn what_is_missing_is_not_matched() {
    rule("ALLOW+notX admits anonymous", "from: [{source: {notPrincipals: ['*']}}]")
        .matches(&get())
        .misses(&by("cluster.local/ns/b/sa/s"));
    rule("plaintext => no namespace", "from: [{source: {notNamespaces: [b]}}]").matches(&get());
    rule("no token", "from: [{source: {notRequestPrincipals: ['*']}}]")
        .matches(&get())
        .misses(&token("iss", Some("s")));
    rule("no header", "when: [{key: 'request.headers[x]', notValues: ['*']}]").matches(&get());
    rule("no server name", "when: [{key: connection.sni, notValues: ['*']}]").matches(&get());
    rule("no claim", "when: [{key: 'request.auth.claims[g]', notValues: [x]}]").matches(&claims(&[]));
}

#[test]
fn grpc_is_post() {
    rule(
        "gRPC: method always POST, path `/pkg.Svc/Method`",
        "to: [{operation: {methods: [POST], paths: [/p.S/*]}}]",
    )
    .matches(&meshward::access::Request::new("POST", "h", "/p.S/M"))
    .misses(&path("/p.S/M"));
}
