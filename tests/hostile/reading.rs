//! A file of the service graph that can not be read leaves a hole in the world. Nothing is concluded from the hole.

use std::path::Path;

use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;
use meshward::{Options, check};

/// The codes for a sound policy over this `services.yaml`.
fn codes(services: &str) -> Vec<&'static str> {
    let files = [
        ("/shop/meshward.yaml", "name: shop\ngraph: {services: services.yaml}\n"),
        ("/shop/policies/main.ward", "allow shop/orders -> shop/payments GET /\n"),
        ("/shop/services.yaml", services),
    ];
    let today = Date { year: 2026, month: 6, day: 1 };
    let checked = check(&MemoryLoader::new(files), Path::new("/shop"), &Options::on(today)).unwrap();
    checked.diagnostics.iter().map(|diagnostic| diagnostic.code.id()).collect()
}

#[test]
fn a_syntax_error_is_told_alone() {
    assert_eq!(codes("services: [\n"), ["E0601"]);
    assert_eq!(codes("services:\n\tshop/orders: {}\n"), ["E0601"]);
}

#[test]
fn a_key_that_is_given_twice_is_told_alone() {
    let twice = "services:\n  shop/orders: {}\n  shop/payments: {}\n  shop/payments: {}\n";
    assert_eq!(codes(twice), ["E0602"]);
}

#[test]
fn a_word_that_is_no_string_is_told_alone() {
    assert_eq!(codes("services:\n  shop/orders: {serviceAccount: yes}\n"), ["E0607"]);
}
