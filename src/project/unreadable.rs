//! A file that the project names and that can not be read: given the place that names it, the diagnostic.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, code, one_line};
use crate::source::{LoadError, Spanned};

/// What stands against reading `named`, or a file below it, as a message at the place that names it.
pub fn unreadable(root: &Path, named: &Spanned<PathBuf>, error: &LoadError) -> Diagnostic {
    let path = error.path.strip_prefix(root).unwrap_or(&error.path);
    let name = one_line(&path.display().to_string());
    let message = format!("can not read `{name}`: {}", error.reason);
    let label = if error.path == named.node { "named here" } else { "found below what is named here" };
    let diagnostic = Diagnostic::new(code::UNREADABLE_FILE, message, named.span, label);
    if error.is_missing() {
        diagnostic
            .note("correct the path, which starts from the folder of the file that names it, or remove it")
    } else {
        diagnostic
    }
}
