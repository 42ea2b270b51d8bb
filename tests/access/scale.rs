//! Many patterns on one workload: exact in little time, or an error in little time.

use std::time::{Duration, Instant};

use meshward::access::{Condition, Domain, Formula, MOST_CONDITIONS, Pattern, Piece, Space, TooComplex};

/// Rules of all kinds of patterns, each with a caller and a method of its own.
fn rules(count: usize) -> Formula {
    let rule = |number: usize| {
        let service = number % 7;
        let path = match number % 4 {
            0 => Pattern::prefix(format!("/api/v{service}/users/{number}")),
            1 => Pattern::exact(format!("/api/v{service}/orders/{number}")),
            2 => Pattern::new([
                Piece::Text(format!("/t{number}/")),
                Piece::Segment,
                Piece::Text(format!("/x{service}")),
            ]),
            _ => Pattern::suffix(format!("/s{number}")),
        };
        let caller = Pattern::exact(format!("spiffe://cluster.local/ns/shop/sa/c{}", number % 50));
        let method = Pattern::exact(["GET", "POST", "PUT"][number % 3]);
        Formula::All(
            [Condition::Identity(caller), Condition::Method(method), Condition::Path(path)]
                .map(Formula::When)
                .to_vec(),
        )
    };
    Formula::Any((0..count).map(rule).collect())
}

/// Far more than it takes, even without optimization on a busy machine; `cargo bench --bench access` measures.
const LIMIT: Duration = Duration::from_secs(100);

#[test]
fn hundreds_of_mixed_rules_are_told_apart() {
    let start = Instant::now();
    let (all, most) = (rules(400), rules(399));
    let mut space = Space::new(Domain::NormalizedPath, &[&all, &most]).unwrap();
    let (a, b) = (space.node(&all).unwrap(), space.node(&most).unwrap());
    let difference = space.difference(a, b).unwrap();
    assert!(space.is_empty(difference.only_right));
    let request = space.witness(difference.only_left).expect("the last rule adds something");
    assert!(all.holds(&request) && !most.holds(&request), "{request}");
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn what_can_not_be_told_apart_ends_in_an_error_soon() {
    // Each combination of these texts occurs in some path: two to the power of four hundred classes.
    let texts =
        (0..400).map(|number| Pattern::new([Piece::Any, Piece::Text(format!("/t{number}/")), Piece::Any]));
    let formula = Formula::Any(texts.map(Condition::Path).map(Formula::When).collect());
    let start = Instant::now();
    let error = Space::new(Domain::NormalizedPath, &[&formula]).unwrap_err();
    assert_eq!(error, TooComplex { patterns: 400 });
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn more_conditions_than_anyone_has_are_refused() {
    let paths = |count: usize| {
        let paths = (0..count).map(|number| Condition::Path(Pattern::exact(format!("/{number}"))));
        Formula::Any(paths.map(Formula::When).collect())
    };
    let too_many = MOST_CONDITIONS + 1;
    let error = Space::new(Domain::NormalizedPath, &[&paths(too_many)]).unwrap_err();
    assert_eq!(error, TooComplex { patterns: too_many });
    assert!(Space::new(Domain::NormalizedPath, &[&paths(1000), &paths(1000)]).is_ok());
}

#[test]
fn a_diagram_that_explodes_ends_in_an_error_soon() {
    // Which of the pairs are there must be known of each at once.
    let pair = |number: usize| {
        Formula::All(vec![
            Formula::When(Condition::header(&format!("a{number}"), Pattern::exact("x"))),
            Formula::When(Condition::claim([format!("c{number}").as_str()], Pattern::exact("x"))),
        ])
    };
    let formula = Formula::Any((0..40).map(pair).collect());
    let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
    let start = Instant::now();
    assert!(space.node(&formula).is_err());
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn a_header_with_a_thousand_values_is_one_list() {
    let values = (0..1000).map(|number| Condition::header("x", Pattern::exact(format!("v{number}"))));
    let formula = Formula::Any(values.map(Formula::When).collect());
    let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
    let node = space.node(&formula).unwrap();
    assert!(formula.holds(&space.witness(node).unwrap()));
}
