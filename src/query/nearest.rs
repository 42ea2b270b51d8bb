//! How close a request comes to being allowed: the rule that it fails in the fewest dimensions, and what that rule
//! asks for in each.

use serde::Serialize;

use super::arrival::Arrival;
use super::clause::{Clause, closest, distance, missed};
use super::judge::{Judge, Point};
use super::misfit::{dimension, sentence};
use super::route::Hop;
use super::rule_place::RulePlace;
use crate::istio::semantics::{Access, Part};
use crate::source::SourceMap;

/// The rule that a denied request comes nearest to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// What does not fit: "`orders` may GET /api/v1/users/*, not DELETE".
    pub sentence: String,
    /// The dimensions that do not fit, such as `method`.
    pub fails: Vec<String>,
    /// The rule.
    pub rule: RulePlace,
}

/// A rule, and how it fails.
pub(super) struct Candidate<'p, 'a> {
    part: &'p Part<'a>,
    pub(super) clauses: Vec<Clause<'p>>,
    /// The port that it is about, if that is another one.
    pub(super) other_port: Option<u16>,
}

impl Candidate<'_, '_> {
    fn distance(&self) -> (usize, bool, bool) {
        let (misses, caller, path) = distance(&self.clauses);
        (misses + usize::from(self.other_port.is_some()), caller, path)
    }
}

/// The nearest rule, the first of several; those that speak of another port of the workload are looked at too.
pub(super) fn nearest<'a>(
    judge: &Judge<'a>,
    sources: &SourceMap,
    caller: &str,
    access: &Access<'a>,
    arrival: &Arrival<'a>,
) -> Option<Nearest> {
    let request = &arrival.request;
    let elsewhere = elsewhere(judge, arrival.point);
    let here = access.allow.iter().flatten().map(|part| (part, None));
    let there = elsewhere
        .iter()
        .flat_map(|(port, access)| access.allow.iter().flatten().map(|part| (part, Some(*port))));
    let candidate = |(part, other_port): (_, Option<u16>)| {
        let part: &Part<'a> = part;
        let clauses = closest(&part.requests, request)?;
        Some(Candidate { part, clauses, other_port })
    };
    let found = here.chain(there).filter_map(candidate).min_by_key(Candidate::distance)?;
    let mut fails: Vec<String> = missed(&found.clauses).map(|clause| dimension(&clause.dimension)).collect();
    fails.extend(found.other_port.map(|_| "port".to_owned()));
    fails.dedup();
    let trust_domain = &judge.world().mesh.trust_domain;
    let port = found.other_port.unwrap_or_else(|| arrival.point.seen_port());
    let lacks: Vec<_> = missed(&found.clauses).flat_map(|clause| clause.conditions.iter().copied()).collect();
    Some(Nearest {
        sentence: sentence(trust_domain, caller, &found, arrival),
        fails,
        rule: RulePlace::nearest(judge, sources, found.part.rule, (request, port), &lacks),
    })
}

/// What is decided at the other ports that are known: of the workload, or at a waypoint of the Service.
fn elsewhere<'a>(judge: &Judge<'a>, point: Point<'a>) -> Vec<(u16, Access<'a>)> {
    let mut points: Vec<Point<'a>> = match point.hop {
        Hop::Waypoint { waypoint, service: Some((service, _)) } => {
            let ports = judge.world().graph.services[service].ports.iter();
            let hop = |port| Hop::Waypoint { waypoint, service: Some((service, port)) };
            ports.map(|port| Point { hop: hop(port.number), ..point }).collect()
        }
        Hop::Waypoint { service: None, .. } | Hop::Pod => {
            let declared = point.workload.declared.iter().map(|(number, _)| *number);
            let ports = declared.chain(point.workload.ports.iter().map(|port| port.number));
            ports.map(|port| Point { port, ..point }).collect()
        }
    };
    points.sort_unstable_by_key(Point::seen_port);
    points.dedup();
    points.retain(|other| *other != point);
    let at = |point: Point<'a>| Some((point.seen_port(), judge.decide(point).ok()?));
    points.into_iter().filter_map(at).collect()
}
