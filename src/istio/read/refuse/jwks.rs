//! Keys of a token provider: where they are served, and those that are written into the object.

use serde_json::Value;

use super::{Gate, Refusal, Verdict, text};

/// `jwksUri`: 1 to 2048 characters, CEL "url must have scheme http:// or https://"; a port is a number.
pub(in crate::istio::read) fn uri(uri: &str) -> Verdict {
    text::schema_filled(uri)?;
    text::at_most(uri, 2048, "an address of keys")?;
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_web = scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"));
    if !is_web || uri.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(Refusal::new(Gate::Schema, format!("`{uri}` is not an address of keys"))
            .advice("it begins with `https://` or `http://`"));
    }
    Ok(())
}

/// `jwks`: the webhook wants JSON, Envoy a set with at least one key that it can use. A bare key without `keys`
/// and an empty set pass the webhook (run).
pub(in crate::istio::read) fn inline(jwks: &str) -> Verdict {
    // An empty text counts as none.
    if jwks.is_empty() {
        return Ok(());
    }
    let Ok(Value::Object(set)) = serde_json::from_str(jwks) else {
        return Err(Refusal::new(Gate::Webhook, "`jwks` is not a set of keys in JSON")
            .advice("write `{\"keys\": [{\"kty\": \"RSA\", \"n\": \"…\", \"e\": \"AQAB\"}]}`"));
    };
    let Some(Value::Array(keys)) = set.get("keys") else {
        return Err(Refusal::new(Gate::Envoy, "`jwks` has no list `keys`")
            .advice("put a single key into a set: `{\"keys\": [{…}]}`"));
    };
    if keys.iter().any(is_usable) {
        return Ok(());
    }
    Err(Refusal::new(Gate::Envoy, "`jwks` has no key that Envoy can use").advice(
        "an RSA key has `n` and `e`, an EC key `crv`, `x` and `y`, an OKP key `crv` and `x`, an oct key `k`",
    ))
}

/// Whether a key has the parts of its type.
fn is_usable(key: &Value) -> bool {
    let has = |part: &str| key.get(part).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    match key.get("kty").and_then(Value::as_str) {
        Some("EC") => has("x") && has("y"),
        Some("OKP") => has("crv") && has("x"),
        Some("RSA") => has("n") && has("e"),
        Some("oct") => has("k"),
        Some(_) | None => false,
    }
}
