//! What a plain scalar is under the YAML 1.1 rules of go-yaml, which kubectl and the API server use. Written from
//! the YAML 1.1 type repository and go-yaml's deviations from it, and held against go-yaml's answers.

use std::fmt;

/// A scalar with its type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Bool(bool),
    Float(f64),
    Int(i128),
    Merge,
    Null,
    String(String),
}

impl fmt::Display for Resolved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "bool {value}"),
            Self::Float(value) => write!(formatter, "float {value:e}"),
            Self::Int(value) => write!(formatter, "int {value}"),
            Self::Merge => write!(formatter, "merge"),
            Self::Null => write!(formatter, "null"),
            Self::String(value) => write!(formatter, "string {value:?}"),
        }
    }
}

/// What the text of a scalar without quotes means.
pub(super) fn resolve(text: &str) -> Resolved {
    let word = match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Resolved::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Resolved::Bool(false))
        }
        ".nan" | ".NaN" | ".NAN" => Some(Resolved::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Resolved::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Resolved::Float(f64::NEG_INFINITY)),
        "<<" => Some(Resolved::Merge),
        _ => None,
    };
    word.or_else(|| number(text)).unwrap_or_else(|| Resolved::String(text.to_owned()))
}

fn number(text: &str) -> Option<Resolved> {
    let starts_like_a_number =
        text.starts_with(|char: char| char.is_ascii_digit() || matches!(char, '+' | '-' | '.'));
    if !starts_like_a_number {
        return None;
    }
    // go-yaml takes underscores out wherever they stand.
    let bare: String = text.chars().filter(|char| *char != '_').collect();
    int(&bare).map(Resolved::Int).or_else(|| float(&bare).map(Resolved::Float))
}

fn int(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, &text[1..]),
        [b'+', ..] => (1, &text[1..]),
        _ => (1, text),
    };
    let radixes = [("0b", 2), ("0B", 2), ("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8)];
    let prefixed = radixes.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let octal = || digits.strip_prefix('0').filter(|rest| !rest.is_empty()).map(|rest| (rest, 8));
    let (digits, radix) = prefixed.or_else(octal).unwrap_or((digits, 10));
    let is_number = !digits.is_empty() && digits.chars().all(|char| char.is_digit(radix));
    is_number.then(|| i128::from_str_radix(digits, radix).ok().map(|value| sign * value)).flatten()
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    let good_exponent = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    (has_digits && digits(whole) && digits(fraction) && good_exponent).then(|| text.parse().ok()).flatten()
}
