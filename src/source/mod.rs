//! Where every text lives: the ids and spans that point into it, the map that owns it, and the loader that
//! brings it in from disk or from memory.

mod loader;
mod map;
mod span;
mod symbol;

pub use loader::{DiskLoader, LoadError, Loader, MAX_FILE_BYTES, MAX_WRITTEN_BYTES, MemoryLoader};
pub use map::{ON_COMMAND_LINE, Source, SourceMap};
pub use span::{SourceId, Span, Spanned};
pub use symbol::Symbol;
