//! How a name, a path or a string is written: bare where the grammar reads it back as the same, else in quotes.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::syntax::ast::{Name, PortName};
use crate::syntax::keyword;

/// A part of a name: a label, or anything in quotes.
pub(super) fn part(text: &str) -> Cow<'_, str> {
    if is_label(text) { Cow::Borrowed(text) } else { Cow::Owned(quote(text)) }
}

/// A name; one that could be taken for a keyword is quoted.
pub(super) fn name(name: &Name) -> Cow<'_, str> {
    match &name.namespace {
        Some(namespace) => Cow::Owned([&*part(namespace), "/", &*part(&name.name)].concat()),
        None if keyword::is_keyword(&name.name) => Cow::Owned(quote(&name.name)),
        None => part(&name.name),
    }
}

/// A service account; nothing else can stand in its place, so no keyword is in its way.
pub(super) fn account(name: &Name) -> Cow<'_, str> {
    match &name.namespace {
        Some(_) => self::name(name),
        None => part(&name.name),
    }
}

/// A port; a name of digits alone is quoted, since it would be a number.
pub(super) fn port(port: &PortName) -> Cow<'_, str> {
    match port {
        PortName::Number(number) => Cow::Owned(number.to_string()),
        PortName::Name(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => Cow::Owned(quote(name)),
        PortName::Name(name) => part(name),
    }
}

/// A path, bare or in quotes.
pub(super) fn path(text: &str) -> Cow<'_, str> {
    if is_bare_path(text) { Cow::Borrowed(text) } else { Cow::Owned(quote(text)) }
}

/// The path of a `use`.
pub(super) fn import_path(text: &str) -> Cow<'_, str> {
    bare_of(text, "./", "-_./")
}

/// A host, perhaps with a wildcard or a port.
pub(super) fn host(text: &str) -> Cow<'_, str> {
    bare_of(text, "*", "-_.*:")
}

/// A word of letters, digits and `signs`; only a `_` or one of `first` may start it beside those.
fn bare_of<'a>(text: &'a str, first: &str, signs: &str) -> Cow<'a, str> {
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || first.contains(c));
    let bare = starts && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c));
    if bare { Cow::Borrowed(text) } else { Cow::Owned(quote(text)) }
}

/// A string with its quotes and escapes.
pub(super) fn quote(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        return ["\"", text, "\""].concat();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_invisible(c) => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What a reader would not see, or what would change the order of what is seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The rule `label` of the grammar.
fn is_label(text: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

/// The rule `bare_path` of the grammar: each `)` and `}` closes what the path itself opened. With a `;` at its end it would
/// be taken for a mistake.
fn is_bare_path(text: &str) -> bool {
    if !text.starts_with(['/', '*']) || text.ends_with(';') {
        return false;
    }
    // In nearly every path there is nothing to look at more closely.
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'*' | b'-' | b'_' | b'.');
    if text.bytes().all(is_plain) {
        return true;
    }
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let closing = match c {
            '{' => group_end(rest, '}'),
            '(' => group_end(rest, ')'),
            ',' | ')' | '}' => return false,
            c if c.is_whitespace() || is_invisible(c) => return false,
            _ => None,
        };
        rest = &rest[closing.unwrap_or(c.len_utf8())..];
    }
    true
}

/// The length of `{…}` or `(…)` at the start of `text`, if `close` is its next bracket.
fn group_end(text: &str, close: char) -> Option<usize> {
    let ends = |c: char| ",{}()".contains(c) || c.is_whitespace() || is_invisible(c);
    let at = 1 + text[1..].find(ends)?;
    text[at..].starts_with(close).then_some(at + 1)
}
