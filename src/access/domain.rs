//! Which strings can occur in a dimension at all, as a small automaton over letters. A class that no such string
//! reaches is no class, and every witness is one that can be sent.

/// A set of strings that a dimension draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A string in the claims of a token: anything without control characters, or nothing.
    Claim,
    /// A path that was normalized, with `%2F` and `%5C` read as slashes and runs of `/` merged into one.
    DecodedPath,
    /// The value of a header: no control characters and no white space at either end, or nothing.
    Header,
    /// A host header as it was sent, perhaps with a port; never empty.
    Host,
    /// `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`, the only form of an identity that Istio's
    /// own authority signs, and the one that it asks of others (`security/spiffe.go`).
    Identity,
    /// A path that was normalized, with runs of `/` merged into one; or `//` itself, which Envoy leaves.
    MergedPath,
    /// An HTTP method: upper case letters and `-`.
    Method,
    /// A path after dot segments were resolved, plain letters unescaped and `\` became `/`: whatever
    /// [`Normalization::apply`](super::Normalization::apply) can give.
    NormalizedPath,
    /// A path that is compared as it was sent.
    RawPath,
    /// A server name of TLS; never empty.
    Sni,
}

/// The state before the first letter.
pub(super) const START: u8 = 0;

impl Domain {
    /// The state behind `letter`, or `None` where no string of the domain goes on like this.
    pub(super) fn step(self, state: u8, letter: char) -> Option<u8> {
        match self {
            Self::Claim => (!letter.is_control()).then_some(INSIDE),
            Self::DecodedPath => {
                let next = step_merged(state, letter)?;
                let decoded = [(PERCENT_AND + 2, 'F'), (PERCENT_AND + 5, 'C')];
                (!decoded.contains(&(state, letter.to_ascii_uppercase()))).then_some(next)
            }
            Self::Header => match letter {
                ' ' => (state != START).then_some(SPACE),
                _ => (!letter.is_control() && !letter.is_whitespace()).then_some(INSIDE),
            },
            Self::Host => (letter.is_ascii_alphanumeric() || ".-_:[]".contains(letter)).then_some(INSIDE),
            Self::Identity => step_identity(state, letter),
            Self::MergedPath => step_merged(state, letter),
            Self::Method => (letter.is_ascii_uppercase() || letter == '-').then_some(INSIDE),
            Self::NormalizedPath => step_path(state, letter),
            Self::RawPath => match state {
                START => (letter == '/').then_some(INSIDE),
                _ => (letter.is_ascii_graphic() && letter != '?' && letter != '#').then_some(INSIDE),
            },
            Self::Sni => (letter.is_ascii_alphanumeric() || ".-_".contains(letter)).then_some(INSIDE),
        }
    }

    /// Whether a string may end in `state`.
    pub(super) fn accepts(self, state: u8) -> bool {
        match self {
            Self::Claim => true,
            Self::Header => state != SPACE,
            Self::Host | Self::Method | Self::RawPath | Self::Sni => state == INSIDE,
            Self::Identity => usize::from(state) == PARTS.len() && state != START,
            // `/.` and `/..` at the end are resolved too.
            Self::DecodedPath | Self::MergedPath | Self::NormalizedPath => {
                !matches!(state, START | DOT | DOTS)
            }
        }
    }

    /// Whether the domain has a string.
    pub fn contains(self, text: &str) -> bool {
        let end = text.chars().try_fold(START, |state, letter| self.step(state, letter));
        end.is_some_and(|state| self.accepts(state))
    }

    /// Strings that read like what one would send; a class that has one of them shows it as its witness.
    pub(super) fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Claim | Self::Header => &["x"],
            Self::Host | Self::Sni => &["example.com"],
            Self::Identity => &["spiffe://cluster.local/ns/other/sa/other"],
            Self::DecodedPath | Self::MergedPath | Self::NormalizedPath | Self::RawPath => &["/"],
            Self::Method => &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
        }
    }

    /// The only letter that may follow, where the domain leaves no choice.
    pub(super) fn forced(self, state: u8) -> Option<char> {
        match self {
            Self::Identity => match PARTS.get(usize::from(state)) {
                Some(Part::Fixed(letter)) => Some(*letter),
                Some(Part::Begin | Part::Inside) | None => None,
            },
            Self::DecodedPath | Self::MergedPath | Self::NormalizedPath | Self::RawPath => {
                (state == START).then_some('/')
            }
            Self::Claim | Self::Header | Self::Host | Self::Method | Self::Sni => None,
        }
    }

    /// Letters that can stand for all that no pattern names, in order of preference.
    pub(super) fn fillers() -> impl Iterator<Item = char> {
        "xqzywvutsrponmlkjihgfedcba0123456789-_XQZYWVUTSRPONMLKJIHGFEDCBA"
            .chars()
            .chain('!'..='~')
            .chain('\u{e0}'..='\u{fff}')
    }
}

/// Inside, with nothing more to know.
const INSIDE: u8 = 1;
/// Behind a space in the value of a header.
const SPACE: u8 = 2;
/// Behind a slash of a path.
const SLASH: u8 = 3;
/// Behind `/.`.
const DOT: u8 = 4;
/// Behind `/..`.
const DOTS: u8 = 5;

/// Behind `//` and nothing else.
const SLASHES: u8 = 6;
/// Behind the first slash.
const ROOT: u8 = 7;
/// Behind a `%` that may begin an escape.
const PERCENT: u8 = 8;
/// Behind a `%` and a hexadecimal digit: the state of `%0`, followed by those of the other digits.
const PERCENT_AND: u8 = 16;

fn step_path(state: u8, letter: char) -> Option<u8> {
    // `?` and `#` end the path, `\` is a `/`, and the others are escaped by Envoy before it compares.
    let stands = letter.is_ascii_graphic() && !"?#\"<>^`{|}\\".contains(letter);
    if !stands {
        return None;
    }
    let digit = letter.to_digit(16).map(|digit| digit as u8);
    match (letter, state) {
        ('/', START) => Some(ROOT),
        (_, START | SLASHES) | ('/', DOT | DOTS) => None,
        ('/', _) => Some(SLASH),
        ('.', SLASH | ROOT) => Some(DOT),
        ('.', DOT) => Some(DOTS),
        ('%', _) => Some(PERCENT),
        (_, PERCENT) => Some(digit.map_or(INSIDE, |digit| PERCENT_AND + digit)),
        (_, PERCENT_AND..) => match digit {
            Some(digit) => is_kept((state - PERCENT_AND) * 16 + digit).then_some(INSIDE),
            None => Some(INSIDE),
        },
        _ => Some(INSIDE),
    }
}

/// Whether an escape stays one: Envoy writes unreserved characters plainly, and refuses `%00`.
fn is_kept(byte: u8) -> bool {
    byte != 0 && !byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte)
}

fn step_merged(state: u8, letter: char) -> Option<u8> {
    match (state, letter) {
        (ROOT, '/') => Some(SLASHES),
        (SLASH, '/') => None,
        _ => step_path(state, letter),
    }
}

/// What the letters of an identity may be, in order.
enum Part {
    /// Just this letter.
    Fixed(char),
    /// The first letter of a name.
    Begin,
    /// A further letter of a name, or the part behind this one.
    Inside,
}

use Part::{Begin, Fixed, Inside};

/// A state is the number of parts that were read.
const PARTS: [Part; 20] = [
    Fixed('s'),
    Fixed('p'),
    Fixed('i'),
    Fixed('f'),
    Fixed('f'),
    Fixed('e'),
    Fixed(':'),
    Fixed('/'),
    Fixed('/'),
    Begin,
    Inside,
    Fixed('n'),
    Fixed('s'),
    Fixed('/'),
    Begin,
    Inside,
    Fixed('s'),
    Fixed('a'),
    Fixed('/'),
    Begin,
];

fn step_identity(state: u8, letter: char) -> Option<u8> {
    let in_name = letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    match PARTS.get(usize::from(state)) {
        Some(Fixed(expected)) => (letter == *expected).then_some(state + 1),
        Some(Begin) => in_name.then_some(state + 1),
        Some(Inside) if letter == '/' => Some(state + 1),
        Some(Inside) | None => in_name.then_some(state),
    }
}
