//! What meshward has to say about an input: the diagnostic itself, the list of codes with one page each, the
//! renderings for people and for machines, and "did you mean".

pub mod code;
mod excerpt;
mod level;
mod many;
mod render;
mod suggest;

pub use code::Code;
pub use excerpt::one_line;
pub use level::{Level, Levels};
pub use many::{MOST_OF_A_KIND, add, fold, give_up};
pub use render::{Position, Record, records, render_github, render_human, render_json, render_sarif};
pub use suggest::{MOST_LOOKS, did_you_mean, may_look, sparingly, suggest};

use crate::source::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A build is refused.
    Error,
    /// A build goes on.
    Warning,
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The characters that are meant.
    pub span: Span,
    /// What is said about them; empty for a bare underline.
    pub message: String,
}

/// A change to a text that would mend what a diagnostic complains of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does: "write `GET`".
    pub title: String,
    /// The characters to replace.
    pub span: Span,
    /// What to write there.
    pub replacement: String,
}

/// One message: a code, a sentence, the exact characters, the reason and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which of the known diagnostics this is; `meshward explain CODE` shows its page.
    pub code: Code,
    /// Error or warning; for a lint after the project's levels were applied.
    pub severity: Severity,
    /// One sentence in lower case without a full stop, user text in backticks.
    pub message: String,
    /// The exact characters at fault.
    pub primary: Label,
    /// Further places: the reason, the other of two, the fact in the manifest.
    pub secondary: Vec<Label>,
    /// What to do, and background.
    pub notes: Vec<String>,
    /// Changes that would mend it.
    pub fixes: Vec<Fix>,
    /// How many further ones of this code in this file are not told ([`MOST_OF_A_KIND`]).
    pub more: usize,
}

impl Diagnostic {
    /// A diagnostic at the default severity of its code. `label` is what is said at the place itself.
    pub fn new(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.default_level().severity(),
            message: message.into(),
            primary: Label { span, message: label.into() },
            secondary: Vec::new(),
            notes: Vec::new(),
            fixes: Vec::new(),
            more: 0,
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label { span, message: message.into() });
        self
    }

    /// Adds what to do, or background.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a change that would mend it.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), span, replacement: replacement.into() });
        self
    }

    /// What to do, and that it stands for others.
    fn all_notes(&self) -> impl Iterator<Item = String> {
        let more = match self.more {
            0 => None,
            1 => Some("1 more like it in this file is not shown".to_owned()),
            more => Some(format!("{more} more like it in this file are not shown")),
        };
        self.notes.iter().map(|note| excerpt::text(note)).chain(more)
    }

    /// Whether it tells of a file that could not be read, so that not all is known.
    pub fn is_unreadable(&self) -> bool {
        self.code == code::UNREADABLE_FILE
    }

    /// Whether it tells of a guarantee that does not hold: a build is refused, and yet the policy has a meaning.
    pub fn is_broken_guarantee(&self) -> bool {
        [code::BROKEN_NEVER, code::BROKEN_ONLY, code::BROKEN_REACHES].contains(&self.code)
    }

    /// Whether a build must be refused.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Puts diagnostics into the order in which a reader meets them: by source and place, then by code.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics
        .sort_by(|a, b| (a.primary.span, a.code, &a.message).cmp(&(b.primary.span, b.code, &b.message)));
}
