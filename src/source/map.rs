//! The owner of every input text, policies and manifests alike.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use codespan_reporting::files::{self, Error, Files};

use super::{SourceId, Span, Symbol};

/// One text and the name that messages show for it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as messages show it, relative to the project where it lies below it, with `/` between parts.
    pub name: Symbol,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
}

/// What the name of a text begins with that stands on the command line.
pub const ON_COMMAND_LINE: &str = "--set ";

/// Every text of one run. Ids are handed out in the order of [`SourceMap::add`], so that they sort as the
/// files do.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    entries: Vec<Entry>,
    /// The id of the first entry.
    first: u32,
    /// What was read beside it: ids that come after all of its own.
    beside: Option<Box<SourceMap>>,
}

#[derive(Clone, Debug)]
struct Entry {
    source: Source,
    /// Where its lines start, found when the first message points into it.
    line_starts: OnceLock<Vec<usize>>,
}

/// The first id of a map that is filled beside another: half of all ids.
const BESIDE: u32 = 1 << 31;

impl SourceMap {
    /// An empty map whose ids come after those of the map that it will be [joined](SourceMap::join) to, so that
    /// both can be filled at the same time.
    pub fn to_be_joined() -> Self {
        Self { first: BESIDE, ..Self::default() }
    }

    /// Takes in all of a map that was made [for it](SourceMap::to_be_joined), once and after all of its own.
    pub fn join(&mut self, other: Self) {
        debug_assert!(other.first == BESIDE && self.beside.is_none(), "a map has room for one beside it");
        self.beside = Some(Box::new(other));
    }

    /// Takes a text in and gives its id.
    pub fn add(&mut self, name: impl Into<Symbol>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.first + self.entries.len() as u32);
        let source = Source { name: name.into(), text: text.into() };
        self.entries.push(Entry { source, line_starts: OnceLock::new() });
        id
    }

    /// The source of `id`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.entry(id).source
    }

    fn entry(&self, id: SourceId) -> &Entry {
        match &self.beside {
            Some(beside) if id.0 >= beside.first => beside.entry(id),
            Some(_) | None => &self.entries[(id.0 - self.first) as usize],
        }
    }

    /// All sources with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        let maps = std::iter::once(self).chain(self.beside.as_deref());
        maps.flat_map(|map| (map.first..).zip(&map.entries).map(|(id, entry)| (SourceId(id), &entry.source)))
    }

    /// The same texts by other names. Ids stay the same, so spans do.
    #[must_use]
    pub fn renamed(&self, name: &impl Fn(&Source) -> Symbol) -> Self {
        let renamed = |entry: &Entry| Entry {
            source: Source { name: name(&entry.source), text: entry.source.text.clone() },
            line_starts: entry.line_starts.clone(),
        };
        Self {
            entries: self.entries.iter().map(renamed).collect(),
            first: self.first,
            beside: self.beside.as_ref().map(|beside| Box::new(beside.renamed(name))),
        }
    }

    /// The text that `span` covers.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.source).text[span.range()]
    }

    /// Line and column of the first byte of `span`, both counted from 1; columns count characters.
    pub fn position(&self, span: Span) -> (usize, usize) {
        let start = span.start as usize;
        let line = self.line_of(span.source, start);
        let line_start = self.line_starts(span.source)[line];
        (line + 1, self.get(span.source).text[line_start..start].chars().count() + 1)
    }

    /// The line of the first byte of `span`, from 1.
    pub fn line(&self, span: Span) -> usize {
        self.line_of(span.source, span.start as usize) + 1
    }

    /// `file:line` of the first byte of `span`, as a human reads it.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.get(span.source).name, self.line(span))
    }

    /// The index of the line that a byte is in.
    fn line_of(&self, id: SourceId, byte: usize) -> usize {
        self.line_starts(id).partition_point(|start| *start <= byte) - 1
    }

    /// Never empty: the first line starts at the first byte.
    fn line_starts(&self, id: SourceId) -> &[usize] {
        let entry = self.entry(id);
        entry.line_starts.get_or_init(|| files::line_starts(&entry.source.text).collect())
    }
}

impl<'a> Files<'a> for SourceMap {
    type FileId = SourceId;
    type Name = Symbol;
    type Source = &'a str;

    fn name(&'a self, id: SourceId) -> Result<Symbol, Error> {
        Ok(self.get(id).name)
    }

    fn source(&'a self, id: SourceId) -> Result<&'a str, Error> {
        Ok(&self.get(id).text)
    }

    fn line_index(&'a self, id: SourceId, byte_index: usize) -> Result<usize, Error> {
        Ok(self.line_of(id, byte_index))
    }

    fn line_range(&'a self, id: SourceId, line_index: usize) -> Result<Range<usize>, Error> {
        let starts = self.line_starts(id);
        let given = line_index;
        let start = *starts.get(line_index).ok_or(Error::LineTooLarge { given, max: starts.len() - 1 })?;
        let end = starts.get(line_index + 1).copied().unwrap_or(self.get(id).text.len());
        Ok(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::SourceMap;
    use crate::source::Span;

    #[test]
    fn what_was_read_beside_a_map_comes_after_all_of_its_own() {
        let mut beside = SourceMap::to_be_joined();
        let manifest = beside.add("shop.yaml", "kind: Service\n");
        let mut sources = SourceMap::default();
        let policy = sources.add("shop.ward", "allow a -> b\n");
        sources.join(beside);
        let late = sources.add("late.ward", "\nallow c -> d\n");

        assert!(policy < late && late < manifest);
        assert_eq!(sources.text(Span::new(manifest, 6, 13)), "Service");
        assert_eq!(sources.position(Span::new(late, 1, 6)), (2, 1));

        let renamed = sources.renamed(&|source| format!("../{}", source.name).into());
        let names: Vec<_> = renamed.iter().map(|(id, source)| (id, &*source.name)).collect();
        assert_eq!(names, [(policy, "../shop.ward"), (late, "../late.ward"), (manifest, "../shop.yaml")]);
    }
}
