//! From what came back over the wire, and what Envoy wrote about its connections, to verdicts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::case::Case;
use crate::client::Reply;
use crate::envoy::Envoy;
use crate::istiod;
use crate::judge::{Said, Stage};
use crate::request::{Outcome, Request, RuleId, Verdict};
use crate::ztunnel::{Decision, Ztunnel};

/// How long Envoy may take to write about a connection that ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a request at the real Envoy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What became of it, and which rule decided.
    pub verdict: Verdict,
    /// The path as the filters saw it, where they saw one.
    pub path: Option<String>,
    /// Whether a rule that allowed it would have been told; filters of TCP do not tell.
    tells_allowing_rule: bool,
    /// The waypoint that it was sent to, as `namespace/name`.
    waypoint: Option<String>,
    /// What a ztunnel behind the waypoint does with what that let through.
    pub behind: Option<Decision>,
}

impl Observed {
    /// Whether it is what somebody said.
    pub fn confirms(&self, said: &Said) -> bool {
        if said.waypoint != self.waypoint {
            return false;
        }
        let verdict = &said.verdict;
        if let Some(behind) = self.behind.as_ref().filter(|behind| behind.outcome != Outcome::Allowed) {
            return said.stage == Some(Stage::Ztunnel) && behind.bears_out(verdict);
        }
        let is_unseen = verdict.outcome == Outcome::Allowed && !self.tells_allowing_rule;
        said.stage == self.waypoint.as_ref().map(|_| Stage::Waypoint)
            && self.verdict.outcome == verdict.outcome
            && (is_unseen || self.verdict.rule == verdict.rule)
    }
}

/// Asks the ztunnels about what waypoints let through: they see the waypoint call.
pub fn ask_behind(
    case: &Case,
    sent: &istiod::Ztunnel,
    requests: &[Request],
    observed: &mut [Observed],
) -> Result<()> {
    for (request, observed) in requests.iter().zip(observed) {
        let waypoint = request.via.as_ref().and_then(|via| case.cluster.waypoint(&via.waypoint));
        let Some(waypoint) = waypoint.filter(|_| observed.verdict.outcome == Outcome::Allowed) else {
            continue;
        };
        let identity = format!("spiffe://{}", waypoint.identity(&case.cluster.trust_domain));
        let onward = Request { from: Some(identity), ..request.clone() };
        let (namespace, name) = request.to.split_once('/').unwrap_or_default();
        observed.behind = Some(Ztunnel::of(sent, namespace, name)?.decide(&onward)?);
    }
    Ok(())
}

/// Why a connection ended, by the port that it was announced from.
type Endings = BTreeMap<u16, String>;

/// What became of each request, in order.
pub fn observed(
    case: &Case,
    envoy: &Envoy,
    requests: &[Request],
    replies: &BTreeMap<usize, Reply>,
) -> Result<Vec<Observed>> {
    let started = Instant::now();
    let audits = case.audits();
    loop {
        let endings = endings(&envoy.connections()?);
        let observed: Option<Vec<Result<Observed>>> = requests
            .iter()
            .map(|request| {
                let reply = &replies[&request.id];
                let is_raw = request.tcp
                    || request.is_raw_in_tunnel()
                    || case.cluster.is_tcp(&request.to, request.port);
                let verdict = verdict(request, reply, is_raw, &endings)?;
                let tells_allowing_rule = matches!(reply, Reply::Http(_));
                let verdict = verdict.map(|verdict| without_audit(verdict, &audits));
                let waypoint = request.via.as_ref().map(|via| via.waypoint.clone());
                let path = path(reply);
                let observed =
                    |verdict| Observed { verdict, path, tells_allowing_rule, waypoint, behind: None };
                Some(verdict.map(observed))
            })
            .collect();
        match observed {
            Some(observed) => return observed.into_iter().collect(),
            None if started.elapsed() > PATIENCE => {
                let untold = |request: &&Request| match replies[&request.id] {
                    Reply::Closed(port) | Reply::NoHandshake(port) => !endings.contains_key(&port),
                    Reply::Http(_) | Reply::Echo | Reply::RawHandshake(_) | Reply::NoTunnel => false,
                };
                let request = requests.iter().find(untold);
                bail!("Envoy did not tell why it closed the connection of {request:?}")
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The filter of AUDIT leaves the name of its rule where that of ALLOW does; without one, it stays there.
fn without_audit(verdict: Verdict, audits: &[String]) -> Verdict {
    let decides = verdict.rule.as_ref().is_some_and(|rule| !audits.contains(&rule.policy));
    Verdict { rule: verdict.rule.filter(|_| decides), ..verdict }
}

fn path(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Http(answer) => Some(answer.path.clone()).filter(|path| !path.is_empty()),
        Reply::Echo | Reply::RawHandshake(_) | Reply::Closed(_) | Reply::NoHandshake(_) | Reply::NoTunnel => {
            None
        }
    }
}

fn endings(log: &str) -> Endings {
    let line = |line: &str| {
        let (port, ending) = line.split_once('\t')?;
        Some((port.parse().ok()?, ending.to_owned()))
    };
    log.lines().filter_map(line).collect()
}

/// `None` while it is not known why a connection was closed.
fn verdict(request: &Request, reply: &Reply, is_raw: bool, endings: &Endings) -> Option<Result<Verdict>> {
    match reply {
        // The bytes of TLS went through as bytes, but no request was read out of them.
        Reply::RawHandshake(_) | Reply::NoHandshake(_) if !is_raw => {
            Some(Ok(Verdict { outcome: Outcome::Refused, rule: None }))
        }
        Reply::NoTunnel => Some(Ok(Verdict { outcome: Outcome::Refused, rule: None })),
        Reply::Echo | Reply::RawHandshake(_) => Some(Ok(Verdict { outcome: Outcome::Allowed, rule: None })),
        Reply::Http(answer) => {
            Some(answer.verdict().map_err(|text| anyhow::anyhow!("request {request:?}: {text}")))
        }
        Reply::Closed(port) | Reply::NoHandshake(port) => closed(*port, endings),
    }
}

fn closed(port: u16, endings: &Endings) -> Option<Result<Verdict>> {
    let Some((_, denial)) = endings.get(&port)?.split_once("rbac_access_denied_matched_policy[") else {
        return Some(Ok(Verdict { outcome: Outcome::Refused, rule: None }));
    };
    let rule = denial.strip_suffix(']').and_then(RuleId::parse);
    Some(Ok(Verdict { outcome: Outcome::Denied, rule }))
}
