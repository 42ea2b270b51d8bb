//! Changes in sentences that can be read aloud; those that differ only in the port are one.

use super::model::{CauseKind, Change, Direction, Operation, Status};
use super::subject::Ports;
use crate::graph::Key;
use crate::query::few;

/// What is said of one target.
pub(super) struct Speech<'p> {
    key: Key,
    status: Status,
    ports: &'p Ports,
    changes: Vec<Change>,
}

impl<'p> Speech<'p> {
    pub(super) fn new(key: Key, status: Status, ports: &'p Ports) -> Self {
        Self { key, status, ports, changes: Vec::new() }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Adds a change, or the port of one that is known.
    pub(super) fn add(&mut self, change: Change) {
        let alike = |known: &&mut Change| {
            known.direction == change.direction
                && known.callers == change.callers
                && known.operations == change.operations
                && known.cause == change.cause
        };
        match self.changes.iter_mut().find(alike) {
            Some(known) => {
                known.ports.extend(&change.ports);
                known.ports.sort_unstable();
                known.ports.dedup();
            }
            None => self.changes.push(change),
        }
    }

    /// All changes, what opens first.
    pub(super) fn into_changes(self) -> Vec<Change> {
        let mut changes = self.changes;
        let others: Vec<String> =
            changes.iter().map(|change| sentence(change, &self.key, self.status, self.ports)).collect();
        for (change, sentence) in changes.iter_mut().zip(others) {
            change.sentence = sentence;
        }
        changes.sort_by_key(|change| change.direction);
        changes
    }
}

fn sentence(change: &Change, key: &Key, status: Status, ports: &Ports) -> String {
    let who = few(&change.callers);
    let may = match change.direction {
        Direction::Opened => "may now",
        Direction::Closed => "may no longer",
    };
    let what = what(change, key);
    format!("{who} {may} {what}{} ({})", at(change, ports), why(change, status))
}

/// `DELETE /a on payments`, `send anything to payments`, `connect to payments`.
fn what(change: &Change, key: &Key) -> String {
    let name = &key.name;
    let is_everything = |operation: &Operation| operation.text == "everything";
    if let [only] = change.operations.as_slice()
        && is_everything(only)
    {
        return match (only.whole, change.request.tcp, change.direction) {
            (true, true, _) => format!("connect to {name}"),
            (true, false, _) => format!("send anything to {name}"),
            (false, _, Direction::Opened) => format!("send more to {name}, for example {}", shown(change)),
            (false, _, Direction::Closed) => format!("send all to {name}, for example {}", shown(change)),
        };
    }
    let whole: Vec<&str> = change
        .operations
        .iter()
        .filter(|operation| operation.whole)
        .map(|operation| &*operation.text)
        .collect();
    let part: Vec<&str> = change
        .operations
        .iter()
        .filter(|operation| !operation.whole)
        .map(|operation| &*operation.text)
        .collect();
    let mut texts = Vec::new();
    if !whole.is_empty() {
        texts.push(whole.join("; "));
    }
    if !part.is_empty() {
        texts.push(format!("send a part of {}", part.join("; ")));
    }
    let example = if part.is_empty() { String::new() } else { format!(", for example {}", shown(change)) };
    format!("{} on {name}{example}", texts.join(" and "))
}

/// The request of a change as people write it.
fn shown(change: &Change) -> String {
    match (&change.request.method, &change.request.path) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        (_, _) => "a connection".to_owned(),
    }
}

/// ` at port 8080`, where not all known ports are meant.
fn at(change: &Change, ports: &Ports) -> String {
    if ports.known.iter().all(|port| change.ports.contains(port)) && !ports.known.is_empty() {
        return String::new();
    }
    let named: Vec<String> =
        change.ports.iter().filter(|port| ports.known.contains(port)).map(ToString::to_string).collect();
    let others = change.ports.contains(&ports.unlisted);
    match (named.len(), others) {
        (0, _) if ports.known.is_empty() => String::new(),
        (0, _) => " at ports that nothing declares".to_owned(),
        (1, false) => format!(" at port {}", named[0]),
        (_, false) => format!(" at ports {}", named.join(", ")),
        (_, true) => format!(" at ports {} and those that nothing declares", named.join(", ")),
    }
}

/// The reason, with the line that says it.
fn why(change: &Change, status: Status) -> String {
    let opened = change.direction == Direction::Opened;
    let place = change.cause.rule.as_ref().map(|rule| match (&rule.place, &rule.statement) {
        (Some(place), Some(_)) => place.clone(),
        (Some(place), None) => format!("{place}, rule {} of {}", rule.rule, rule.policy),
        (None, _) => format!("rule {} of {}", rule.rule, rule.policy),
    });
    let place = place.unwrap_or_default();
    match (change.cause.kind, opened) {
        (CauseKind::Allow, true) => place,
        (CauseKind::Allow, false) => format!("was {place}"),
        (CauseKind::Deny, true) => format!("was denied by {place}"),
        (CauseKind::Deny, false) => format!("denied by {place}"),
        (CauseKind::External, true) => format!("{place} named a provider that Istio can not ask"),
        (CauseKind::External, false) => format!("{place} names a provider that Istio can not ask"),
        (CauseKind::Transport, true) => "mutual TLS takes these connections now".to_owned(),
        (CauseKind::Transport, false) => "mutual TLS no longer takes these connections".to_owned(),
        (CauseKind::Authentication, true) => "tokens are accepted that were not".to_owned(),
        (CauseKind::Authentication, false) => "tokens are no longer accepted".to_owned(),
        (CauseKind::Unprotected, true) => "no ALLOW policy holds for it any more".to_owned(),
        (CauseKind::Unprotected, false) => "an ALLOW policy holds for it now".to_owned(),
        (CauseKind::Proxy, true) => "no proxy stands in front of it any more".to_owned(),
        (CauseKind::Proxy, false) => "a proxy stands in front of it now".to_owned(),
        (CauseKind::Protocol, true) => "the port takes such traffic now".to_owned(),
        (CauseKind::Protocol, false) => "the port no longer takes such traffic".to_owned(),
        (CauseKind::Workload, _) if !place.is_empty() && status == Status::New => place,
        (CauseKind::Workload, _) if !place.is_empty() => format!("was {place}"),
        (CauseKind::Workload, true) => "nothing protects it".to_owned(),
        (CauseKind::Workload, false) => "nothing protected it".to_owned(),
    }
}
