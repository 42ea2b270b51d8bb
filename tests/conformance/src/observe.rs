//! From what came back over the wire, and what Envoy wrote about its connections, to verdicts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::client::Reply;
use crate::envoy::Envoy;
use crate::request::{Outcome, Request, RuleId, Verdict};

/// How long Envoy may take to write about a connection that ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a request at the real Envoy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What became of it, and which rule decided.
    pub verdict: Verdict,
    /// The path as the filters saw it, where they saw one.
    pub path: Option<String>,
}

/// Why a connection ended, by the listener's name and the address that it came from.
type Endings = BTreeMap<(String, String), String>;

/// What became of each request, in order.
pub fn observed(
    envoy: &Envoy,
    requests: &[Request],
    replies: &BTreeMap<usize, Reply>,
) -> Result<Vec<Observed>> {
    let started = Instant::now();
    loop {
        let endings = endings(&envoy.connections()?);
        let observed: Option<Vec<Result<Observed>>> = requests
            .iter()
            .map(|request| {
                let reply = &replies[&request.id];
                let verdict = verdict(request, reply, &endings)?;
                Some(verdict.map(|verdict| Observed { verdict, path: path(reply) }))
            })
            .collect();
        match observed {
            Some(observed) => return observed.into_iter().collect(),
            None if started.elapsed() > PATIENCE => bail!("Envoy did not tell why it closed a connection"),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn path(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Http(answer) => Some(answer.path.clone()).filter(|path| !path.is_empty()),
        Reply::Echo | Reply::Closed(_) | Reply::NoHandshake => None,
    }
}

fn endings(log: &str) -> Endings {
    let line = |line: &str| {
        let mut fields = line.split('\t');
        let key = (fields.next()?.to_owned(), fields.next()?.to_owned());
        Some((key, fields.collect::<Vec<_>>().join("\t")))
    };
    log.lines().filter_map(line).collect()
}

/// `None` while it is not known why a connection was closed.
fn verdict(request: &Request, reply: &Reply, endings: &Endings) -> Option<Result<Verdict>> {
    let plain = |outcome| Some(Ok(Verdict { outcome, rule: None }));
    match reply {
        Reply::Echo => plain(Outcome::Allowed),
        Reply::NoHandshake => plain(Outcome::Refused),
        Reply::Http(answer) => {
            Some(answer.verdict().map_err(|text| anyhow::anyhow!("request {request:?}: {text}")))
        }
        Reply::Closed(address) => closed(request, *address, endings),
    }
}

fn closed(request: &Request, address: SocketAddr, endings: &Endings) -> Option<Result<Verdict>> {
    let ending = endings.get(&(request.to.clone(), address.to_string()))?;
    let Some((_, denial)) = ending.split_once("rbac_access_denied_matched_policy[") else {
        return Some(Ok(Verdict { outcome: Outcome::Refused, rule: None }));
    };
    let rule = denial.split('\t').next().and_then(|id| RuleId::parse(id.strip_suffix(']')?));
    Some(Ok(Verdict { outcome: Outcome::Denied, rule }))
}
