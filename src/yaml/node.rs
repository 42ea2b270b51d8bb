//! A YAML value that knows where each part of it was written.

use thin_vec::ThinVec;

use crate::source::{Span, Spanned, Symbol};

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place; for a block collection from its first character to the end of its last value.
    pub span: Span,
}

/// What a document is made of. Aliases are resolved and merge keys applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string, a number, a boolean or null: kept as text until somebody asks for one of them.
    Scalar(Scalar),
    /// `[…]` or `- …`
    Sequence(ThinVec<Node>),
    /// `{…}` or `k: v`
    Mapping(Mapping),
}

/// A scalar as written, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text; empty for an absent value.
    pub text: Symbol,
    /// Whether it was written without quotes, so that a reader may take it for another type.
    pub plain: bool,
}

/// A mapping in the order of the text. Keys are strings; the reader reports duplicates and keeps the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Keys and values.
    pub entries: ThinVec<(Spanned<Symbol>, Node)>,
}

impl Mapping {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name.node == key).map(|(_, value)| value)
    }
}

impl Node {
    /// `{}`, for what is left out; `span` is the place that implies it.
    pub fn empty_mapping(span: Span) -> Self {
        Self { value: Value::Mapping(Mapping::default()), span }
    }

    /// The mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// The text of a scalar of any type.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// Whether it is null: nothing, `~` or `null` without quotes.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| {
            scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
        })
    }

    /// The value of a key, if it is a mapping that has it and the value is not null.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key).filter(|value| !value.is_null())
    }

    /// The items of the sequence at a key; none where there is no sequence.
    pub fn items(&self, key: &str) -> &[Node] {
        self.get(key).and_then(Node::as_sequence).unwrap_or_default()
    }

    /// The text of the scalar at a key, whatever its type; `None` where there is no scalar.
    pub fn text(&self, key: &str) -> Option<Symbol> {
        Some(self.get(key)?.as_scalar()?.text)
    }
}
