//! Names that a new project is made of: its own, and those of services as a policy writes them.

use std::path::Path;

use meshward::graph::Key;

use crate::cli::Failure;

/// Words that begin a statement or stand for callers: a service of that name is written qualified.
const RESERVED: [&str; 19] = [
    "account",
    "allow",
    "anyone",
    "audit",
    "deny",
    "dry-run",
    "enforce",
    "except",
    "external",
    "group",
    "jwt",
    "mesh",
    "methods",
    "mtls",
    "namespace",
    "network",
    "never",
    "only",
    "open",
];
/// The rest of them.
const RESERVED_TOO: [&str; 5] = ["reaches", "template", "test", "traffic", "use"];

/// The longest value of a label.
const MAX_LABEL: usize = 63;

/// A project name that was asked for: it becomes the value of a label.
pub(super) fn label_value(name: &str) -> Result<String, Failure> {
    if sanitized(name) == name && !name.is_empty() {
        return Ok(name.to_owned());
    }
    let advice = "it becomes the value of a label: at most 63 letters, digits, `-`, `_` and `.`, with a letter \
                  or digit at both ends";
    Err(Failure::usage(format!("`{name}` can not be the name of a project"), advice))
}

/// A project name from the name of its folder.
pub(super) fn from_folder(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| sanitized(&name.to_string_lossy().replace(' ', "-")));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "mesh".to_owned())
}

fn sanitized(name: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    let kept: String = name.chars().filter(allowed).take(MAX_LABEL).collect();
    kept.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

/// A service or workload as a policy writes it inside of `namespace`.
pub(super) fn written(key: &Key, namespace: &str) -> String {
    let name = word(&key.name);
    let reserved = RESERVED.iter().chain(&RESERVED_TOO).any(|reserved| *reserved == key.name);
    if key.namespace == namespace && !reserved { name } else { format!("{}/{name}", word(&key.namespace)) }
}

/// A name bare where the language takes it so, else as a string.
fn word(name: &str) -> String {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let bare = name.bytes().all(inside) && !name.starts_with('-') && !name.ends_with('-') && !name.is_empty();
    if bare { name.to_owned() } else { format!("\"{name}\"") }
}
