//! What Envoy makes of a path before it is compared, in each mode of a mesh (`path_utility.cc`, and the rules of
//! Chromium's URL library that it uses).

use std::fmt::Write as _;

use crate::project::PathNormalization;

/// The path that is compared, given a target as it was sent; `None` where Envoy answers 400. The query and the
/// fragment take no part.
///
/// ```text
/// /a/../admin   /admin         /%61dmin   /admin
/// \admin        /admin         //admin    //admin, and /admin where slashes are merged
/// ```
pub(super) fn normalized(mode: PathNormalization, target: &str) -> Option<String> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match mode {
        PathNormalization::None => Some(path.to_owned()),
        PathNormalization::Base => base(path),
        PathNormalization::MergeSlashes => base(path).map(|path| merged(&path)),
        PathNormalization::DecodeAndMergeSlashes => base(&with_slashes(path)).map(|path| merged(&path)),
    }
}

/// Escaped slashes as slashes.
fn with_slashes(path: &str) -> String {
    path.replace("%2F", "/").replace("%2f", "/").replace("%5C", "\\").replace("%5c", "\\")
}

fn merged(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !merged.ends_with('/') {
            merged.push(c);
        }
    }
    merged
}

fn base(path: &str) -> Option<String> {
    resolved(&unescaped(path)?)
}

/// Unreserved characters without escapes, others with; `\` is `/`. A NUL is refused.
fn unescaped(path: &str) -> Option<String> {
    let mut text = String::with_capacity(path.len());
    let bytes = path.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, value) {
            (b'%', Some(0)) => return None,
            (b'%', Some(value)) if value.is_ascii_alphanumeric() || b"-._~".contains(&value) => {
                text.push(char::from(value));
                at += 2;
            }
            (b'%', Some(_)) => {
                text.push_str(&path[at..at + 3]);
                at += 2;
            }
            (b'\\', _) => text.push('/'),
            (b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}', _) => {
                let _ = write!(text, "%{byte:02X}");
            }
            (_, _) => text.push(char::from(*byte)),
        }
        at += 1;
    }
    Some(text)
}

/// Without dot segments, whatever parameters (`..;x`) they have; one that leads above the root stays there.
fn resolved(path: &str) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment.split(';').next() {
            Some(".") => {}
            Some("..") => {
                kept.pop();
            }
            Some(_) | None => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    Some(format!("/{}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::{PathNormalization, normalized};

    fn base(path: &str) -> Option<String> {
        normalized(PathNormalization::Base, path)
    }

    fn is(path: &str, expected: &str) {
        assert_eq!(base(path).as_deref(), Some(expected), "{path}");
    }

    #[test]
    fn dot_segments_are_resolved() {
        is("/a/../admin", "/admin");
        is("/a/./b", "/a/b");
        is("/a/..", "/");
        is("/a/b/.", "/a/b/");
        is("/../../a", "/a");
        is("/x/..;/admin", "/admin");
        is("/%2e%2E/a", "/a");
        is("//../a", "/a");
        is("/a/...", "/a/...");
    }

    #[test]
    fn only_what_needs_no_escape_is_decoded() {
        is("/%61dmin", "/admin");
        is("/a%2Fb%5c", "/a%2Fb%5c");
        is("/a\\b", "/a/b");
        is("/{x}|", "/%7Bx%7D%7C");
        is("/%zz%4", "/%zz%4");
        assert_eq!(base("/a%00b"), None);
    }

    #[test]
    fn query_and_fragment_take_no_part() {
        is("/a?b=/../c", "/a");
        is("/a#b", "/a");
    }

    #[test]
    fn slashes_are_merged_where_the_mesh_says_so() {
        is("//a///b", "//a///b");
        let merge = |path| normalized(PathNormalization::MergeSlashes, path);
        assert_eq!(merge("//a///b%2Fc").as_deref(), Some("/a/b%2Fc"));
        let decode = |path| normalized(PathNormalization::DecodeAndMergeSlashes, path);
        assert_eq!(decode("/a%2f%2Fb%5Cc/..").as_deref(), Some("/a/b/"));
        assert_eq!(normalized(PathNormalization::None, "/a/..//b").as_deref(), Some("/a/..//b"));
    }
}
