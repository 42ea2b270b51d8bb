//! Path patterns: `paths` and `notPaths`.

use super::{Gate, Refusal, Verdict, text};

/// The longest template that Envoy takes, with `{*}` counted as `*` and `{**}` as `**`.
const MAX_TEMPLATE: usize = 256;

/// `security.CheckValidPathTemplate`, and what Envoy's `uri_template` refuses beyond it (run): a template that
/// does not begin with exactly one `/`, ends in `//`, or is too long. A path without braces may be any text.
pub(in crate::istio::read) fn pattern(path: &str) -> Verdict {
    text::filled(path)?;
    if !path.contains(['{', '}']) {
        return Ok(());
    }
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    webhook(path, &segments)?;
    let operators = segments.iter().filter(|segment| is_operator(segment)).count();
    if operators == 0 {
        return Ok(());
    }
    envoy(path, path.len() - operators * "{}".len())
}

fn webhook(path: &str, segments: &[&str]) -> Verdict {
    let refuse = |advice: &str| {
        Err(Refusal::new(Gate::Webhook, format!("`{path}` is not a path template")).advice(advice))
    };
    if segments.iter().any(|segment| segment.contains(['{', '}']) && !is_operator(segment)) {
        return refuse("`{*}` and `{**}` stand for whole segments, and there are no other braces");
    }
    let operators: Vec<&&str> = segments.iter().filter(|segment| is_operator(segment)).collect();
    if operators.iter().rev().skip(1).any(|operator| **operator == "{**}") {
        return refuse("`{**}` is the last of the operators in a path");
    }
    let is_literal = |segment: &str| !segment.is_empty() && segment.chars().all(is_literal_char);
    if !segments.iter().all(|segment| is_operator(segment) || is_literal(segment)) {
        return refuse("beside `{*}` and `{**}` there are no empty segments and no `*`");
    }
    Ok(())
}

fn envoy(path: &str, length: usize) -> Verdict {
    let refuse = |advice: &str| {
        Err(Refusal::new(Gate::Envoy, format!("`{path}` is not a path template")).advice(advice))
    };
    if !path.starts_with('/') || path.starts_with("//") || path.ends_with("//") {
        return refuse("a template begins with one `/` and does not end in two");
    }
    if length > MAX_TEMPLATE {
        return refuse("a template has at most 256 characters");
    }
    Ok(())
}

fn is_operator(segment: &str) -> bool {
    matches!(segment, "{*}" | "{**}")
}

fn is_literal_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~%!$&'()+,;:@=".contains(char)
}
