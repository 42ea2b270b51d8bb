//! How deep brackets nest, measured before the grammar sees the text: a text that nests deeper than any policy
//! would is refused in one pass over its bytes.

use crate::diagnostic::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// More than any policy needs; the language itself nests a handful of blocks.
const MAX_DEPTH: usize = 64;

/// The byte of the first bracket that opens more than [`MAX_DEPTH`] at once. Brackets in strings, comments and
/// paths do not count.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Hardly any file has so many at all. They are counted in bytes, many at once.
    let opens = |byte: &u8| matches!(byte, b'{' | b'(' | b'[');
    let count = |chunk: &[u8]| chunk.iter().fold(0_u8, |count, byte| count + u8::from(opens(byte)));
    let chunks = bytes.chunks(usize::from(u8::MAX));
    if chunks.map(|chunk| usize::from(count(chunk))).sum::<usize>() <= MAX_DEPTH {
        return None;
    }
    let (mut depth, mut at, mut token_start) = (0_usize, 0, true);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'(' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = string_end(bytes, at),
            b'#' if token_start => at = line_end(bytes, at),
            b'/' | b'*' if token_start => at = path_end(bytes, at),
            _ => {}
        }
        token_start = bytes.get(at).is_some_and(|byte| b" \t\r\n,{([".contains(byte));
        at += 1;
    }
    None
}

/// The message for a bracket at `at`.
pub(super) fn diagnostic(source: SourceId, at: usize) -> Diagnostic {
    Diagnostic::new(
        code::NESTING_TOO_DEEP,
        format!("brackets nest deeper than {MAX_DEPTH} levels"),
        Span::new(source, at, at + 1),
        "one level too many",
    )
    .note("nothing in this file was read; is a closing bracket missing further up?")
}

/// The last byte of the string that starts at `at`, or the last one of its line.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => return end,
            b'\n' | b'\r' => return end - 1,
            b'\\' if bytes.get(end + 1).is_some_and(|next| *next != b'\n' && *next != b'\r') => end += 2,
            _ => end += 1,
        }
    }
    end
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n' || *byte == b'\r').map_or(bytes.len(), |len| at + len)
}

/// The last byte of the path that starts at `at`.
fn path_end(bytes: &[u8], at: usize) -> usize {
    let mut open = 0_usize;
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'{' | b'(' => open += 1,
            b'}' | b')' if open == 0 => break,
            b'}' | b')' => open -= 1,
            b' ' | b'\t' | b'\n' | b'\r' | b',' => break,
            _ => {}
        }
        end += 1;
    }
    end - 1
}
