//! The algebra of patterns: what it says of two sets is what a plain matcher says of one string after the other.

use std::collections::BTreeSet;

use meshward::access::{Condition, Domain, Formula, Pattern, Piece, Request, Space};

/// Sets larger than this take the plain matcher too long.
const MOST_PATTERNS: usize = 8;
/// So do patterns that are longer.
const MOST_LETTERS: usize = 12;
/// And those with more gaps: each doubles what it tries.
const MOST_GAPS: usize = 4;
/// The longest strings that are tried one after the other.
const LONGEST: usize = 4;

/// Reads two sets and compares what the algebra and the plain matcher say of them. The first letter is the kind of
/// string; then come the patterns, one a line. `*` is any text, `+` any but the empty one, `?` one segment, `@` and
/// `&` what a URI template has for segments and texts, and `~` in front takes the case of letters away. A line `!`
/// changes to what a set leaves out, a line `=` to the second set.
pub fn keeps_its_promises(text: &str) {
    let mut letters = text.chars();
    let kind = match letters.next() {
        Some('d') => Kind::Path(Domain::DecodedPath),
        Some('h') => Kind::Host,
        Some('m') => Kind::Path(Domain::MergedPath),
        Some('n') => Kind::Path(Domain::NormalizedPath),
        Some('r') => Kind::Path(Domain::RawPath),
        Some(_) | None => return,
    };
    let mut sets = [Set::default(), Set::default()];
    let (mut second, mut outside) = (0, false);
    for line in letters.as_str().lines().take(4 * MOST_PATTERNS) {
        match line {
            "=" => (second, outside) = (1, false),
            "!" => outside = true,
            _ if line.chars().count() > MOST_LETTERS || gaps(line) > MOST_GAPS => return,
            _ => sets[second].list(outside).push(pattern(line)),
        }
    }
    if sets.iter().all(|set| set.inside.len() + set.outside.len() <= MOST_PATTERNS) {
        agrees(kind, &sets);
    }
}

fn gaps(line: &str) -> usize {
    line.matches(['*', '+', '?', '@', '&']).count()
}

#[derive(Clone, Copy)]
enum Kind {
    Host,
    Path(Domain),
}

impl Kind {
    fn domain(self) -> Domain {
        match self {
            Self::Host => Domain::Host,
            Self::Path(domain) => domain,
        }
    }

    fn condition(self, pattern: &Pattern) -> Condition {
        match self {
            Self::Host => Condition::Host(pattern.clone()),
            Self::Path(_) => Condition::Path(pattern.clone()),
        }
    }

    fn string(self, request: Request) -> String {
        match self {
            Self::Host => request.host,
            Self::Path(_) => request.path,
        }
    }
}

/// What matches one of `inside` and none of `outside`.
#[derive(Debug, Default)]
struct Set {
    inside: Vec<Pattern>,
    outside: Vec<Pattern>,
}

impl Set {
    fn list(&mut self, outside: bool) -> &mut Vec<Pattern> {
        if outside { &mut self.outside } else { &mut self.inside }
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.inside.iter().chain(&self.outside)
    }

    fn formula(&self, kind: Kind) -> Formula {
        let any = |patterns: &[Pattern]| {
            Formula::Any(patterns.iter().map(|pattern| Formula::When(kind.condition(pattern))).collect())
        };
        any(&self.inside).without(any(&self.outside))
    }

    fn has(&self, text: &str) -> bool {
        let matches = |pattern: &Pattern| is_match(pattern.pieces(), text);
        self.inside.iter().any(matches) && !self.outside.iter().any(matches)
    }
}

fn pattern(line: &str) -> Pattern {
    let (line, caseless) = line.strip_prefix('~').map_or((line, false), |rest| (rest, true));
    let pattern = Pattern::new(line.chars().map(|letter| match letter {
        '*' => Piece::Any,
        '+' => Piece::Some,
        '?' => Piece::Segment,
        '@' => Piece::PathGlob,
        '&' => Piece::TextGlob,
        letter => Piece::Text(letter.to_string()),
    }));
    if caseless { pattern.caseless() } else { pattern }
}

/// Tries every way to read `text`; nothing is remembered and nothing is clever.
fn is_match(pieces: &[Piece], text: &str) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return text.is_empty() };
    let gap = |least: usize, allowed: fn(char) -> bool| {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(least);
        let mut ends = ends.take_while(|end| text[..*end].chars().all(allowed));
        ends.any(|end| is_match(rest, &text[end..]))
    };
    match piece {
        Piece::Text(fixed) => text.strip_prefix(fixed.as_str()).is_some_and(|text| is_match(rest, text)),
        Piece::Caseless(fixed) => text
            .split_at_checked(fixed.len())
            .is_some_and(|(front, behind)| front.eq_ignore_ascii_case(fixed) && is_match(rest, behind)),
        Piece::Any => gap(0, |_| true),
        Piece::Some => gap(1, |_| true),
        Piece::Segment => gap(1, |letter| letter != '/'),
        Piece::PathGlob => gap(1, is_of_templates),
        Piece::TextGlob => gap(0, |letter| letter == '/' || is_of_templates(letter)),
    }
}

/// The letters of a path that Envoy's `{*}` matches.
fn is_of_templates(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~%!$&'()*+,;:@=".contains(letter)
}

fn agrees(kind: Kind, sets: &[Set; 2]) {
    let [left, right] = sets;
    let formulas = [left.formula(kind), right.formula(kind)];
    let Ok(mut space) = Space::new(kind.domain(), &[&formulas[0], &formulas[1]]) else { return };
    let (Ok(a), Ok(b)) = (space.node(&formulas[0]), space.node(&formulas[1])) else { return };
    let Ok(difference) = space.difference(a, b) else { return };

    let only_left = space.witness(difference.only_left).map(|request| kind.string(request));
    let only_right = space.witness(difference.only_right).map(|request| kind.string(request));
    let is_in_one = |text: &str, inside: &Set, outside: &Set| {
        kind.domain().contains(text) && inside.has(text) && !outside.has(text)
    };
    assert!(only_left.iter().all(|text| is_in_one(text, left, right)), "{only_left:?} of {sets:?}");
    assert!(only_right.iter().all(|text| is_in_one(text, right, left)), "{only_right:?} of {sets:?}");
    assert_eq!(space.is_empty(difference.only_left), only_left.is_none());
    assert_eq!(space.is_empty(difference.only_right), only_right.is_none());
    assert_eq!(a == b, only_left.is_none() && only_right.is_none());

    for text in strings(kind, sets) {
        let (in_left, in_right) = (left.has(&text), right.has(&text));
        for pattern in sets.iter().flat_map(Set::patterns) {
            assert_eq!(pattern.matches(&text), is_match(pattern.pieces(), &text), "{text:?} {pattern:?}");
        }
        assert!(only_left.is_some() || !in_left || in_right, "{text:?} is in the first of {sets:?}");
        assert!(only_right.is_some() || !in_right || in_left, "{text:?} is in the second of {sets:?}");
        assert!(!space.is_empty(a) || !in_left, "{text:?} is in the first of {sets:?}");
    }
}

/// Every short string over letters of the patterns, and the patterns with something in each gap.
fn strings(kind: Kind, sets: &[Set; 2]) -> BTreeSet<String> {
    let mut letters: BTreeSet<char> = BTreeSet::new();
    let mut strings = BTreeSet::new();
    for pattern in sets.iter().flat_map(Set::patterns) {
        strings.extend(filled(pattern));
        for piece in pattern.pieces() {
            match piece {
                Piece::Text(text) | Piece::Caseless(text) => letters.extend(text.chars()),
                Piece::Any | Piece::Some | Piece::Segment | Piece::PathGlob | Piece::TextGlob => {}
            }
        }
    }
    let letters: Vec<char> =
        ['/', 'x'].into_iter().chain(letters.into_iter().filter(|letter| *letter != '/')).take(4).collect();
    let mut last = vec![String::new()];
    for _ in 0..LONGEST {
        let longer =
            |text: &String| letters.iter().map(move |letter| format!("{text}{letter}")).collect::<Vec<_>>();
        last = last.iter().flat_map(longer).collect();
        strings.extend(last.iter().cloned());
    }
    strings.retain(|text| kind.domain().contains(text));
    strings
}

/// The pattern with one and the same text in all of its gaps, in the one case and in the other.
fn filled(pattern: &Pattern) -> impl Iterator<Item = String> {
    const FILLINGS: [&str; 12] = ["", "x", "a", "/", "/a", "a/b", ".", "%2F", "%2f", "%5C", "[", "~"];
    FILLINGS.into_iter().flat_map(|filling| {
        let text: String = pattern
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Caseless(text) => text.as_str(),
                Piece::Any | Piece::Some | Piece::Segment | Piece::PathGlob | Piece::TextGlob => filling,
            })
            .collect();
        [text.to_ascii_uppercase(), text]
    })
}
