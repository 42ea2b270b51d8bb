//! Sources as one message shows them: of a line that is too long to be read, what lies around the labels, and of
//! a text that is too long, its two ends.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::files::{Error, Files};

use super::Diagnostic;
use crate::source::{SourceId, SourceMap, Span};

/// The longest line that is shown whole, in bytes.
const MAX_LINE: usize = 400;

/// How much is shown on either side of each end of a label, in bytes.
const AROUND: usize = 60;

/// So many lines before and behind a label may be shown with it; the others are not looked at.
const CONTEXT: usize = 4;

/// The longest message that is shown whole, in characters.
const MAX_TEXT: usize = 600;

const CUT: &str = "…";

/// A message with its middle left out where it quotes more than anyone reads.
pub(super) fn text(text: &str) -> String {
    let text = visible(text);
    let length = text.chars().count();
    if length <= MAX_TEXT {
        return text;
    }
    let start: String = text.chars().take(MAX_TEXT / 2).collect();
    let end: String = text.chars().skip(length - MAX_TEXT / 4).collect();
    format!("{start}{CUT}{end}")
}

/// A text on one line, its control characters as escapes: the name of a file that it quotes may have some, and a
/// terminal would obey them.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// Control characters as escapes, without those that lay a text out.
pub(super) fn visible(text: &str) -> String {
    let escaped = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(escaped) {
        return text.to_owned();
    }
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if escaped(c) { visible.extend(c.escape_default()) } else { visible.push(c) }
    }
    visible
}

/// The sources of a diagnostic, lines cut.
pub(super) struct Excerpt<'a> {
    sources: &'a SourceMap,
    /// The sources with a line that is cut: a diagnostic points into few of them.
    cuts: Vec<CutSource>,
}

struct CutSource {
    id: SourceId,
    text: String,
    /// The parts of the source that are kept, in order, and where each starts in `text`.
    kept: Vec<(Range<usize>, usize)>,
}

impl<'a> Excerpt<'a> {
    pub(super) fn new(sources: &'a SourceMap, diagnostic: &Diagnostic) -> Self {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let spans: Vec<Span> = labels.map(|label| label.span).collect();
        let mut cuts: Vec<CutSource> = Vec::new();
        for span in &spans {
            if cuts.iter().all(|cut| cut.id != span.source) {
                cuts.extend(CutSource::new(sources, span.source, &spans));
            }
        }
        Self { sources, cuts }
    }

    /// The bytes of the excerpt that a span covers.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        match self.cut(span.source) {
            Some(cut) => cut.place(span.start as usize)..cut.place(span.end as usize),
            None => span.range(),
        }
    }

    fn cut(&self, id: SourceId) -> Option<&CutSource> {
        self.cuts.iter().find(|cut| cut.id == id)
    }
}

impl CutSource {
    /// `None` where every line that a label touches can be shown whole.
    fn new(sources: &SourceMap, id: SourceId, spans: &[Span]) -> Option<Self> {
        let ends = || {
            let own = spans.iter().filter(move |span| span.source == id);
            own.flat_map(|span| [span.start as usize, span.end as usize])
        };
        let line_of = |byte| sources.line_range(id, sources.line_index(id, byte).ok()?).ok();
        if !ends().filter_map(line_of).any(|line| line.len() > MAX_LINE) {
            return None;
        }
        let whole = &*sources.get(id).text;
        let mut cut = Self { id, text: String::new(), kept: Vec::new() };
        let lines = ends().filter_map(|byte| sources.line_index(id, byte).ok());
        let near: BTreeSet<usize> =
            lines.flat_map(|line| line.saturating_sub(CONTEXT)..=line + CONTEXT).collect();
        for line in near.into_iter().filter_map(|line| sources.line_range(id, line).ok()) {
            cut.add_line(whole, line, ends());
        }
        Some(cut)
    }

    /// Adds a line, or what lies around the ends of labels in it.
    fn add_line(&mut self, whole: &str, line: Range<usize>, ends: impl Iterator<Item = usize>) {
        if line.len() <= MAX_LINE {
            self.keep(whole, line);
            return;
        }
        let end_of_text = line.end - usize::from(whole[line.clone()].ends_with('\n'));
        let mut wanted: Vec<usize> = ends.filter(|end| line.contains(end) || *end == end_of_text).collect();
        wanted.extend([line.start, end_of_text]);
        wanted.sort_unstable();
        let mut at = line.start;
        for end in wanted {
            let from = floor(whole, end.saturating_sub(AROUND).max(at));
            let to = floor(whole, (end + AROUND).min(line.end));
            if to <= at {
                continue;
            }
            if from > at {
                self.text.push_str(CUT);
            }
            self.keep(whole, from.max(at)..to);
            at = to;
        }
    }

    fn keep(&mut self, whole: &str, part: Range<usize>) {
        self.kept.push((part.clone(), self.text.len()));
        self.text.push_str(&whole[part]);
    }

    /// Where a byte of the source stands in the excerpt; what was left out stands where it was cut.
    fn place(&self, byte: usize) -> usize {
        let next = self.kept.partition_point(|(part, _)| part.start <= byte);
        let Some((part, start)) = next.checked_sub(1).and_then(|index| self.kept.get(index)) else {
            return 0;
        };
        start + byte.min(part.end) - part.start
    }

    /// The byte of the source that stands at a byte of the excerpt.
    fn origin(&self, byte: usize) -> usize {
        let next = self.kept.partition_point(|(_, start)| *start <= byte);
        let Some((part, start)) = next.checked_sub(1).and_then(|index| self.kept.get(index)) else {
            return 0;
        };
        (part.start + byte - start).min(part.end)
    }
}

/// The nearest place at or before `byte` where a character starts.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or(0)
}

impl<'f> Files<'f> for Excerpt<'_> {
    type FileId = SourceId;
    type Name = Arc<str>;
    type Source = &'f str;

    fn name(&'f self, id: SourceId) -> Result<Arc<str>, Error> {
        Ok(one_line(&self.sources.get(id).name).into())
    }

    fn source(&'f self, id: SourceId) -> Result<&'f str, Error> {
        match self.cut(id) {
            Some(cut) => Ok(&cut.text),
            None => self.sources.source(id),
        }
    }

    fn line_index(&'f self, id: SourceId, byte: usize) -> Result<usize, Error> {
        self.sources.line_index(id, self.cut(id).map_or(byte, |cut| cut.origin(byte)))
    }

    fn line_range(&'f self, id: SourceId, line: usize) -> Result<Range<usize>, Error> {
        let whole = self.sources.line_range(id, line)?;
        Ok(match self.cut(id) {
            Some(cut) => cut.place(whole.start)..cut.place(whole.end),
            None => whole,
        })
    }

    /// The column in the source: the reader looks for it there.
    fn column_number(&'f self, id: SourceId, _line: usize, byte: usize) -> Result<usize, Error> {
        let byte = self.cut(id).map_or(byte, |cut| cut.origin(byte));
        Ok(self.sources.position(Span::new(id, byte, byte)).1)
    }
}
