//! Addresses and blocks: `ipBlocks`, `remoteIpBlocks`, their negations, and the conditions on addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::{Gate, Refusal, Verdict};

/// `security.ValidateIPs`: Go's `netip.ParsePrefix` where there is a `/`, else `netip.ParseAddr`. So no leading
/// zeros (`010.1.1.1`, `/08`) and no zone in a block (run); host bits may be set, and an address alone may have a
/// zone.
pub(in crate::istio::read) fn block(text: &str) -> Verdict {
    let is_block = match text.split_once('/') {
        Some((address, length)) => is_prefix(address, length),
        None => is_address(text),
    };
    if is_block {
        return Ok(());
    }
    Err(Refusal::new(Gate::Webhook, format!("`{text}` is neither an address nor a block of addresses"))
        .advice("write `10.1.2.3`, `10.1.0.0/16` or `2001:db8::/32`, without leading zeros"))
}

fn is_prefix(address: &str, length: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let bits = match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let is_plain =
        length.bytes().all(|byte| byte.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    is_plain && length.parse::<u8>().is_ok_and(|length| length <= bits)
}

fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<IpAddr>().is_ok(),
    }
}
