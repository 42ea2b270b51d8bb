//! All tests are one program: it links once, and helpers are shared by plain modules.

#![allow(clippy::unwrap_used, reason = "a test that can not go on stops")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a test may build a text in the plainest way"
)]

mod access;
mod bundle;
mod check;
mod cli;
mod corpus;
mod crd;
mod diff;
mod documents;
mod emit;
mod examples;
mod existing;
mod floors;
mod graph_native;
mod guarantee;
mod hostile;
mod lints;
mod manifests;
mod pages;
mod project;
mod query;
mod semantics;
mod syntax;
mod verify;
mod yaml_reading;
mod yaml_writing;
