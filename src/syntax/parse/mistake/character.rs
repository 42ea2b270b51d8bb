//! Mistakes of single characters: look-alikes from other alphabets, arrows and quotes of word processors, strings
//! that never end.

use super::Mistake;
use crate::diagnostic::{Diagnostic, code};

/// A character outside ASCII where none can stand.
///
/// ```text
/// allow orders → payments        write `->`
/// allow pаyments -> orders       that `а` is a Cyrillic letter
/// ```
pub(super) fn foreign(mistake: &Mistake) -> Option<Diagnostic> {
    let token = mistake.token();
    if token.starts_with(['/', '*', '"']) {
        return None;
    }
    let (at, c) = token.char_indices().find(|(_, c)| !c.is_ascii())?;
    let c_text = &token[at..at + c.len_utf8()];
    let number = format!("U+{:04X}", u32::from(c));
    if let Some(arrow) = arrow_like(&token[at..]) {
        return Some(
            Diagnostic::new(
                code::INVALID_NAME,
                format!("`{arrow}` is no arrow of the language"),
                mistake.span_of(arrow),
                format!("the character {number}"),
            )
            .note("write `->`")
            .fix("write `->`", mistake.span_of(arrow), "->"),
        );
    }
    if "“”„‟«»″".contains(c) {
        return Some(
            Diagnostic::new(
                code::INVALID_STRING,
                format!("`{c}` does not start a string"),
                mistake.span_of(c_text),
                format!("the quotation mark {number}"),
            )
            .note("write straight double quotes: `\"…\"`"),
        );
    }
    let (what, latin) = describe(c);
    let diagnostic = Diagnostic::new(
        code::INVALID_NAME,
        match what {
            "white space" => format!("{number} is white space that the language does not know"),
            "an invisible character" => format!("the invisible character {number} is in the text"),
            _ => format!("`{c}` in `{token}` is {what}, {number}"),
        },
        mistake.span_of(c_text),
        latin.map_or_else(|| what.to_owned(), |latin| format!("looks like `{latin}`, but is none")),
    );
    Some(match latin {
        Some(latin) => diagnostic.note("names are written in the letters `a` to `z`, digits and `-`").fix(
            format!("write `{latin}`"),
            mistake.span_of(c_text),
            latin.to_string(),
        ),
        None if what == "white space" => {
            diagnostic.note("write a space").fix("write a space", mistake.span_of(c_text), " ")
        }
        None if what == "an invisible character" => diagnostic
            .note("remove it; it came with a text that was copied or saved by another program")
            .fix("remove it", mistake.span_of(c_text), ""),
        None => diagnostic.note("names are written in the letters `a` to `z`, digits and `-`"),
    })
}

/// The characters at the start of `text` that were meant as an arrow.
fn arrow_like(text: &str) -> Option<&str> {
    let c = text.chars().next()?;
    let length = c.len_utf8();
    match c {
        '→' | '⇒' | '⟶' | '⟹' | '➔' | '➜' | '➝' | '➞' | '⭢' | '↦' => {
            Some(&text[..length])
        }
        '–' | '—' | '−' | '‐' | '‑' | '－' => match text[length..].chars().next() {
            Some(head @ ('>' | '＞' | '›')) => Some(&text[..length + head.len_utf8()]),
            _ => None,
        },
        _ => None,
    }
}

/// What a character is, and the Latin one that it looks like.
fn describe(c: char) -> (&'static str, Option<char>) {
    const LOOK_ALIKES: [(&str, &str); 3] = [
        ("аеорсухіјѕһԁԛԝвмнткгпАВЕКМНОРСТХІЈЅ", "aeopcyxijshdqwbmhtkrnABEKMHOPCTXIJS"),
        ("αιονρυκτχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aiovpuktxABEZHIKMNOPTYX"),
        ("–—−‐‑", "-----"),
    ];
    let latin = LOOK_ALIKES.iter().find_map(|(foreign, latin)| {
        let index = foreign.chars().position(|known| known == c)?;
        latin.chars().nth(index)
    });
    match u32::from(c) {
        0x0370..=0x03FF => ("a Greek letter", latin),
        0x0400..=0x052F => ("a Cyrillic letter", latin),
        0xFF01..=0xFF5E => ("a full-width character", char::from_u32(u32::from(c) - 0xFF01 + 0x21)),
        0x2010..=0x2015 | 0x2212 => ("a dash, no hyphen", latin),
        0x200B..=0x200F | 0x2060..=0x2064 | 0xFEFF => ("an invisible character", None),
        _ if c.is_whitespace() => ("white space", None),
        _ => ("no character of a name", None),
    }
}

/// A `"` without its partner on the line.
pub(super) fn open_string(mistake: &Mistake) -> Option<Diagnostic> {
    let rest = mistake.rest();
    if !rest.starts_with('"') {
        return None;
    }
    let line = rest.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    let mut escaped = false;
    let closed = line.chars().skip(1).any(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    (!closed).then(|| {
        Diagnostic::new(
            code::INVALID_STRING,
            "this string is not closed",
            mistake.span_of(line),
            "no `\"` follows on this line",
        )
        .note("a string ends on the line where it starts; a line break in it is written `\\n`")
    })
}

/// `'…'`
pub(super) fn single_quotes(mistake: &Mistake) -> Option<Diagnostic> {
    let rest = mistake.rest();
    let inside = rest.strip_prefix('\'')?;
    let line = inside.split(['\n', '\r']).next().unwrap_or_default();
    let string = line.find('\'').map_or(mistake.token(), |close| &rest[..close + 2]);
    let diagnostic = Diagnostic::new(
        code::INVALID_STRING,
        "strings stand in double quotes",
        mistake.span_of(string),
        "in single quotes",
    );
    let fixed = format!("\"{}\"", string.trim_matches('\''));
    Some(diagnostic.note(format!("write `{fixed}`")).fix("use double quotes", mistake.span_of(string), fixed))
}
