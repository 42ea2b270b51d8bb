//! Diagnostics for people (codespan-reporting) and for machines (JSON, SARIF, GitHub annotations), all from
//! the same plain struct.

use std::fmt::Write as _;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::term::{self, Config};
use serde::Serialize;

use super::excerpt::{self, Excerpt};
use super::{Diagnostic, Severity, code};
use crate::source::{ON_COMMAND_LINE, SourceMap, Span};

/// What may stand in a text and sends the cursor of a terminal elsewhere, over what was written. It takes no column,
/// so that a line without it has its labels at the same places.
const MOVING: [char; 4] = ['\r', '\u{b}', '\u{c}', '\u{85}'];

/// The text that a person reads. With `color`, ANSI escapes are part of it.
pub fn render_human(sources: &SourceMap, diagnostics: &[Diagnostic], color: bool) -> String {
    let config = Config::default();
    let mut text = String::new();
    for diagnostic in diagnostics {
        let excerpt = Excerpt::new(sources, diagnostic);
        let report = to_codespan(&excerpt, diagnostic);
        let written = if color {
            let mut buffer = term::termcolor::Ansi::new(Vec::new());
            term::emit_to_write_style(&mut buffer, &config, &excerpt, &report).map(|()| buffer.into_inner())
        } else {
            let mut buffer = term::termcolor::NoColor::new(Vec::new());
            term::emit_to_write_style(&mut buffer, &config, &excerpt, &report).map(|()| buffer.into_inner())
        };
        match written {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes).replace(MOVING, "")),
            // A span that does not fit its source must not hide the message itself.
            Err(error) => {
                let _ = writeln!(text, "{}: {} ({error})", diagnostic.code.id(), diagnostic.message);
            }
        }
    }
    text
}

fn to_codespan(
    excerpt: &Excerpt<'_>,
    diagnostic: &Diagnostic,
) -> codespan::Diagnostic<crate::source::SourceId> {
    let severity = match diagnostic.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    let primary =
        codespan::Label::primary(diagnostic.primary.span.source, excerpt.range(diagnostic.primary.span))
            .with_message(excerpt::text(&diagnostic.primary.message));
    let secondary = diagnostic.secondary.iter().map(|label| {
        codespan::Label::secondary(label.span.source, excerpt.range(label.span))
            .with_message(excerpt::text(&label.message))
    });
    codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.id())
        .with_message(excerpt::text(&diagnostic.message))
        .with_labels(std::iter::once(primary).chain(secondary).collect())
        .with_notes(diagnostic.all_notes().collect())
}

/// A place as machines read it: lines and columns from 1, columns in characters; the end is exclusive.
#[derive(Clone, Debug, Serialize)]
pub struct Position {
    /// The file, relative to the project.
    pub file: String,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
    /// What is said about this place.
    pub message: String,
}

/// A diagnostic as machines read it. The fields are documented in `docs/json.md`.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// `E0201`.
    pub code: &'static str,
    /// `unknown-service`.
    pub name: &'static str,
    /// `error` or `warning`.
    pub severity: Severity,
    /// The sentence.
    pub message: String,
    /// The exact place.
    pub primary: Position,
    /// Further places.
    pub secondary: Vec<Position>,
    /// What to do, and background.
    pub notes: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    diagnostics: Vec<Record>,
}

/// Diagnostics with their places resolved.
pub fn records(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Vec<Record> {
    diagnostics
        .iter()
        .map(|diagnostic| Record {
            code: diagnostic.code.id(),
            name: diagnostic.code.name(),
            severity: diagnostic.severity,
            message: excerpt::text(&diagnostic.message),
            primary: position(sources, diagnostic.primary.span, &diagnostic.primary.message),
            secondary: diagnostic
                .secondary
                .iter()
                .map(|label| position(sources, label.span, &label.message))
                .collect(),
            notes: diagnostic.all_notes().collect(),
        })
        .collect()
}

fn position(sources: &SourceMap, span: Span, message: &str) -> Position {
    let (line, column) = sources.position(span);
    let (end_line, end_column) = sources.position(Span { start: span.end, ..span });
    Position {
        file: sources.get(span.source).name.to_string(),
        line,
        column,
        end_line,
        end_column,
        message: excerpt::text(message),
    }
}

/// One JSON document: `{"version": 1, "diagnostics": […]}`.
pub fn render_json(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let document = Document { version: 1, diagnostics: records(sources, diagnostics) };
    let text = serde_json::to_string_pretty(&document);
    text.expect("a record is made of strings and numbers, which JSON can hold") + "\n"
}

/// GitHub's workflow commands, one line each, so that a message stands beside the line in a pull request.
pub fn render_github(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for record in records(sources, diagnostics) {
        let kind = match record.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let at = &record.primary;
        let mut message = record.message.clone();
        for note in &record.notes {
            message.push('\n');
            message.push_str(note);
        }
        let place = if at.file.starts_with(ON_COMMAND_LINE) {
            message = format!("{}: {message}", at.file);
            String::new()
        } else {
            place_in_file(at)
        };
        let title = escape_property(&format!("{} {}", record.code, record.name));
        let _ = writeln!(text, "::{kind} {place}title={title}::{}", escape_data(&message));
    }
    text
}

fn place_in_file(at: &Position) -> String {
    format!(
        "file={},line={},col={},endLine={},endColumn={},",
        escape_property(&at.file),
        at.line,
        at.column,
        at.end_line,
        at.end_column
    )
}

/// GitHub decodes these three in the text of a command.
fn escape_data(text: &str) -> String {
    excerpt::visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// And these two more in a property.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// SARIF 2.1.0, as code scanning services read it.
pub fn render_sarif(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let rules: Vec<_> = code::ALL
        .iter()
        .map(|code| {
            serde_json::json!({
                "id": code.id(),
                "name": code.name(),
                "help": { "text": code.page(), "markdown": code.page() },
            })
        })
        .collect();
    let location = |at: &Position| {
        serde_json::json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri_of(&at.file) },
                "region": {
                    "startLine": at.line, "startColumn": at.column,
                    "endLine": at.end_line, "endColumn": at.end_column,
                },
            },
            "message": { "text": at.message },
        })
    };
    let results: Vec<_> = records(sources, diagnostics)
        .iter()
        .map(|record| {
            let text = std::iter::once(&record.message).chain(&record.notes).cloned().collect::<Vec<_>>();
            serde_json::json!({
                "ruleId": record.code,
                "level": record.severity,
                "message": { "text": text.join("\n") },
                "locations": [location(&record.primary)],
                "relatedLocations": record.secondary.iter().map(location).collect::<Vec<_>>(),
            })
        })
        .collect();
    let document = serde_json::json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "meshward",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

/// A path as a relative URI: what a URI reserves is percent-encoded.
fn uri_of(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
