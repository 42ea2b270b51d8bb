//! What the webhook accepts and Envoy refuses. Each fact is quoted.

use meshward::diagnostic::code::REFUSED_BY_ENVOY;

use super::{accepted, document, refused};

#[track_caller]
fn path(fact: &str, path: &str, is_accepted: bool) {
    let text = document(
        "AuthorizationPolicy",
        &format!("{{rules: [{{to: [{{operation: {{paths: ['{path}']}}}}]}}]}}"),
    );
    if is_accepted {
        accepted(fact, &text);
    } else {
        refused(fact, REFUSED_BY_ENVOY, &text);
    }
}

fn tokens(rule: &str) -> String {
    document("RequestAuthentication", &format!("{{jwtRules: [{{issuer: a, {rule}}}]}}"))
}

#[test]
fn templates_begin_with_one_slash() {
    let fact =
        "path templates that do not start with exactly one `/` (`{*}`, `a/{*}`, `//a/{*}`) or end in `//`";
    for template in ["{*}", "a/{*}", "//a/{*}", "/{*}//"] {
        path(fact, template, false);
    }
    path(fact, "/a/{*}/", true);
}

#[test]
fn templates_have_a_longest_form() {
    let fact = "templates over 256 characters after `{*}` → `*`";
    let template = |length: usize| format!("/{}/{{*}}", "a".repeat(length - "//*".len()));
    path(fact, &template(256), true);
    path(fact, &template(257), false);
    path("plain paths have no such limit", &format!("/{}", "a".repeat(1000)), true);
}

#[test]
fn parts_of_claims_are_not_empty() {
    let fact = "an empty claim segment `request.auth.claims[a][]`";
    let claim = |key: &str| {
        document("AuthorizationPolicy", &format!("{{rules: [{{when: [{{key: '{key}', values: [a]}}]}}]}}"))
    };
    for key in ["request.auth.claims[a][]", "request.auth.claims[][a]", "request.auth.claims[a][][b]"] {
        refused(fact, REFUSED_BY_ENVOY, &claim(key));
    }
    accepted(fact, &claim("request.auth.claims[a][b]"));
}

#[test]
fn headers_are_on_one_line() {
    let fact = "NUL, CR or LF in a header key, `fromHeaders` name or prefix, `outputPayloadToHeader`";
    for bad in ["\\0", "\\r", "\\n"] {
        let condition = format!("{{rules: [{{when: [{{key: \"request.headers[a{bad}]\", values: [a]}}]}}]}}");
        refused(fact, REFUSED_BY_ENVOY, &document("AuthorizationPolicy", &condition));
        refused(fact, REFUSED_BY_ENVOY, &tokens(&format!("fromHeaders: [{{name: \"a{bad}\"}}]")));
        refused(fact, REFUSED_BY_ENVOY, &tokens(&format!("fromHeaders: [{{name: a, prefix: \"b{bad}\"}}]")));
        refused(fact, REFUSED_BY_ENVOY, &tokens(&format!("outputPayloadToHeader: \"a{bad}\"")));
    }
    accepted(fact, &tokens("fromHeaders: [{name: a, prefix: 'Bearer '}], outputPayloadToHeader: b"));
}

#[test]
fn keys_are_usable() {
    let fact =
        "inline jwks `{\"keys\":[]}`, a bare JWK without `keys`, or no usable key (one good key is enough)";
    for keys in [
        r#"{"keys":[]}"#,
        r#"{"kty":"oct","k":"YQ"}"#,
        r#"{"keys":[{"kty":"none"}]}"#,
        r#"{"keys":[{"kty":"RSA","n":"YQ"}]}"#,
        r#"{"keys":[{}]}"#,
    ] {
        refused(fact, REFUSED_BY_ENVOY, &tokens(&format!("jwks: '{keys}'")));
    }
    for keys in [
        r#"{"keys":[{"kty":"RSA","n":"YQ","e":"AQAB"}]}"#,
        r#"{"keys":[{"kty":"none"},{"kty":"EC","crv":"P-256","x":"YQ","y":"YQ"}]}"#,
    ] {
        accepted(fact, &tokens(&format!("jwks: '{keys}'")));
    }
}
