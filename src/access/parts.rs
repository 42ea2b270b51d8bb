//! A pattern as what a string begins with and what it ends with, so that a thousand patterns of the one kind
//! and a thousand of the other need not be told apart pair by pair.

use super::pattern::{Pattern, Piece};

/// The strings that match `begin` and end in `end`, without those of `except`. What is `None` asks nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) begin: Option<Pattern>,
    pub(super) end: Option<Pattern>,
    pub(super) except: Vec<Pattern>,
}

/// Takes a pattern apart, if all of it is a fixed beginning, one gap and a fixed end.
pub(super) fn parts(pattern: &Pattern) -> Parts {
    match pattern.pieces() {
        [Piece::Any, end @ (Piece::Text(_) | Piece::Caseless(_))] => {
            Parts { begin: None, end: Some(only(end)), except: Vec::new() }
        }
        [Piece::Some, end @ (Piece::Text(_) | Piece::Caseless(_))] => {
            Parts { begin: None, end: Some(only(end)), except: vec![only(end)] }
        }
        [begin, gap @ (Piece::Any | Piece::Some), end] => match overlaps(begin, gap, end) {
            Some(except) => {
                Parts { begin: Some(Pattern::new([begin.clone(), Piece::Any])), end: Some(only(end)), except }
            }
            None => whole(pattern),
        },
        _ => whole(pattern),
    }
}

fn whole(pattern: &Pattern) -> Parts {
    Parts { begin: Some(pattern.clone()), end: None, except: Vec::new() }
}

fn only(piece: &Piece) -> Pattern {
    Pattern::new([piece.clone()])
}

/// The strings that have the beginning and the end, but not the gap between: `/a/a` begins with `/a/` and ends in
/// `/a`, and is not `/a/*/a`. `None` unless both are texts of one kind.
fn overlaps(begin: &Piece, gap: &Piece, end: &Piece) -> Option<Vec<Pattern>> {
    let (begin, end, piece): (_, _, fn(String) -> Piece) = match (begin, end) {
        (Piece::Text(begin), Piece::Text(end)) => (begin, end, Piece::Text),
        (Piece::Caseless(begin), Piece::Caseless(end)) => (begin, end, Piece::Caseless),
        _ => return None,
    };
    // A gap that may be empty leaves room for strings in which both just touch.
    let shortest = usize::from(*gap == Piece::Any);
    let shared = (shortest..=begin.len().min(end.len())).filter(|length| end.is_char_boundary(*length));
    let overlapping = shared.filter(|length| begin.ends_with(&end[..*length]));
    Some(overlapping.map(|length| Pattern::new([piece(format!("{begin}{}", &end[length..]))])).collect())
}
