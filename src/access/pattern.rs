//! String patterns: a sequence of fixed text and of gaps, which is all that Istio's matchers are made of.

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Exactly this text.
    Text(String),
    /// Any text, the empty one included: `.*`.
    Any,
    /// Any text but the empty one: `.+`.
    Some,
    /// One or more characters other than `/`: `[^/]+`.
    Segment,
}

/// A sequence of pieces that a whole string must consist of.
///
/// ```text
/// /api/*        [Text("/api/"), Any]
/// /u/{*}/posts  [Text("/u/"), Segment, Text("/posts")]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

impl Pattern {
    /// The pieces in order; neighbouring texts become one and empty ones vanish, so that equal patterns are
    /// equal values.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, Piece::Text(text)) if text.is_empty() => {}
                (Some(Piece::Text(former)), Piece::Text(text)) => former.push_str(&text),
                (_, piece) => merged.push(piece),
            }
        }
        Self { pieces: merged }
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

    /// The pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether the whole of `text` consists of the pieces.
    pub fn matches(&self, text: &str) -> bool {
        matches_from(&self.pieces, text.as_bytes())
    }
}

/// Tries each length of a gap from the shortest; only the last gap that was passed needs to be tried again,
/// but the lengths of paths make the plain form fast enough, and it is plainly right.
fn matches_from(pieces: &[Piece], text: &[u8]) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    match first {
        Piece::Text(fixed) => {
            text.strip_prefix(fixed.as_bytes()).is_some_and(|after| matches_from(rest, after))
        }
        Piece::Any if rest.is_empty() => true,
        Piece::Any => (0..=text.len()).any(|length| matches_from(rest, &text[length..])),
        Piece::Some => (1..=text.len()).any(|length| matches_from(rest, &text[length..])),
        Piece::Segment => {
            let longest = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (1..=longest).any(|length| matches_from(rest, &text[length..]))
        }
    }
}
