//! The only place where YAML is written. What is written here is read back as the same strings by YAML 1.1
//! readers (kubectl, the API server) and by YAML 1.2 readers alike.

use serde::{Serialize, Serializer};
use serde_saphyr::{LitStr, SerializerOptions};

/// A text that is written as a literal block (`|-`), one line of it per line of YAML, so that it reads well and
/// a change of one line is a diff of one line. A single line that needs no quotes stays plain, and where a block
/// can not hold the text it is quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiteralText(pub String);

impl Serialize for LiteralText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reads_well_plain = !self.0.bytes().any(|byte| matches!(byte, b'\n' | b':' | b'#'));
        if !reads_well_plain && fits_literal_block(&self.0) {
            LitStr(&self.0).serialize(serializer)
        } else {
            serializer.serialize_str(&self.0)
        }
    }
}

/// One document, without a `---` line, ending in a newline.
///
/// ```text
/// metadata:
///   name: payments-allow
///   namespace: "no"          quoted: YAML 1.1 takes a bare `no` for a boolean
/// ```
pub fn write<T: Serialize>(value: &T) -> String {
    let mut text = String::with_capacity(1024);
    append(&mut text, value);
    text
}

/// The same, behind a text that ends in a newline or is empty.
pub fn append<T: Serialize>(text: &mut String, value: &T) {
    serde_saphyr::to_fmt_writer_with_options(&mut *text, value, options())
        .expect("a string takes all that is written, and our types have string keys only");
    if !text.ends_with('\n') {
        text.push('\n');
    }
}

fn options() -> SerializerOptions {
    serde_saphyr::ser_options! {
        // A long single line would be folded over several; a path broken in two can not be searched for.
        prefer_block_scalars: false,
        // A block of one line grows into one of two lines without touching the first.
        min_fold_chars: 0,
    }
}

/// Whether a literal block gives back exactly this text in every reader, and still looks like it. Tabs,
/// carriage returns, the line breaks of YAML 1.1 beyond `\n` and invisible characters are better seen escaped;
/// a first line that is empty or indented would need an indentation indicator.
fn fits_literal_block(text: &str) -> bool {
    let plain = |char: char| match char {
        '\n' | ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => char >= '\u{a0}',
    };
    let first_line_starts_with_a_mark = text.chars().next().is_some_and(|char| char != ' ' && char != '\n');
    let ends_in_newline = text.ends_with('\n');
    let trails_space = text.contains(" \n") || text.ends_with(' ');
    let is_ascii = text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~'));
    first_line_starts_with_a_mark
        && !ends_in_newline
        && !trails_space
        && (is_ascii || text.chars().all(plain))
}
