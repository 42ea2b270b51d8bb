//! All YAML and JSON goes through here: reading into nodes that know their place, and writing so that every
//! YAML 1.1 reader gets back what was meant.

mod node;
mod write;

pub use node::{Mapping, Node, Scalar, Value};
pub use write::{LiteralText, write};
