//! Path normalization: what a proxy makes of a path as it was sent before any rule sees it. Written from
//! Envoy's `path_utility.cc` and the canonicalizer that it calls (`url_canon_path.cc`), and compared with
//! Envoy 1.40.

use super::domain::Domain;

/// What a mesh does to paths (`meshConfig.pathNormalization.normalization`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normalization {
    /// Paths are compared as they were sent.
    None,
    /// Dot segments are resolved, escaped letters, digits and `-._~` are written plainly, `\` becomes `/`.
    Base,
    /// The same, and runs of `/` become one.
    MergeSlashes,
    /// The same, with `%2F` and `%5C` taken for `/` and `\` first.
    DecodeAndMergeSlashes,
}

/// Envoy answers 400 to such a path, before any rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Normalization {
    /// All of them, from the one that changes least.
    pub const ALL: [Self; 4] = [Self::None, Self::Base, Self::MergeSlashes, Self::DecodeAndMergeSlashes];

    /// The paths that can be compared with a pattern.
    pub fn domain(self) -> Domain {
        match self {
            Self::None => Domain::RawPath,
            Self::Base => Domain::NormalizedPath,
            Self::MergeSlashes => Domain::MergedPath,
            Self::DecodeAndMergeSlashes => Domain::DecodedPath,
        }
    }

    /// The path that is compared when this one is sent. The query and the fragment never take part.
    ///
    /// ```text
    /// /a/%2e%2e/%61dmin?x=1   Base   /admin
    /// /a//b                   Base   /a//b     MergeSlashes           /a/b
    /// /a%2Fb                  Base   /a%2Fb    DecodeAndMergeSlashes  /a/b
    /// ```
    pub fn apply(self, sent: &str) -> Result<String, Malformed> {
        // Other bytes do not pass the HTTP codec.
        if !sent.starts_with('/') || !sent.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Malformed);
        }
        let path = sent.split(['?', '#']).next().unwrap_or(sent);
        match self {
            Self::None => Ok(path.to_owned()),
            Self::Base => canonical(path),
            Self::MergeSlashes => canonical(path).map(|path| merge_slashes(&path)),
            Self::DecodeAndMergeSlashes => {
                let slashes = path.replace("%2F", "/").replace("%2f", "/");
                let decoded = slashes.replace("%5C", "\\").replace("%5c", "\\");
                canonical(&decoded).map(|path| merge_slashes(&path))
            }
        }
    }

    /// A path to send so that this one is compared, which must be one of the [`domain`](Self::domain). Most are
    /// sent as they are; but `/..;x` would be resolved, and is what `/%2e%2e;x` comes to.
    pub fn sent_as(self, path: &str) -> String {
        if self == Self::None {
            return path.to_owned();
        }
        let segments = path.split('/').map(|segment| match segment.split_once(';') {
            Some((dots @ ("." | ".."), parameters)) => format!("{};{parameters}", dots.replace('.', "%2e")),
            Some(_) | None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

/// `//` alone stays as it is: Envoy joins the segments, of which there are none, between a slash at the start
/// and one at the end.
fn merge_slashes(path: &str) -> String {
    if !path.contains("//") {
        return path.to_owned();
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let end = if path.ends_with('/') { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// A path without any of these stays as it is.
const CHANGED: &[u8] = b".%\\\"<>^`{|}";

/// Resolves dot segments and escapes, from left to right.
fn canonical(path: &str) -> Result<String, Malformed> {
    if !path.bytes().any(|byte| CHANGED.contains(&byte)) {
        return Ok(path.to_owned());
    }
    let path = without_dot_parameters(path);
    let mut canonical = Canonical { input: path.as_bytes(), at: 0, output: String::new(), percent: None };
    while let Some(byte) = canonical.input.get(canonical.at) {
        match byte {
            b'.' => canonical.dot(1),
            b'%' => canonical.percent()?,
            b'\\' => canonical.keep('/'),
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                canonical.escape(*byte);
            }
            other => canonical.keep(char::from(*other)),
        }
    }
    Ok(canonical.output)
}

/// `/..;x/` is `/../`. This comes first and looks for `/` and plain dots only, so `/%2e%2e;x` passes it by.
fn without_dot_parameters(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.split_once(';') {
        Some((dots @ ("." | ".."), _)) => dots,
        Some(_) | None => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A path that is being read.
struct Canonical<'a> {
    input: &'a [u8],
    at: usize,
    output: String,
    /// Where in the output the last `%` stands that begins no escape.
    percent: Option<usize>,
}

impl Canonical<'_> {
    fn keep(&mut self, letter: char) {
        self.output.push(letter);
        self.at += 1;
    }

    fn escape(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
        self.output.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        self.at += 1;
    }

    /// A dot, written in so many bytes: part of a name, or of a segment that is resolved.
    fn dot(&mut self, length: usize) {
        let behind = self.at + length;
        let second = self.dot_length(behind);
        if !self.output.ends_with('/') {
            self.output.push('.');
            self.at = behind;
        } else if self.ends_segment(behind) {
            self.at = behind + 1;
        } else if second > 0 && self.ends_segment(behind + second) {
            self.back_up();
            self.at = behind + second + 1;
        } else {
            self.output.push('.');
            self.at = behind;
        }
    }

    /// How many bytes the dot at a place has; 0 if there is none.
    fn dot_length(&self, at: usize) -> usize {
        let rest = self.input.get(at..).unwrap_or_default();
        match rest {
            [b'.', ..] => 1,
            [b'%', b'2', b'e' | b'E', ..] => 3,
            _ => 0,
        }
    }

    fn ends_segment(&self, at: usize) -> bool {
        matches!(self.input.get(at), None | Some(b'/' | b'\\'))
    }

    /// Removes the last segment; the output ends with the slash behind it.
    fn back_up(&mut self) {
        let inner = self.output.len() - 1;
        if let Some(slash) = self.output[..inner].rfind('/') {
            self.output.truncate(slash + 1);
        }
    }

    fn percent(&mut self) -> Result<(), Malformed> {
        match escaped(&self.input[self.at..]) {
            Some(0) => Err(Malformed),
            Some(b'.') => {
                self.dot(3);
                Ok(())
            }
            Some(plain) if plain.is_ascii_alphanumeric() || b"-_~".contains(&plain) => {
                self.output.push(char::from(plain));
                self.at += 3;
                self.escape_nested(char::from(plain));
                Ok(())
            }
            Some(_) => {
                self.input[self.at..self.at + 3].iter().for_each(|byte| self.output.push(char::from(*byte)));
                self.at += 3;
                Ok(())
            }
            None => {
                self.percent = Some(self.output.len());
                self.keep('%');
                Ok(())
            }
        }
    }

    /// A letter that was just written plainly must not make an escape of a `%` before it: `%%341` is `%2541`.
    fn escape_nested(&mut self, plain: char) {
        // The segment of the `%` may be gone by now.
        let percent =
            self.percent.filter(|percent| self.output[*percent.min(&self.output.len())..].starts_with('%'));
        let Some(percent) = percent else { return };
        let behind = &self.output[percent + 1..];
        let mut nested = behind.to_owned();
        if behind.len() == 1 {
            nested.extend(self.input.get(self.at).copied().map(char::from));
        }
        if behind.len() <= 2 && behind.ends_with(plain) && escaped(format!("%{nested}").as_bytes()).is_some()
        {
            self.output.insert_str(percent + 1, "25");
        }
    }
}

/// The byte that an escape at the start stands for.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let [b'%', high, low, ..] = text else { return None };
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
