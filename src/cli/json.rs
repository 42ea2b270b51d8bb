//! Results for programs.

use serde::Serialize;

/// One JSON document over several lines, its fields in the order of the type.
pub(crate) fn document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("a result is made of strings, numbers and lists, which JSON can hold") + "\n"
}
