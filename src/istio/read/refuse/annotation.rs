//! Annotations that mean something to Istio.

use super::{Gate, Refusal, Verdict};
use crate::graph::parse_bool;
use crate::istio::resources::Action;

/// The annotation that lets a policy be tried out.
pub(in crate::istio::read) const DRY_RUN: &str = "istio.io/dry-run";

/// Istio keeps these for itself, and its webhook refuses them on every object (run).
const INTERNAL: [&str; 3] = [
    "internal.istio.io/parent-namespace",
    "internal.istio.io/parents",
    "internal.istio.io/webhook-always-reject",
];

/// Whatever the annotation says.
pub(in crate::istio::read) fn key(key: &str) -> Verdict {
    if INTERNAL.contains(&key) {
        return Err(Refusal::new(Gate::Webhook, format!("`{key}` is an annotation of Istio's own"))
            .advice("remove it; Istio sets it on objects that it makes itself"));
    }
    Ok(())
}

/// `istio.io/dry-run` on a policy with this action: only on ALLOW and DENY, and only a boolean of Go's.
pub(in crate::istio::read) fn dry_run(value: &str, action: Action) -> Verdict {
    match action {
        Action::Allow | Action::Deny => {}
        Action::Audit | Action::Custom => {
            return Err(Refusal::new(Gate::Webhook, "only ALLOW and DENY can be tried out")
                .advice(format!("remove `{DRY_RUN}`, even where it says `false`")));
        }
    }
    if parse_bool(value).is_some() {
        return Ok(());
    }
    Err(Refusal::new(Gate::Webhook, format!("`{value}` is neither true nor false"))
        .advice("write `\"true\"` or `\"false\"`"))
}

/// `istio.io/dry-run` on another kind, whatever it says (run).
pub(in crate::istio::read) fn dry_run_of_kind(kind: &str) -> Refusal {
    Refusal::new(Gate::Webhook, format!("a `{kind}` can not be tried out"))
        .advice(format!("remove `{DRY_RUN}`, even where it says `false`"))
}
