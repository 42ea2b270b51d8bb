//! Reads a document with a parser that knows nothing of our writer, and types its plain scalars by YAML 1.1.

use granit_parser::{Event, Parser, ScalarStyle};

use super::resolver::{Resolved, resolve};

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Mapping(Vec<(Resolved, Tree)>),
    Scalar(Resolved),
    Sequence(Vec<Tree>),
}

impl Tree {
    /// The value of a key that is a string.
    #[track_caller]
    pub(super) fn get(&self, key: &str) -> &Self {
        let Self::Mapping(entries) = self else { panic!("no mapping with {key:?}: {self:?}") };
        let is_key = |found: &Resolved| *found == Resolved::String(key.to_owned());
        let found = entries.iter().find(|(found, _)| is_key(found));
        &found.unwrap_or_else(|| panic!("no key {key:?} in {self:?}")).1
    }

    #[track_caller]
    pub(super) fn at(&self, position: usize) -> &Self {
        let Self::Sequence(items) = self else { panic!("no sequence: {self:?}") };
        &items[position]
    }
}

/// The only document of a text.
pub(super) fn read(yaml: &str) -> Result<Tree, String> {
    // YAML 1.1 ends lines there and YAML 1.2 does not, so they must be written as escapes.
    if yaml.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return Err("a line break of YAML 1.1".to_owned());
    }
    let mut events = Vec::new();
    let mut parser = Parser::new_from_str(yaml);
    while let Some(event) = parser.next_event() {
        events.push(event.map_err(|error| error.to_string())?.0);
    }
    let mut nodes = events.into_iter().filter(|event| {
        !matches!(
            event,
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd
        )
    });
    let tree = node(&mut nodes)?.ok_or("an empty document")?;
    if nodes.next().is_some() { Err("more than one document".to_owned()) } else { Ok(tree) }
}

/// The next node; `None` at the end of the collection around it.
fn node<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Result<Option<Tree>, String> {
    match events.next() {
        Some(Event::Scalar(_, _, _, Some(tag))) => Err(format!("a tag {tag:?}, which we never write")),
        Some(Event::Scalar(text, style, _, None)) => {
            let text = text.into_owned();
            let resolved = if style == ScalarStyle::Plain { resolve(&text) } else { Resolved::String(text) };
            Ok(Some(Tree::Scalar(resolved)))
        }
        Some(Event::SequenceStart(..)) => {
            let mut items = Vec::new();
            while let Some(item) = node(events)? {
                items.push(as_value(item));
            }
            Ok(Some(Tree::Sequence(items)))
        }
        Some(Event::MappingStart(..)) => {
            let mut entries = Vec::new();
            while let Some(key) = node(events)? {
                let Tree::Scalar(key) = key else { return Err("a key that is no scalar".to_owned()) };
                let value = node(events)?.ok_or("a key without a value")?;
                entries.push((key, as_value(value)));
            }
            Ok(Some(Tree::Mapping(entries)))
        }
        Some(Event::SequenceEnd | Event::MappingEnd) => Ok(None),
        other => Err(format!("unexpected {other:?}")),
    }
}

/// Only a key merges; as a value `<<` is a string.
fn as_value(tree: Tree) -> Tree {
    match tree {
        Tree::Scalar(Resolved::Merge) => Tree::Scalar(Resolved::String("<<".to_owned())),
        tree => tree,
    }
}
