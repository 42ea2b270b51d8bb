//! The access model against brute force: classes, diagrams and witnesses agree with plain enumeration.

use std::collections::BTreeSet;

use meshward::access::{Class, Condition, Domain, Formula, Pattern, Piece, Space, partition};
use proptest::prelude::*;

/// Pieces over a small alphabet, so that patterns meet often.
fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        4 => "[/ab]{1,3}".prop_map(Piece::Text),
        1 => Just(Piece::Any),
        1 => Just(Piece::Some),
        1 => Just(Piece::Segment),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop::collection::vec(piece(), 1..4).prop_map(Pattern::new)
}

/// Every path of at most `length` bytes over the alphabet of the patterns and one letter more.
fn paths(length: usize) -> Vec<String> {
    let mut all = vec![String::from("/")];
    let mut last = all.clone();
    for _ in 1..length {
        last = last
            .iter()
            .flat_map(|path| ["/", "a", "b", "x"].map(|letter| format!("{path}{letter}")))
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn members(patterns: &[Pattern], path: &str) -> Vec<u32> {
    (0..patterns.len() as u32).filter(|index| patterns[*index as usize].matches(path)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn classes_are_those_that_enumeration_finds(patterns in prop::collection::vec(pattern(), 1..5)) {
        let classes = partition(Domain::RawPath, &patterns).unwrap();
        let found: BTreeSet<Vec<u32>> = classes.iter().map(|class| class.members.clone()).collect();
        prop_assert_eq!(found.len(), classes.len(), "a class is listed once");
        for class in &classes {
            prop_assert_eq!(&members(&patterns, &class.witness), &class.members, "{}", class.witness);
        }
        for path in paths(6) {
            let expected = members(&patterns, &path);
            prop_assert!(found.contains(&expected), "{} lies in {:?}, which is no class", path, expected);
        }
    }

    #[test]
    fn a_witness_is_as_short_as_any(patterns in prop::collection::vec(pattern(), 1..4)) {
        let classes = partition(Domain::RawPath, &patterns).unwrap();
        for path in paths(5) {
            let expected = members(&patterns, &path);
            let class: &Class = classes.iter().find(|class| class.members == expected).unwrap();
            prop_assert!(class.witness.len() <= path.len(), "{} is longer than {}", class.witness, path);
        }
    }

    #[test]
    fn equal_formulas_have_equal_nodes(left in formula(), right in formula()) {
        let mut space = Space::new(Domain::RawPath, &[&left, &right]).unwrap();
        let (a, b) = (space.node(&left).unwrap(), space.node(&right).unwrap());
        let differs = paths(4).into_iter().flat_map(|path| ["GET", "POST"].map(|method| (path.clone(), method)))
            .map(|(path, method)| request(&path, method))
            .find(|request| left.holds(request) != right.holds(request));
        let difference = space.difference(a, b).unwrap();
        match space.witness(difference.only_left).or_else(|| space.witness(difference.only_right)) {
            None => prop_assert!(differs.is_none(), "{differs:?} is told apart by enumeration only"),
            Some(request) => prop_assert_ne!(left.holds(&request), right.holds(&request), "{:?}", request),
        }
    }

    #[test]
    fn the_laws_of_sets_hold(a in formula(), b in formula()) {
        let not = |formula: &Formula| Formula::Not(Box::new(formula.clone()));
        let all = |parts: &[&Formula]| Formula::All(parts.iter().map(|part| (*part).clone()).collect());
        let any = |parts: &[&Formula]| Formula::Any(parts.iter().map(|part| (*part).clone()).collect());
        let mut space = Space::new(Domain::NormalizedPath, &[&a, &b]).unwrap();
        let mut same = |left: Formula, right: Formula| space.node(&left).unwrap() == space.node(&right).unwrap();
        prop_assert!(same(not(&all(&[&a, &b])), any(&[&not(&a), &not(&b)])), "de Morgan");
        prop_assert!(same(not(&not(&a)), a.clone()), "double negation");
        prop_assert!(same(all(&[&a, &not(&a)]), Formula::Never), "nothing is in a set and outside of it");
        prop_assert!(same(any(&[&a, &all(&[&a, &b])]), a.clone()), "absorption");
    }
}

fn formula() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![
        pattern().prop_map(|pattern| Formula::When(Condition::Path(pattern))),
        prop_oneof![Just("GET"), Just("POST")]
            .prop_map(|method| Formula::When(Condition::Method(Pattern::exact(method)))),
        Just(Formula::Always),
        Just(Formula::Never),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|formula| Formula::Not(Box::new(formula))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Formula::All),
            prop::collection::vec(inner, 0..3).prop_map(Formula::Any),
        ]
    })
}

fn request(path: &str, method: &str) -> meshward::access::Request {
    meshward::access::Request::new(method, "host", path)
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
fn nested_blocks_are_classes_of_their_own() {
    let when = |block: &str| Formula::When(Condition::Peer(block.parse().unwrap()));
    let (outer, inner) = (when("10.0.0.0/8"), when("10.1.0.0/16"));
    let between = outer.clone().without(inner.clone());
    let mut space = Space::new(Domain::NormalizedPath, &[&outer, &inner, &between]).unwrap();
    let node = space.node(&between).unwrap();
    let request = space.witness(node).expect("the outer block is larger than the inner one");
    assert!(between.holds(&request), "{request:?}");
}

#[test]
fn a_caller_in_plaintext_is_in_no_set_of_identities() {
    let anybody = Formula::When(Condition::Identity(Pattern::present()));
    let nobody = Formula::Not(Box::new(anybody.clone()));
    let mut space = Space::new(Domain::NormalizedPath, &[&anybody]).unwrap();
    let node = space.node(&nobody).unwrap();
    assert_eq!(space.witness(node).expect("plaintext is one").identity, None);
}

#[test]
fn hundreds_of_mixed_patterns_are_decided() {
    let patterns: Vec<Pattern> = (0..300)
        .map(|number| match number % 4 {
            0 => Pattern::prefix(format!("/api/v{}/users/{number}", number % 7)),
            1 => Pattern::exact(format!("/api/v{}/orders/{number}", number % 7)),
            2 => {
                Pattern::new([Piece::Text(format!("/t{number}/")), Piece::Segment, Piece::Text("/x".into())])
            }
            _ => Pattern::suffix(format!("/s{}", number % 8)),
        })
        .collect();
    let patterns: Vec<Pattern> = BTreeSet::from_iter(patterns).into_iter().collect();
    let classes = partition(Domain::NormalizedPath, &patterns).unwrap();
    assert!(classes.len() > patterns.len(), "{} classes", classes.len());
}
