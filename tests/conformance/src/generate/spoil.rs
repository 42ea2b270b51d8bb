//! Objects of Istio with one thing wrong, or at least odd.

use serde_json::{Value, json};

use super::Choice;
use crate::places::{places, remove};

const ODD: &[&str] = &[
    "",
    "*",
    "**",
    "*a*",
    "a*b",
    "{*}",
    "/a/{*}",
    "/a/{*}x",
    "/{**}/{**}",
    "/{**}/a/{*}",
    "/{a}",
    "/a/{*",
    "/a\\b",
    "99999",
    "65536",
    "0",
    "080",
    "-1",
    "+80",
    " 80",
    "8080-8090",
    "1.2.3.4/33",
    "1.2.3",
    "01.2.3.4",
    "::1/129",
    "fe80::1%eth0",
    "::ffff:1.2.3.4",
    "a/b",
    "a/b/c",
    "/",
    "a/",
    "/a",
    "default",
    "td/ns/a/sa/b",
    "*/ns/*",
    "source.ip",
    "source.name",
    "request.headers",
    "request.headers[]",
    "request.headers[a",
    "request.headers[a b]",
    "request.headers[:path]",
    "request.auth.claims",
    "request.auth.claims[]",
    "request.auth.claims[a][",
    "request.auth.claims[a]b",
    "request.auth.claims[[a]]",
    "request.regex.headers[a]",
    "destination.ip",
    "destination.port",
    "connection.sni",
    "experimental.envoy.filters.a[b]",
    "ALLOW",
    "DENY",
    "AUDIT",
    "CUSTOM",
    "allow",
    "STRICT",
    "strict",
    "UNSET",
    "DISABLE",
    "https://x.test",
    "http://",
    "not json",
    "{}",
    "true",
    "\u{e4}",
];

const NAMES: &[&str] = &[
    "principals",
    "notPrincipals",
    "namespaces",
    "serviceAccounts",
    "ipBlocks",
    "notIpBlocks",
    "paths",
    "notPaths",
    "ports",
    "hosts",
    "methods",
    "values",
    "notValues",
    "key",
    "from",
    "to",
    "when",
    "source",
    "operation",
    "rules",
    "action",
    "selector",
    "matchLabels",
    "mtls",
    "mode",
    "portLevelMtls",
    "jwtRules",
    "issuer",
    "jwks",
    "jwksUri",
    "audiences",
    "fromHeaders",
    "fromParams",
    "provider",
    "targetRef",
    "targetRefs",
    "extra",
];

/// The object with one place of its `spec` changed.
pub fn spoiled(choice: &mut Choice, object: &Value) -> Value {
    let mut object = object.clone();
    let spec = &mut object["spec"];
    let places = places(spec, "");
    if places.is_empty() || choice.chance(5) {
        let name = choice.word(NAMES);
        spec[name] = something(choice);
        return object;
    }
    let place = choice.pick(&places).clone();
    match choice.number(0, 6) {
        0 => remove(spec, &place),
        1 | 2 => add(choice, spec, &place),
        _ => {
            if let Some(value) = spec.pointer_mut(&place) {
                *value = if value.is_string() || choice.chance(30) { odd(choice) } else { something(choice) };
            }
        }
    }
    object
}

/// One more field, or one more element.
fn add(choice: &mut Choice, spec: &mut Value, place: &str) {
    match spec.pointer_mut(place) {
        Some(Value::Object(map)) => {
            map.insert(choice.word(NAMES), something(choice));
        }
        Some(Value::Array(list)) => {
            let first = list.first().filter(|_| choice.chance(50)).cloned();
            list.push(first.unwrap_or_else(|| odd(choice)));
        }
        Some(_) | None => {}
    }
}

fn odd(choice: &mut Choice) -> Value {
    json!(choice.word(ODD))
}

fn something(choice: &mut Choice) -> Value {
    // No `null`: an API server takes it out before it looks at anything.
    match choice.number(1, 9) {
        1 => json!([]),
        2 => json!({}),
        3 => json!(7),
        4 => json!(true),
        5 => json!([[]]),
        6 => json!([{}]),
        7 => json!([odd(choice)]),
        8 => json!({choice.word(NAMES): [odd(choice)]}),
        _ => odd(choice),
    }
}
