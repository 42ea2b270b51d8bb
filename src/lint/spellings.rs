//! Other spellings of the paths below a prefix: those that a server may take for the same, and that the proxy does
//! not.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::access::Normalization;
use crate::check::normalization;
use crate::project::PathNormalization;

/// What would take a spelling in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClosedBy {
    /// The path itself beside its prefix: `/admin` beside `/admin/*`.
    Path,
    /// A stricter normalization of paths.
    Setting,
    /// Neither: another case, or a parameter.
    Nothing,
}

/// So many places of a path are tried. What is gained at one is nearly always gained at each.
const MOST_PLACES: usize = 16;

/// Of a path that is longer, one place is tried.
const LONG: usize = 1024;

/// One way to spell a path otherwise, at each of the places where that can be done.
pub(super) struct Trick {
    pub(super) closed_by: ClosedBy,
    /// Those that the prefix does not take in.
    pub(super) spellings: Vec<Spelling>,
}

/// A path that a prefix does not take in.
pub(super) struct Spelling {
    /// As a client sends it.
    pub(super) sent: String,
    /// As the proxy compares it.
    pub(super) compared: String,
}

/// So many prefixes are kept with what passes them.
const MOST_KEPT: usize = 1024;

/// What passes prefixes under one normalization. Many statements take the same path away.
pub(super) struct Spellings<'a> {
    normalization: Normalization,
    around: FxHashMap<&'a str, Rc<[Trick]>>,
}

impl<'a> Spellings<'a> {
    pub(super) fn new(setting: PathNormalization) -> Self {
        Self { normalization: normalization(setting), around: FxHashMap::default() }
    }

    /// What passes the pattern `head*`.
    pub(super) fn around(&mut self, head: &'a str) -> Rc<[Trick]> {
        let normalization = self.normalization;
        if self.around.len() == MOST_KEPT {
            self.around.clear();
        }
        self.around.entry(head).or_insert_with(|| around(head, normalization)).clone()
    }
}

fn around(head: &str, normalization: Normalization) -> Rc<[Trick]> {
    let below = if head.ends_with('/') { format!("{head}x") } else { head.to_owned() };
    let bare = head.strip_suffix('/').filter(|bare| !bare.is_empty());
    let tricks: [(ClosedBy, Vec<String>); 6] = [
        (ClosedBy::Path, bare.map(str::to_owned).into_iter().collect()),
        (ClosedBy::Setting, at_slashes(&below, |_| "//")),
        (
            ClosedBy::Setting,
            at_slashes(&below, |first| if first { "/%2F" } else { "%2F" }).into_iter().rev().collect(),
        ),
        (ClosedBy::Setting, at_slashes(&below, |_| "/./")),
        (ClosedBy::Nothing, at_segments(head, &below, str::to_ascii_uppercase)),
        (ClosedBy::Nothing, at_segments(head, &below, |segment| format!("{segment};x"))),
    ];
    let passing = |(closed_by, sent): (ClosedBy, Vec<String>)| {
        let spellings = sent.into_iter().filter_map(|sent| passing(sent, head, normalization)).collect();
        Trick { closed_by, spellings }
    };
    tricks.into_iter().map(passing).collect()
}

fn passing(sent: String, head: &str, normalization: Normalization) -> Option<Spelling> {
    let compared = normalization.apply(&sent).ok()?;
    (!compared.starts_with(head)).then_some(Spelling { sent, compared })
}

fn places(path: &str) -> usize {
    if path.len() > LONG { 1 } else { MOST_PLACES }
}

/// The path with something else in the place of each of its slashes, one at a time.
fn at_slashes(path: &str, other: impl Fn(bool) -> &'static str) -> Vec<String> {
    let slashes = path.match_indices('/').take(places(path));
    slashes.map(|(at, _)| format!("{}{}{}", &path[..at], other(at == 0), &path[at + 1..])).collect()
}

/// The path with each of the fixed segments changed, one at a time, the last one first.
fn at_segments(head: &str, path: &str, change: impl Fn(&str) -> String) -> Vec<String> {
    let fixed = head.trim_end_matches('/').split('/').count();
    let segments: Vec<&str> = path.split('/').collect();
    let changed = |at: usize| {
        let segment = change(segments[at]);
        [&segments[..at], &[segment.as_str()], &segments[at + 1..]].concat().join("/")
    };
    let tried = (1..fixed).rev().take(places(path));
    tried.map(changed).filter(|other| other != path).collect()
}

#[cfg(test)]
mod tests {
    use super::{PathNormalization, Spellings};

    fn sent(head: &str, setting: PathNormalization) -> String {
        let tricks = Spellings::new(setting).around(head);
        let spellings = tricks.iter().flat_map(|trick| &trick.spellings);
        spellings.map(|spelling| spelling.sent.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_passes_a_prefix_depends_on_the_normalization() {
        let of = |setting| sent("/a/b/", setting);
        let always = "/a/B/x /A/b/x /a/b;x/x /a;x/b/x";
        let escaped = "/a/b%2Fx /a%2Fb/x /%2Fa/b/x";
        assert_eq!(
            of(PathNormalization::None),
            format!("/a/b //a/b/x /a//b/x {escaped} /./a/b/x /a/./b/x {always}")
        );
        assert_eq!(of(PathNormalization::Base), format!("/a/b //a/b/x /a//b/x {escaped} {always}"));
        assert_eq!(of(PathNormalization::MergeSlashes), format!("/a/b {escaped} {always}"));
        assert_eq!(of(PathNormalization::DecodeAndMergeSlashes), format!("/a/b {always}"));
    }

    #[test]
    fn a_prefix_without_a_slash_takes_in_the_bare_path_and_its_parameters() {
        assert_eq!(sent("/a", PathNormalization::DecodeAndMergeSlashes), "/A");
    }

    #[test]
    fn few_places_of_a_long_path_are_tried() {
        let counts = |segments: usize| {
            let head = "/a".repeat(segments);
            let mut spellings = Spellings::new(PathNormalization::None);
            spellings.around(&head).iter().map(|trick| trick.spellings.len()).collect::<Vec<_>>()
        };
        assert_eq!(counts(4), [0, 4, 4, 4, 4, 3]);
        assert_eq!(counts(100), [0, 16, 16, 16, 16, 15]);
        assert_eq!(counts(1000), [0, 1, 1, 1, 1, 0]);
    }
}
