//! Bad input gets a clear error with its place, never a panic and never a guess.

#[cfg(unix)]
mod files;
mod meaning;
mod reading;
