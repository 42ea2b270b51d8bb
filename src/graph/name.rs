//! What Kubernetes takes for a name, and `namespace/name` as files write it.

use super::model::Key;

impl Key {
    /// Reads `namespace/name`; the error tells what is wrong with `text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((namespace, name)) = text.split_once('/') else {
            return Err(format!("write the namespace in front: `namespace/{text}`"));
        };
        check_label(namespace)?;
        check_label(name)?;
        Ok(Self::new(namespace, name))
    }
}

/// Whether `text` may name a namespace or a service: a DNS label (RFC 1123). The error tells what is wrong.
pub fn check_label(text: &str) -> Result<(), String> {
    if text.len() > 63 {
        return Err(format!("a name has at most 63 characters, this one has {}", text.chars().count()));
    }
    check_characters(text, |character| character == '-', "a-z, 0-9 and `-`")
}

/// Whether `text` may name a service account: DNS labels joined by dots.
pub fn check_subdomain(text: &str) -> Result<(), String> {
    if text.len() > 253 {
        return Err(format!("a name has at most 253 characters, this one has {}", text.chars().count()));
    }
    text.split('.')
        .try_for_each(|label| check_characters(label, |character| character == '-', "a-z, 0-9, `-` and `.`"))
}

/// Whether `text` may be the value of a label.
pub fn check_label_value(text: &str) -> Result<(), String> {
    if text.len() > 63 {
        return Err(format!("a label has at most 63 characters, this one has {}", text.chars().count()));
    }
    let lower = text.to_ascii_lowercase();
    check_characters(&lower, |character| "-_.".contains(character), "letters, digits, `-`, `_` and `.`")
}

/// Letters, digits and what `between` takes, with a letter or digit at both ends.
fn check_characters(text: &str, between: impl Fn(char) -> bool, allowed: &str) -> Result<(), String> {
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    if let Some(strange) = text.chars().find(|character| !plain(*character) && !between(*character)) {
        let shown = if strange.is_ascii_graphic() {
            format!("`{strange}`")
        } else {
            // A look-alike or an invisible character is told by its number alone.
            format!("`{}` (U+{:04X})", strange.escape_debug(), strange as u32)
        };
        return Err(format!("a name takes {allowed}, not {shown}"));
    }
    match (text.chars().next(), text.chars().last()) {
        (Some(first), Some(last)) if plain(first) && plain(last) => Ok(()),
        (Some(_), _) => Err("a name begins and ends with a letter or a digit".to_owned()),
        (None, _) => Err("a name is missing".to_owned()),
    }
}
