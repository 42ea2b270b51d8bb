//! Reading YAML and JSON: what is read, where it stands, and what is said about what can not be read.

mod errors;
mod hostile;
mod places;
mod plain;
mod typed;
mod values;

use meshward::diagnostic::{Diagnostic, render_human};
use meshward::source::SourceMap;
use meshward::yaml::{self, Node, Value};

/// Reads a text and gives the documents and the diagnostics.
fn read(text: &str) -> (Vec<Node>, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let source = sources.add("input.yaml", text);
    yaml::read(source, text)
}

/// Reads a text in which nothing is wrong, and writes its documents in one line each.
#[track_caller]
fn shape(text: &str) -> String {
    let (documents, diagnostics) = read(text);
    assert_eq!(diagnostics, [], "nothing is wrong with this text");
    documents.iter().map(write).collect::<Vec<_>>().join("\n")
}

/// A node on one line: strings with quotes, what may be another type without.
fn write(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) if scalar.plain => scalar.text.to_string(),
        Value::Scalar(scalar) => format!("{:?}", scalar.text),
        Value::Sequence(items) => format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(", ")),
        Value::Mapping(mapping) => {
            let pairs = mapping.entries.iter().map(|(key, value)| format!("{}: {}", key.node, write(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The diagnostics of a text as a person reads them.
fn messages(text: &str) -> String {
    let mut sources = SourceMap::default();
    let source = sources.add("input.yaml", text);
    render_human(&sources, &yaml::read(source, text).1, false)
}
