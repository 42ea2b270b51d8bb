//! What is decided on the way to a port: by the first proxy there, and where that is a waypoint, by the ztunnel behind
//! it, which sees the waypoint call.

use serde::Serialize;

use super::arrival::Arrival;
use super::judge::{Judge, Outcome, Point, Unknown, Verdict};
use super::restricted::lets_in;
use super::route::Hop;
use super::waypoint::Oddity;
use crate::access::{Condition, Request};
use crate::graph::Key;
use crate::istio::semantics::{Access, Filters, RuleRef};

/// What is decided on the way to a port, for all requests.
#[derive(Clone, Debug)]
pub(crate) struct Passage<'a> {
    pub(super) point: Point<'a>,
    /// What the first proxy decides.
    pub(crate) access: Access<'a>,
    /// What the pod's ztunnel decides about what a waypoint sends; `None` where there is no waypoint, or nobody behind it.
    pub(crate) behind: Option<Behind<'a>>,
}

/// A ztunnel behind a waypoint: whether it takes what the waypoint sends hangs on no request.
#[derive(Clone, Debug)]
pub(crate) struct Behind<'a> {
    /// The connection of the waypoint.
    pub(super) arrival: Arrival<'a>,
    pub(super) access: Access<'a>,
    verdict: Verdict<'a>,
}

/// Which of two proxies on the way decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The waypoint.
    Waypoint,
    /// The ztunnel of the pod.
    Ztunnel,
}

/// What becomes of a request on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed<'a> {
    pub(super) verdict: Verdict<'a>,
    /// Who decided, where there is a waypoint on the way.
    pub(super) stage: Option<Stage>,
}

impl<'a> Judge<'a> {
    /// What is decided on the way that begins at a point.
    pub(super) fn passage(&self, point: Point<'a>) -> Result<Passage<'a>, Unknown> {
        let access = self.decide(point)?;
        let behind = match point.hop {
            Hop::Waypoint { waypoint, .. } if self.has_proxy(point.workload) => {
                Some(self.behind(waypoint, point)?)
            }
            Hop::Waypoint { .. } | Hop::Pod => None,
        };
        Ok(Passage { point, access, behind })
    }

    fn behind(&self, waypoint: &Key, point: Point<'a>) -> Result<Behind<'a>, Unknown> {
        let point = Point::of_pod(point.workload, point.port, Filters::Network);
        let access = self.decide(point)?;
        let odd = |oddity| Unknown::Waypoint(*waypoint, oddity);
        if looks_at_addresses(&access) {
            return Err(odd(Oddity::Address));
        }
        let world = self.world();
        let account = self.waypoint_account(waypoint)?;
        let mut request = Request::new("", point.workload.key.name.to_string(), "");
        request.identity =
            Some(format!("spiffe://{}/ns/{}/sa/{account}", world.mesh.trust_domain, waypoint.namespace));
        let arrival = Arrival { point, request, is_malformed: false };
        let verdict = self.verdict(&access, &arrival);
        Ok(Behind { arrival, access, verdict })
    }
}

impl<'a> Passage<'a> {
    /// What becomes of one request.
    pub(super) fn verdict(&self, judge: &Judge<'a>, arrival: &Arrival<'a>) -> Passed<'a> {
        let verdict = judge.verdict(&self.access, arrival);
        let Hop::Waypoint { .. } = self.point.hop else { return Passed { verdict, stage: None } };
        match (&self.behind, verdict.outcome) {
            (Some(behind), Outcome::Allowed | Outcome::External) if !behind.takes_it() => {
                Passed { verdict: behind.verdict, stage: Some(Stage::Ztunnel) }
            }
            (_, _) => Passed { verdict, stage: Some(Stage::Waypoint) },
        }
    }

    /// Whether some request of a caller gets through, if every provider agrees.
    pub(super) fn lets_in(&self, judge: &Judge<'_>, identity: Option<&str>) -> bool {
        let identity = self.access.arriving(identity);
        !self.is_shut()
            && (judge.is_open_at(self.point) || lets_in(&self.access, identity, judge.normalization()))
    }

    /// Whether the ztunnel takes nothing from the waypoint.
    pub(super) fn is_shut(&self) -> bool {
        self.behind.as_ref().is_some_and(|behind| !behind.takes_it())
    }
}

impl<'a> Behind<'a> {
    pub(crate) fn takes_it(&self) -> bool {
        self.verdict.outcome == Outcome::Allowed
    }

    /// The rule that takes what the waypoint sends, or denies it.
    pub(crate) fn rule(&self) -> Option<RuleRef<'a>> {
        self.verdict.rule
    }
}

/// Whether it hangs on the address of the waypoint's pod or on that of its own, of which nothing is known.
fn looks_at_addresses(access: &Access<'_>) -> bool {
    let mut conditions = Vec::new();
    let parts = access.allow.iter().flatten().chain(&access.deny);
    parts.for_each(|part| part.requests.conditions(&mut conditions));
    conditions.iter().any(|condition| matches!(condition, Condition::Peer(_) | Condition::Destination(_)))
}
