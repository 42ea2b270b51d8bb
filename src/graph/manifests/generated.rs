//! Objects with `generateName`: each of them gets a name of its own from the cluster, which is not known here. They are
//! called by the prefix, and those that share one by a number behind it.

use super::Document;

/// Whether the cluster names the object of a document.
pub fn is_generated(document: &Document<'_>) -> bool {
    let metadata = document.node.get("metadata");
    metadata.is_some_and(|metadata| metadata.get("name").is_none() && metadata.get("generateName").is_some())
}

/// `load`, or `load-2` where that is taken, and so on.
pub fn own_name(prefix: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{prefix}-{number}"));
    let mut names = std::iter::once(prefix.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).expect("there are more numbers than names that are taken")
}
