//! `timeout` of a token provider, as Go's `time.ParseDuration` reads it.

use super::{Gate, Refusal, Verdict};

/// The schema wants a duration of at least `1ms`; the webhook whole milliseconds.
pub(in crate::istio::read) fn timeout(text: &str) -> Verdict {
    let Some(nanoseconds) = nanoseconds(text) else {
        return Err(Refusal::new(Gate::Schema, format!("`{text}` is not a duration"))
            .advice("write a number and its unit, such as `500ms` or `5s`"));
    };
    if nanoseconds < MILLISECOND {
        return Err(Refusal::new(Gate::Schema, format!("`{text}` is shorter than `1ms`")));
    }
    if nanoseconds % MILLISECOND != 0 {
        return Err(Refusal::new(Gate::Webhook, format!("`{text}` is not a whole number of milliseconds")));
    }
    Ok(())
}

const MILLISECOND: i128 = 1_000_000;

/// `1h2.5s`: decimal numbers, each with a unit, and a sign in front of them all.
fn nanoseconds(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0;
    while {
        let unit_at = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (number, behind) = rest.split_at(unit_at);
        let unit_end = behind.find(|char: char| char.is_ascii_digit() || char == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(unit_end);
        total += scaled(number, unit_of(unit)?)?;
        rest = next;
        !rest.is_empty()
    } {}
    // Go counts nanoseconds in 64 bits.
    (total <= i128::from(i64::MAX)).then_some(sign * total)
}

/// `2.5` of a unit; digits behind the point that are less than a nanosecond are dropped.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole)
        || !is_digits(fraction)
        || (whole.is_empty() && fraction.is_empty())
        || whole.len() > 18
    {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut part = 0;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        part += place * i128::from(digit - b'0');
    }
    Some(whole * unit + part)
}

fn unit_of(unit: &str) -> Option<i128> {
    match unit {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(MILLISECOND),
        "s" => Some(1_000 * MILLISECOND),
        "m" => Some(60_000 * MILLISECOND),
        "h" => Some(3_600_000 * MILLISECOND),
        _ => None,
    }
}
