//! How many bytes a rule takes in a cluster, a little over: as JSON in the object and in the copy of it that
//! `kubectl apply` keeps.

use crate::istio::resources::{Operation, Rule, Source};

/// Quotes, a comma and escapes of a text, or the name of a field.
const AROUND_TEXT: usize = 8;
const AROUND_ENTRY: usize = 32;

pub(super) fn of_text<T: AsRef<str>>(text: &T) -> usize {
    text.as_ref().len() + AROUND_TEXT
}

pub(super) fn of_source(source: &Source) -> usize {
    let lists = [
        &source.principals,
        &source.not_principals,
        &source.ip_blocks,
        &source.not_ip_blocks,
        &source.remote_ip_blocks,
        &source.not_remote_ip_blocks,
    ];
    AROUND_ENTRY + lists.into_iter().map(|list| of_list(list)).sum::<usize>()
}

pub(super) fn of_operation(operation: &Operation) -> usize {
    AROUND_ENTRY
        + of_list(&operation.hosts)
        + of_list(&operation.ports)
        + of_list(&operation.methods)
        + of_list(&operation.paths)
        + of_list(&operation.not_paths)
}

pub(super) fn of_rule(rule: &Rule) -> usize {
    let from: usize = rule.from.iter().map(|from| of_source(&from.source)).sum();
    let to: usize = rule.to.iter().map(|to| of_operation(&to.operation)).sum();
    AROUND_ENTRY + from + to
}

fn of_list<T: AsRef<str>>(texts: &[T]) -> usize {
    if texts.is_empty() { 0 } else { AROUND_TEXT * 2 + texts.iter().map(of_text).sum::<usize>() }
}
