//! From what came back over the wire, and what Envoy wrote about its connections, to verdicts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::case::Case;
use crate::client::Reply;

use crate::envoy::Envoy;
use crate::request::{Outcome, Request, RuleId, Verdict};

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
}

impl Observed {
    /// Whether it is what somebody said.
    pub fn confirms(&self, said: &Verdict) -> bool {
        let is_unseen = said.outcome == Outcome::Allowed && !self.tells_allowing_rule;
        self.verdict.outcome == said.outcome && (is_unseen || self.verdict.rule == said.rule)
    }
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
                let is_raw = request.tcp || case.cluster.is_tcp(&request.to, request.port);
                let verdict = verdict(request, reply, is_raw, &endings)?;
                let tells_allowing_rule = matches!(reply, Reply::Http(_));
                let verdict = verdict.map(|verdict| without_audit(verdict, &audits));
                Some(verdict.map(|verdict| Observed { verdict, path: path(reply), tells_allowing_rule }))
            })
            .collect();
        match observed {
            Some(observed) => return observed.into_iter().collect(),
            None if started.elapsed() > PATIENCE => {
                let untold = |request: &&Request| match replies[&request.id] {
                    Reply::Closed(port) | Reply::NoHandshake(port) => !endings.contains_key(&port),
                    Reply::Http(_) | Reply::Echo | Reply::RawHandshake(_) => false,
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
        Reply::Echo | Reply::RawHandshake(_) | Reply::Closed(_) | Reply::NoHandshake(_) => None,
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
