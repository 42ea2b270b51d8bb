//! The labels of a selector.

use super::{Gate, Refusal, Verdict, text};

/// How many labels the schema lets a selector have.
pub(in crate::istio::read) const MAX_LABELS: usize = 4096;

/// CEL of the schema: "key must not be empty" and "wildcard not allowed in label key match"; the webhook says the
/// same.
pub(in crate::istio::read) fn key(key: &str) -> Verdict {
    if key.is_empty() {
        return Err(Refusal::new(Gate::Schema, "the key of a label is empty"));
    }
    no_wildcard(key)
}

/// CEL of the schema: "wildcard not allowed in label value match", which the webhook says too; `maxLength: 63`
/// only the schema.
pub(in crate::istio::read) fn value(value: &str) -> Verdict {
    no_wildcard(value)?;
    text::at_most(value, 63, "the value of a label")
}

fn no_wildcard(text: &str) -> Verdict {
    if text.contains('*') {
        return Err(Refusal::new(Gate::Schema, format!("`{text}` has a `*`, which a label can not have"))
            .advice(
                "a selector matches labels exactly; leave the selector out for all pods of the namespace",
            ));
    }
    Ok(())
}
