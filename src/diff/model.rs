//! The result of a comparison: for each target what opens and what closes, why, and a request that shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::graph::Key;
use crate::query::{Addressee, ObjectPlace, RulePlace};
use crate::source::Symbol;

/// What a change opens and closes. Nothing is in it where both worlds decide every request alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// One for each target at which something changes, sorted by name.
    pub targets: Vec<TargetDiff>,
    /// Where it is not known whether something changes.
    pub undecided: Vec<Undecided>,
    /// The world whose workloads were taken for both, since the other one knows of none.
    pub graph_from: Option<Which>,
    /// How many objects of the world without workloads select none of those: they decide nothing in this comparison.
    pub selecting_nothing: usize,
    /// The workloads of both worlds, as `namespace/name`, whose pods carry other labels in the new one. Each world is
    /// taken at its word, so that policies which select the same pods by other labels do not differ.
    pub relabelled: Vec<String>,
    /// How proxies normalize paths on each side, where that differs. Paths are then compared as the new side leaves
    /// them; of what the other normalization alone opens or closes one request is told at each target, if one is found.
    pub normalizations: Option<Normalizations>,
}

/// Two ways to normalize paths, as Istio spells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Normalizations {
    /// That of the old side.
    pub old: &'static str,
    /// That of the new side.
    pub new: &'static str,
}

/// One of the two worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// The new one.
    New,
    /// The old one.
    Old,
}

impl Diff {
    /// Whether nothing opens and nothing closes, and that is known.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.is_complete()
    }

    /// Whether all that could open or close is told.
    pub fn is_complete(&self) -> bool {
        self.undecided.is_empty() && self.normalizations.is_none()
    }

    /// How many changes go in a direction.
    pub fn count(&self, direction: Direction) -> usize {
        let changes = self.targets.iter().flat_map(|target| &target.changes);
        changes.filter(|change| change.direction == direction).count()
    }
}

/// Workloads of one namespace, and what changes for the requests to each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetDiff {
    /// The workloads, as `namespace/name`.
    pub workloads: Vec<String>,
    /// Whether a workload is known to run the pods; otherwise only an object speaks of them.
    pub known: bool,
    /// Whether they are in both worlds.
    pub status: Status,
    /// What opens, then what closes.
    pub changes: Vec<Change>,
}

/// In which worlds a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In both.
    Changed,
    /// In the new one only: all that it takes is open that was not there before.
    New,
    /// In the old one only.
    Removed,
}

/// The two ways of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Requests get through that did not.
    Opened,
    /// Requests no longer get through.
    Closed,
}

/// Requests that some callers may now send, or may no longer send, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which way.
    pub direction: Direction,
    /// The change in one sentence: `orders may now DELETE /a on payments (payments.ward:12)`.
    pub sentence: String,
    /// The callers: `shop/orders`, an account, a group such as every identity of the mesh.
    pub callers: Vec<String>,
    /// What they may do now or no longer.
    pub operations: Vec<Operation>,
    /// The ports of the workload, sorted. One that nothing declares stands for all of those.
    pub ports: Vec<u16>,
    /// The port of a Service that has to be addressed. Absent where the pods themselves may be, or where no waypoint
    /// makes a difference.
    #[serde(flatten)]
    pub service: Option<ServicePort>,
    /// Whether nothing declares any of these ports, though others are declared.
    #[serde(skip)]
    pub undeclared: bool,
    /// Why.
    pub cause: Cause,
    /// One of the requests, as `meshward can --requests` takes it.
    pub request: Example,
    /// The same as a question to `meshward can`, where its words can say all of it.
    pub question: Option<String>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ServicePort {
    /// The Service, as `namespace/name`.
    pub service: String,
    /// Its port.
    pub service_port: u16,
}

/// Some requests in the words of the rule that they come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Operation {
    /// `GET, POST /api/*`; `everything` where a rule names no operation.
    pub text: String,
    /// Whether all of these requests are meant, or a part of them.
    pub whole: bool,
}

/// Why something opens or closes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// What kind of thing changed.
    pub kind: CauseKind,
    /// The rule that allows or denies, where it is one.
    #[serde(flatten)]
    pub rule: Option<RulePlace>,
    /// What says the mode of mutual TLS, where that is the reason.
    #[serde(flatten)]
    pub mode: Option<ModePlace>,
    /// The waypoints on the way, where there is one in one of the worlds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoints: Option<Waypoints>,
}

/// The waypoint on a way in each of the two worlds, as `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waypoints {
    /// That of the old one.
    pub old: Option<String>,
    /// That of the new one.
    pub new: Option<String>,
}

impl Waypoints {
    pub(super) fn of([old, new]: [Option<&Key>; 2]) -> Option<Self> {
        let is_one = old.is_some() || new.is_some();
        is_one.then(|| Self { old: old.map(Key::to_string), new: new.map(Key::to_string) })
    }
}

/// The object by which a mode of mutual TLS changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ModePlace {
    /// The object.
    #[serde(flatten)]
    pub object: ObjectPlace,
    /// The side that has it: the old one only where the new one has none in its place.
    pub side: Which,
}

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// The mode of mutual TLS, or the trust domains that the mesh knows.
    Transport,
    /// Whether a CUSTOM policy names a provider that Istio can ask.
    External,
    /// Which tokens are accepted.
    Authentication,
    /// A rule that denies: one that came when something closes, one that went when something opens.
    Deny,
    /// A rule that allows: one that came when something opens, one that went when something closes.
    Allow,
    /// Whether any ALLOW policy holds; without one everything is allowed.
    Unprotected,
    /// Whether a proxy of the mesh stands in front of the workload.
    Proxy,
    /// How proxies read the path, whatever the rules say: one of the requests of which that is so.
    Normalization,
    /// What the port is declared to carry.
    Protocol,
    /// Whether there is a workload at all.
    Workload,
    /// Whether the ztunnel of the pods takes what a waypoint sends.
    Ztunnel,
}

/// A request as a line of `meshward can --requests`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The caller's SPIFFE URI; `null` for plaintext.
    pub from: Option<String>,
    /// The workload, as `namespace/name`.
    pub to: String,
    /// Its port.
    pub port: u16,
    /// What is addressed, where that makes a difference.
    #[serde(skip_serializing_if = "Addressee::is_unstated")]
    pub service: Addressee,
    /// Whether it is no HTTP.
    pub tcp: bool,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The host header, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The headers that matter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<Symbol, Vec<String>>,
    /// The claims of a valid token, where they matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<serde_json::Value>,
    /// `invalid` for a token that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<&'static str>,
    /// The address of the peer, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The address of the client, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// The local address of the connection, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_ip: Option<String>,
    /// The server name of TLS, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<String>,
}

/// A workload of which it is not known whether something changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Undecided {
    /// The workload, as `namespace/name`.
    pub workload: String,
    /// Why, in one sentence.
    pub reason: String,
}
