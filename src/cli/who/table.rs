//! A headed table, for people and for Markdown.

use std::fmt::Write as _;

/// Rows under a sentence. A cell may have several lines.
pub(super) struct Table {
    pub(super) title: String,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Vec<String>>>,
    /// What is said below it.
    pub(super) notes: Vec<String>,
}

impl Table {
    /// Columns of equal width, each line of a cell on a line of its own.
    pub(super) fn to_human(&self) -> String {
        let mut text = format!("{}\n", self.title);
        let heads = self.columns.iter().map(|head| head.to_uppercase());
        let widths: Vec<usize> = heads.enumerate().map(|(column, head)| self.width(column, &head)).collect();
        if !self.rows.is_empty() {
            let heads: Vec<String> = self.columns.iter().map(|head| head.to_uppercase()).collect();
            push_line(&mut text, &heads.iter().map(String::as_str).collect::<Vec<_>>(), &widths);
        }
        for row in &self.rows {
            let height = row.iter().map(Vec::len).max().unwrap_or_default().max(1);
            for line in 0..height {
                let cells: Vec<&str> =
                    row.iter().map(|cell| cell.get(line).map_or("", String::as_str)).collect();
                push_line(&mut text, &cells, &widths);
            }
        }
        for note in &self.notes {
            let _ = writeln!(text, "  = {note}");
        }
        text
    }

    /// A table of GitHub's Markdown.
    pub(super) fn to_markdown(&self) -> String {
        let mut text = format!("{}\n", escaped(&self.title));
        if !self.rows.is_empty() {
            let rule: String = self.columns.iter().map(|_| " --- |").collect();
            let _ = writeln!(text, "\n| {} |\n|{rule}", self.columns.join(" | "));
        }
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| cell.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>"))
                .collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        for note in &self.notes {
            let _ = writeln!(text, "\n{}", escaped(note));
        }
        text
    }

    fn width(&self, column: usize, head: &str) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).flatten();
        cells.map(|line| line.chars().count()).chain([head.len()]).max().unwrap_or_default()
    }
}

fn push_line(text: &mut String, cells: &[&str], widths: &[usize]) {
    let mut line = String::from("  ");
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(line, "{cell:<width$}  ");
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// What would be read as markup, as text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '<' | '>' | '\\' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
