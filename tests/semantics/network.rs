//! Ports that do not carry HTTP.

use super::{by, get, named, policy, scene, sni};

#[test]
fn an_allow_rule_with_anything_of_http_is_dropped_whole() {
    let uses_http = [
        "to: [{operation: {hosts: [h]}}]",
        "to: [{operation: {notHosts: [x]}}]",
        "to: [{operation: {methods: [GET]}}]",
        "to: [{operation: {notMethods: [PUT]}}]",
        "to: [{operation: {paths: ['*']}}]",
        "to: [{operation: {notPaths: [/x]}}]",
        "from: [{source: {requestPrincipals: ['*']}}]",
        "from: [{source: {notRequestPrincipals: ['*']}}]",
        "when: [{key: 'request.headers[x]', notValues: [v]}]",
        "when: [{key: request.auth.principal, notValues: ['*']}]",
        "when: [{key: request.auth.audiences, notValues: [v]}]",
        "when: [{key: request.auth.presenter, notValues: [v]}]",
        "when: [{key: 'request.auth.claims[x]', notValues: [v]}]",
        // "in any from/to/when alternative"
        "to: [{operation: {ports: ['80']}}, {operation: {methods: [GET]}}]",
    ];
    for rule in uses_http {
        let text = policy("ALLOW", &format!("rules: [{{{rule}}}]"));
        // "the ALLOW filter stays (implicit deny persists)"
        assert_eq!(scene(&text).raw().outcome(&get()), "Denied", "{rule}");
        let text = text + &named("a", "q", "rules: [{to: [{operation: {ports: ['80']}}]}]");
        assert_eq!(scene(&text).raw().outcome(&get()), "Allowed by ns[a]-policy[q]-rule[0]", "{rule}");
    }
}

#[test]
fn a_deny_rule_loses_what_is_of_http_and_becomes_wider() {
    let deny = |rule: &str| scene(&policy("DENY", &format!("rules: [{{{rule}}}]"))).raw();
    // "A DENY with only HTTP fields denies ALL TCP to the workload."
    for rule in [
        "to: [{operation: {paths: [/x]}}]",
        "from: [{source: {requestPrincipals: [x]}}]",
        "when: [{key: 'request.headers[x]', values: [v]}]",
    ] {
        deny(rule).expect("Denied by ns[a]-policy[p]-rule[0]", &get());
    }
    // "methods+ports -> ports only"
    let ports = "to: [{operation: {methods: [GET], ports: ['80']}}]";
    deny(ports).expect("Denied by ns[a]-policy[p]-rule[0]", &get());
    deny(ports).port(81).expect("Allowed", &get());
    let source = "from: [{source: {namespaces: [b]}}], to: [{operation: {paths: [/x]}}]";
    deny(source)
        .expect("Denied by ns[a]-policy[p]-rule[0]", &by("cluster.local/ns/b/sa/s"))
        .expect("Allowed", &by("cluster.local/ns/c/sa/s"));
}

#[test]
fn the_rest_works_on_raw_connections() {
    for rule in [
        "from: [{source: {namespaces: [b], ipBlocks: [192.0.0.0/24], remoteIpBlocks: [192.0.0.0/24]}}]",
        "from: [{source: {principals: ['*/ns/b/sa/s'], trustDomains: [cluster.local]}}]",
        "from: [{source: {serviceAccounts: [b/s]}}]",
        "to: [{operation: {ports: ['80']}}]",
        "when: [{key: connection.sni, values: [x.example]}]",
        "when: [{key: destination.ip, values: [192.0.2.0/24]}]",
    ] {
        let request = meshward::access::Request {
            identity: by("cluster.local/ns/b/sa/s").identity,
            ..sni("x.example")
        };
        let scene = scene(&policy("ALLOW", &format!("rules: [{{{rule}}}]"))).raw();
        scene.expect("Allowed by ns[a]-policy[p]-rule[0]", &request);
    }
}

#[test]
fn audit_and_dry_runs_decide_nothing_there_either() {
    scene(&policy("AUDIT", "rules: [{to: [{operation: {paths: [/x]}}]}]")).raw().expect("Allowed", &get());
}
