//! Results for programs.

use serde::Serialize;

/// The version of the form of answers; `docs/json.md` describes it.
const VERSION: u32 = 1;

/// An answer of the library as a document that says its version.
pub(crate) fn answer(answer: &impl Serialize) -> String {
    document(&Answer { version: VERSION, answer })
}

#[derive(Serialize)]
struct Answer<'a, T> {
    version: u32,
    #[serde(flatten)]
    answer: &'a T,
}

/// One JSON document over several lines, its fields in the order of the type.
pub(crate) fn document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("a result is made of strings, numbers and lists, which JSON can hold") + "\n"
}
