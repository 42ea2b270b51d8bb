//! The access model against brute force: classes, nodes and witnesses agree with plain enumeration and
//! with a regex library.

mod classes;
mod normalization;
mod oracle;
mod request;
mod scale;
mod space;
mod universe;

use meshward::access::{Pattern, Piece};
use proptest::prelude::*;

/// Pieces over a small alphabet, so that patterns meet often.
fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        4 => "[/ab]{1,3}".prop_map(Piece::Text),
        1 => "[/ab]{1,3}".prop_map(Piece::Caseless),
        1 => Just(Piece::Any),
        1 => Just(Piece::Some),
        1 => Just(Piece::Segment),
        1 => Just(Piece::PathGlob),
        1 => Just(Piece::TextGlob),
    ]
}

/// Patterns of every kind, the common ones more often.
fn pattern() -> impl Strategy<Value = Pattern> {
    let text = || "[/ab]{0,4}";
    prop_oneof![
        1 => text().prop_map(Pattern::exact),
        1 => text().prop_map(Pattern::prefix),
        2 => text().prop_map(Pattern::suffix),
        1 => (text(), text()).prop_map(|(begin, end)| {
            Pattern::new([Piece::Text(begin), Piece::Any, Piece::Text(end)])
        }),
        1 => (text(), text()).prop_map(|(begin, end)| {
            Pattern::new([Piece::Text(begin), Piece::Some, Piece::Text(end)])
        }),
        4 => prop::collection::vec(piece(), 1..4).prop_map(Pattern::new),
    ]
}

/// Every path of at most `length` letters over the alphabet of the patterns and three letters more, one of which
/// no template matches.
fn paths(length: usize) -> Vec<String> {
    let mut all = vec![String::from("/")];
    let mut last = all.clone();
    for _ in 1..length {
        last = last
            .iter()
            .flat_map(|path| ["/", "a", "b", "A", "x", "]"].map(|letter| format!("{path}{letter}")))
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}
