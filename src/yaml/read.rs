//! Reads a text of YAML or JSON documents into nodes: aliases resolved, merge keys applied, duplicate keys
//! reported, every part with its place in bytes.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};
use rustc_hash::FxHashMap;
use thin_vec::{ThinVec, thin_vec};

use super::node::{Mapping, Node, Scalar, Value};
use super::syntax_error;
use crate::diagnostic::{Diagnostic, add, code, give_up};
use crate::source::{SourceId, Span, Spanned, Symbol};

/// The deepest nesting that is read. Kubernetes' own schemas stay below 30.
pub const MAX_NESTING: usize = 128;

/// How many nodes aliases may stand for in one text, so that a few lines can not unfold into gigabytes.
const ALIAS_BUDGET: usize = 1 << 20;

/// Mappings up to this length find a duplicate key by looking through their entries.
const SHORT_MAPPING: usize = 16;

/// Reads all documents of `text`; those without content are passed over. A document with a syntax error is
/// left out and the rest is read all the same.
pub fn read(source: SourceId, text: &str) -> (Vec<Node>, Vec<Diagnostic>) {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader::new(source);
    while let Some(next) = parser.next() {
        let taken = match next {
            Ok((event, span)) => {
                let span = reader.place(span);
                reader.take(event, span)
            }
            Err(error) => Err(syntax_error::diagnose(source, text, &error)),
        };
        if let Err(diagnostic) = taken {
            add(&mut reader.diagnostics, diagnostic);
            reader.end_document();
            if reader.budget == 0 || !parser.proceed_next_document().is_ok_and(|more| more) {
                break;
            }
        }
        if give_up(&mut reader.diagnostics, source) {
            break;
        }
    }
    (reader.documents, reader.diagnostics)
}

/// What has been read so far: whole documents, and the collections that are still open in the current one.
struct Reader {
    source: SourceId,
    documents: Vec<Node>,
    diagnostics: Vec<Diagnostic>,
    open: Vec<Collection>,
    anchors: HashMap<usize, Anchored>,
    budget: usize,
}

/// A node that aliases may refer to, with its size.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// A sequence or mapping whose end has not been read yet.
struct Collection {
    span: Span,
    style: StructureStyle,
    anchor: usize,
    content: Content,
}

enum Content {
    Sequence(ThinVec<Node>),
    Mapping(OpenMapping),
}

#[derive(Default)]
struct OpenMapping {
    mapping: Mapping,
    /// The key whose value is read next.
    key: Option<Key>,
    /// Where each key stands in `mapping`, once it is long.
    positions: FxHashMap<Symbol, usize>,
    /// The value of `<<`, and where that key is written.
    merge: Option<Box<(Span, Node)>>,
}

/// What stands before a colon.
#[derive(Clone, Copy)]
enum Key {
    /// A name that is not there yet.
    Name(Spanned<Symbol>),
    /// `<<`
    Merge(Span),
    /// Already reported; its value is dropped.
    Refused,
}

impl Reader {
    fn new(source: SourceId) -> Self {
        Self {
            source,
            documents: Vec::new(),
            diagnostics: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            budget: ALIAS_BUDGET,
        }
    }

    fn place(&self, span: granit_parser::Span) -> Span {
        let range = span.byte_range().expect("the parser was given a whole text, so it knows the bytes");
        Span::new(self.source, range.start, range.end)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let absent = span.start == span.end;
                let text = if absent { Symbol::default() } else { Symbol::new(text) };
                let value = Value::Scalar(Scalar { text, plain: is_plain(style, tag.as_deref()) });
                self.complete(Node { value, span }, span, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.begin(span, style, anchor, Content::Sequence(ThinVec::new()))
            }
            Event::MappingStart(style, anchor, _) => {
                self.begin(span, style, anchor, Content::Mapping(OpenMapping::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let node = self.resolve(anchor, span)?;
                self.complete(node, span, 0)
            }
            Event::DocumentEnd => {
                self.end_document();
                Ok(())
            }
            // Stream and document marks; the parser is not made to give comments, anchors or unresolved aliases.
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        span: Span,
        style: StructureStyle,
        anchor: usize,
        content: Content,
    ) -> Result<(), Diagnostic> {
        // The parser counts the two styles apart.
        if self.open.len() == MAX_NESTING {
            return Err(syntax_error::nested_too_deep(span));
        }
        self.open.push(Collection { span, style, anchor, content });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Result<(), Diagnostic> {
        let Some(Collection { mut span, style, anchor, content }) = self.open.pop() else {
            return Ok(());
        };
        if style == StructureStyle::Flow {
            span = span.merge(end);
        }
        let value = match content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping(open) => Value::Mapping(open.apply_merge()?),
        };
        self.complete(Node { value, span }, span, anchor)
    }

    /// Puts a whole node where it belongs: into the innermost open collection, or among the documents. `place`
    /// is where it is used, which for an alias is not where it is written.
    fn complete(&mut self, node: Node, place: Span, anchor: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            let (nodes, depth) = measure(&node);
            self.spend(nodes, node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        let Some(parent) = self.open.last_mut() else {
            if !node.is_null() {
                self.documents.push(node);
            }
            return Ok(());
        };
        parent.span = parent.span.merge(place);
        match &mut parent.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping(open) => match open.key.take() {
                None => open.key = Some(open.read_key(node, &mut self.diagnostics)),
                Some(key) => open.put(key, node),
            },
        }
        Ok(())
    }

    /// A copy of the node that an alias refers to.
    fn resolve(&mut self, anchor: usize, alias: Span) -> Result<Node, Diagnostic> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "an alias refers to the value it is part of";
            return Err(Diagnostic::new(code::YAML_SYNTAX, message, alias, "this would never end"));
        };
        if self.open.len() + anchored.depth > MAX_NESTING {
            return Err(syntax_error::nested_too_deep(alias));
        }
        let nodes = anchored.nodes;
        self.spend(nodes, alias)?;
        Ok(self.anchors[&anchor].node.clone())
    }

    fn spend(&mut self, nodes: usize, place: Span) -> Result<(), Diagnostic> {
        let Some(left) = self.budget.checked_sub(nodes) else {
            self.budget = 0;
            let message = format!("the aliases of this file stand for more than {ALIAS_BUDGET} values");
            return Err(Diagnostic::new(code::YAML_SYNTAX, message, place, "the limit is passed here")
                .note("write the values out, or split the file"));
        };
        self.budget = left;
        Ok(())
    }

    /// Anchors hold for one document, and an unfinished one is dropped.
    fn end_document(&mut self) {
        self.open.clear();
        self.anchors.clear();
    }
}

impl OpenMapping {
    fn read_key(&self, node: Node, diagnostics: &mut Vec<Diagnostic>) -> Key {
        let Value::Scalar(scalar) = node.value else {
            let message = "a key must be a string, not a list or a mapping";
            diagnostics.push(
                Diagnostic::new(code::YAML_SYNTAX, message, node.span, "used as a key")
                    .note("a value that starts with `[` or `{` needs quotes; a template is rendered first, for example with `helm template`"),
            );
            return Key::Refused;
        };
        let is_merge = scalar.plain && scalar.text == "<<";
        let name = Spanned::new(scalar.text, node.span);
        let first = if is_merge {
            self.merge.as_ref().map(|merge| merge.0)
        } else {
            self.position(&name).map(|position| self.mapping.entries[position].0.span)
        };
        if let Some(first) = first {
            add(diagnostics, duplicate_key(&name, first));
            return Key::Refused;
        }
        if is_merge { Key::Merge(name.span) } else { Key::Name(name) }
    }

    /// Fills in what `<<` brings: keys that the mapping does not have itself, earlier sources first.
    fn apply_merge(mut self) -> Result<Mapping, Diagnostic> {
        let Some(merge) = self.merge.take() else {
            return Ok(self.mapping);
        };
        let (key, merged) = *merge;
        let sources = match merged.value {
            Value::Sequence(items) => items,
            Value::Mapping(_) | Value::Scalar(_) => thin_vec![merged],
        };
        for source in sources {
            let Value::Mapping(mapping) = source.value else {
                let message = "`<<` takes a mapping or a list of mappings";
                return Err(Diagnostic::new(code::YAML_SYNTAX, message, source.span, "neither of them")
                    .label(key, "merged here")
                    .note("to use `<<` as an ordinary key, quote it"));
            };
            for (name, value) in mapping.entries {
                if self.position(&name).is_none() {
                    self.put(Key::Name(name), value);
                }
            }
        }
        Ok(self.mapping)
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.mapping.entries.len() > SHORT_MAPPING {
            self.positions.get(name).copied()
        } else {
            self.mapping.entries.iter().position(|(other, _)| other.node == name)
        }
    }

    fn put(&mut self, key: Key, mut value: Node) {
        let name = match key {
            Key::Name(name) => name,
            Key::Merge(span) => {
                self.merge = Some(Box::new((span, value)));
                return;
            }
            Key::Refused => return,
        };
        // An absent value has no characters of its own, so its key stands for it.
        if value.span.start == value.span.end {
            value.span = name.span;
        }
        let entries = &mut self.mapping.entries;
        entries.push((name, value));
        match entries.len().cmp(&(SHORT_MAPPING + 1)) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                let positions = entries.iter().enumerate();
                self.positions = positions.map(|(position, (name, _))| (name.node, position)).collect();
            }
            std::cmp::Ordering::Greater => {
                let position = entries.len() - 1;
                self.positions.insert(entries[position].0.node, position);
            }
        }
    }
}

fn duplicate_key(name: &Spanned<Symbol>, first: Span) -> Diagnostic {
    let message = format!("the key `{}` is given twice", name.node);
    Diagnostic::new(code::DUPLICATE_KEY, message, name.span, "given again here")
        .label(first, "first given here")
        .note("kubectl takes the last one, or refuses the file; keep one of them")
}

/// Whether a reader may take the scalar for something else than a string.
fn is_plain(style: ScalarStyle, tag: Option<&Tag>) -> bool {
    match tag.and_then(Tag::core_suffix) {
        Some("str") => false,
        Some(_) => true,
        None => style == ScalarStyle::Plain,
    }
}

/// How many nodes there are in `node`, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let join = |(nodes, depth): (usize, usize), child: &Node| {
        let (more, below) = measure(child);
        (nodes + more, depth.max(below + 1))
    };
    match &node.value {
        Value::Scalar(_) => (1, 0),
        Value::Sequence(items) => items.iter().fold((1, 1), join),
        Value::Mapping(mapping) => mapping.entries.iter().map(|(_, value)| value).fold((1, 1), join),
    }
}
