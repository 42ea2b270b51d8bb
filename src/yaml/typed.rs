//! Takes a node for a string, a number, a list and so on, or says what was expected at its exact place. `code`
//! is the diagnostic of the kind of file that is being read.

use super::node::{Mapping, Node, Value};
use super::plain::Plain;
use crate::diagnostic::{Code, Diagnostic, add, code, did_you_mean};
use crate::source::{Span, Spanned, Symbol};

/// A string; one without quotes must be a string to kubectl as well.
pub fn string(node: &Node, code: Code) -> Result<Symbol, Diagnostic> {
    let Value::Scalar(scalar) = &node.value else {
        return Err(wrong_type(node, "a string", code));
    };
    if !scalar.plain {
        return Ok(scalar.text);
    }
    match Plain::of(&scalar.text) {
        Plain::String => Ok(scalar.text),
        Plain::Null if scalar.text.is_empty() => Err(wrong_type(node, "a string", code)),
        other @ (Plain::Boolean(_) | Plain::Float(_) | Plain::Integer(_) | Plain::Null) => {
            Err(unquoted(&Spanned::new(scalar.text, node.span), other))
        }
    }
}

/// A text that passes a check of names; the check says what is wrong with one that does not.
pub fn name(
    text: Symbol,
    span: Span,
    code: Code,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<Symbol, Diagnostic> {
    match check(&text) {
        Ok(()) => Ok(text),
        Err(reason) => {
            Err(Diagnostic::new(code, format!("`{text}` can not be used as a name"), span, reason))
        }
    }
}

/// A key that is a name, such as a label's: kubectl must not turn it into another one.
pub fn key(key: &Spanned<Symbol>) -> Result<Symbol, Diagnostic> {
    // Quotes are part of the span and not of the text.
    let plain = key.span.range().len() == key.node.len();
    match Plain::of(&key.node) {
        other @ (Plain::Boolean(_) | Plain::Float(_) | Plain::Null) if plain => Err(unquoted(key, other)),
        Plain::Integer(value) if plain && value.to_string() != key.node => {
            Err(unquoted(key, Plain::Integer(value)))
        }
        Plain::Boolean(_) | Plain::Float(_) | Plain::Integer(_) | Plain::Null | Plain::String => Ok(key.node),
    }
}

/// A whole number without quotes.
pub fn integer(node: &Node, code: Code) -> Result<i64, Diagnostic> {
    match plain(node) {
        Some(Plain::Integer(value)) => Ok(value),
        Some(Plain::Boolean(_) | Plain::Float(_) | Plain::Null | Plain::String) | None => {
            Err(wrong_type(node, "a whole number", code))
        }
    }
}

/// A port number, 1 to 65535.
pub fn port(node: &Node, code: Code) -> Result<u16, Diagnostic> {
    let value = match plain(node) {
        Some(Plain::Integer(value)) => value,
        Some(Plain::Boolean(_) | Plain::Float(_) | Plain::Null | Plain::String) | None => {
            return Err(wrong_type(node, "a port number", code));
        }
    };
    match u16::try_from(value) {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) => {
            let message = format!("{value} is not a port number");
            Err(Diagnostic::new(code, message, node.span, "ports go from 1 to 65535"))
        }
    }
}

/// `true` or `false`, in any of the spellings that kubectl knows.
pub fn boolean(node: &Node, code: Code) -> Result<bool, Diagnostic> {
    match plain(node) {
        Some(Plain::Boolean(value)) => Ok(value),
        Some(Plain::Float(_) | Plain::Integer(_) | Plain::Null | Plain::String) | None => {
            Err(wrong_type(node, "`true` or `false`", code))
        }
    }
}

/// `key: value` pairs.
pub fn mapping(node: &Node, code: Code) -> Result<&Mapping, Diagnostic> {
    node.as_mapping().ok_or_else(|| wrong_type(node, "a mapping (`key: value`)", code))
}

/// A list.
pub fn sequence(node: &Node, code: Code) -> Result<&[Node], Diagnostic> {
    node.as_sequence().ok_or_else(|| wrong_type(node, "a list (`- value` or `[value]`)", code))
}

/// Reports each key that is not one of `known`.
pub fn refuse_unknown_keys(mapping: &Mapping, known: &[&str], code: Code, diagnostics: &mut Vec<Diagnostic>) {
    for (key, _) in mapping.entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let message = format!("unknown key `{}`", key.node);
        let advice = did_you_mean(key, known.iter().copied())
            .unwrap_or_else(|| format!("the keys here are `{}`", known.join("`, `")));
        add(diagnostics, Diagnostic::new(code, message, key.span, "not known here").note(advice));
    }
}

/// What was read, or nothing and one more diagnostic.
pub fn or_report<T>(read: Result<T, Diagnostic>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    read.map_err(|diagnostic| add(diagnostics, diagnostic)).ok()
}

/// The diagnostic of a node that is not what it should be: `expected` is a noun with its article.
pub fn wrong_type(node: &Node, expected: &str, code: Code) -> Diagnostic {
    let (found, advice) = match &node.value {
        Value::Mapping(_) => ("a mapping".to_owned(), None),
        Value::Sequence(_) => ("a list".to_owned(), None),
        Value::Scalar(scalar) if !scalar.plain => {
            let other_type = !matches!(Plain::of(&scalar.text), Plain::String | Plain::Null);
            (format!("the string `{}`", scalar.text), other_type.then_some("write it without quotes"))
        }
        Value::Scalar(scalar) if scalar.text.is_empty() => ("nothing".to_owned(), None),
        Value::Scalar(scalar) => (format!("`{}`", scalar.text), None),
    };
    let message = format!("expected {expected}, found {found}");
    let diagnostic = Diagnostic::new(code, message, node.span, format!("expected {expected}"));
    match advice {
        Some(advice) => diagnostic.note(advice),
        None => diagnostic,
    }
}

fn plain(node: &Node) -> Option<Plain> {
    node.as_scalar().filter(|scalar| scalar.plain).map(|scalar| Plain::of(&scalar.text))
}

fn unquoted(written: &Spanned<Symbol>, taken_for: Plain) -> Diagnostic {
    let text = &written.node;
    let message = format!("`{text}` without quotes is not a string");
    let label = format!("kubectl reads this as {}", taken_for.describe());
    Diagnostic::new(code::YAML_BOOLEAN, message, written.span, label)
        .note(format!("quote it: `\"{text}\"`"))
        .fix(format!("write `\"{text}\"`"), written.span, format!("\"{text}\""))
}
