//! The modules that come with the compiler and that `use std/…` names.

/// The text of a module: `find("std/http")`.
pub fn find(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Every module by its path, sorted.
pub const MODULES: [(&str, &str); 1] = [("std/http", include_str!("../../stdlib/http.ward"))];
