//! What meshward itself says about requests: the answers of `meshward can --requests`, from the documents alone.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use meshward::access;
use meshward::istio::semantics::{self, Access, Addressed, Backend, Filters, RuleRef, Semantics, Target};
use meshward::query::{Bulk, Manifests, World, read};
use meshward::source::{MemoryLoader, SourceMap};
use serde::Deserialize;

use crate::case::Case;
use crate::request::{Outcome, Request, RuleId, Verdict, Via};
use crate::witness::witnesses;

/// A mesh as meshward reads it.
pub struct Judge {
    world: World,
    sources: SourceMap,
}

/// What meshward says to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The waypoint that it goes through, as `namespace/name`.
    pub waypoint: Option<String>,
    /// Which proxy decides, where there is a waypoint.
    pub stage: Option<Stage>,
}

/// One of two proxies on the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The waypoint.
    Waypoint,
    /// The ztunnel behind it.
    Ztunnel,
}

/// One line of the answer.
#[derive(Deserialize)]
struct Line {
    waypoint: Option<String>,
    stage: Option<Stage>,
    outcome: Option<Outcome>,
    policy: Option<String>,
    rule: Option<usize>,
    error: Option<String>,
}

impl Judge {
    /// Reads the documents of a case.
    pub fn read(case: &Case) -> Result<Self> {
        let mut sources = SourceMap::default();
        let text = case.documents().join("\n---\n");
        let stream = Some(("documents".to_owned(), text));
        let manifests = Manifests { stream, ..Manifests::default() };
        let (world, _) = read(&MemoryLoader::default(), &manifests, &mut sources)?;
        Ok(Self { world, sources })
    }

    /// What becomes of each request, in order.
    pub fn verdicts(&self, requests: &[Request]) -> Result<Vec<Said>> {
        let mut block = String::new();
        for request in requests {
            block.push_str(&request.line()?);
            block.push('\n');
        }
        let answers = Bulk::new(&self.world, &self.sources).answer(block.as_bytes());
        let verdicts: Vec<Said> = answers.lines().map(said).collect::<Result<_>>()?;
        if verdicts.len() != requests.len() {
            bail!("{} answers to {} requests", verdicts.len(), requests.len());
        }
        Ok(verdicts)
    }
}

impl Judge {
    /// The shortest requests of each kind that the objects can tell apart.
    pub fn witnesses(&self, case: &Case) -> Result<Vec<Request>> {
        let semantics = Semantics::new(self.world.config(), &self.world.bundle);
        witnesses(&case.cluster, self.world.mesh.path_normalization, &mut |workload, door| {
            let labels = workload.labels.iter().map(|(key, value)| (key.into(), value.into())).collect();
            let namespace = &workload.namespace;
            let target = if let Some(via) = &door.via {
                at_waypoint(via)
            } else if workload.is_gateway() {
                let certificates = self.world.graph.asks_for_certificates(namespace, &labels, door.port);
                Target::Gateway { namespace, labels: &labels, certificates }
            } else {
                Target::Sidecar { namespace, labels: &labels }
            };
            let port = door.via.as_ref().map_or(door.port, |via| via.port);
            semantics.decide(target, port, door.filters).ok().map(Into::into)
        })
    }

    /// What a ztunnel does with the connection of each request, in order, and by which policy; `None` where that is not
    /// known.
    pub fn at_ztunnel(&self, case: &Case, requests: &[Request]) -> Result<Vec<Option<Verdict>>> {
        let semantics = Semantics::new(self.world.config(), &self.world.bundle);
        let mut decided = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            let target = case.cluster.workload(&request.to).context("a request goes to a workload")?;
            let access = decided.entry((&request.to, request.port)).or_insert_with(|| {
                let labels = target.labels.iter().map(|(key, value)| (key.into(), value.into())).collect();
                let target = Target::Ztunnel { namespace: &target.namespace, labels: &labels };
                semantics.decide(target, request.port, Filters::Network).ok()
            });
            let access = access.as_ref().filter(|_| !target.is_gateway());
            outcomes.push(access.map(|access| at_ztunnel(access, request)));
        }
        Ok(outcomes)
    }
}

fn at_waypoint(via: &Via) -> Target<'_> {
    let (namespace, name) = via.waypoint.split_once('/').unwrap_or_default();
    let backend = if via.is_entry { Backend::ServiceEntry } else { Backend::Service };
    let service = via.service.as_deref().and_then(|service| service.rsplit_once(':')?.0.split_once('/'));
    let addressed =
        service.map_or(Addressed::Pod, |(namespace, name)| Addressed::Service { backend, namespace, name });
    // Server names that policies tell apart are sent to all ports, also to those where none is read.
    Target::Waypoint { namespace, name, addressed, reads_server_names: true }
}

fn at_ztunnel(access: &Access<'_>, request: &Request) -> Verdict {
    let mut asked = access::Request::new("", "", "");
    asked.identity.clone_from(&request.from);
    asked.peer = request.source_ip;
    asked.destination = request.destination_ip;
    let (outcome, rule) = access.outcome(&asked);
    let outcome = match outcome {
        semantics::Outcome::Allowed => Outcome::Allowed,
        semantics::Outcome::Denied => Outcome::Denied,
        semantics::Outcome::External => Outcome::External,
        semantics::Outcome::Refused => Outcome::Refused,
        semantics::Outcome::Unauthenticated => Outcome::Unauthenticated,
    };
    let id = |rule: RuleRef<'_>| RuleId { policy: rule.policy(), rule: rule.rule };
    Verdict { outcome, rule: rule.map(id) }
}

fn said(line: &str) -> Result<Said> {
    let answer: Line = serde_json::from_str(line)?;
    if let Some(error) = answer.error {
        bail!("meshward can not say: {error}");
    }
    let rule = answer.policy.zip(answer.rule).map(|(policy, rule)| RuleId { policy, rule });
    let verdict = Verdict { outcome: answer.outcome.context("an answer has an outcome")?, rule };
    Ok(Said { verdict, waypoint: answer.waypoint, stage: answer.stage })
}
