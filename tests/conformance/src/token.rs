//! Tokens: each issuer has a key of its own, made of its name, so that a seed gives the same tokens everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::request::{BadToken, Request};

/// All that a RequestAuthentication of ours may want.
pub const AUDIENCES: &[&str] = &["admin", "dev", "ops", "admin-1", "a/b"];

/// When tokens end: in the year 2100.
pub const LATER: u64 = 4_102_444_800;

/// The key set of an issuer, as `jwks` of a RequestAuthentication.
pub fn key_set(issuer: &str) -> String {
    let x = URL_SAFE_NO_PAD.encode(key(issuer).public_key());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "key", "x": x}]})
        .to_string()
}

/// The token that a request carries: signed by the issuer that its claims name, or by a stranger.
pub fn of(request: &Request) -> Option<String> {
    match (&request.claims, request.token) {
        (Some(claims), None) => Some(sign(&key(issuer(claims)), claims)),
        (Some(claims), Some(BadToken::Invalid)) => {
            // An audience that is not wanted would be seen first, and answered with 403.
            let mut claims = claims.clone();
            claims["aud"] = json!(AUDIENCES);
            Some(sign(&key("a stranger"), &claims))
        }
        (None, Some(BadToken::Invalid)) => Some("not.a.token".to_owned()),
        (None, None) => None,
    }
}

fn issuer(claims: &Value) -> &str {
    claims["iss"].as_str().unwrap_or_default()
}

fn key(issuer: &str) -> Ed25519KeyPair {
    let seed = digest(&SHA256, issuer.as_bytes());
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).expect("a digest has the 32 bytes of a seed")
}

fn sign(key: &Ed25519KeyPair, claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": "key", "typ": "JWT"});
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}
