//! The language as written: the tree, the parser that makes it and the printer that writes it back.

pub mod ast;
