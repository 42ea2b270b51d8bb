//! Conditions: the attributes that `when` may ask for, and the values that fit them.

use super::{Gate, Refusal, TextRule, Verdict, address, header, identity, port, text};
use crate::diagnostic::did_you_mean;

/// Attributes that are written as they are, with the rule for their values.
const PLAIN: [(&str, TextRule); 11] = [
    ("connection.sni", text::filled),
    ("destination.ip", filled_block),
    ("destination.port", filled_port),
    ("remote.ip", filled_block),
    ("request.auth.audiences", text::filled),
    ("request.auth.presenter", text::filled),
    ("request.auth.principal", text::filled),
    ("source.ip", filled_block),
    ("source.namespace", text::filled),
    ("source.principal", text::filled),
    ("source.serviceAccount", identity::account),
];

/// Attributes that Istio once had, with what took their place.
const FORMER: [(&str, &str); 4] = [
    ("destination.labels", "the selector of the policy says which pods are meant"),
    ("destination.name", "the selector of the policy says which pods are meant"),
    ("destination.namespace", "the namespace of the policy says which pods are meant"),
    ("destination.user", "the selector of the policy says which pods are meant"),
];

/// Beginnings of attributes with a name in brackets.
const BRACKETED: [&str; 3] = ["experimental.envoy.filters.", "request.auth.claims", "request.headers"];

/// `key` of a condition (`security.ValidateAttribute`, which looks at the beginning only where there are brackets),
/// and what Envoy refuses beyond it (run): line breaks in a header, an empty part of a claim.
pub(in crate::istio::read) fn key(key: &str) -> Verdict {
    if key.is_empty() {
        return Err(Refusal::new(Gate::Webhook, "a condition without an attribute")
            .advice("`key` names the attribute, such as `request.headers[x-tenant]`"));
    }
    if key == "source.trustDomain" || PLAIN.iter().any(|(name, _)| *name == key) {
        return Ok(());
    }
    if BRACKETED.iter().any(|prefix| key.starts_with(prefix)) {
        return bracketed(key);
    }
    let refusal = Refusal::new(Gate::Webhook, format!("unknown attribute `{key}`"));
    if let Some((_, instead)) = FORMER.iter().find(|(name, _)| key.starts_with(name)) {
        return Err(refusal.advice(*instead));
    }
    let names = PLAIN.iter().map(|(name, _)| *name).chain(["source.trustDomain"]).chain(BRACKETED);
    Err(match did_you_mean(key, names) {
        Some(advice) => refusal.advice(advice),
        None => refusal,
    })
}

/// The rule for the values of an attribute.
pub(in crate::istio::read) fn value_rule(key: &str) -> TextRule {
    if key == "source.trustDomain" {
        return identity::trust_domain_pattern;
    }
    PLAIN.iter().find(|(name, _)| *name == key).map_or(text::filled, |(_, rule)| *rule)
}

fn bracketed(key: &str) -> Verdict {
    let inner = key.find('[').and_then(|open| key[open + 1..].strip_suffix(']'));
    let Some(inner) = inner.filter(|inner| !inner.is_empty()) else {
        return Err(Refusal::new(Gate::Webhook, format!("`{key}` has no name in brackets"))
            .advice("write it like `request.headers[x-tenant]`"));
    };
    if key.starts_with("request.headers") {
        return header::safe(inner);
    }
    let is_claim = key.starts_with("request.auth.claims[");
    if is_claim && inner.split("][").any(str::is_empty) {
        return Err(Refusal::new(Gate::Envoy, format!("`{key}` has an empty part"))
            .advice("each pair of brackets names one part of the claim"));
    }
    Ok(())
}

fn filled_block(text: &str) -> Verdict {
    text::filled(text)?;
    address::block(text)
}

fn filled_port(text: &str) -> Verdict {
    text::filled(text)?;
    port::operation(text)
}
