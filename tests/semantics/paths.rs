//! Path templates, and what a path is compared with.

use super::{path, rule};

#[test]
fn templates_match_by_segments() {
    rule("`/allow/admin/{**}`", "to: [{operation: {paths: ['/allow/admin/{**}']}}]")
        .matches(&path("/allow/admin/"))
        .matches(&path("/allow/admin/temp"))
        .matches(&path("/allow/admin/a/b"))
        .misses(&path("/allow/admin"));
    rule("`/foo/{*}/bar/{**}`: `{*}` needs >=1 char", "to: [{operation: {paths: ['/foo/{*}/bar/{**}']}}]")
        .matches(&path("/foo/buzz/bar/bat"))
        .misses(&path("/foo/bar/bat.txt"))
        .misses(&path("/foo//bar/bat.txt"));
    rule("`/store/{**}/cart`", "to: [{operation: {paths: ['/store/{**}/cart']}}]")
        .matches(&path("/store//cart"))
        .matches(&path("/store/a/cart"))
        .matches(&path("/store/a/b/cart"))
        .misses(&path("/store/cart"));
    rule("`/p/{*}/{**}` needs `/p/x/`", "to: [{operation: {paths: ['/p/{*}/{**}']}}]")
        .matches(&path("/p/x/"))
        .misses(&path("/p/x"));
    rule("`%2F` counts as part of a segment", "to: [{operation: {paths: ['/a/{*}']}}]")
        .matches(&path("/a/b%2Fc"))
        .misses(&path("/a/b/c"));
}

#[test]
fn templates_do_not_match_every_character() {
    let fact = "`[` and `]` match neither `{*}` nor `{**}` (asked of Envoy 1.40)";
    rule(fact, "to: [{operation: {paths: ['/b/{**}']}}]")
        .matches(&path("/b/x=*"))
        .misses(&path("/b/]"))
        .misses(&path("/b/x/["));
    rule(fact, "to: [{operation: {paths: ['/b/{*}/c']}}]").matches(&path("/b/x/c")).misses(&path("/b/x]/c"));
}

#[test]
fn plain_patterns_are_compared_after_encoding() {
    rule("`/a b` never matches", "to: [{operation: {paths: ['/a b']}}]").misses(&path("/a%20b"));
    rule("`/a%20b` does", "to: [{operation: {paths: ['/a%20b']}}]").matches(&path("/a%20b"));
}

#[test]
fn a_query_in_a_pattern_matches_nothing_that_is_normalized() {
    rule("exact path never contains query", "to: [{operation: {paths: ['/a?b=1']}}]").misses(&path("/a"));
}
