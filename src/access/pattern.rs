//! String patterns: a sequence of fixed text and of gaps, which is all that Istio's matchers are made of.

use std::sync::Arc;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Exactly this text.
    Text(String),
    /// This text, whatever the case of its ASCII letters; written in lower case.
    Caseless(String),
    /// Any text, the empty one included: `.*`.
    Any,
    /// Any text but the empty one: `.+`.
    Some,
    /// One or more characters other than `/`: `[^/]+`.
    Segment,
    /// `{*}` of a URI template: one or more of the characters that its operators match, without `/`.
    PathGlob,
    /// `{**}` of a URI template: any number of these characters and of `/`.
    TextGlob,
}

/// The printable characters that no operator of a URI template matches. So `/a/{**}` is not every path that begins
/// with `/a/` (Envoy's `uri_template_internal.cc`; asked of Envoy 1.40 for each character. Before May 2025 `*` was
/// one of them.)
pub(super) const BESIDE_TEMPLATES: &str = "\"<>[\\]^`{|}";

/// Whether the operators of a URI template match a character other than `/`.
pub(crate) fn in_path_glob(letter: char) -> bool {
    letter.is_ascii_graphic() && letter != '/' && !BESIDE_TEMPLATES.contains(letter)
}

/// Whether the operator that goes beyond `/` matches a character.
pub(crate) fn in_text_glob(letter: char) -> bool {
    letter == '/' || in_path_glob(letter)
}

/// A sequence of pieces that a whole string must consist of.
///
/// ```text
/// /api/*        [Text("/api/"), Any]
/// /u/{*}/posts  [Text("/u/"), PathGlob, Text("/posts")]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// Shared, since a pattern stands in the formula of a rule, in the conditions of a space and on its axes.
    pieces: Arc<[Piece]>,
}

impl Pattern {
    /// The pieces in order; neighbouring texts become one and empty ones vanish, so that patterns that are
    /// plainly equal are equal values.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let pieces = pieces.into_iter();
        // Most have one or two, where a list that grows begins with room for four.
        let mut merged: Vec<Piece> = Vec::with_capacity(pieces.size_hint().0);
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, Piece::Text(text) | Piece::Caseless(text)) if text.is_empty() => {}
                (Some(Piece::Text(former)), Piece::Text(text)) => former.push_str(&text),
                (Some(Piece::Caseless(former)), Piece::Caseless(text)) => {
                    former.push_str(&text.to_ascii_lowercase());
                }
                (_, Piece::Caseless(text)) => merged.push(Piece::Caseless(text.to_ascii_lowercase())),
                (_, piece) => merged.push(piece),
            }
        }
        Self { pieces: merged.into() }
    }

    /// This text and no other.
    pub fn exact(text: impl Into<String>) -> Self {
        Self::new([Piece::Text(text.into())])
    }

    /// Whatever begins with this text.
    pub fn prefix(text: impl Into<String>) -> Self {
        Self::new([Piece::Text(text.into()), Piece::Any])
    }

    /// Whatever ends with this text.
    pub fn suffix(text: impl Into<String>) -> Self {
        Self::new([Piece::Any, Piece::Text(text.into())])
    }

    /// Whatever is not empty.
    pub fn present() -> Self {
        Self::new([Piece::Some])
    }

    /// Whatever there is, the empty text included.
    pub fn any() -> Self {
        Self::new([Piece::Any])
    }

    /// The same without regard to the case of ASCII letters, as Istio compares hosts.
    #[must_use]
    pub fn caseless(self) -> Self {
        Self::new(self.pieces.iter().cloned().map(|piece| match piece {
            Piece::Text(text) => Piece::Caseless(text),
            other @ (Piece::Caseless(_)
            | Piece::Any
            | Piece::Some
            | Piece::Segment
            | Piece::PathGlob
            | Piece::TextGlob) => other,
        }))
    }

    /// The pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether the whole of `text` consists of the pieces.
    pub fn matches(&self, text: &str) -> bool {
        match &*self.pieces {
            [Piece::Text(fixed)] => text == fixed,
            [Piece::Text(start), Piece::Any] => text.starts_with(start.as_str()),
            [Piece::Any, Piece::Text(end)] => text.ends_with(end.as_str()),
            [Piece::Any] => true,
            [Piece::Some] => !text.is_empty(),
            pieces => matches_pieces(pieces, text),
        }
    }
}

/// Keeps every place of the text at which the pieces so far can end, so that the work is bounded by the product
/// of both lengths however many gaps there are.
fn matches_pieces(pieces: &[Piece], text: &str) -> bool {
    let mut places = vec![0];
    for piece in pieces {
        places = match piece {
            Piece::Text(fixed) => behind(&places, text, fixed, |found, fixed| found == fixed),
            Piece::Caseless(fixed) => behind(&places, text, fixed, <[u8]>::eq_ignore_ascii_case),
            Piece::Any => gap(&places, text, 0, |_| true),
            Piece::Some => gap(&places, text, 1, |_| true),
            Piece::Segment => gap(&places, text, 1, |letter| letter != '/'),
            Piece::PathGlob => gap(&places, text, 1, in_path_glob),
            Piece::TextGlob => gap(&places, text, 0, in_text_glob),
        };
        if places.is_empty() {
            return false;
        }
    }
    places.last() == Some(&text.len())
}

/// The places behind `fixed`, where it stands at one of `places`.
fn behind(places: &[usize], text: &str, fixed: &str, equal: fn(&[u8], &[u8]) -> bool) -> Vec<usize> {
    let ends = places.iter().map(|place| (place, place + fixed.len()));
    ends.filter(|(place, end)| {
        text.as_bytes().get(**place..*end).is_some_and(|found| equal(found, fixed.as_bytes()))
    })
    .map(|(_, end)| end)
    .collect()
}

/// The places that are `least` or more letters behind one of `places`, with only such letters between.
fn gap(places: &[usize], text: &str, least: usize, allowed: fn(char) -> bool) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut inside = false;
    let mut starts = places.iter().peekable();
    for (place, letter) in
        text.char_indices().map(|(place, letter)| (place, Some(letter))).chain([(text.len(), None)])
    {
        let begins = starts.next_if_eq(&&place).is_some();
        if inside || (begins && least == 0) {
            ends.push(place);
        }
        inside = (inside || begins) && letter.is_some_and(allowed);
    }
    ends
}
