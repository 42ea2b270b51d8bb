//! Changes in sentences that can be read aloud; those that differ only in the port are one.

use super::model::{
    CauseKind, Change, Direction, ModePlace, Operation, ServicePort, Status, TargetDiff, Waypoints, Which,
};
use super::subject::Ports;
use crate::graph::Key;
use crate::query::{Addressee, ObjectPlace};

/// A target, and what is said of it.
pub(super) struct Target {
    pub(super) key: Key,
    pub(super) known: bool,
    pub(super) status: Status,
    pub(super) changes: Vec<Said>,
}

/// A change, with the words for its ports.
pub(super) struct Said {
    change: Change,
    at: String,
}

impl Said {
    fn is_like(&self, other: &Self) -> bool {
        self.at == other.at && self.change.is_like(&other.change)
    }
}

impl Change {
    /// Whether only the ports and the request differ.
    fn is_like(&self, other: &Self) -> bool {
        self.direction == other.direction
            && self.callers == other.callers
            && self.operations == other.operations
            && self.service == other.service
            && self.cause == other.cause
    }

    fn add_ports(&mut self, ports: &[u16]) {
        self.ports.extend(ports);
        self.ports.sort_unstable();
        self.ports.dedup();
    }
}

/// The targets in sentences; those of one namespace of which the same is said are one.
pub(super) fn merged(targets: Vec<Target>) -> Vec<TargetDiff> {
    let mut groups: Vec<(Target, Vec<Key>)> = Vec::new();
    for target in targets {
        let alike = |(known, _): &&mut (Target, Vec<Key>)| {
            known.key.namespace == target.key.namespace
                && (known.known, known.status) == (target.known, target.status)
                && known.changes.len() == target.changes.len()
                && known.changes.iter().zip(&target.changes).all(|(known, said)| known.is_like(said))
        };
        match groups.iter_mut().rev().find(alike) {
            Some((known, keys)) => {
                for (known, said) in known.changes.iter_mut().zip(&target.changes) {
                    known.change.add_ports(&said.change.ports);
                }
                keys.push(target.key);
            }
            None => {
                let key = target.key;
                groups.push((target, vec![key]));
            }
        }
    }
    groups.into_iter().map(|(target, keys)| told(target, &keys)).collect()
}

fn told(target: Target, keys: &[Key]) -> TargetDiff {
    let names: Vec<String> = keys.iter().map(|key| key.name.to_string()).collect();
    let name = listed(&names);
    let status = target.status;
    let sentence = |Said { change, at }: Said| {
        let sentence = sentence(&change, &name, status, &at);
        Change { sentence, ..change }
    };
    TargetDiff {
        workloads: keys.iter().map(ToString::to_string).collect(),
        known: target.known,
        status,
        changes: target.changes.into_iter().map(sentence).collect(),
    }
}

/// What is said of one target.
pub(super) struct Speech<'p> {
    key: Key,
    ports: &'p Ports,
    changes: Vec<Change>,
}

impl<'p> Speech<'p> {
    pub(super) fn new(key: Key, ports: &'p Ports) -> Self {
        Self { key, ports, changes: Vec::new() }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Adds a change, or the port of one that is known.
    pub(super) fn add(&mut self, change: Change) {
        match self.changes.iter_mut().find(|known| known.is_like(&change)) {
            Some(known) => known.add_ports(&change.ports),
            None => self.changes.push(change),
        }
    }

    /// All changes, what opens first.
    pub(super) fn into_changes(self) -> Vec<Said> {
        let ports = self.ports;
        let said = |mut change: Change| {
            change.undeclared = change.service.is_none()
                && !ports.known.is_empty()
                && !change.ports.iter().any(|port| ports.known.contains(port));
            Said { at: at(&change, ports), change }
        };
        let mut changes: Vec<Said> = self.changes.into_iter().map(said).collect();
        changes.sort_by_key(|said| said.change.direction);
        changes
    }
}

/// `a`, `a and b`, `a, b, c and 4 more`.
fn listed(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if first.len() < 4 => format!("{} and {last}", first.join(", ")),
        [first, second, third, rest @ ..] => format!("{first}, {second}, {third} and {} more", rest.len()),
        [_, _, ..] => names.join(", "),
    }
}

fn sentence(change: &Change, name: &str, status: Status, at: &str) -> String {
    let who = listed(&change.callers);
    let may = match change.direction {
        Direction::Opened => "may now",
        Direction::Closed => "may no longer",
    };
    let place = addressed(change, name);
    format!("{who} {may} {}{at} ({}{})", what(change, &place), why(change, status), way(change))
}

/// `payments:80` for a Service, `the pods of payments` where they are told apart from one.
fn addressed(change: &Change, name: &str) -> String {
    match (&change.service, &change.request.service) {
        (Some(ServicePort { service, service_port }), _) => {
            let name = service.split_once('/').map_or(service.as_str(), |(_, name)| name);
            format!("{name}:{service_port}")
        }
        (None, Addressee::Pod) => format!("the pods of {name}"),
        (None, Addressee::Service(_) | Addressee::Unstated) => name.to_owned(),
    }
}

/// What changed on the way, where that did.
fn way(change: &Change) -> String {
    let Some(Waypoints { old, new }) = &change.cause.waypoints else { return String::new() };
    match (old, new) {
        (old, new) if old == new => String::new(),
        (Some(old), None) => format!("; traffic no longer goes through the waypoint {old}"),
        (Some(old), Some(new)) => {
            format!("; traffic goes through the waypoint {new} now, and no longer through {old}")
        }
        (None, Some(new)) => format!("; traffic goes through the waypoint {new} now"),
        (None, None) => String::new(),
    }
}

/// The waypoint of the side on which requests get through or do not.
fn waypoint(change: &Change, side: Which) -> &str {
    let waypoints = change.cause.waypoints.as_ref();
    let found = waypoints.and_then(|Waypoints { old, new }| match side {
        Which::Old => old.as_deref(),
        Which::New => new.as_deref(),
    });
    found.unwrap_or_default()
}

/// `DELETE /a on payments`, `send anything to payments`, `connect to payments`.
fn what(change: &Change, name: &str) -> String {
    let is_everything = |operation: &Operation| operation.text == "everything";
    if let [only] = change.operations.as_slice()
        && is_everything(only)
    {
        return match (only.whole, change.request.tcp, change.direction) {
            (true, true, _) => format!("connect to {name}"),
            (true, false, _) => format!("send anything to {name}"),
            (false, _, Direction::Opened) => format!("send more to {name}, for example {}", shown(change)),
            (false, _, Direction::Closed) => {
                format!("send all that they could to {name}, for example {}", shown(change))
            }
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
        texts.push(format!("call a part of {}", part.join("; ")));
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
    if change.service.is_some() {
        return String::new();
    }
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

/// What says the mode of mutual TLS.
fn by_mode(mode: Option<&ModePlace>) -> String {
    let Some(ModePlace { object: ObjectPlace { object, place, statement }, side }) = mode else {
        return String::new();
    };
    let by = match (place, statement) {
        (Some(place), Some(_)) => place.clone(),
        (Some(place), None) => format!("{place}, {object}"),
        (None, _) => object.clone(),
    };
    match side {
        Which::New => format!(": {by}"),
        Which::Old => format!(": was {by}"),
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
        (CauseKind::Transport, true) => {
            format!("mutual TLS takes these connections now{}", by_mode(change.cause.mode.as_ref()))
        }
        (CauseKind::Transport, false) => {
            format!("mutual TLS no longer takes these connections{}", by_mode(change.cause.mode.as_ref()))
        }
        (CauseKind::Authentication, true) => "tokens are accepted that were not".to_owned(),
        (CauseKind::Authentication, false) => "tokens are no longer accepted".to_owned(),
        (CauseKind::Unprotected, true) => "no ALLOW policy holds for it any more".to_owned(),
        (CauseKind::Unprotected, false) => "an ALLOW policy holds for it now".to_owned(),
        (CauseKind::Proxy, true) => "no proxy stands in front of it any more".to_owned(),
        (CauseKind::Proxy, false) => "a proxy stands in front of it now".to_owned(),
        (CauseKind::Normalization, _) => "since its path is normalized otherwise".to_owned(),
        (CauseKind::Protocol, true) => "the port takes such traffic now".to_owned(),
        (CauseKind::Protocol, false) => "the port no longer takes such traffic".to_owned(),
        (CauseKind::Ztunnel, _) => {
            let by = if place.is_empty() { String::new() } else { format!(": {place}") };
            match change.direction {
                Direction::Opened => {
                    let waypoint = waypoint(change, Which::Old);
                    format!("the ztunnel behind the waypoint {waypoint} no longer keeps it out{by}")
                }
                Direction::Closed => {
                    let waypoint = waypoint(change, Which::New);
                    format!("the ztunnel behind the waypoint {waypoint} keeps it out now{by}")
                }
            }
        }
        (CauseKind::Workload, _) if !place.is_empty() && status == Status::New => place,
        (CauseKind::Workload, _) if !place.is_empty() => format!("was {place}"),
        (CauseKind::Workload, true) => "nothing protects it".to_owned(),
        (CauseKind::Workload, false) => "nothing protected it".to_owned(),
    }
}
