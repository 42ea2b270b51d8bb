//! What becomes of one request at one port: the codec, the handshake, the policies, in the order in which a
//! proxy asks them.

use serde::Serialize;

use super::ports::{Carries, carries};
use super::world::World;
use crate::access::{Decision, Request};
use crate::graph::Workload;
use crate::istio::semantics::{Filters, Semantics};

/// What a caller meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The request reaches the workload.
    Allowed,
    /// 403, or a connection that is closed.
    Denied,
    /// A CUSTOM provider decides.
    External,
    /// 400, before any policy is asked.
    Malformed,
    /// The handshake fails.
    Refused,
    /// 401: a token that does not hold.
    Unauthenticated,
}

/// What becomes of a request, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the caller meets.
    pub outcome: Outcome,
    /// The rule that decides, as object of the bundle and number of the rule; none where no rule matches.
    pub rule: Option<(usize, Option<usize>)>,
}

/// Where a request arrives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<'a> {
    pub(super) workload: &'a Workload,
    pub(super) port: u16,
    pub(super) filters: Filters,
}

impl PartialEq for Point<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.workload, other.workload)
            && (self.port, self.filters) == (other.port, other.filters)
    }
}

impl Eq for Point<'_> {}

impl std::hash::Hash for Point<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (std::ptr::from_ref(self.workload), self.port, self.filters).hash(state);
    }
}

/// A request on its way to a port.
#[derive(Clone, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) point: Point<'a>,
    pub(super) request: Request,
    /// Whether the port takes HTTP alone and something else arrives, or HTTP that no codec reads.
    pub(super) is_malformed: bool,
}

/// Answers requests of one world.
pub struct Judge<'a> {
    world: &'a World,
    semantics: Semantics<'a>,
}

impl<'a> Judge<'a> {
    /// Sorts the objects of the world by what they select.
    pub fn new(world: &'a World) -> Self {
        Self { world, semantics: Semantics::new(world.config(), &world.bundle) }
    }

    pub(super) fn world(&self) -> &'a World {
        self.world
    }

    /// Which filters traffic of a kind meets at a port; `Err` where the port does not carry it.
    pub(super) fn filters(&self, workload: &Workload, port: u16, tcp: bool) -> Result<Filters, Filters> {
        match (carries(&self.world.graph, workload, port), tcp) {
            (Carries::Http, true) => Err(Filters::Http),
            (Carries::Http, false) | (Carries::Either, false) => Ok(Filters::Http),
            (Carries::Raw, _) | (Carries::Either, true) => Ok(Filters::Network),
        }
    }

    /// What is decided at a port, for all requests.
    pub(super) fn decision(&self, point: Point<'a>) -> Decision {
        let key = &point.workload.key;
        self.semantics.decide(&key.namespace, &point.workload.labels, point.port, point.filters)
    }

    /// What becomes of one request, given what is decided where it arrives.
    pub(super) fn verdict(&self, decision: &Decision, arrival: &Arrival<'a>) -> Verdict {
        let request = &arrival.request;
        let outcome = if !self.world.has_proxy(arrival.point.workload) {
            Outcome::Allowed
        } else if !decision.transport.holds(request) {
            Outcome::Refused
        } else if arrival.is_malformed {
            Outcome::Malformed
        } else if decision.allow.holds(request) && !decision.deny.holds(request) {
            Outcome::Allowed
        } else {
            Outcome::Denied
        };
        Verdict { outcome, rule: None }
    }
}
