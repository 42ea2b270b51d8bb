//! What Envoy's HTTP codec makes of a request before any filter is asked: the path that is compared, or a 400.

use crate::access::Request;
use crate::check::{METHODS, normalization};
use crate::project::PathNormalization;

/// The path of a request over HTTP/1.1 as the filters see it, given the path as it was sent; `None` where Envoy
/// answers 400.
pub(super) fn read(setting: PathNormalization, request: &Request) -> Option<String> {
    // The codec knows these methods and no other, in no other case.
    let is_known = METHODS.contains(&request.method.as_str());
    let bad_value = |value: &String| value.bytes().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
    let bad_name = |name: &str| name.is_empty() || !name.bytes().all(is_token);
    let bad_header = |(name, values): (&crate::source::Symbol, &Vec<String>)| {
        bad_name(name) || values.iter().any(bad_value)
    };
    if !is_known || bad_value(&request.host) || request.headers.iter().any(bad_header) {
        return None;
    }
    // The request line ends at a space, and takes no byte beyond ASCII.
    if !request.path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    normalization(setting).apply(path_of(&request.path)?).ok()
}

/// The path of a target in absolute form (`http://host/path`), or the target itself.
fn path_of(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let (scheme, rest) = target.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_scheme.then(|| rest.find('/').map_or("/", |at| &rest[at..]))
}

/// A character of a header's name (RFC 9110, `tchar`).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
