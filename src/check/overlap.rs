//! Whether two path patterns have a path in common: both are read side by side, byte for byte.

use rustc_hash::FxHashSet;

use super::paths::parameter;
use crate::access::{in_path_glob, in_text_glob};

/// One step of a pattern, read from left to right.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// This byte.
    Byte(u8),
    /// One or more bytes of one segment.
    Segment,
    /// The same, of those that Envoy's templates match.
    PathGlob,
    /// Any number of bytes that Envoy's templates match, slashes included.
    TextGlob,
    /// Any number of bytes.
    Any,
}

/// Whether some path matches both patterns. Each is one of Istio's, or an endpoint as OpenAPI writes it.
pub fn overlap(left: &str, right: &str) -> bool {
    // Nearly all pairs part ways before the first gap of either, or are the same text.
    let mut pairs = left.bytes().zip(right.bytes());
    let shared = pairs.position(|(a, b)| a != b || is_gap(a)).unwrap_or(left.len().min(right.len()));
    match (left.as_bytes().get(shared), right.as_bytes().get(shared)) {
        (Some(a), Some(b)) if !is_gap(*a) && !is_gap(*b) => return false,
        _ if left == right => return true,
        _ => {}
    }
    let (fixed_left, fixed_right) = (fixed(left), fixed(right));
    let ends_before = |whole: &str, fixed_other: &str| !has_gap(whole) && whole.len() < fixed_other.len();
    if ends_before(left, fixed_right) || ends_before(right, fixed_left) {
        return false;
    }
    // `/a/*` meets whatever begins with `/a/`.
    let begins = |prefix: &str, fixed_other: &str| {
        prefix.strip_suffix('*').is_some_and(|start| !has_gap(start) && start.len() <= fixed_other.len())
    };
    if begins(left, fixed_right) || begins(right, fixed_left) {
        return true;
    }
    let (left, right) = (steps(left), steps(right));
    let mut seen = FxHashSet::default();
    // What both begin with are steps of one byte each.
    let start = Cursor { at: shared, inside: false };
    let mut open = vec![(start, start)];
    while let Some((l, r)) = open.pop() {
        if l.at == left.len() && r.at == right.len() {
            return true;
        }
        if !seen.insert((l, r)) {
            continue;
        }
        open.extend(pass(&left, l).map(|next| (next, r)));
        open.extend(pass(&right, r).map(|next| (l, next)));
        if let (Some(a), Some(b)) = (left.get(l.at), right.get(r.at))
            && share_a_byte(*a, *b)
        {
            open.push((read(*a, l), read(*b, r)));
        }
    }
    false
}

/// The text before the first gap of a pattern.
fn fixed(pattern: &str) -> &str {
    let length = pattern.bytes().position(is_gap).unwrap_or(pattern.len());
    &pattern[..length]
}

fn has_gap(pattern: &str) -> bool {
    pattern.bytes().any(is_gap)
}

fn is_gap(byte: u8) -> bool {
    matches!(byte, b'*' | b'{')
}

/// A position in a pattern; `inside` tells that the step under it has read at least one byte.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Cursor {
    at: usize,
    inside: bool,
}

/// Leaves a step that may end here without reading a byte.
fn pass(steps: &[Step], cursor: Cursor) -> Option<Cursor> {
    let may_end = match steps.get(cursor.at)? {
        Step::Byte(_) => false,
        Step::Segment | Step::PathGlob => cursor.inside,
        Step::TextGlob | Step::Any => true,
    };
    may_end.then_some(Cursor { at: cursor.at + 1, inside: false })
}

fn read(step: Step, cursor: Cursor) -> Cursor {
    match step {
        Step::Byte(_) => Cursor { at: cursor.at + 1, inside: false },
        Step::Segment | Step::PathGlob | Step::TextGlob | Step::Any => Cursor { at: cursor.at, inside: true },
    }
}

fn share_a_byte(a: Step, b: Step) -> bool {
    match (a, b) {
        (Step::Byte(byte), other) | (other, Step::Byte(byte)) => takes(other, byte),
        // A letter is in all of the others.
        (_, _) => true,
    }
}

fn takes(step: Step, byte: u8) -> bool {
    match step {
        Step::Byte(own) => own == byte,
        Step::Segment => byte != b'/',
        Step::PathGlob => in_path_glob(char::from(byte)),
        Step::TextGlob => in_text_glob(char::from(byte)),
        Step::Any => true,
    }
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut found = Vec::new();
    if pattern.contains('{') {
        for (index, segment) in pattern.split('/').enumerate() {
            if index > 0 {
                found.push(Step::Byte(b'/'));
            }
            match segment {
                "{**}" => found.push(Step::TextGlob),
                "{*}" => found.push(Step::PathGlob),
                _ if parameter(segment).is_some() => found.push(Step::Segment),
                literal => found.extend(literal.bytes().map(Step::Byte)),
            }
        }
        return found;
    }
    let (head, literal, tail) = match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(suffix), _) => (true, suffix, false),
        (None, Some(prefix)) => (false, prefix, true),
        (None, None) => (false, pattern, false),
    };
    found.extend(head.then_some(Step::Any));
    found.extend(literal.bytes().map(Step::Byte));
    found.extend(tail.then_some(Step::Any));
    found
}
