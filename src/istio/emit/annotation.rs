//! The metadata of an object: labels that tell whose it is, annotations that tell which statements it came from.
//! There are no line numbers in them, so that a comment added above a statement changes nothing here.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::Context;
use crate::istio::resources::Metadata;
use crate::policy::Origin;
use crate::source::Symbol;
use crate::yaml::LiteralText;

type IndexSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// The annotations of an object, by key.
pub(super) type Annotations = Vec<(&'static str, String)>;

/// A line is shown up to here, in bytes: the whole of it stands in the policy.
const MAX_LINE: usize = 400;

/// `metadata:` with the labels of the project.
pub(super) fn metadata(
    context: &Context,
    namespace: Symbol,
    name: String,
    annotations: Annotations,
) -> Metadata {
    let label = |key, value: &str| (Symbol::new(key), Symbol::new(value));
    Metadata {
        name,
        namespace,
        labels: [
            label("app.kubernetes.io/managed-by", "meshward"),
            label("app.kubernetes.io/part-of", context.project),
        ]
        .into(),
        annotations: annotations
            .into_iter()
            .map(|(key, text)| (Symbol::new(key), LiteralText(text)))
            .collect(),
        creation_timestamp: None,
    }
}

/// For each rule of a policy the statements behind it, and who answers for them.
///
/// ```text
/// meshward.dev/source: |-
///   rule[0]: policies/payments.ward: allow marketing-api -> payments GET /api/v1/users/*
///   rule[1]: policies/payments.ward: allow orders -> payments POST /api/v1/charges
/// ```
///
/// Envoy names the same number in its log: `ns[shop]-policy[payments-allow]-rule[0]`.
pub(super) fn of_rules(origins: &[Vec<Arc<Origin>>], limit: usize) -> Annotations {
    let mut source = Lines::up_to(limit);
    for (number, origins) in origins.iter().enumerate() {
        for origin in origins {
            source.push(format_args!("rule[{number}]: {}: {}", origin.file, origin.text()));
        }
    }
    of(origins.iter().flatten(), source, limit)
}

/// The statements behind an object that has no rules.
pub(super) fn of_statements(origins: &[Arc<Origin>], limit: usize) -> Annotations {
    let mut source = Lines::up_to(limit);
    for origin in origins {
        source.push(format_args!("{}: {}", origin.file, origin.text()));
    }
    of(origins.iter(), source, limit)
}

fn of<'a>(origins: impl Iterator<Item = &'a Arc<Origin>>, source: Lines, limit: usize) -> Annotations {
    // What several statements say is said once.
    let (mut owners, mut reasons, mut tickets) =
        (IndexSet::default(), IndexSet::default(), IndexSet::default());
    for origin in origins {
        owners.extend(origin.owner.as_deref());
        reasons.extend(origin.reason.as_deref());
        tickets.extend(origin.ticket.as_deref());
    }
    let distinct = |texts: IndexSet<&str>| {
        let mut lines = Lines::up_to(limit / 4);
        texts.into_iter().for_each(|text| lines.push(format_args!("{text}")));
        lines
    };
    let annotations = [
        ("meshward.dev/owner", distinct(owners)),
        ("meshward.dev/reason", distinct(reasons)),
        ("meshward.dev/source", source),
        ("meshward.dev/ticket", distinct(tickets)),
    ];
    annotations.into_iter().filter_map(|(key, lines)| Some((key, lines.finish()?))).collect()
}

/// Lines below each other, up to a limit.
struct Lines {
    text: String,
    limit: usize,
    /// How many did not fit.
    missing: usize,
}

impl Lines {
    fn up_to(limit: usize) -> Self {
        Self { text: String::new(), limit, missing: 0 }
    }

    fn push(&mut self, line: fmt::Arguments) {
        let start = self.text.len();
        if self.missing == 0 {
            self.text.write_fmt(line).expect("a string takes all that is written");
            self.tidy(start);
        }
        if self.missing > 0 || self.text.len() >= self.limit {
            self.text.truncate(start);
            self.missing += 1;
        } else {
            self.text.push('\n');
        }
    }

    /// Cuts the line that begins at `start`, and makes one of it where a string of the policy has several.
    fn tidy(&mut self, start: usize) {
        let has_cut = self.text.len() - start > MAX_LINE;
        if has_cut {
            let end = (0..=start + MAX_LINE).rev().find(|end| self.text.is_char_boundary(*end));
            self.text.truncate(end.unwrap_or(start));
        }
        if self.text[start..].contains(char::is_control) {
            let line = self.text[start..].replace(char::is_control, " ");
            self.text.replace_range(start.., &line);
        }
        let end = self.text.trim_end().len();
        self.text.truncate(end.max(start));
        if has_cut {
            self.text.push('…');
        }
    }

    /// The text, if there is any.
    fn finish(mut self) -> Option<String> {
        if self.missing > 0 {
            let missing = self.missing;
            self.text.write_fmt(format_args!("… and {missing} more, in the policy")).ok()?;
        }
        self.text.truncate(self.text.trim_end().len());
        Some(self.text).filter(|text| !text.is_empty())
    }
}
