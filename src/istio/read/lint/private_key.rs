//! `private-key`: keys of a token provider that are written into the object with their private part, of which the
//! webhook warns.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;

/// Members that only a private or shared key has (RFC 7518).
const PRIVATE: [&str; 2] = ["d", "k"];

/// What to say about the keys in this text.
pub(in crate::istio::read) fn find(jwks: &str, span: Span) -> Option<Diagnostic> {
    let set: Value = serde_json::from_str(jwks).ok()?;
    let keys = set.get("keys")?.as_array()?;
    let is_private = |key: &Value| PRIVATE.iter().any(|member| key.get(member).is_some());
    keys.iter().any(is_private).then(|| {
        let label = "whoever reads this object can sign tokens";
        Diagnostic::new(code::PRIVATE_KEY, "a private key in `jwks`", span, label)
            .note("replace the key, and write down its public part alone")
    })
}
