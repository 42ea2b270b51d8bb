//! Which strings can occur in a dimension at all, as a small automaton over bytes. A class that no such string
//! reaches is no class, and every witness is one that can be sent.

/// A set of strings that a dimension draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `spiffe://` and at least one more character.
    Identity,
    /// An HTTP method: upper case letters and `-`.
    Method,
    /// A host header as it was sent, perhaps with a port; never empty.
    Host,
    /// A server name of TLS.
    Sni,
    /// The value of a header: printable ASCII without white space at either end, or nothing.
    Header,
    /// A string in the claims of a token: printable ASCII, or nothing.
    Claim,
    /// A path that was sent as it stands and not normalized.
    RawPath,
    /// A path after dot segments were resolved and `\` became `/`.
    NormalizedPath,
    /// The same, with runs of `/` merged into one.
    MergedPath,
}

/// The state before the first byte.
pub(super) const START: u8 = 0;

/// Behind a space in the value of a header.
const SPACE: u8 = 2;

const SCHEME: &[u8] = b"spiffe://";

impl Domain {
    /// The state behind `byte`, or `None` where no string of the domain goes on like this.
    pub(super) fn step(self, state: u8, byte: u8) -> Option<u8> {
        match self {
            Self::Identity => match SCHEME.get(usize::from(state)) {
                Some(expected) => (byte == *expected).then_some(state + 1),
                None => byte.is_ascii_graphic().then_some(SCHEME.len() as u8 + 1),
            },
            Self::Method => (byte.is_ascii_uppercase() || byte == b'-').then_some(1),
            Self::Host => (byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte)).then_some(1),
            Self::Sni => (byte.is_ascii_alphanumeric() || b".-_".contains(&byte)).then_some(1),
            Self::Header => match byte {
                b' ' => (state != START).then_some(SPACE),
                _ => byte.is_ascii_graphic().then_some(1),
            },
            Self::Claim => (byte == b' ' || byte.is_ascii_graphic()).then_some(1),
            Self::RawPath => step_path(state, byte, false, false),
            Self::NormalizedPath => step_path(state, byte, true, false),
            Self::MergedPath => step_path(state, byte, true, true),
        }
    }

    /// Whether a string may end in `state`.
    pub(super) fn accepts(self, state: u8) -> bool {
        match self {
            Self::Identity => usize::from(state) > SCHEME.len(),
            Self::Method | Self::Host | Self::Sni => state == 1,
            Self::Header => state != SPACE,
            Self::Claim => true,
            Self::RawPath => state != START,
            // `/.` and `/..` at the end are resolved too.
            Self::NormalizedPath | Self::MergedPath => matches!(state, SLASH | INSIDE),
        }
    }

    /// Strings that read like what one would send; a class that has one of them shows it as its witness.
    pub(super) fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Identity => &["spiffe://cluster.local/ns/other/sa/other"],
            Self::Method => &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
            Self::Host | Self::Sni => &["example.com"],
            Self::Header | Self::Claim => &["x"],
            Self::RawPath | Self::NormalizedPath | Self::MergedPath => &["/"],
        }
    }

    /// The only byte that may follow, where the domain leaves no choice.
    pub(super) fn forced(self, state: u8) -> Option<u8> {
        match self {
            Self::Identity => SCHEME.get(usize::from(state)).copied(),
            Self::Claim
            | Self::Header
            | Self::Host
            | Self::MergedPath
            | Self::Method
            | Self::NormalizedPath
            | Self::RawPath
            | Self::Sni => None,
        }
    }

    /// Bytes that can stand for all that no pattern names, in order of preference.
    pub(super) fn fillers(self) -> &'static [u8] {
        match self {
            Self::Method => b"XQZYWVUTSRPONMLKJIHGFEDCBA-",
            Self::Claim
            | Self::Header
            | Self::Host
            | Self::Identity
            | Self::MergedPath
            | Self::NormalizedPath
            | Self::RawPath
            | Self::Sni => b"xqzywvutsrponmlkjihgfedcba0123456789-_",
        }
    }
}

/// Behind a slash.
const SLASH: u8 = 1;
/// Inside a segment that is no dot segment.
const INSIDE: u8 = 2;
/// Behind `/.`.
const DOT: u8 = 3;
/// Behind `/..`.
const DOTS: u8 = 4;

fn step_path(state: u8, byte: u8, resolved: bool, merged: bool) -> Option<u8> {
    // `?` and `#` end the path, the others are escaped by Envoy before it compares.
    let stands = byte.is_ascii_graphic() && !b"?#\"<>^`{|}".contains(&byte) && !(resolved && byte == b'\\');
    if !stands || (state == START && byte != b'/') {
        return None;
    }
    match (byte, state) {
        // Envoy takes `..;x` for a dot segment as well.
        (b'/' | b';', DOT | DOTS) if resolved => None,
        (b'/', SLASH) if merged => None,
        (b'/', _) => Some(SLASH),
        (b'.', SLASH) if resolved => Some(DOT),
        (b'.', DOT) if resolved => Some(DOTS),
        _ => Some(INSIDE),
    }
}
