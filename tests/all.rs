//! All tests are one program: it links once, and helpers are shared by plain modules.

#![allow(clippy::unwrap_used, reason = "a test that can not go on stops")]

mod bundle;
mod cli;
mod corpus;
mod crd;
mod documents;
mod emit;
mod floors;
mod graph_native;
mod hostile;
mod lints;
mod manifests;
mod pages;
mod project;
mod syntax;
mod yaml_reading;
mod yaml_writing;
