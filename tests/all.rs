//! All tests are one program: it links once, and helpers are shared by plain modules.

#![allow(clippy::unwrap_used, reason = "a test that can not go on stops")]

mod cli;
mod corpus;
mod documents;
mod floors;
mod hostile;
mod manifests;
mod pages;
mod syntax;
mod yaml_reading;
