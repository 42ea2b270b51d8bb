//! What stands on each way to a destination, for traffic of one kind: what a comparison of two worlds looks at.

use super::doors::hops;
use super::judge::{Judge, Point, Unknown};
use super::passage::Passage;
use super::route::{Destination, Hop, Sender};
use crate::istio::semantics::Filters;

/// What stands on a way, for all who send on it.
pub(crate) struct Lane<'a> {
    pub(crate) senders: Vec<Sender>,
    /// The first proxy there.
    pub(crate) hop: Hop<'a>,
    /// Whether traffic of both kinds is asked the same.
    pub(crate) is_raw: bool,
    pub(crate) met: Met<'a>,
}

/// What traffic meets.
pub(crate) enum Met<'a> {
    /// A proxy that takes no such traffic.
    Closed,
    /// Nobody who decides.
    Open,
    /// Proxies that ask policies.
    Guarded(Box<Passage<'a>>),
}

impl<'a> Judge<'a> {
    /// Every way to a destination, for traffic that is HTTP or not.
    pub(crate) fn lanes(&self, to: Destination<'a>, tcp: bool) -> Result<Vec<Lane<'a>>, Unknown> {
        let lane = |(hop, senders)| {
            let carries = self.carries_at(hop, to.workload, to.port);
            let is_raw = carries.filters(false).0 == Filters::Network;
            let (filters, takes_it) = carries.filters(tcp);
            let point = Point { workload: to.workload, port: to.port, hop, filters };
            let met = match takes_it {
                _ if self.is_open_at(point) => Met::Open,
                false => Met::Closed,
                true => Met::Guarded(Box::new(self.passage(point)?)),
            };
            Ok(Lane { senders, hop, is_raw, met })
        };
        hops(self, to)?.into_iter().map(lane).collect()
    }

    /// The first proxy that each sender meets who addresses the pod of a destination itself.
    pub(crate) fn hops_of_pod(&self, to: Destination<'a>) -> Result<Vec<(Sender, Hop<'a>)>, Unknown> {
        let pod = Destination { service: None, ..to };
        Sender::ALL.into_iter().map(|sender| Ok((sender, self.route(pod, sender)?.first))).collect()
    }

    /// Whether somebody who addresses a Service meets another proxy first than who addresses the pod behind it.
    pub(crate) fn is_apart_from_pod(&self, to: Destination<'a>) -> Result<bool, Unknown> {
        for (sender, hop) in self.hops_of_pod(to)? {
            if self.route(to, sender)?.first != hop {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
