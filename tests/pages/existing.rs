//! Pages about existing YAML: their examples stand for themselves, without the shop around them.

use meshward::diagnostic::{Code, Diagnostic};
use meshward::source::SourceMap;

use super::page::File;
use crate::existing;

/// Whether the page of a code shows manifests that are read as they are, not a project.
pub(super) fn is_about(code: Code) -> bool {
    code.id()[1..].starts_with("09")
}

/// Reads the manifests of an example, and looks for what their objects select.
pub(super) fn run(files: &[File]) -> (SourceMap, Vec<Diagnostic>) {
    let read = existing::read_files(files.iter().map(|file| (file.path.as_str(), file.text.as_str())));
    (read.sources, read.diagnostics)
}
