//! The classes of strings are those that enumeration finds.

use std::collections::BTreeSet;

use meshward::access::{Class, Domain, Pattern, Piece, partition};
use proptest::prelude::*;

use super::{paths, pattern};

fn members(patterns: &[Pattern], path: &str) -> Vec<u32> {
    (0..patterns.len() as u32).filter(|index| patterns[*index as usize].matches(path)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn classes_are_those_that_enumeration_finds(patterns in prop::collection::vec(pattern(), 1..6)) {
        let classes = partition(Domain::RawPath, &patterns).unwrap();
        let found: BTreeSet<Vec<u32>> = classes.iter().map(|class| class.members.clone()).collect();
        prop_assert_eq!(found.len(), classes.len(), "a class is listed once");
        for class in &classes {
            prop_assert_eq!(&members(&patterns, &class.witness), &class.members, "{}", class.witness);
        }
        for path in paths(5) {
            let expected = members(&patterns, &path);
            prop_assert!(found.contains(&expected), "{} lies in {:?}, which is no class", path, expected);
        }
    }

    #[test]
    fn a_witness_is_at_most_an_end_longer_than_any_string_of_its_class(
        patterns in prop::collection::vec(pattern(), 1..4),
    ) {
        let longest = |pattern: &Pattern| pattern.pieces().iter().map(|piece| match piece {
            Piece::Text(text) | Piece::Caseless(text) => text.len(),
            Piece::Any | Piece::Some | Piece::Segment | Piece::PathGlob | Piece::TextGlob => 0,
        }).max().unwrap_or(0);
        let end = patterns.iter().map(longest).max().unwrap_or(0);
        let classes = partition(Domain::RawPath, &patterns).unwrap();
        for path in paths(4) {
            let expected = members(&patterns, &path);
            let class: &Class = classes.iter().find(|class| class.members == expected).unwrap();
            prop_assert!(class.witness.len() <= path.len() + end + 1, "{} against {}", class.witness, path);
        }
    }

    #[test]
    fn every_witness_lies_in_its_domain(
        patterns in prop::collection::vec("[a-c/.:*% é-]{0,5}".prop_map(Pattern::suffix), 1..4),
        more in prop::collection::vec("[A-C/.:; %é]{0,5}".prop_map(Pattern::prefix), 1..4),
    ) {
        let patterns: Vec<Pattern> = patterns.into_iter().chain(more).collect();
        for domain in [
            Domain::Claim, Domain::DecodedPath, Domain::Header, Domain::Host, Domain::Identity,
            Domain::MergedPath, Domain::Method, Domain::NormalizedPath, Domain::RawPath, Domain::Sni,
        ] {
            for class in partition(domain, &patterns).unwrap() {
                prop_assert!(domain.contains(&class.witness), "{:?} has not `{}`", domain, class.witness);
            }
        }
    }
}

fn witnesses(domain: Domain, patterns: &[Pattern]) -> Vec<String> {
    partition(domain, patterns).unwrap().into_iter().map(|class| class.witness).collect()
}

#[test]
fn a_dot_segment_is_in_no_class_of_normalized_paths() {
    let patterns = [Pattern::exact("/a/../b"), Pattern::prefix("/a/")];
    let classes = partition(Domain::NormalizedPath, &patterns).unwrap();
    assert!(classes.iter().all(|class| !class.members.contains(&0)), "{classes:#?}");
    let raw = partition(Domain::RawPath, &patterns).unwrap();
    assert!(raw.iter().any(|class| class.members == [0, 1]), "{raw:#?}");
}

#[test]
fn an_escape_that_is_always_undone_is_in_no_class() {
    for (path, domains) in [
        ("/%61", vec![Domain::RawPath]),
        ("/%00", vec![Domain::RawPath]),
        ("/a%2Fb", vec![Domain::RawPath, Domain::NormalizedPath, Domain::MergedPath]),
        ("/a//b", vec![Domain::RawPath, Domain::NormalizedPath]),
    ] {
        let all = [Domain::RawPath, Domain::NormalizedPath, Domain::MergedPath, Domain::DecodedPath];
        for domain in all {
            let found = witnesses(domain, &[Pattern::exact(path)]).contains(&path.to_owned());
            assert_eq!(found, domains.contains(&domain), "{path} in {domain:?}");
        }
    }
}

#[test]
fn case_is_told_apart_only_where_a_pattern_does() {
    let caseless = Pattern::exact("shop").caseless();
    assert_eq!(witnesses(Domain::Host, std::slice::from_ref(&caseless)), ["example.com", "shop"]);
    let classes = partition(Domain::Host, &[caseless, Pattern::exact("shop")]).unwrap();
    let members: Vec<&[u32]> = classes.iter().map(|class| class.members.as_slice()).collect();
    assert_eq!(members, [&[] as &[u32], &[0], &[0, 1]]);
}

#[test]
fn namespaces_do_not_multiply() {
    // Each of them is a text anywhere in the identity, but an identity has one namespace.
    let patterns: Vec<Pattern> = (0..40)
        .map(|number| Pattern::new([Piece::Any, Piece::Text(format!("/ns/team-{number}/")), Piece::Any]))
        .collect();
    assert_eq!(partition(Domain::Identity, &patterns).unwrap().len(), 41);
}

#[test]
fn a_namespace_called_ns_is_also_one_called_sa() {
    // `namespaces: [sa]` looks for `/ns/sa/`, which `/ns/ns/sa/x` has.
    let namespace = |name: &str| Pattern::new([Piece::Any, Piece::Text(format!("/ns/{name}/")), Piece::Any]);
    let classes = partition(Domain::Identity, &[namespace("ns"), namespace("sa")]).unwrap();
    assert!(classes.iter().any(|class| class.members == [0, 1]), "{classes:#?}");
}
