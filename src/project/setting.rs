//! Values for keys of the project file that are given beside it.

use super::read::CODE;
use crate::diagnostic::Diagnostic;
use crate::source::{ON_COMMAND_LINE, SourceId, Span, Spanned, Symbol};
use crate::yaml::{self, Mapping, Node, Scalar, Value};

/// A value that takes the place of what the project file says at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The keys that lead there, with dots between them: `mesh.trustDomain`.
    pub key: String,
    /// YAML, as it would stand behind the key.
    pub value: String,
}

impl Setting {
    /// Reads `mesh.trustDomain=example.org`, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Err("a value follows the key, as in `mesh.trustDomain=example.org`".to_owned()),
            Some((key, _)) if key.split('.').any(str::is_empty) => {
                Err("a key is one word or several with dots between them, as in `mesh.trustDomain`"
                    .to_owned())
            }
            Some((key, value)) => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
        }
    }

    /// What messages call it.
    pub fn source_name(&self) -> String {
        format!("{ON_COMMAND_LINE}{}", self.key)
    }

    /// Puts the value into a project file. It is the text `source`; an empty one takes away what the file says.
    pub(super) fn apply(&self, source: SourceId, document: &mut Node) -> Vec<Diagnostic> {
        let (documents, mut diagnostics) = yaml::read(source, &self.value);
        let mut documents = documents.into_iter();
        let value = documents.next().unwrap_or_else(|| null(Span::new(source, 0, 0)));
        if let Some(second) = documents.next() {
            let message = "the value has more than one document";
            diagnostics
                .push(Diagnostic::new(CODE, message, second.span, "a second one").note("remove the `---`"));
        }
        let mut place = document;
        for key in self.key.split('.') {
            match entry(place, Spanned::new(Symbol::new(key), value.span)) {
                Ok(inner) => place = inner,
                Err(no_mapping) => {
                    diagnostics.push(no_mapping.note(format!("`--set {}` leads through it", self.key)));
                    return diagnostics;
                }
            }
        }
        *place = value;
        diagnostics
    }
}

/// The value at a key of a mapping, null where there was none. Null becomes a mapping, and anything else has no keys.
fn entry(node: &mut Node, key: Spanned<Symbol>) -> Result<&mut Node, Diagnostic> {
    if node.is_null() {
        node.value = Value::Mapping(Mapping::default());
    }
    yaml::mapping(node, CODE)?;
    let Value::Mapping(Mapping { entries }) = &mut node.value else {
        unreachable!("anything else was refused");
    };
    let position = entries.iter().position(|(known, _)| known.node == key.node).unwrap_or_else(|| {
        entries.push((key, null(key.span)));
        entries.len() - 1
    });
    Ok(&mut entries[position].1)
}

/// A value that says nothing.
pub(super) fn null(span: Span) -> Node {
    Node { value: Value::Scalar(Scalar { text: Symbol::default(), plain: true }), span }
}
