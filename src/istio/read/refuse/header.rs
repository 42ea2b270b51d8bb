//! Names of headers, in conditions and in the places of tokens.

use super::{Gate, Refusal, Verdict, text};

/// Envoy refuses NUL, CR and LF in the name of a header, and in what stands before a token (run).
pub(in crate::istio::read) fn safe(text: &str) -> Verdict {
    if text.contains(['\0', '\r', '\n']) {
        return Err(Refusal::new(Gate::Envoy, "a header with a line break or NUL in it")
            .advice("a block (`|`) ends in a line break; write the text on one line"));
    }
    Ok(())
}

/// `fromHeaders[].name`: `minLength: 1`, and what Envoy wants.
pub(in crate::istio::read) fn of_token(name: &str) -> Verdict {
    text::schema_filled(name)?;
    safe(name)
}

/// `outputClaimToHeaders[].header`: `^[-_A-Za-z0-9]+$` of the schema; the webhook says the same.
pub(in crate::istio::read) fn of_claim(name: &str) -> Verdict {
    let is_header = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    if name.is_empty() || !name.chars().all(is_header) {
        return Err(Refusal::new(Gate::Schema, format!("`{name}` is not a header for a claim"))
            .advice("it takes letters, digits, `-` and `_`"));
    }
    Ok(())
}
