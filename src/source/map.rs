//! The owner of every input text, policies and manifests alike.

use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::files::{Error, Files, SimpleFile};

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
}

impl SourceMap {
    /// Takes a text in and gives its id.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { name: name.into(), text: text.into() });
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
        let before = &self.get(span.source).text[..span.start as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// `file:line` of the first byte of `span`, as a human reads it.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.get(span.source).name, self.position(span).0)
    }
}

/// Line starts are computed for the file that a diagnostic points into and for no other.
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
        let text = &self.get(id).text;
        let before = text.as_bytes().get(..byte_index).unwrap_or(text.as_bytes());
        Ok(before.split(|byte| *byte == b'\n').count() - 1)
    }

    fn line_range(&'a self, id: SourceId, line_index: usize) -> Result<Range<usize>, Error> {
        SimpleFile::new("", &*self.get(id).text).line_range((), line_index)
    }
}
