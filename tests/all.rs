//! All tests are one program: it links once, and helpers are shared by plain modules.

#![allow(clippy::unwrap_used, reason = "a test that can not go on stops")]

mod corpus;
mod documents;
mod floors;
mod graph_native;
mod hostile;
mod manifests;
mod pages;
mod project;
mod syntax;
mod yaml_reading;
