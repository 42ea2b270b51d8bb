//! Names, strings, dates, ports and addresses: what the grammar lets pass is looked at closely here.

use ipnet::IpNet;
use pest::iterators::Pair;

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{Date, Name, PortName};

/// A name or another word, without quotes where it was quoted.
pub(super) fn part(context: &mut Context, pair: &Pair<'_, Rule>) -> Spanned<Symbol> {
    let span = context.span(pair);
    Spanned::new(unquoted(context, pair.as_str(), span), span)
}

/// A path as written, without quotes where it was quoted. White space of other alphabets ends no path in the
/// grammar, and is never meant in one.
pub(super) fn path(context: &mut Context, pair: &Pair<'_, Rule>) -> Spanned<Symbol> {
    let text = pair.as_str();
    let is_bare = !text.starts_with('"');
    let foreign = text.char_indices().find(|(_, c)| !c.is_ascii() && c.is_whitespace());
    if let Some((at, c)) = foreign.filter(|_| is_bare) {
        let start = pair.as_span().start() + at;
        let span = Span::new(context.source, start, start + c.len_utf8());
        context.diagnostics.push(
            Diagnostic::new(
                code::INVALID_NAME,
                format!("U+{:04X} is white space that the language does not know", u32::from(c)),
                span,
                "white space",
            )
            .note("write a space")
            .fix("write a space", span, " "),
        );
    }
    let span = context.span(pair);
    let path = if is_bare { Symbol::new(text) } else { Symbol::from(string(context, text, span)) };
    Spanned::new(path, span)
}

/// `payments` or `shop/payments`, each part perhaps quoted.
pub(super) fn name(context: &mut Context, pair: &Pair<'_, Rule>) -> Name {
    let (text, span) = (pair.as_str(), context.span(pair));
    match slash(text) {
        None => Name { namespace: None, name: unquoted(context, text, span) },
        Some(at) => {
            let middle = span.start + at as u32;
            let namespace = unquoted(context, &text[..at], Span { end: middle, ..span });
            let name = unquoted(context, &text[at + 1..], Span { start: middle + 1, ..span });
            Name { namespace: Some(namespace), name }
        }
    }
}

/// The namespace of `shop/*`.
pub(super) fn namespace_set(context: &mut Context, pair: &Pair<'_, Rule>) -> Symbol {
    let text = pair.as_str();
    unquoted(context, &text[..text.len() - "/*".len()], context.span(pair))
}

/// The name of `@backoffice`.
pub(super) fn set(context: &mut Context, pair: &Pair<'_, Rule>) -> Symbol {
    let span = context.span(pair);
    unquoted(context, &pair.as_str()["@".len()..], Span { start: span.start + 1, ..span })
}

/// The slash between the two parts of a name; a quoted part may contain others.
fn slash(text: &str) -> Option<usize> {
    if !text.starts_with('"') {
        return text.find('/');
    }
    let mut escaped = false;
    let close = text.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    let behind = close + 2;
    text[behind..].starts_with('/').then_some(behind)
}

fn unquoted(context: &mut Context, text: &str, span: Span) -> Symbol {
    if !text.starts_with('"') {
        return Symbol::new(text);
    }
    let text = string(context, text, span);
    if text.is_empty() {
        context.diagnostics.push(Diagnostic::new(
            code::INVALID_NAME,
            "a name can not be empty",
            span,
            "nothing between the quotes",
        ));
    }
    Symbol::from(text)
}

/// The value of a string with its quotes; escapes that are none are reported and kept as they stand.
pub(super) fn string(context: &mut Context, quoted: &str, span: Span) -> String {
    let text = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let start = span.start as usize + 1 + (text.len() - rest.len()) + at;
        let escape = &rest[at..];
        let length = if let Some((c, length)) = escaped(escape) {
            value.push(c);
            length
        } else {
            let length = escape.chars().take(2).map(char::len_utf8).sum();
            let at = Span::new(context.source, start, start + length);
            context.diagnostics.push(unknown_escape(&escape[..length], at));
            value.push_str(&escape[..length]);
            length
        };
        rest = &escape[length..];
    }
    value.push_str(rest);
    value
}

/// The character of the escape at the start of `text`, and its length.
fn escaped(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().get(1)? {
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'n' => Some(('\n', 2)),
        b't' => Some(('\t', 2)),
        b'u' => {
            let (digits, _) = text.get(2..)?.strip_prefix('{')?.split_once('}')?;
            let is_hexadecimal = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?;
            Some((char::from_u32(number)?, digits.len() + r"\u{}".len()))
        }
        _ => None,
    }
}

fn unknown_escape(escape: &str, span: Span) -> Diagnostic {
    Diagnostic::new(code::INVALID_STRING, format!("`{escape}` is no escape"), span, "not known")
        .note(r#"the escapes are `\"`, `\\`, `\n`, `\t` and `\u{…}` with a character's hexadecimal number"#)
        .note(r"a backslash itself is written `\\`")
}

/// A port by number or by name.
pub(super) fn port(context: &mut Context, pair: &Pair<'_, Rule>) -> PortName {
    let text = pair.as_str();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return PortName::Name(part(context, pair).node);
    }
    let number = text.parse::<u16>().ok().filter(|number| *number > 0);
    if number.is_none() {
        context.diagnostics.push(
            Diagnostic::new(
                code::SYNTAX_ERROR,
                format!("`{text}` is no port"),
                context.span(pair),
                "out of range",
            )
            .note("a port is a number from 1 to 65535, or the name of a service port"),
        );
    }
    PortName::Number(number.unwrap_or_default())
}

/// A day that the calendar has; nothing where it has been reported.
pub(super) fn date(context: &mut Context, pair: &Pair<'_, Rule>) -> Option<Date> {
    let text = pair.as_str();
    let date = read_date(text);
    let Err(reason) = date else { return date.ok() };
    context.diagnostics.push(
        Diagnostic::new(code::INVALID_DATE, format!("`{text}` is no date"), context.span(pair), reason)
            .note("write year, month and day: `2026-12-31`; the day itself is included, in UTC"),
    );
    None
}

fn read_date(text: &str) -> Result<Date, &'static str> {
    let shape = "expected four digits, two digits and two digits with `-` between them";
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return Err(shape) };
    let number = |text: &str, digits: usize| -> Result<u16, &'static str> {
        let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| fits).ok_or(shape)
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return Err("there is no such month"),
    };
    if day == 0 || day > days {
        return Err("that month has no such day");
    }
    Ok(Date { year, month: month as u8, day: day as u8 })
}

/// An address or a block of them; nothing where it has been reported. Bits behind the prefix are accepted, since
/// Istio ignores them.
pub(super) fn address(context: &mut Context, pair: &Pair<'_, Rule>) -> Option<Spanned<IpNet>> {
    let (text, span) = (pair.as_str(), context.span(pair));
    match read_address(text) {
        Ok(block) => Some(Spanned::new(block, span)),
        Err(reason) => {
            context.diagnostics.push(
                Diagnostic::new(
                    code::INVALID_ADDRESS,
                    format!("`{text}` is no address and no block of addresses"),
                    span,
                    reason,
                )
                .note("write an address such as `203.0.113.7` or a block such as `203.0.113.0/24` or `2001:db8::/32`"),
            );
            None
        }
    }
}

fn read_address(text: &str) -> Result<IpNet, &'static str> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    if address.contains('%') {
        return Err("a zone has a meaning on one machine only");
    }
    if address.contains('.') && address.split('.').any(|byte| byte.len() > 1 && byte.starts_with('0')) {
        return Err("a leading zero would be read as octal by some and as decimal by others");
    }
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return Err("expected an IPv4 or IPv6 address");
    };
    if matches!(address, std::net::IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        return Err("an IPv4 caller is compared as IPv4, so its IPv6 form matches nobody");
    }
    let Some(prefix) = prefix else { return Ok(IpNet::from(address)) };
    if prefix.len() > 1 && prefix.starts_with('0') {
        return Err("a prefix length has no leading zero");
    }
    let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
    let length = prefix.parse::<u8>().ok().filter(|_| digits);
    length
        .and_then(|length| IpNet::new(address, length).ok())
        .ok_or("expected a prefix length of at most 32 for IPv4 and 128 for IPv6")
}
