//! Sets in words: products make up the set and have nothing in common, and the words are short.

use meshward::access::{Condition, Dimension, Domain, Formula, NodeId, Pattern, Space};
use proptest::prelude::*;

use super::universe::formula;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn products_make_up_the_set(formula in formula()) {
        let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
        let node = space.node(&formula).unwrap();
        let products = space.products(node, 10_000).unwrap();
        prop_assert!(products.complete);
        let mut union = NodeId::NEVER;
        for product in &products.list {
            let parts = Formula::All(product.parts.iter().map(|(_, part)| part.clone()).collect());
            prop_assert!(parts.holds(&product.witness), "{} is not in {:?}", product.witness, parts);
            prop_assert!(formula.holds(&product.witness), "{} is not in the set", product.witness);
            let set = space.node(&parts).unwrap();
            let common = space.intersection(union, set).unwrap();
            prop_assert!(space.is_empty(common), "{:?} was said before", parts);
            union = space.union(union, set).unwrap();
        }
        prop_assert_eq!(union, node, "{:?}", products);
    }

    #[test]
    fn callers_make_up_the_set(formula in formula()) {
        let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
        let node = space.node(&formula).unwrap();
        let (mut union, mut callers) = (NodeId::NEVER, NodeId::NEVER);
        for slice in space.callers(node).unwrap() {
            let set = space.intersection(slice.values, slice.rest).unwrap();
            union = space.union(union, set).unwrap();
            callers = space.union(callers, slice.values).unwrap();
        }
        prop_assert_eq!(union, node);
        prop_assert_eq!(space.project(node, &Dimension::Identity).unwrap(), callers);
    }

    #[test]
    fn a_projection_is_the_least_set_of_its_dimension_around_the_set(formula in formula()) {
        let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
        let node = space.node(&formula).unwrap();
        for dimension in [Dimension::Identity, Dimension::Path, Dimension::Token] {
            let values = space.project(node, &dimension).unwrap();
            prop_assert!(space.includes(values, node).unwrap());
            let words = space.describe(values, &dimension).unwrap();
            prop_assert_eq!(space.node(&words).unwrap(), values, "{:?}", words);
            let outside = space.without(NodeId::ALWAYS, values).unwrap();
            let common = space.intersection(outside, node).unwrap();
            prop_assert!(space.is_empty(common));
        }
    }
}

fn caller(name: &str) -> Formula {
    Formula::When(Condition::Identity(Pattern::exact(format!("spiffe://cluster.local/ns/shop/sa/{name}"))))
}

fn path(pattern: Pattern) -> Formula {
    Formula::When(Condition::Path(pattern))
}

/// The products of a set, a line each.
fn said(formula: &Formula) -> String {
    let mut space = Space::new(Domain::NormalizedPath, &[formula]).unwrap();
    let node = space.node(formula).unwrap();
    let products = space.products(node, 100).unwrap();
    let lines = products.list.iter().map(|product| {
        let parts: Vec<String> = product.parts.iter().map(|(_, part)| words(part)).collect();
        format!("{} -- {}", parts.join(" and "), product.witness)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn words(formula: &Formula) -> String {
    let join = |parts: &[Formula], word: &str| parts.iter().map(words).collect::<Vec<_>>().join(word);
    match formula {
        Formula::Always => "anything".to_owned(),
        Formula::Never => "nothing".to_owned(),
        Formula::When(Condition::Identity(pattern) | Condition::Path(pattern)) => {
            format!("{:?}", pattern.pieces())
        }
        Formula::When(condition) => format!("{condition:?}"),
        Formula::Not(inner) => format!("not ({})", words(inner)),
        Formula::All(parts) => join(parts, " but "),
        Formula::Any(parts) => join(parts, " or "),
    }
}

#[test]
fn callers_that_may_do_the_same_are_said_together() {
    let get = |who: Formula| Formula::All(vec![who, path(Pattern::exact("/a"))]);
    let formula = Formula::Any(vec![
        get(caller("orders")),
        get(caller("cart")),
        Formula::All(vec![caller("ops"), path(Pattern::prefix("/"))]),
    ]);
    insta::assert_snapshot!(said(&formula));
}

#[test]
fn an_exception_is_said_as_one() {
    let formula = path(Pattern::prefix("/api/"))
        .without(Formula::Any(vec![path(Pattern::suffix("/admin")), path(Pattern::exact("/api/x"))]));
    insta::assert_snapshot!(said(&formula));
}

#[test]
fn all_but_one_is_said_as_that() {
    let formula = Formula::All(vec![
        Formula::Not(Box::new(caller("orders"))),
        Formula::Any(vec![caller("cart"), Formula::Always]),
    ]);
    insta::assert_snapshot!(said(&formula));
}

#[test]
fn a_list_is_cut_where_it_was_asked_to_be() {
    let formula = Formula::Any(
        (0..5)
            .map(|n| Formula::All(vec![caller(&format!("c{n}")), path(Pattern::exact(format!("/{n}")))]))
            .collect(),
    );
    let mut space = Space::new(Domain::NormalizedPath, &[&formula]).unwrap();
    let node = space.node(&formula).unwrap();
    let products = space.products(node, 3).unwrap();
    assert_eq!((products.list.len(), products.complete), (3, false));
    assert!(space.products(node, 5).unwrap().complete);
}
