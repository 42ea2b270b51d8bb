//! The metadata of an object: labels that tell whose it is, annotations that tell which statements it came from.
//! There are no line numbers in them, so that a comment added above a statement changes nothing here.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Context;
use crate::istio::resources::Metadata;
use crate::policy::Origin;
use crate::yaml::LiteralText;

/// The annotations of an object, by key.
pub(super) type Annotations = Vec<(&'static str, String)>;

/// One statement is shown up to here: the whole of it stands in the policy.
const MAX_LINE: usize = 400;

/// `metadata:` with the labels of the project.
pub(super) fn metadata(
    context: &Context,
    namespace: &SmolStr,
    name: String,
    annotations: Annotations,
) -> Metadata {
    let label = |key, value: &str| (SmolStr::new_static(key), SmolStr::new(value));
    Metadata {
        name,
        namespace: namespace.clone(),
        labels: [
            label("app.kubernetes.io/managed-by", "meshward"),
            label("app.kubernetes.io/part-of", context.project),
        ]
        .into(),
        annotations: annotations
            .into_iter()
            .map(|(key, text)| (SmolStr::new_static(key), LiteralText(text)))
            .collect(),
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
    let numbered = origins.iter().enumerate();
    let source = numbered.flat_map(|(number, origins)| {
        origins.iter().map(move |origin| format!("rule[{number}]: {}: {}", origin.file, origin.text))
    });
    of(&origins.iter().flatten().collect::<Vec<_>>(), source, limit)
}

/// The statements behind an object that has no rules.
pub(super) fn of_statements(origins: &[Arc<Origin>], limit: usize) -> Annotations {
    let source = origins.iter().map(|origin| format!("{}: {}", origin.file, origin.text));
    of(&origins.iter().collect::<Vec<_>>(), source, limit)
}

fn of(origins: &[&Arc<Origin>], source: impl Iterator<Item = String>, limit: usize) -> Annotations {
    let field = |of: fn(&Origin) -> &Option<String>| {
        distinct(origins.iter().filter_map(move |origin| of(origin).clone()))
    };
    let annotations = [
        ("meshward.dev/owner", field(|origin| &origin.owner)),
        ("meshward.dev/reason", field(|origin| &origin.reason)),
        ("meshward.dev/source", source.collect()),
        ("meshward.dev/ticket", field(|origin| &origin.ticket)),
    ];
    annotations
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(key, lines)| (key, joined(&lines, limit)))
        .collect()
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    values.collect::<indexmap::IndexSet<_>>().into_iter().collect()
}

/// The lines below each other, up to the limit, and how many are missing.
fn joined(lines: &[String], limit: usize) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let line = one_line(line);
        if text.len() + line.len() >= limit {
            let missing = lines.len() - number;
            return format!("{text}… and {missing} more, in the policy");
        }
        text.push_str(&line);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// A statement's reason may have line ends in its string; here each of them is a line.
fn one_line(line: &str) -> String {
    let mut text: String =
        line.trim().chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if let Some((end, _)) = text.char_indices().nth(MAX_LINE) {
        text.truncate(end);
        text.push('…');
    }
    text
}
