//! Conditions in the words of the language: `shop/orders`, `GET`, `/api/v1/users/*`.

use crate::access::{Condition, Pattern, Piece};

/// A condition as a policy would write its value. Identities of the trust domain are shown by namespace and
/// account, all others as a whole.
pub(super) fn condition(trust_domain: &str, condition: &Condition) -> String {
    match condition {
        Condition::Identity(uri) => identity(trust_domain, uri),
        Condition::Peer(block) | Condition::Client(block) | Condition::Destination(block) => single(block),
        Condition::Claim(_, value)
        | Condition::Header(_, value)
        | Condition::Host(value)
        | Condition::Issuer(value)
        | Condition::Method(value)
        | Condition::Path(value)
        | Condition::Sni(value)
        | Condition::Subject(value) => pattern(value),
        Condition::ValidToken => "a valid token".to_owned(),
        Condition::InvalidToken => "an invalid token".to_owned(),
    }
}

/// A block, or the address alone where it is a block of one.
pub(crate) fn single(block: &ipnet::IpNet) -> String {
    if block.prefix_len() == block.max_prefix_len() { block.addr().to_string() } else { block.to_string() }
}

/// `shop/orders` for `spiffe://<trust domain>/ns/shop/sa/orders`; any other URI as it is.
pub(crate) fn caller(trust_domain: &str, uri: &str) -> String {
    let own = uri.strip_prefix("spiffe://").and_then(|rest| rest.strip_prefix(trust_domain));
    let account = own.and_then(|rest| rest.strip_prefix("/ns/")).and_then(|rest| rest.split_once("/sa/"));
    match account {
        Some((namespace, account)) if !account.contains('/') => format!("{namespace}/{account}"),
        Some(_) | None => uri.to_owned(),
    }
}

fn identity(trust_domain: &str, uri: &Pattern) -> String {
    match uri.pieces() {
        [Piece::Some] => "mesh".to_owned(),
        _ => caller(trust_domain, &pattern(uri)),
    }
}

/// A pattern as Istio spells it.
pub(crate) fn pattern(pattern: &Pattern) -> String {
    let pieces = pattern.pieces();
    let is_template = pieces.iter().enumerate().any(|(at, piece)| match piece {
        Piece::Text(_) | Piece::Caseless(_) => false,
        Piece::Segment | Piece::PathGlob | Piece::TextGlob => true,
        Piece::Any | Piece::Some => at > 0 && at + 1 < pieces.len(),
    });
    let spelled = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Caseless(text) => text.clone(),
        Piece::Segment | Piece::PathGlob => "{*}".to_owned(),
        Piece::TextGlob => "{**}".to_owned(),
        Piece::Any | Piece::Some if is_template => "{**}".to_owned(),
        Piece::Any | Piece::Some => "*".to_owned(),
    };
    pieces.iter().map(spelled).collect()
}

/// An identity of the mesh that no policy should name.
pub(crate) fn somebody(trust_domain: &str) -> String {
    format!("spiffe://{trust_domain}/ns/nobody-names-this/sa/nobody-names-this")
}

/// `a`, `a or b`, `a, b or 4 more`: what one reads aloud of a list.
pub(super) fn one_of(list: &[String]) -> String {
    match list {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [first, second] => format!("{first} or {second}"),
        [first, second, third] => format!("{first}, {second} or {third}"),
        [first, second, rest @ ..] => format!("{first}, {second} or {} more", rest.len()),
    }
}

/// `a, b, c`, and how many more there are.
pub(crate) fn few(list: &[String]) -> String {
    match list {
        [a, b, c, rest @ ..] if rest.len() > 1 => format!("{a}, {b}, {c} (and {} more)", rest.len()),
        all => all.join(", "),
    }
}
