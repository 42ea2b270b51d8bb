//! Names in the keys of conditions, and values that Istio takes and then can not use.

use meshward::access::Request;

use super::{claims, get, header, host, method, path, policy, rule, scene, tokens};

#[test]
fn a_malformed_name_drops_an_allow_rule_and_widens_a_deny_rule() {
    // "`request.headersX[a]`, `request.headers.x[a]`, `request.auth.claimsfoo[a]` are accepted, and then generation
    // fails: ALLOW drops the rule, DENY drops that condition and becomes WIDER."
    for key in ["request.headersX[a]", "request.headers.x[a]", "request.auth.claimsfoo[a]"] {
        let rules = format!("rules: [{{when: [{{key: '{key}', values: [v]}}]}}]");
        assert_eq!(scene(&policy("ALLOW", &rules)).outcome(&get()), "Denied", "{key}");
        assert_eq!(
            scene(&policy("DENY", &rules)).outcome(&get()),
            "Denied by ns[a]-policy[p]-rule[0]",
            "{key}"
        );
        let rules = format!(
            "rules: [{{to: [{{operation: {{paths: [/x]}}}}], when: [{{key: '{key}', values: [v]}}]}}]"
        );
        assert_eq!(scene(&policy("DENY", &rules)).outcome(&get()), "Allowed", "{key}");
    }
}

#[test]
fn brackets_that_are_no_chain_are_one_name() {
    // "`request.headers[a][b]` is the header named `a][b`"
    rule("one header", "when: [{key: 'request.headers[a][b]', values: [v]}]")
        .matches(&header("a][b", &["v"]))
        .misses(&header("a", &["v"]));
    rule("one claim", "when: [{key: 'request.auth.claims[a[b]]', values: [v]}]")
        .matches(&claims(&[("a[b]", &["v"])]))
        .misses(&claims(&[("a.b", &["v"])]));
}

#[test]
fn pseudo_headers_are_the_request_itself() {
    // "`[host]` works", and like any other header it has case.
    rule("`[host]` works", "when: [{key: 'request.headers[host]', values: [H]}]")
        .matches(&host("H"))
        .misses(&host("h"));
    rule("as `:authority`", "when: [{key: 'request.headers[:authority]', values: ['*']}]")
        .matches(&host("h"));
    rule("`[:method]`", "when: [{key: 'request.headers[:method]', values: [PUT]}]")
        .matches(&method("PUT"))
        .misses(&method("GET"));
}

#[test]
fn the_path_header_includes_the_query() {
    let with = |value: &str| {
        scene(&policy(
            "ALLOW",
            &format!("rules: [{{when: [{{key: 'request.headers[:path]', values: ['{value}']}}]}}]"),
        ))
    };
    let unknown = "NotModelled: rule 0 of the AuthorizationPolicy `a/p` looks at the header `:path`, which has the query in it";
    with("/a").expect(unknown, &path("/a"));
    with("*/a").expect(unknown, &path("/a"));
    with("/a?b*").expect(unknown, &path("/a"));
    // How it begins is known.
    with("/a*").expect("Allowed by ns[a]-policy[p]-rule[0]", &path("/ab")).expect("Denied", &path("/b"));
    with("*").expect("Allowed by ns[a]-policy[p]-rule[0]", &path("/b"));
}

#[test]
fn what_other_filters_leave_is_not_guessed() {
    let text = policy(
        "DENY",
        "rules: [{when: [{key: 'experimental.envoy.filters.network.mysql_proxy[db.table]', values: ['[update]']}]}]",
    );
    scene(&text).expect(
        "NotModelled: rule 0 of the AuthorizationPolicy `a/p` looks at \
         `experimental.envoy.filters.network.mysql_proxy[db.table]`, which another filter decides",
        &get(),
    );
    let text = policy("DENY", "rules: [{when: [{key: 'request.headers[X-Request-Id]', values: ['*']}]}]");
    scene(&text).expect(
        "NotModelled: rule 0 of the AuthorizationPolicy `a/p` looks at the header `x-request-id`, which the proxy \
         itself writes",
        &get(),
    );
}

#[test]
fn one_value_of_several_that_can_not_be_read() {
    // Whatever the webhook refuses today was stored by an older one.
    use meshward::istio::resources::{Action, Resource};
    let text = policy("ALLOW", "rules: [{to: [{operation: {ports: ['80', '81']}}]}]");
    let spoiled = |action| {
        let mut scene = scene(&text);
        for object in &mut scene.bundle.objects {
            if let Resource::AuthorizationPolicy(policy) = &mut object.resource {
                policy.spec.action = Some(action);
                policy.spec.rules[0].to[0].operation.ports[1] = "http".into();
            }
        }
        scene
    };
    spoiled(Action::Allow).expect("Denied", &get());
    spoiled(Action::Deny).expect("Denied by ns[a]-policy[p]-rule[0]", &get());
    spoiled(Action::Deny).port(81).expect("Allowed", &get());
}

#[test]
fn a_provider_sees_headers_that_are_taken_later() {
    let text = super::named(
        "a",
        "p",
        "action: CUSTOM, provider: {name: opa}, rules: [{when: [{key: 'request.headers[authorization]', values: ['*']}]}]",
    ) + &tokens("{issuer: iss}");
    let request = Request { token: claims(&[]).token, ..header("authorization", &["Bearer x"]) };
    scene(&text).expect("External by ns[a]-policy[p]-rule[0]", &request);
}
