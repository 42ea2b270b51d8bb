//! The names of the mesh's own trust domain, and identities of others.

use super::{Scene, by, get, policy, scene};

/// Local trust domain `td1` with alias `td2`, and a rule with these sources.
fn of(source: &str) -> Scene {
    scene(&policy("ALLOW", &format!("rules: [{{from: [{{source: {{{source}}}}}]}}]")))
        .trust_domains("td1", &["td2"])
}

#[track_caller]
fn matches(scene: &Scene, principal: &str) {
    scene.expect("Allowed by ns[a]-policy[p]-rule[0]", &by(principal));
}

#[track_caller]
fn misses(scene: &Scene, principal: &str) {
    scene.expect("Denied", &by(principal));
}

#[test]
fn a_principal_of_five_parts_stands_for_all_names() {
    for own in ["td1", "td2", "cluster.local"] {
        let scene = of(&format!("principals: [{own}/ns/b/sa/s]"));
        matches(&scene, "td1/ns/b/sa/s");
        matches(&scene, "td2/ns/b/sa/s");
    }
    // "`cluster.local/ns/foo/sa/*` is"
    matches(&of("principals: [cluster.local/ns/b/sa/*]"), "td2/ns/b/sa/s");
    // "`cluster.local/ns/foo/*` (4 parts) or `cluster.local/*` are NOT alias-expanded"
    for value in ["cluster.local/ns/b/*", "cluster.local/*"] {
        misses(&of(&format!("principals: [{value}]")), "td1/ns/b/sa/s");
    }
    // "`*/ns/x/sa/y` => regex any td"
    matches(&of("principals: ['*/ns/b/sa/s']"), "td2/ns/b/sa/s");
    // "Any 5-part string is rewritten, whatever its parts are called"
    matches(&of("principals: [cluster.local/x/b/y/s]"), "td1/x/b/y/s");
    // Also behind `not`, and in a condition.
    misses(&of("notPrincipals: [cluster.local/ns/b/sa/s]"), "td2/ns/b/sa/s");
    let when = "rules: [{when: [{key: source.principal, values: [cluster.local/ns/b/sa/s]}]}]";
    let scene = scene(&policy("ALLOW", when)).trust_domains("td1", &["td2"]);
    matches(&scene, "td2/ns/b/sa/s");
}

#[test]
fn a_wildcard_in_the_trust_domain_matches_in_either_direction() {
    // "with local td1, `td*/ns/a/sa/b` becomes exact td1 and every alias"
    let scene = of("principals: ['td*/ns/b/sa/s']");
    matches(&scene, "td1/ns/b/sa/s");
    matches(&scene, "td2/ns/b/sa/s");
    // "`*1/ns/a/sa/b` stays for td1 and adds an exact principal for each known domain that it does NOT match"
    let scene = of("principals: ['*1/ns/b/sa/s']");
    matches(&scene, "td1/ns/b/sa/s");
    matches(&scene, "td2/ns/b/sa/s");
    // One that is no name of the mesh is kept as it is.
    misses(&of("principals: ['*9/ns/b/sa/s']"), "td1/ns/b/sa/s");
}

#[test]
fn trust_domains_are_compared_up_to_the_first_slash() {
    let local = |source: &str| {
        scene(&policy("ALLOW", &format!("rules: [{{from: [{{source: {{{source}}}}}]}}]")))
            .trust_domains("td1", &["td12", "x.td1"])
    };
    // "expansion only when the value equals a known td exactly"
    for own in ["td1", "td12"] {
        let scene = local(&format!("trustDomains: [{own}]"));
        matches(&scene, "td1/ns/b/sa/s");
        matches(&scene, "td12/ns/b/sa/s");
    }
    // "`cluster.local` has no special meaning there"
    misses(&local("trustDomains: [cluster.local]"), "td1/ns/b/sa/s");
    // "regex `spiffe://p[^/]*/.*`"
    let scene = local("trustDomains: ['td*']");
    matches(&scene, "td1/ns/b/sa/s");
    matches(&scene, "td12/ns/b/sa/s");
    misses(&scene, "x.td1/ns/b/sa/s");
    let scene = local("trustDomains: ['*td1']");
    matches(&scene, "td1/ns/b/sa/s");
    matches(&scene, "x.td1/ns/b/sa/s");
    misses(&scene, "td12/ns/td1/sa/s");
    // "prefix `spiffe://`"
    let scene = local("trustDomains: ['*']");
    matches(&scene, "td1/x");
    scene.expect("Denied", &get());
    misses(&local("notTrustDomains: [td1]"), "td12/ns/b/sa/s");
}

#[test]
fn the_handshake_takes_the_mesh_s_own_trust_domains_only() {
    // "wrong td = TLS failure, no HTTP status"
    scene("")
        .trust_domains("td1", &["td2"])
        .expect("Allowed", &by("td1/ns/b/sa/s"))
        .expect("Allowed", &by("td2/ns/b/sa/s"))
        .expect("Refused", &by("td10/ns/b/sa/s"))
        .expect("Refused", &by("cluster.local/ns/b/sa/s"))
        .expect("Allowed", &get());
}

#[test]
fn namespaces_match_in_any_accepted_trust_domain() {
    for source in ["namespaces: [b]", "serviceAccounts: [b/s]"] {
        matches(&of(source), "td1/ns/b/sa/s");
        matches(&of(source), "td2/ns/b/sa/s");
    }
}
