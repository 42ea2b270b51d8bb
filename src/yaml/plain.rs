//! What kubectl takes a scalar without quotes for: YAML 1.1 as go-yaml reads it, which is more than most
//! people expect (`no`, `0x10` and `1_000` are no strings).

/// The type of an unquoted scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// `yes`, `Off`, `true`, `n`, …
    Boolean(bool),
    /// `1.5`, `1e3`, `.inf`, and whole numbers beyond 64 bits.
    Float(f64),
    /// `80`, `0x50`, `0o120`, `0b1010000`, `1_000`
    Integer(i64),
    /// Nothing, `~` or `null`
    Null,
    /// Everything else, dates and `22:22` among it.
    String,
}

impl Plain {
    /// The type of `text`.
    pub fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Boolean(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                Self::Boolean(false)
            }
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
            _ => number(text).unwrap_or(Self::String),
        }
    }

    /// As a sentence names it: `the number 8`, `true`.
    pub fn describe(self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Float(value) => format!("the number {value}"),
            Self::Integer(value) => format!("the number {value}"),
            Self::Null => "null".to_owned(),
            Self::String => "a string".to_owned(),
        }
    }
}

fn number(text: &str) -> Option<Plain> {
    let first = text.bytes().next()?;
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    let digits = text.replace('_', "");
    if first != b'.'
        && let Some(value) = integer(&digits)
    {
        return Some(Plain::Integer(value));
    }
    if is_float(&digits) { digits.parse().ok().map(Plain::Float) } else { None }
}

/// A leading `0` makes it octal; `0x`, `0o` and `0b` say their base.
fn integer(digits: &str) -> Option<i64> {
    let (negative, magnitude) = match digits.as_bytes().first()? {
        b'-' => (true, &digits[1..]),
        b'+' => (false, &digits[1..]),
        _ => (false, digits),
    };
    let bytes = magnitude.as_bytes();
    let (base, start) = match (bytes.first()?, bytes.get(1)) {
        (b'0', Some(b'x' | b'X')) => (16, 2),
        (b'0', Some(b'o' | b'O')) => (8, 2),
        (b'0', Some(b'b' | b'B')) => (2, 2),
        (b'0', Some(_)) => (8, 1),
        _ => (10, 0),
    };
    let significant = magnitude.get(start..)?;
    if significant.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(significant, base).ok()?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits =
        all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_fits && exponent_fits
}
