//! What `targetRefs` may name.

use super::{Gate, Refusal, Verdict, text};

/// How many targets the schema lets an object have.
pub(in crate::istio::read) const MAX_TARGETS: usize = 16;

/// Kinds that a policy can be attached to, with their API groups (the webhook's `validatePolicyTargetReference`).
const KINDS: [(&str, &str); 4] = [
    ("", "Service"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("networking.istio.io", "ServiceEntry"),
];

/// Group and kind together.
pub(in crate::istio::read) fn kind(group: &str, kind: &str) -> Verdict {
    if KINDS.contains(&(group, kind)) {
        return Ok(());
    }
    let shown = if group.is_empty() { format!("`{kind}`") } else { format!("`{kind}` of `{group}`") };
    let message = format!("a policy can not be attached to {shown}");
    let refusal = Refusal::new(Gate::Webhook, message);
    let same_kind = KINDS.iter().find(|(_, name)| *name == kind);
    Err(match same_kind {
        Some(("", _)) => refusal.advice(format!("a `{kind}` is of the core group: leave `group` out")),
        Some((group, _)) => refusal.advice(format!("a `{kind}` is of the group `{group}`")),
        None => refusal.advice("it takes a Gateway, a GatewayClass, a Service or a ServiceEntry"),
    })
}

/// `kind`: `^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`, at most 63 characters.
pub(in crate::istio::read) fn kind_name(kind: &str) -> Verdict {
    text::at_most(kind, 63, "a kind")?;
    let is_inner = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let fits = kind.starts_with(|char: char| char.is_ascii_alphabetic())
        && kind.ends_with(|char: char| char.is_ascii_alphanumeric())
        && kind.chars().all(is_inner);
    if fits { Ok(()) } else { Err(Refusal::new(Gate::Schema, format!("`{kind}` is not a kind"))) }
}

/// `group`: empty, or a DNS name of at most 253 characters.
pub(in crate::istio::read) fn group(group: &str) -> Verdict {
    text::at_most(group, 253, "a group")?;
    let is_inner = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let is_label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(is_inner)
    };
    if group.is_empty() || group.split('.').all(is_label) {
        return Ok(());
    }
    Err(Refusal::new(Gate::Schema, format!("`{group}` is not an API group")))
}

/// `name`: 1 to 253 characters.
pub(in crate::istio::read) fn name(name: &str) -> Verdict {
    text::schema_filled(name)?;
    text::at_most(name, 253, "the name of a target")
}

/// `namespace`: CEL of the schema, "cross namespace referencing is not currently supported".
pub(in crate::istio::read) fn namespace(namespace: &str) -> Verdict {
    if namespace.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(Gate::Schema, "a target lies in the namespace of its policy")
        .advice("leave `namespace` out, and put the policy into that namespace"))
}
