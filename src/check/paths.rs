//! Path patterns: Istio's own, checked so that each can match and means what it looks like.

use crate::diagnostic::{Code, Diagnostic, code};
use crate::project::PathNormalization;
use crate::source::{Span, Spanned, Symbol};

/// A literal segment beside a template may hold these besides letters and digits (Istio
/// `pkg/config/security/security.go`, `CheckValidPathTemplate`).
const TEMPLATE_LITERALS: &str = "-._~%!$&'()+,;:@=";

/// The longest pattern; Envoy's limit for all headers of a request together is 60 KiB.
const MAX_PATTERN_BYTES: usize = 4096;

/// What Envoy writes as an escape before it compares, so that a pattern with the raw character never matches.
const ESCAPED_BY_ENVOY: &str = "\"<>^`|";

/// The pattern as Istio reads it: `{id}` becomes `{*}` and `/a/{**}` becomes `/a/*`, all else stays as it is.
pub(super) fn check_path(
    path: &Spanned<Symbol>,
    normalization: PathNormalization,
) -> Result<Symbol, Box<Diagnostic>> {
    let text = path.as_str();
    if is_plain(text) {
        return Ok(path.node);
    }
    if text.len() > MAX_PATTERN_BYTES {
        return Err(problem(
            code::INVALID_PATH,
            "the pattern is too long",
            path.span,
            "longer than any path that a proxy accepts",
            format!("at most {MAX_PATTERN_BYTES} bytes"),
        ));
    }
    refuse_semicolon(text, path.span)?;
    refuse_unmatchable(text, path.span)?;
    let is_template = text.contains(['{', '}']);
    let pattern = if is_template { template(text, path.span)? } else { star(text, path.span)? };
    refuse_rewritten(text, normalization, path.span)?;
    Ok(pattern)
}

/// Nearly every path: letters, digits and single slashes, perhaps a `*` at the end. There is nothing in it to look
/// at more closely.
fn is_plain(text: &str) -> bool {
    let body = text.strip_suffix('*').unwrap_or(text).as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut before = b'*';
    body.first() == Some(&b'/')
        && body.len() < MAX_PATTERN_BYTES
        && body.iter().all(|byte| {
            let goes_on = is_word(*byte) || (*byte == b'/' && before != b'/');
            before = *byte;
            goes_on
        })
}

fn problem(
    code: Code,
    message: impl Into<String>,
    span: Span,
    label: &str,
    note: impl Into<String>,
) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(code, message, span, label).note(note))
}

/// A `;` behind a bare path was meant to end the statement. In quotes it is meant.
fn refuse_semicolon(text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    let is_bare = (span.end - span.start) as usize == text.len();
    let Some(path) = text.strip_suffix(';').filter(|_| is_bare) else { return Ok(()) };
    Err(problem(
        code::INVALID_PATH,
        "the `;` would be a part of the path",
        span,
        "a statement ends with its line",
        format!("write `{path}`; a path that does end so stands in quotes: `\"{text}\"`"),
    ))
}

/// What can not occur in the path that Istio compares.
fn refuse_unmatchable(text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    if let Some((path, _)) = text.split_once('?') {
        return Err(problem(
            code::INVALID_PATH,
            "a query string takes no part in the match",
            span,
            "Istio removes `?` and what follows before it compares",
            format!("write `{path}`"),
        ));
    }
    if let Some((path, _)) = text.split_once('#') {
        return Err(problem(
            code::INVALID_PATH,
            "a fragment takes no part in the match",
            span,
            "`#` and what follows never reaches the server",
            format!("write `{path}`; a comment begins with white space before the `#`"),
        ));
    }
    if !text.starts_with(['/', '*']) {
        return Err(problem(
            code::INVALID_PATH,
            format!("`{text}` can never match: every path begins with `/`"),
            span,
            "no leading `/` or `*`",
            format!("write `/{text}`, or `*/{text}` for the end of a path"),
        ));
    }
    let escaped = |c: char| c.is_ascii_control() || c == ' ' || !c.is_ascii() || ESCAPED_BY_ENVOY.contains(c);
    if let Some(found) = text.chars().find(|c| escaped(*c)) {
        let mut bytes = [0; 4];
        let escape: Vec<String> =
            found.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect();
        let write = format!("write `{}` in its place", escape.concat());
        return Err(problem(
            code::INVALID_PATH,
            format!("{} never stands in a path as it is", show(found)),
            span,
            "clients and Envoy escape this character before it is compared",
            if is_invisible(found) { format!("remove it, or {write}") } else { write },
        ));
    }
    Ok(())
}

/// What takes no place on a screen: zero-width spaces and joiners, marks of direction and of byte order.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn show(found: char) -> String {
    if found == ' ' {
        "a space".to_owned()
    } else if is_invisible(found) {
        format!("the invisible character U+{:04X}", found as u32)
    } else if found.is_control() {
        format!("the control character U+{:04X}", found as u32)
    } else {
        format!("`{found}`")
    }
}

/// `*` alone, first or last; anywhere else Istio takes it for itself.
fn star(text: &str, span: Span) -> Result<Symbol, Box<Diagnostic>> {
    let inner = text.strip_prefix('*').or_else(|| text.strip_suffix('*')).unwrap_or(text);
    if !inner.contains('*') {
        return Ok(Symbol::new(text));
    }
    let segments: Vec<&str> = text.split('/').collect();
    let whole = segments.iter().all(|segment| !segment.contains('*') || matches!(*segment, "*" | "**"));
    let note = if whole && text.starts_with('/') {
        let last = segments.len() - 1;
        let fixed: Vec<&str> = segments
            .iter()
            .enumerate()
            .map(|(index, segment)| match *segment {
                "**" => "{**}",
                "*" if index == last => "{**}",
                "*" => "{*}",
                literal => literal,
            })
            .collect();
        format!("write `{}`: `{{*}}` is one segment, `{{**}}` any number of them", fixed.join("/"))
    } else {
        "write `{*}` for one whole segment, `{**}` for any number of them; a part of a segment can not vary"
            .to_owned()
    };
    Err(problem(
        code::INVALID_PATH_PATTERN,
        "a `*` that is neither first nor last stands for itself",
        span,
        "Istio would compare this `*` with the letter `*`",
        note,
    ))
}

/// A pattern with `{…}`: every brace a whole segment, no `*` beside it, nothing variable behind `{**}`.
fn template(text: &str, span: Span) -> Result<Symbol, Box<Diagnostic>> {
    let pattern = segments_of_template(text).map_err(|mistake| {
        problem(code::INVALID_PATH_PATTERN, mistake.message, span, mistake.label, mistake.note)
    })?;
    Ok(open_end(&pattern).map_or_else(|| Symbol::from(pattern.as_str()), |fixed| format!("{fixed}*").into()))
}

/// What is wrong with a template, why, and what to write.
struct Mistake {
    message: String,
    label: &'static str,
    note: &'static str,
}

impl Mistake {
    fn new(message: impl Into<String>, label: &'static str, note: &'static str) -> Self {
        Self { message: message.into(), label, note }
    }
}

/// The segments of a template as Envoy has them.
fn segments_of_template(text: &str) -> Result<String, Mistake> {
    let Some(body) = text.strip_prefix('/') else {
        return Err(Mistake::new(
            "a pattern with `{…}` begins with `/`",
            "Istio takes no `*` in a pattern with `{…}`",
            "write `/{**}/…` for any beginning",
        ));
    };
    let mut is_open = false;
    let mut pattern = String::new();
    let mut segments = body.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_variable = segment.contains(['{', '}']);
        if is_variable && is_open {
            return Err(Mistake::new(
                format!("`{segment}` stands behind `{{**}}`"),
                "`{**}` takes all segments, so nothing variable can follow it",
                "end the pattern with `{**}`, or let only fixed segments follow",
            ));
        }
        let is_last = segments.peek().is_none();
        if segment.is_empty() && (!is_last || body.is_empty()) {
            return Err(Mistake::new(
                "an empty segment can not stand in a template",
                "two slashes in a row",
                "remove one of them",
            ));
        }
        is_open |= segment == "{**}";
        pattern.push('/');
        pattern.push_str(if is_variable { variable(segment)? } else { fixed(segment)? });
    }
    Ok(pattern)
}

/// A segment with a brace in it: `{*}` for a name, too.
fn variable(segment: &str) -> Result<&'static str, Mistake> {
    match segment {
        "{**}" => Ok("{**}"),
        "{*}" => Ok("{*}"),
        _ if parameter(segment).is_some() => Ok("{*}"),
        _ => Err(Mistake::new(
            format!("`{segment}` is not a whole segment between slashes"),
            "a template stands for one whole segment",
            "write `{*}` or `{name}` for a segment, `{**}` for any number of them",
        )),
    }
}

/// A segment that stands for itself.
fn fixed(segment: &str) -> Result<&str, Mistake> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || TEMPLATE_LITERALS.contains(c);
    if segment.contains('*') {
        return Err(Mistake::new(
            "a `*` beside a template stands for itself",
            "Istio takes no `*` in a pattern with `{…}`",
            "write `{*}` for one segment, `{**}` for any number of them",
        ));
    }
    match segment.chars().find(|c| !is_allowed(*c)) {
        None => Ok(segment),
        Some(found) => Err(Mistake::new(
            format!("`{found}` can not stand in a pattern with `{{…}}`"),
            "Istio refuses this character beside a template",
            "escape it with `%`, or write the path without a template",
        )),
    }
}

/// `/a/` of `/a/{**}`, where nothing else varies: the same as a prefix, which unlike a template of Envoy's takes in
/// every character.
pub fn open_end(pattern: &str) -> Option<&str> {
    pattern.strip_suffix("{**}").filter(|fixed| !fixed.contains('{'))
}

/// The name in `{name}`, as OpenAPI writes a parameter.
pub(super) fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(letter)).then_some(name)
}

/// What the proxy rewrites before it compares, so that a pattern which keeps it never matches.
fn refuse_rewritten(text: &str, normalization: PathNormalization, span: Span) -> Result<(), Box<Diagnostic>> {
    let rewritten = |message: String, label: &str, note: String| {
        Err(problem(code::INVALID_PATH, message, span, label, note))
    };
    let merges =
        matches!(normalization, PathNormalization::MergeSlashes | PathNormalization::DecodeAndMergeSlashes);
    if normalization == PathNormalization::None {
        return Ok(());
    }
    let dot = complete_segments(text).find(|segment| {
        let name = segment.split(';').next().unwrap_or_default();
        matches!(name, "." | "..")
    });
    if let Some(segment) = dot {
        return rewritten(
            format!("`{segment}` is resolved before the match"),
            "a path that arrives never holds this segment",
            "write the path that is left when it is resolved".to_owned(),
        );
    }
    if text.contains('\\') {
        return rewritten(
            "`\\` becomes `/` before the match".to_owned(),
            "a path that arrives never holds it",
            format!("write `{}`", text.replace('\\', "/")),
        );
    }
    if merges && text.contains("//") {
        return rewritten(
            "`//` becomes `/` before the match".to_owned(),
            "`pathNormalization` merges slashes",
            format!("write `{}`", text.replace("//", "/")),
        );
    }
    for (escape, decoded) in escapes(text) {
        let slash = matches!(decoded, b'/' | b'\\');
        let unreserved = decoded.is_ascii_alphanumeric() || b"-._~".contains(&decoded);
        if decoded == 0 {
            return rewritten(
                "`%00` is refused by Envoy".to_owned(),
                "such a request is answered with 400",
                "remove it".to_owned(),
            );
        }
        if unreserved || (slash && normalization == PathNormalization::DecodeAndMergeSlashes) {
            return rewritten(
                format!("`{escape}` is decoded before the match"),
                "a path that arrives never holds it",
                format!("write `{}`", char::from(if slash { b'/' } else { decoded })),
            );
        }
    }
    Ok(())
}

/// The segments that a `*` at either end can not make longer.
fn complete_segments(text: &str) -> impl Iterator<Item = &str> {
    let first_open = text.starts_with('*');
    let last_open = text.ends_with('*');
    let count = text.split('/').count();
    text.split('/')
        .enumerate()
        .filter(move |(index, _)| {
            let open = (first_open && *index == 0) || (last_open && *index + 1 == count);
            !open
        })
        .map(|(_, segment)| segment)
}

/// The percent escapes of a path with the byte that each stands for.
fn escapes(text: &str) -> impl Iterator<Item = (&str, u8)> {
    text.match_indices('%').filter_map(|(at, _)| {
        let escape = text.get(at..at + 3)?;
        u8::from_str_radix(&escape[1..], 16).ok().map(|byte| (escape, byte))
    })
}
