//! The owner of every input text, policies and manifests alike.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use codespan_reporting::files::{self, Error, Files};

use super::{SourceId, Span};

/// One text and the name that messages show for it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as messages show it, relative to the project where it lies below it, with `/` between parts.
    pub name: Arc<str>,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
}

/// Every text of one run. Ids are handed out in the order of [`SourceMap::add`], so that they sort as the
/// files do.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
    /// Where the lines of each source start, found when the first message points into it.
    line_starts: Vec<OnceLock<Vec<usize>>>,
}

impl SourceMap {
    /// Takes a text in and gives its id.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { name: name.into(), text: text.into() });
        self.line_starts.push(OnceLock::new());
        id
    }

    /// The source of `id`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// All sources with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(index, source)| (SourceId(index as u32), source))
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

    /// `file:line` of the first byte of `span`, as a human reads it.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.get(span.source).name, self.position(span).0)
    }

    /// The index of the line that a byte is in.
    fn line_of(&self, id: SourceId, byte: usize) -> usize {
        self.line_starts(id).partition_point(|start| *start <= byte) - 1
    }

    /// Never empty: the first line starts at the first byte.
    fn line_starts(&self, id: SourceId) -> &[usize] {
        self.line_starts[id.0 as usize].get_or_init(|| files::line_starts(&self.get(id).text).collect())
    }
}

impl<'a> Files<'a> for SourceMap {
    type FileId = SourceId;
    type Name = Arc<str>;
    type Source = &'a str;

    fn name(&'a self, id: SourceId) -> Result<Arc<str>, Error> {
        Ok(self.get(id).name.clone())
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
