//! How Istio turns the strings of a policy into Envoy's matchers (`matcher/string.go`, `matcher/template.go`,
//! `matcher/header.go`, `util.AddrStrToPrefix`).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::access::{Pattern, Piece};

/// The order of tests matters: `*` alone, a leading `*`, a trailing `*`, else exact. What is left after the one
/// `*` is taken literally.
pub(super) fn text(value: &str) -> Pattern {
    if value == "*" {
        Pattern::present()
    } else if let Some(end) = value.strip_prefix('*') {
        Pattern::suffix(end)
    } else if let Some(start) = value.strip_suffix('*') {
        Pattern::prefix(start)
    } else {
        Pattern::exact(value)
    }
}

/// The value of a header; `*` asks for the header alone, so an empty value will do.
pub(super) fn header(value: &str) -> Pattern {
    if value == "*" { Pattern::any() } else { text(value) }
}

/// A path with `{*}` or `{**}` goes to Envoy's URI template matcher, any other is a string.
pub(super) fn path(value: &str) -> Pattern {
    if !value.contains("{*}") && !value.contains("{**}") {
        return text(value);
    }
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        pieces.push(Piece::Text(before.to_owned()));
        if let Some(after) = from.strip_prefix("{**}") {
            pieces.push(Piece::TextGlob);
            rest = after;
        } else if let Some(after) = from.strip_prefix("{*}") {
            pieces.push(Piece::PathGlob);
            rest = after;
        } else {
            pieces.push(Piece::Text("{".to_owned()));
            rest = &from[1..];
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Pattern::new(pieces)
}

/// A block, or a single address as a block of one; host bits and the zone of a single address are ignored.
/// `None` for what Istio can not read.
pub(super) fn block(value: &str) -> Option<IpNet> {
    match value.parse::<IpNet>() {
        Ok(net) => Some(net.trunc()),
        Err(_) => {
            let address = value.split_once('%').map_or(value, |(address, _)| address);
            address.parse::<IpAddr>().ok().map(IpNet::from)
        }
    }
}

/// A port number in digits, leading zeros allowed; `None` for what Istio can not read.
pub(super) fn port(value: &str) -> Option<u16> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten()
}
