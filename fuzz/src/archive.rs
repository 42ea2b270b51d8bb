//! Several files in one text, so that a fuzzer changes them together: each is headed by a line `-- its path --`.

/// The files of a text in order. What stands above the first head is the file `first`.
pub(crate) fn files<'t>(text: &'t str, first: &str) -> Vec<(String, &'t str)> {
    let mut files = Vec::new();
    let (mut path, mut start, mut at) = (first.to_owned(), 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = head(line) {
            files.push((path, &text[start..at]));
            path = next.to_owned();
            start = at + line.len();
        }
        at += line.len();
    }
    files.push((path, &text[start..]));
    files.retain(|(path, text)| path != first || !text.is_empty());
    files
}

fn head(line: &str) -> Option<&str> {
    let path = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?;
    (!path.is_empty()).then_some(path)
}
