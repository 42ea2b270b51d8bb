//! Nodes are sets: what is asked of them is what enumeration answers, in every dimension.

use meshward::access::{Condition, Domain, Formula, Pattern, Request, Space, Token};
use proptest::prelude::*;

use super::universe::{formula, requests};
use super::{paths, pattern};

thread_local! {
    static UNIVERSE: Vec<Request> = requests();
}

/// The first request of the universe that a formula has and the other has not.
fn only_in(left: &Formula, right: &Formula) -> Option<Request> {
    UNIVERSE.with(|all| all.iter().find(|request| left.holds(request) && !right.holds(request)).cloned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nodes_agree_with_enumeration(left in formula(), right in formula()) {
        let mut space = Space::new(Domain::NormalizedPath, &[&left, &right]).unwrap();
        let (a, b) = (space.node(&left).unwrap(), space.node(&right).unwrap());
        let (only_left, only_right) = (only_in(&left, &right), only_in(&right, &left));
        prop_assert_eq!(a == b, only_left.is_none() && only_right.is_none(), "equality");
        prop_assert_eq!(space.includes(b, a).unwrap(), only_left.is_none(), "inclusion");
        let difference = space.difference(a, b).unwrap();
        for (node, inside, outside) in
            [(difference.only_left, &left, &right), (difference.only_right, &right, &left)]
        {
            match space.witness(node) {
                None => prop_assert!(space.is_empty(node), "only the empty set has no witness"),
                Some(request) => {
                    prop_assert!(inside.holds(&request), "{request} is not in {inside:?}");
                    prop_assert!(!outside.holds(&request), "{request} is in {outside:?}");
                }
            }
        }
    }

    #[test]
    fn the_identities_of_a_request_are_those_by_which_it_is_in_the_set(formula in formula()) {
        // A step that has no factor in common with the size of the universe meets every value.
        for request in UNIVERSE.with(|all| all.iter().step_by(101).cloned().collect::<Vec<_>>()) {
            let identities = formula.identities(&Request { identity: None, ..request.clone() });
            prop_assert_eq!(identities.holds(&request), formula.holds(&request), "{}", request);
            let mut conditions = Vec::new();
            identities.conditions(&mut conditions);
            let is_of_identity = |condition: &&Condition| matches!(condition, Condition::Identity(_));
            prop_assert!(conditions.iter().all(is_of_identity), "{identities:?}");
        }
    }

    #[test]
    fn a_witness_can_be_sent(formula in formula()) {
        let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
        let node = space.node(&formula).unwrap();
        let Some(request) = space.witness(node) else { return Ok(()) };
        prop_assert!(Domain::NormalizedPath.contains(&request.path), "{}", request);
        prop_assert!(Domain::Host.contains(&request.host), "{}", request);
        prop_assert!(Domain::Method.contains(&request.method), "{}", request);
        prop_assert!(request.identity.iter().all(|uri| Domain::Identity.contains(uri)), "{}", request);
        prop_assert!(request.headers.values().flatten().all(|value| Domain::Header.contains(value)));
        for path in request.claims().iter().flat_map(|claims| claims.others.keys()) {
            let claims = &request.claims().unwrap().others;
            prop_assert!((1..path.len()).all(|length| !claims.contains_key(&path[..length])), "{}", request);
        }
    }

    #[test]
    fn the_laws_of_sets_hold(a in formula(), b in formula(), c in formula()) {
        let not = |formula: &Formula| Formula::Not(Box::new(formula.clone()));
        let all = |parts: &[&Formula]| Formula::All(parts.iter().map(|part| (*part).clone()).collect());
        let any = |parts: &[&Formula]| Formula::Any(parts.iter().map(|part| (*part).clone()).collect());
        let mut space = Space::new(Domain::NormalizedPath, &[&a, &b, &c]).unwrap();
        let mut same = |left: Formula, right: Formula| {
            space.node(&left).unwrap() == space.node(&right).unwrap()
        };
        prop_assert!(same(not(&all(&[&a, &b])), any(&[&not(&a), &not(&b)])), "de Morgan");
        prop_assert!(same(not(&not(&a)), a.clone()), "double negation");
        prop_assert!(same(all(&[&a, &not(&a)]), Formula::Never), "nothing is in a set and outside of it");
        prop_assert!(same(any(&[&a, &not(&a)]), Formula::Always), "everything is in a set or outside of it");
        prop_assert!(same(any(&[&a, &all(&[&a, &b])]), a.clone()), "absorption");
        prop_assert!(
            same(all(&[&a, &any(&[&b, &c])]), any(&[&all(&[&a, &b]), &all(&[&a, &c])])),
            "distribution"
        );
        prop_assert!(same(all(&[&a, &all(&[&b, &c])]), all(&[&all(&[&a, &b]), &c])), "association");
        prop_assert!(same(a.clone().without(b.clone()), all(&[&a, &not(&b)])), "difference");
    }

    #[test]
    fn sets_of_paths_agree_with_enumeration(
        left in prop::collection::vec(pattern(), 1..4),
        right in prop::collection::vec(pattern(), 1..4),
    ) {
        let any = |list: &[Pattern]| {
            Formula::Any(list.iter().cloned().map(Condition::Path).map(Formula::When).collect())
        };
        let (left, right) = (any(&left), any(&right));
        let mut space = Space::new(Domain::RawPath, &[&left, &right]).unwrap();
        let (a, b) = (space.node(&left).unwrap(), space.node(&right).unwrap());
        for path in paths(5) {
            let request = Request::new("GET", "example.com", path);
            let (in_left, in_right) = (left.holds(&request), right.holds(&request));
            prop_assert!(a != b || in_left == in_right, "{} is told apart by enumeration only", request);
        }
        let difference = space.difference(a, b).unwrap();
        prop_assert_eq!(a == b, space.is_empty(difference.only_left) && space.is_empty(difference.only_right));
        if let Some(request) = space.witness(difference.only_left) {
            prop_assert!(left.holds(&request) && !right.holds(&request), "{}", request);
        }
        if let Some(request) = space.witness(difference.only_right) {
            prop_assert!(right.holds(&request) && !left.holds(&request), "{}", request);
        }
    }
}

/// A request of a set.
#[track_caller]
fn witness(formula: &Formula) -> Request {
    let mut space = Space::new(Domain::NormalizedPath, &[formula]).unwrap();
    let node = space.node(formula).unwrap();
    let request = space.witness(node).expect("the set has a request");
    assert!(formula.holds(&request), "{request}");
    request
}

fn when(condition: Condition) -> Formula {
    Formula::When(condition)
}

fn not(formula: Formula) -> Formula {
    Formula::Not(Box::new(formula))
}

#[test]
fn nested_blocks_are_classes_of_their_own() {
    let block = |text: &str| when(Condition::Peer(text.parse().unwrap()));
    witness(&block("10.0.0.0/8").without(block("10.1.0.0/16")));
    witness(&block("fd00::/8").without(block("fd00::/9")));
}

#[test]
fn a_caller_in_plaintext_is_in_no_set_of_identities() {
    assert_eq!(witness(&not(when(Condition::Identity(Pattern::present())))).identity, None);
}

#[test]
fn an_absent_server_name_is_in_no_set() {
    assert_eq!(witness(&not(when(Condition::Sni(Pattern::any())))).sni, None);
}

#[test]
fn a_header_can_have_a_value_and_its_opposite() {
    let red = when(Condition::header("x", Pattern::exact("red")));
    let blue = when(Condition::header("x", Pattern::exact("blue")));
    let request = witness(&Formula::All(vec![red, blue]));
    assert_eq!(request.headers["x"], ["red", "blue"]);
}

#[test]
fn an_empty_header_is_present_and_is_not_some_text() {
    let there = when(Condition::header("x", Pattern::any()));
    let text = when(Condition::header("x", Pattern::present()));
    assert_eq!(witness(&there.without(text)).headers["x"], [""]);
}

#[test]
fn a_claim_comes_with_a_valid_token_only() {
    let admin = when(Condition::claim(["role"], Pattern::exact("admin")));
    let invalid = when(Condition::InvalidToken);
    let both = Formula::All(vec![admin.clone(), invalid]);
    let mut space = Space::new(Domain::NormalizedPath, &[&both]).unwrap();
    let node = space.node(&both).unwrap();
    assert!(space.is_empty(node));
    assert!(matches!(witness(&admin).token, Token::Valid(_)));
}

#[test]
fn an_empty_issuer_is_not_an_absent_one() {
    let empty = witness(&when(Condition::Issuer(Pattern::exact(""))));
    assert_eq!(empty.claims().unwrap().issuer.as_deref(), Some(""));
    let valid = when(Condition::ValidToken);
    let absent = witness(&valid.without(when(Condition::Issuer(Pattern::any()))));
    assert_eq!(absent.claims().unwrap().issuer, None);
}

#[test]
fn a_claim_is_a_string_or_has_claims_below() {
    let role = when(Condition::claim(["role"], Pattern::exact("a")));
    let below = when(Condition::claim(["role", "mesh"], Pattern::exact("b")));
    let both = Formula::All(vec![role, below]);
    let mut space = Space::new(Domain::NormalizedPath, &[&both]).unwrap();
    let node = space.node(&both).unwrap();
    assert!(space.is_empty(node));
}

#[test]
fn a_host_is_compared_with_case_where_it_is_asked_for() {
    let host = when(Condition::Host(Pattern::exact("shop").caseless()));
    let request = witness(&host.without(when(Condition::Host(Pattern::exact("shop")))));
    assert_eq!(request.host.to_lowercase(), "shop");
    assert_ne!(request.host, "shop");
}
