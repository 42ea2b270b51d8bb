//! The language as written: the tree, the parser that makes it and the printer that writes it back.

pub mod ast;
pub(crate) mod foreign_name;
mod keyword;
mod parse;
mod print;
pub mod stdlib;

pub use parse::{parse, question};
pub use print::{print, print_statement_line};
