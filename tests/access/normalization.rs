//! Path normalization: what Envoy 1.40 makes of paths in each mode, and that the domains of paths are just what
//! can come of it.

use meshward::access::{Malformed, Normalization, Pattern, Piece, partition};
use proptest::prelude::*;

/// A path as it was sent, and what is compared under `NONE`, `BASE`, `MERGE_SLASHES` and
/// `DECODE_AND_MERGE_SLASHES`; `None` for the answer 400.
type Row = (&'static str, [Option<&'static str>; 4]);

const fn same(sent: &'static str) -> Row {
    (sent, [Some(sent); 4])
}

const fn resolved(sent: &'static str, path: &'static str) -> Row {
    (sent, [Some(sent), Some(path), Some(path), Some(path)])
}

/// Each row was sent to Envoy 1.40 with the flags that Istio sets.
const TABLE: &[Row] = &[
    same("/"),
    same("/a/b"),
    same("/a/"),
    same("/A;x=1"),
    same("/a/.../b"),
    same("/...;x"),
    same("/a/;x/b"),
    same("/a~b!$&'()*+,=:@[]b"),
    // Escapes of reserved and of other characters stay, in their case.
    same("/a%7F%c3%a9%25b%3Fb%23"),
    // What is no escape stays.
    same("/a%zz"),
    same("/a%"),
    same("/a%4"),
    // Dot segments.
    resolved("/a/..", "/"),
    resolved("/a/.", "/a/"),
    resolved("/..", "/"),
    resolved("/a/b/../../../c", "/c"),
    resolved("/a//../b", "/a/b"),
    resolved("/a/%2E%2e/b", "/b"),
    resolved("/%2e", "/"),
    // Dot segments with parameters, but only those written plainly behind a slash.
    resolved("/a/..;x/b", "/b"),
    resolved("/.;/a", "/a"),
    resolved("/a/b/..;x", "/a/"),
    resolved("/a/%2e%2e;x/b", "/a/..;x/b"),
    resolved("/a\\..;x/b", "/a/..;x/b"),
    resolved("/a%2e;x", "/a.;x"),
    // Backslashes are slashes.
    resolved("/a\\b", "/a/b"),
    resolved("/a/..\\b", "/b"),
    // Unreserved characters are written plainly, and some others never are.
    resolved("/A/%7e%41", "/A/~A"),
    resolved("/a\"<>^`{|}b", "/a%22%3C%3E%5E%60%7B%7C%7Db"),
    // An escape that comes of unescaping is none.
    resolved("/%%341", "/%2541"),
    resolved("/%%32F", "/%252F"),
    resolved("/%%300", "/%2500"),
    ("/%00", [Some("/%00"), None, None, None]),
    // Query and fragment never take part.
    ("/a?/../b", [Some("/a"); 4]),
    ("/a#f?q", [Some("/a"); 4]),
    // Runs of slashes, and the one that stays.
    ("/a//b///c", [Some("/a//b///c"), Some("/a//b///c"), Some("/a/b/c"), Some("/a/b/c")]),
    ("//a", [Some("//a"), Some("//a"), Some("/a"), Some("/a")]),
    ("/a//", [Some("/a//"), Some("/a//"), Some("/a/"), Some("/a/")]),
    ("//", [Some("//"); 4]),
    ("///", [Some("///"), Some("///"), Some("//"), Some("//")]),
    // Escaped slashes.
    ("/a%2Fb", [Some("/a%2Fb"), Some("/a%2Fb"), Some("/a%2Fb"), Some("/a/b")]),
    ("/a%5cb", [Some("/a%5cb"), Some("/a%5cb"), Some("/a%5cb"), Some("/a/b")]),
    ("/%2F..%2fa", [Some("/%2F..%2fa"), Some("/%2F..%2fa"), Some("/%2F..%2fa"), Some("/a")]),
    ("/a/..%2f", [Some("/a/..%2f"), Some("/a/..%2f"), Some("/a/..%2f"), Some("/")]),
    ("/a%5c..%5cb", [Some("/a%5c..%5cb"), Some("/a%5c..%5cb"), Some("/a%5c..%5cb"), Some("/b")]),
];

#[test]
fn paths_are_normalized_as_envoy_does() {
    for (sent, expected) in TABLE {
        for (mode, expected) in Normalization::ALL.into_iter().zip(expected) {
            let path = mode.apply(sent);
            assert_eq!(path.as_deref().ok(), *expected, "{sent} under {mode:?}");
        }
    }
}

#[test]
fn what_does_not_pass_the_codec_is_malformed() {
    for sent in ["", "a", "*", "/a b", "/\u{7f}", "/ä"] {
        assert_eq!(Normalization::Base.apply(sent), Err(Malformed), "{sent}");
    }
}

/// Parts of paths that mean something to normalization.
fn sent() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "/", "/", "//", ".", "..", ";", "a", "b", "4", "1", "F", "C", "0", "%", "%2e", "%2F", "%5c", "%61",
        "%34", "%46", "%32", "%25", "%00", "\\", "^", "~", "?", "#", "..;x",
    ]);
    prop::collection::vec(part, 0..10).prop_map(|parts| format!("/{}", parts.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn whatever_comes_of_it_is_in_the_domain_and_can_be_sent_again(sent in sent()) {
        for mode in Normalization::ALL {
            let Ok(path) = mode.apply(&sent) else { continue };
            prop_assert!(mode.domain().contains(&path), "{} comes to {} under {:?}", sent, path, mode);
            prop_assert_eq!(mode.apply(&mode.sent_as(&path)), Ok(path.clone()), "{:?}", mode);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_witness_is_what_comes_of_a_path_that_one_can_send(texts in prop::collection::vec(sent(), 1..5)) {
        let patterns: Vec<Pattern> = texts.iter().enumerate().map(|(index, text)| match index % 4 {
            0 => Pattern::exact(text.as_str()),
            1 => Pattern::prefix(text.as_str()),
            2 => Pattern::suffix(text.as_str()),
            _ => Pattern::new([Piece::Text(text.clone()), Piece::Segment, Piece::Text(text.clone())]),
        }).collect();
        for mode in Normalization::ALL {
            for class in partition(mode.domain(), &patterns).unwrap() {
                prop_assert!(mode.domain().contains(&class.witness), "{} under {:?}", class.witness, mode);
                let sent = mode.sent_as(&class.witness);
                prop_assert_eq!(mode.apply(&sent), Ok(class.witness.clone()), "{} under {:?}", sent, mode);
            }
        }
    }
}
