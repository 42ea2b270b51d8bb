//! Ports: in an operation, in a condition, and as keys of `portLevelMtls`.

use super::{Gate, Refusal, Verdict};

/// `security.ValidatePorts`: digits that make up 0 to 65535; `080` is 80 (run).
pub(in crate::istio::read) fn operation(text: &str) -> Verdict {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && text.parse::<u32>().is_ok_and(|port| port <= 65_535) {
        return Ok(());
    }
    Err(Refusal::new(Gate::Webhook, format!("`{text}` is not a port"))
        .advice("a port is a number from 0 to 65535; ranges, names and `*` are not known here"))
}

/// The schema wants 1 to 65535, and the webhook plain decimals: not `080` (run).
pub(in crate::istio::read) fn port_level(text: &str) -> Verdict {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || digits.parse::<u16>().is_ok_and(|port| port == 0) || digits.parse::<u16>().is_err() {
        return Err(Refusal::new(Gate::Schema, format!("`{text}` is not a port"))
            .advice("the keys of `portLevelMtls` are ports of the workload, from 1 to 65535"));
    }
    if text.starts_with(['0', '+']) {
        return Err(Refusal::new(Gate::Webhook, format!("`{text}` is not written as a plain number"))
            .advice("write the port without leading zeros"));
    }
    Ok(())
}
