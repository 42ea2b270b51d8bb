//! Characters that turn the direction of a text: with them a line is shown in another order than it is read in,
//! so that a reviewer sees another policy than the one that is compiled.

use crate::diagnostic::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// One diagnostic for each such character of `text`, in comments and strings too.
pub(super) fn check(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) {
    if text.is_ascii() {
        return;
    }
    let turning =
        text.char_indices().filter(|(_, c)| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    diagnostics.extend(turning.map(|(at, c)| {
        let number = format!("U+{:04X}", u32::from(c));
        Diagnostic::new(
            code::SYNTAX_ERROR,
            format!("the character {number} turns the direction of the text"),
            Span::new(source, at, at + c.len_utf8()),
            "what follows is shown in another order than it is read in",
        )
        .note(format!("remove it, or write `\\u{{{:x}}}` in a string", u32::from(c)))
    }));
}
