//! A bundle as files: which there are and in which order, how they get onto the disk all or nothing, and what
//! is different from the last time.

mod compare;
mod error;
mod exchange;
mod folder;
mod layout;
mod lock;
mod removed;
mod scratch;
mod write;

pub use compare::{Stale, compare};
pub use error::WriteError;
pub use layout::{File, files, stream};
pub use removed::removed;
pub use write::{Written, write};
