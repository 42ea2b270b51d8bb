//! Paths with `{*}` and `{**}`: what Istio's webhook refuses of them, and what Envoy refuses beyond it.

/// The longest template that Envoy takes, with `{*}` counted as `*` and `{**}` as `**`.
const MAX_LENGTH: usize = 256;

/// Who refuses a path, and what it should be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// The webhook (`security.CheckValidPathTemplate`).
    Webhook(&'static str),
    /// Envoy's `uri_template`, after the webhook has taken it (asked of both).
    Envoy(&'static str),
}

/// Whether a path without braces, or with them, is one that proxies take. Without braces it may be any text.
pub(super) fn check(path: &str) -> Result<(), Mistake> {
    if !path.contains(['{', '}']) {
        return Ok(());
    }
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    check_segments(&segments).map_err(Mistake::Webhook)?;
    let operators = segments.iter().filter(|segment| is_operator(segment)).count();
    if operators == 0 {
        return Ok(());
    }
    check_ends(path, path.len() - operators * "{}".len()).map_err(Mistake::Envoy)
}

fn check_segments(segments: &[&str]) -> Result<(), &'static str> {
    if segments.iter().any(|segment| segment.contains(['{', '}']) && !is_operator(segment)) {
        return Err("`{*}` and `{**}` stand for whole segments, and there are no other braces");
    }
    let operators: Vec<&&str> = segments.iter().filter(|segment| is_operator(segment)).collect();
    if operators.iter().rev().skip(1).any(|operator| **operator == "{**}") {
        return Err("`{**}` is the last of the operators in a path");
    }
    let is_literal = |segment: &str| !segment.is_empty() && segment.chars().all(is_literal_char);
    if !segments.iter().all(|segment| is_operator(segment) || is_literal(segment)) {
        return Err("a path with `{*}` or `{**}` has no `*` beside them and no empty segments");
    }
    Ok(())
}

fn check_ends(path: &str, length: usize) -> Result<(), &'static str> {
    if !path.starts_with('/') || path.starts_with("//") || path.ends_with("//") {
        return Err("a path with `{*}` or `{**}` starts with one `/` and does not end in two");
    }
    if length > MAX_LENGTH {
        return Err("a path with `{*}` or `{**}` has at most 256 characters");
    }
    Ok(())
}

fn is_operator(segment: &str) -> bool {
    matches!(segment, "{*}" | "{**}")
}

fn is_literal_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~%!$&'()+,;:@=".contains(char)
}
