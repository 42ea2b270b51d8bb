//! Puts words on lines: breaks where the language allows it and keeps the comments at their places.

use std::fmt::Write as _;

use crate::source::Span;
use crate::syntax::ast::Comment;

/// The longest line that is not broken, in characters.
const WIDTH: usize = 120;
const STEP: usize = 2;

/// Where a statement may end its line.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    /// Nowhere.
    OneLine,
    /// Where the next word would not fit, and wherever a comment stands.
    Broken,
}

/// A text in the making.
pub(super) struct Writer<'a> {
    text: String,
    layout: Layout,
    indentation: usize,
    line_start: usize,
    /// The space on this line where it can be broken once more.
    last_break: Option<usize>,
    /// Comments of the statement that wait for their place.
    comments: &'a [Comment],
}

impl<'a> Writer<'a> {
    /// Writes whole files.
    pub(super) fn lines() -> Self {
        Self {
            text: String::new(),
            layout: Layout::Broken,
            indentation: 0,
            line_start: 0,
            last_break: None,
            comments: &[],
        }
    }

    /// Writes one statement on one line, of about so many bytes.
    pub(super) fn one_line(length: usize) -> Self {
        Self { layout: Layout::OneLine, text: String::with_capacity(length), ..Self::lines() }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Whether all is to stand on one line.
    pub(super) fn is_one_line(&self) -> bool {
        self.layout == Layout::OneLine
    }

    /// Writes a statement on one line if it fits and has no comments inside, else on several.
    pub(super) fn statement(&mut self, comments: &'a [Comment], write: impl Fn(&mut Self)) {
        let start = self.text.len();
        if comments.is_empty() {
            self.layout = Layout::OneLine;
            write(self);
            self.layout = Layout::Broken;
            if self.text[start..].chars().count() <= WIDTH {
                return;
            }
            self.text.truncate(start);
        }
        self.broken_statement(comments, write);
    }

    /// Writes a statement that takes several lines in any case, or does not fit on one.
    pub(super) fn broken_statement(&mut self, comments: &'a [Comment], write: impl Fn(&mut Self)) {
        let start = self.text.len();
        self.line_start = start;
        self.last_break = None;
        self.comments = comments;
        write(self);
        self.last_break = None;
        // A tree that was not read from a text may hold comments that have no place inside; none is lost.
        let mut above = String::new();
        for homeless in std::mem::take(&mut self.comments) {
            let _ = writeln!(above, "{:1$}#{2}", "", self.indentation, homeless.text);
        }
        self.text.insert_str(start, &above);
    }

    /// Writes a text that must not be changed.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.word(&text.replace("\r\n", "\n"));
        self.last_break = None;
    }

    /// Writes at the end of the line, with the indentation if it is the first of its line.
    pub(super) fn word(&mut self, word: &str) {
        if self.text.len() == self.line_start {
            self.pad(self.indentation);
        }
        self.text.push_str(word);
        if self.layout == Layout::Broken
            && let Some(at) = self.last_break
            && self.text[self.line_start..].chars().count() > WIDTH
        {
            let break_text = format!("\n{:1$}", "", self.indentation + 2 * STEP);
            self.text.replace_range(at..=at, &break_text);
            self.line_start = at + 1;
            self.last_break = None;
        }
    }

    /// A space where the line can be broken, before the word that was written at `next`.
    pub(super) fn space_or_break(&mut self, next: Span) {
        if self.layout == Layout::Broken && self.comments_before(next.start, self.indentation + 2 * STEP) {
            self.new_line();
            self.pad(self.indentation + 2 * STEP);
        } else {
            self.last_break = Some(self.text.len());
            self.text.push(' ');
        }
    }

    /// A space, or the start of a line for a clause that continues the statement.
    pub(super) fn clause_break(&mut self, next: Span) {
        if self.layout == Layout::OneLine {
            self.text.push(' ');
        } else {
            self.comments_before(next.start, self.indentation + STEP);
            self.new_line();
            self.pad(self.indentation + STEP);
        }
    }

    /// The start of a line inside a block, before the word that was written at `next`.
    pub(super) fn block_line(&mut self, next: u32) {
        self.comments_before(next, self.indentation);
        self.new_line();
    }

    /// Writes the comments that stand before the byte `next`, each but the first on a line of its own that starts
    /// at `column`; whether there was one.
    fn comments_before(&mut self, next: u32, column: usize) -> bool {
        let count = self.comments.iter().take_while(|comment| comment.span.start < next).count();
        let (before, behind) = self.comments.split_at(count);
        self.comments = behind;
        for (index, comment) in before.iter().enumerate() {
            if index == 0 && !comment.own_line {
                self.comment_behind(comment);
            } else {
                self.new_line();
                self.pad(column);
                self.text.push('#');
                self.text.push_str(&comment.text);
            }
        }
        !before.is_empty()
    }

    /// Writes a comment at the end of a line.
    pub(super) fn comment_behind(&mut self, comment: &Comment) {
        self.text.push_str("  #");
        self.text.push_str(&comment.text);
    }

    /// Writes a comment as a line.
    pub(super) fn comment_line(&mut self, comment: &Comment) {
        self.pad(self.indentation);
        self.text.push('#');
        self.text.push_str(&comment.text);
        self.new_line();
    }

    pub(super) fn new_line(&mut self) {
        self.text.push('\n');
        self.line_start = self.text.len();
        self.last_break = None;
    }

    pub(super) fn indent(&mut self) {
        self.indentation += STEP;
    }

    pub(super) fn outdent(&mut self) {
        self.indentation -= STEP;
    }

    fn pad(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }
}
