//! Other spellings of the paths below a prefix: those that a server may take for the same, and that the proxy does
//! not.

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

/// One way to spell a path otherwise, at each of the places where that can be done.
pub(super) struct Trick<'p> {
    pub(super) closed_by: ClosedBy,
    sent: Vec<String>,
    normalization: Normalization,
    head: &'p str,
}

impl<'p> Trick<'p> {
    /// The spellings that the prefix does not take in.
    pub(super) fn spellings(self) -> impl Iterator<Item = Spelling> + use<'p> {
        let Self { sent, normalization, head, .. } = self;
        sent.into_iter().filter_map(move |sent| passing(sent, head, normalization))
    }
}

/// A path that a prefix does not take in.
pub(super) struct Spelling {
    /// As a client sends it.
    pub(super) sent: String,
    /// As the proxy compares it.
    pub(super) compared: String,
}

/// What passes the pattern `head*` under a normalization.
pub(super) fn around(head: &str, setting: PathNormalization) -> Vec<Trick<'_>> {
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
    let normalization = normalization(setting);
    tricks.into_iter().map(|(closed_by, sent)| Trick { closed_by, sent, normalization, head }).collect()
}

fn passing(sent: String, head: &str, normalization: Normalization) -> Option<Spelling> {
    let compared = normalization.apply(&sent).ok()?;
    (!compared.starts_with(head)).then_some(Spelling { sent, compared })
}

/// The path with something else in the place of each of its slashes, one at a time.
fn at_slashes(path: &str, other: impl Fn(bool) -> &'static str) -> Vec<String> {
    let slashes = path.match_indices('/');
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
    (1..fixed).rev().map(changed).filter(|other| other != path).collect()
}

#[cfg(test)]
mod tests {
    use super::{PathNormalization, Trick, around};

    fn sent(head: &str, setting: PathNormalization) -> String {
        let spellings = around(head, setting).into_iter().flat_map(Trick::spellings);
        spellings.map(|spelling| spelling.sent).collect::<Vec<_>>().join(" ")
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
}
