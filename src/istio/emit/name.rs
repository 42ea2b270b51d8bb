//! Names of objects: readable, valid for Kubernetes, and the same whatever else the policy says.

use std::cmp::Ordering;

/// Kubernetes takes longer names for these kinds, but a DNS-1123 label fits everywhere a name ends up.
const MAX_LENGTH: usize = 63;

/// The part of a name that a workload set gives: `payments`, or `payments-1f9a03bc` where the bare name is not
/// enough to tell it from another.
pub(super) struct BaseName {
    text: String,
    fingerprint: u64,
    /// Whether the text alone does not tell which set it is: another set has it too, or characters were lost.
    ambiguous: bool,
}

impl BaseName {
    /// `fingerprint` is that of the selector, which is what tells two sets of one name apart.
    pub(super) fn new(name: &str, fingerprint: u64) -> Self {
        let text = dns_label(name);
        let ambiguous = text != name;
        Self { text, fingerprint, ambiguous }
    }

    pub(super) fn rename(&mut self, name: &str) {
        *self = Self::new(name, self.fingerprint);
    }

    pub(super) fn mark_shared(&mut self) {
        self.ambiguous = true;
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn with_suffix(&self, suffix: &str) -> String {
        let fits = self.text.len() + suffix.len() <= MAX_LENGTH;
        if fits && !self.ambiguous {
            return format!("{}{suffix}", self.text);
        }
        let short = format!("-{:08x}", self.fingerprint >> 32);
        let room = MAX_LENGTH - short.len() - suffix.len();
        let kept = self.text[..self.text.len().min(room)].trim_end_matches('-');
        format!("{kept}{short}{suffix}")
    }
}

/// By name, then by selector.
pub(super) fn order(a: &BaseName, b: &BaseName) -> Ordering {
    (&a.text, a.fingerprint).cmp(&(&b.text, b.fingerprint))
}

/// Whether a name is a DNS-1123 label: a namespace, or a part of a longer name.
pub(super) fn is_dns_label(name: &str) -> bool {
    name.len() <= MAX_LENGTH && is_dns_part(name)
}

/// Whether a name is a DNS-1123 subdomain: a service account.
pub(super) fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_part)
}

fn is_dns_part(part: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(is_allowed) && !part.starts_with('-') && !part.ends_with('-')
}

/// The nearest text that is made of a label's characters.
fn dns_label(name: &str) -> String {
    let mapped: String = name
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '-' })
        .collect();
    let trimmed = mapped.trim_matches('-');
    if trimmed.is_empty() { "workload".to_owned() } else { trimmed.to_owned() }
}
