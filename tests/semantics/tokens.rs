//! RequestAuthentication: which tokens are refused, and what rules see of the others.

use meshward::access::Request;

use super::{claims, get, header, invalid_token, named, object, policy, scene, token, tokens};

const ANY: &str = "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]";

#[test]
fn a_token_is_refused_or_let_in_and_none_is_demanded() {
    // "no token => passes unauthenticated; a token that fails => 401"
    scene(&tokens("{issuer: iss}"))
        .expect("Allowed", &get())
        .expect("Unauthenticated", &invalid_token())
        .expect("Allowed", &token("iss", Some("s")))
        // "bad signature/expired/unknown issuer = 401"
        .expect("Unauthenticated", &token("other", Some("s")));
}

#[test]
fn tokens_without_a_provider_are_nothing() {
    // "requestPrincipals without RequestAuthentication never match"
    scene("").expect("Allowed", &invalid_token());
    scene(&policy("ALLOW", ANY)).expect("Denied", &token("iss", Some("s")));
    scene(&policy("DENY", "rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]"))
        .expect("Denied by ns[a]-policy[p]-rule[0]", &token("iss", Some("s")));
}

#[test]
fn several_providers_need_one_success() {
    let text = tokens("{issuer: one}, {issuer: two, audiences: [x]}");
    scene(&text)
        .expect("Allowed", &get())
        .expect("Allowed", &token("one", Some("s")))
        .expect("Unauthenticated", &token("three", Some("s")))
        .expect("Unauthenticated", &invalid_token())
        .expect("Denied", &token("two", Some("s")));
    // "UNION of root ns + namespace policies"; "A root policy with a selector applies to the whole mesh"
    let selector = "selector: {matchLabels: {app: x}}, jwtRules: [{issuer: three}]";
    let text = text + &object("RequestAuthentication", "istio-system", "root", selector);
    scene(&text).expect("Allowed", &token("three", Some("s")));
    // "an unset issuer (jwksUri only) means any issuer"
    scene(&tokens("{jwksUri: 'https://x/keys'}")).expect("Allowed", &token("anybody", Some("s")));
}

#[test]
fn the_audience_is_answered_with_403() {
    let with = |audience: &str| Request { token: claims(&[("aud", &[audience])]).token, ..get() };
    let accepted = scene(&tokens("{issuer: iss, audiences: [a1, 'https://a2/x/']}"));
    // "a wrong or absent audience is 403", "audiences ignore scheme and trailing slash (`https://a1/` matches `a1`)"
    for audience in ["a1", "https://a1/", "http://a1", "a1/", "a2/x", "https://a2/x"] {
        accepted.expect("Allowed", &with(audience));
    }
    for audience in ["a2", "a1//", "ftp://a1"] {
        accepted.expect("Denied", &with(audience));
    }
    accepted.expect("Denied", &claims(&[])).expect("Allowed", &claims(&[("aud", &["z", "a1"])]));
    // Two providers of one issuer: one success is enough.
    scene(&tokens("{issuer: iss, audiences: [a1]}, {issuer: iss, audiences: [b1]}"))
        .expect("Allowed", &with("b1"))
        .expect("Denied", &with("c1"));
}

#[test]
fn tokens_come_before_denials() {
    // "401 from jwt_authn precedes DENY/ALLOW"
    let text = tokens("{issuer: iss}") + &policy("DENY", "rules: [{}]");
    scene(&text)
        .expect("Unauthenticated", &invalid_token())
        .expect("Denied by ns[a]-policy[p]-rule[0]", &get());
}

#[test]
fn nobody_looks_at_tokens_on_raw_connections() {
    let text = tokens("{issuer: iss}");
    scene(&text).raw().expect("Allowed", &invalid_token());
}

#[test]
fn words_of_a_claim_are_values() {
    // "Splitting replaces the string: `scope: 'read write'` does not match the value `read write`"
    let when = |claim: &str, value: &str| {
        let rule =
            format!("rules: [{{when: [{{key: 'request.auth.claims[{claim}]', values: ['{value}']}}]}}]");
        scene(
            &(policy("ALLOW", &rule)
                + &tokens("{issuer: iss, spaceDelimitedClaims: [roles]}, {issuer: two}")),
        )
    };
    let allowed = "Allowed by ns[a]-policy[p]-rule[0]";
    for claim in ["scope", "permission", "roles"] {
        let request = claims(&[(claim, &["read write"])]);
        when(claim, "read").expect(allowed, &request);
        when(claim, "write").expect(allowed, &request);
        when(claim, "wr*").expect(allowed, &request);
        when(claim, "read write").expect("Denied", &request);
        when(claim, "read w*").expect("Denied", &request);
    }
    let request = claims(&[("groups", &["read write"])]);
    when("groups", "read write").expect(allowed, &request);
    when("groups", "read").expect("Denied", &request);
    // Only the provider that accepts the token splits.
    let mut request = claims(&[("roles", &["read write"])]);
    if let meshward::access::Token::Valid(claims) = &mut request.token {
        claims.issuer = Some("two".into());
    }
    when("roles", "read write").expect(allowed, &request);
    when("roles", "read").expect("Denied", &request);
}

fn with_token(request: Request) -> Request {
    Request { token: claims(&[]).token, ..request }
}

#[test]
fn a_token_is_taken_out_of_its_header() {
    let when = |rules: &str, key: &str| {
        let rule = format!("rules: [{{when: [{{key: 'request.headers[{key}]', values: ['*']}}]}}]");
        scene(&(policy("ALLOW", &rule) + &tokens(rules)))
    };
    let allowed = "Allowed by ns[a]-policy[p]-rule[0]";
    // "`request.headers[authorization]` never matches a valid token (but does match `Basic …`)"
    when("{issuer: iss}", "Authorization")
        .expect("Denied", &with_token(header("authorization", &["Bearer x"])))
        .expect(allowed, &header("authorization", &["Basic x"]));
    when("{issuer: iss, forwardOriginalToken: true}", "authorization")
        .expect(allowed, &with_token(header("authorization", &["Bearer x"])));
    // "Any `from*` replaces the default places, no fallback."
    let elsewhere = "{issuer: iss, fromHeaders: [{name: X-Jwt, prefix: 'jwt '}]}";
    when(elsewhere, "x-jwt").expect("Denied", &with_token(header("x-jwt", &["jwt x"])));
    when(elsewhere, "x-jwt").expect(allowed, &with_token(header("x-jwt", &["other"])));
    when(elsewhere, "authorization").expect(allowed, &with_token(header("authorization", &["Bearer x"])));
    // "cookies stay"
    when("{issuer: iss, fromCookies: [t]}", "cookie")
        .expect(allowed, &with_token(header("cookie", &["t=x"])));
}

#[test]
fn headers_that_are_filled_in_from_a_token() {
    let when = |rules: &str, value: &str| {
        let rule = format!("rules: [{{when: [{{key: 'request.headers[x-out]', values: ['{value}']}}]}}]");
        scene(&(policy("ALLOW", &rule) + &tokens(rules)))
    };
    // "ARE visible to RBAC; copies that the client sent are removed, even without a token"
    when("{issuer: iss, outputPayloadToHeader: X-Out}", "*")
        .expect("Allowed by ns[a]-policy[p]-rule[0]", &claims(&[]))
        .expect("Denied", &header("x-out", &["forged"]));
    let unknown = "NotModelled: rule 0 of the AuthorizationPolicy `a/p` looks at the header `x-out`, which is filled \
                   in from a token";
    when("{issuer: iss, outputPayloadToHeader: X-Out}", "abc*").expect(unknown, &get());
    when("{issuer: iss, outputClaimToHeaders: [{header: X-Out, claim: c}]}", "*").expect(unknown, &get());
}

#[test]
fn a_cors_preflight_has_no_principal() {
    // "A CORS preflight with a valid token still has no principal."
    let preflight = |token: Request| {
        let headers = [
            ("origin".into(), vec!["o".into()]),
            ("access-control-request-method".into(), vec!["GET".into()]),
        ];
        Request { method: "OPTIONS".into(), headers: headers.into(), ..token }
    };
    let text = tokens("{issuer: iss, audiences: [x]}");
    scene(&text)
        .expect("Allowed", &preflight(invalid_token()))
        .expect("Allowed", &preflight(token("other", None)))
        .expect("Allowed", &preflight(claims(&[])));
    let text = text + &policy("ALLOW", ANY);
    scene(&text).expect("Denied", &preflight(claims(&[("aud", &["x"])])));
    let plain = Request { method: "OPTIONS".into(), ..claims(&[("aud", &["x"])]) };
    scene(&text).expect("Allowed by ns[a]-policy[p]-rule[0]", &plain);
}

#[test]
fn a_policy_of_another_namespace_sees_the_same_tokens() {
    let text = tokens("{issuer: iss}") + &named("istio-system", "q", ANY);
    scene(&text)
        .expect("Allowed by ns[istio-system]-policy[q]-rule[0]", &token("iss", Some("s")))
        .expect("Denied", &get());
}
