//! The algebra of patterns against a regex library: matching, emptiness, inclusion and equality.

use std::collections::{HashSet, VecDeque};

use meshward::access::{Condition, Domain, Formula, Pattern, Piece, Space};
use proptest::prelude::*;
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

use super::{paths, pattern};

/// What Envoy 1.40 puts into the regex of a URI template.
const GLOBBED: &str = r"a-zA-Z0-9\-._~%!$&'()+,;:@=*";

type Dfa = dense::DFA<Vec<u32>>;

/// The pattern as Istio would write it for a regex.
fn regex(pattern: &Pattern) -> String {
    let letter = |letter| format!("\\x{:02x}", u32::from(letter));
    let literal = |text: &str| text.chars().map(letter).collect::<Vec<_>>().concat();
    let pieces = pattern.pieces().iter().map(|piece| match piece {
        Piece::Text(text) => literal(text),
        Piece::Caseless(text) => format!("(?i:{})", literal(text)),
        Piece::Any => ".*".to_owned(),
        Piece::Some => ".+".to_owned(),
        Piece::Segment => "[^/]+".to_owned(),
        Piece::PathGlob => format!("[{GLOBBED}]+"),
        Piece::TextGlob => format!("[{GLOBBED}/]*"),
    });
    pieces.collect()
}

fn compile(regex: &str) -> Dfa {
    dense::Builder::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true))
        .build(&format!("^(?:{regex})$"))
        .expect("the regex is one of ours")
}

fn begin(dfa: &Dfa) -> StateID {
    dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).expect("nothing is looked behind")
}

fn accepts(dfa: &Dfa, state: StateID) -> bool {
    dfa.is_match_state(dfa.next_eoi_state(state))
}

fn matches(dfa: &Dfa, text: &str) -> bool {
    accepts(dfa, text.bytes().fold(begin(dfa), |state, byte| dfa.next_state(state, byte)))
}

/// Whether some path is in each of `inside` and not in `outside`: a walk over all of them at once.
fn meet(inside: &[&Dfa], outside: Option<&Dfa>) -> bool {
    let all: Vec<&Dfa> = inside.iter().copied().chain(outside).collect();
    let start: Vec<StateID> = all.iter().map(|dfa| begin(dfa)).collect();
    let mut seen = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([start]);
    while let Some(states) = open.pop_front() {
        let accepted: Vec<bool> = all.iter().zip(&states).map(|(dfa, state)| accepts(dfa, *state)).collect();
        let (inner, outer) = accepted.split_at(inside.len());
        if inner.iter().all(|yes| *yes) && !outer.contains(&true) {
            return true;
        }
        for byte in b'!'..=b'~' {
            let next: Vec<StateID> =
                all.iter().zip(&states).map(|(dfa, state)| dfa.next_state(*state, byte)).collect();
            if seen.insert(next.clone()) {
                open.push_back(next);
            }
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_pattern_matches_what_its_regex_matches(pattern in pattern()) {
        let dfa = compile(&regex(&pattern));
        for path in paths(5) {
            prop_assert_eq!(pattern.matches(&path), matches(&dfa, &path), "{} {:?}", path, pattern);
        }
    }

    #[test]
    fn pairs_of_patterns_relate_as_their_regexes_do(left in pattern(), right in pattern()) {
        let when = |pattern: &Pattern| Formula::When(Condition::Path(pattern.clone()));
        let (a, b) = (when(&left), when(&right));
        let mut space = Space::new(Domain::RawPath, &[&a, &b]).unwrap();
        let (a, b) = (space.node(&a).unwrap(), space.node(&b).unwrap());
        let both = space.intersection(a, b).unwrap();
        let (left_dfa, right_dfa) = (compile(&regex(&left)), compile(&regex(&right)));
        let domain = compile("/[^?#]*");
        prop_assert_eq!(space.is_empty(a), !meet(&[&domain, &left_dfa], None), "emptiness");
        prop_assert_eq!(space.is_empty(both), !meet(&[&domain, &left_dfa, &right_dfa], None), "disjointness");
        let inside = !meet(&[&domain, &left_dfa], Some(&right_dfa));
        let outside = !meet(&[&domain, &right_dfa], Some(&left_dfa));
        prop_assert_eq!(space.includes(b, a).unwrap(), inside, "inclusion");
        prop_assert_eq!(space.includes(a, b).unwrap(), outside, "inclusion the other way");
        prop_assert_eq!(a == b, inside && outside, "equality");
    }
}

#[test]
fn letters_outside_of_ascii_are_letters() {
    assert!(!Pattern::new([Piece::Some, Piece::Some]).matches("é"));
    assert!(Pattern::new([Piece::Segment, Piece::Text("é".into())]).matches("éé"));
    assert!(!Pattern::exact("É").caseless().matches("é"), "only ASCII has no case");
}

#[test]
fn many_gaps_are_matched_in_bounded_time() {
    let stars = (0..40).flat_map(|_| [Piece::Text("a".into()), Piece::Any]);
    let pattern = Pattern::new(stars.chain([Piece::Text("b".into())]));
    assert!(!pattern.matches(&"a".repeat(2000)));
}
