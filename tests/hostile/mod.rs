//! Bad input gets a clear error with its place, never a panic and never a guess.

mod depth;
#[cfg(unix)]
mod files;
#[cfg(target_os = "linux")]
mod large;
mod long_lines;
mod manifests;
mod meaning;
mod policies;
mod projects;
mod reading;
mod report;
mod unreadable;
