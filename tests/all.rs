//! All tests are one program: it links once, and helpers are shared by plain modules.

mod documents;
mod floors;
mod syntax;
mod yaml_reading;
#![allow(clippy::unwrap_used, reason = "a test that can not go on stops")]

mod hostile;
