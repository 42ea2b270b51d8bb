//! All YAML and JSON goes through here: reading into nodes that know their place, and writing so that every
//! YAML 1.1 reader gets back what was meant.

mod node;
mod plain;
mod read;
mod syntax_error;
mod typed;
mod write;

pub use node::{Mapping, Node, Scalar, Value};
pub use plain::Plain;
pub use read::{MAX_NESTING, read};
pub use typed::{
    boolean, integer, key, mapping, name, or_report, port, refuse_unknown_keys, sequence, string, wrong_type,
};
pub use write::{LiteralText, append, write};
