//! `attribute-without-effect`: a condition that the webhook takes by its beginning, and from which istiod can then
//! make nothing.

use crate::diagnostic::{Diagnostic, code};
use crate::istio::resources::Action;
use crate::source::Span;

/// What stands in front of the brackets in attributes that work.
const WORKING: [&str; 2] = ["request.auth.claims[", "request.headers["];

/// What to say about a condition on this attribute (run: `request.headersX[a]`, `request.headers.x[a]` and
/// `request.auth.claimsfoo[a]` pass the webhook).
pub(in crate::istio::read) fn find(key: &str, action: Action, span: Span) -> Option<Diagnostic> {
    let begins_well = key.starts_with("request.headers") || key.starts_with("request.auth.claims");
    if !begins_well || WORKING.iter().any(|prefix| key.starts_with(prefix)) {
        return None;
    }
    let effect = match action {
        Action::Allow => "so the whole rule is dropped, and allows nothing",
        Action::Audit | Action::Custom | Action::Deny => {
            "so the condition is dropped, and the rule matches more than it says"
        }
    };
    let message = format!("Istio can make nothing of `{key}`");
    Some(
        Diagnostic::new(code::ATTRIBUTE_WITHOUT_EFFECT, message, span, effect)
            .note("write `request.headers[NAME]` or `request.auth.claims[NAME]`"),
    )
}
