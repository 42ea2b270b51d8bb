//! Lengths: texts that must not be empty, or have a longest form.

use super::{Gate, Refusal, Verdict};

/// Any text at all.
#[expect(clippy::unnecessary_wraps, reason = "it stands where a rule is wanted")]
pub(in crate::istio::read) fn any(_: &str) -> Verdict {
    Ok(())
}

/// The webhook refuses an empty string in the lists of a source, an operation and a condition
/// (`security.CheckEmptyValues`).
pub(in crate::istio::read) fn filled(text: &str) -> Verdict {
    if text.is_empty() {
        return Err(Refusal::new(Gate::Webhook, "an empty string in a list").advice(
            "remove it; an empty list, or none, stands for any value, and `\"*\"` for any that is present",
        ));
    }
    Ok(())
}

/// `minLength: 1` of the schema.
pub(in crate::istio::read) fn schema_filled(text: &str) -> Verdict {
    if text.is_empty() {
        return Err(
            Refusal::new(Gate::Schema, "an empty string").advice("leave the field out where it has no value")
        );
    }
    Ok(())
}

/// `maxLength` of the schema, in characters.
pub(in crate::istio::read) fn at_most(text: &str, limit: usize, what: &str) -> Verdict {
    let length = text.chars().count();
    if length > limit {
        return Err(Refusal::new(
            Gate::Schema,
            format!("{what} has at most {limit} characters, this one has {length}"),
        ));
    }
    Ok(())
}

/// `maxItems` and `maxProperties` of the schema.
pub(in crate::istio::read) fn no_more_than(length: usize, limit: usize, what: &str) -> Verdict {
    if length > limit {
        return Err(Refusal::new(Gate::Schema, format!("at most {limit} {what}, there are {length} here")));
    }
    Ok(())
}
