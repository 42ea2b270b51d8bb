//! Which waypoint traffic goes through to a Service or pod: what istiod tells ztunnels of a random mesh, and what
//! `meshward can --requests` answers.

use anyhow::{Context as _, Result};
use meshward::query::{Bulk, Manifests, read};
use meshward::source::{MemoryLoader, SourceMap};
use serde_json::{Value, json};

use crate::finding::Finding;
use crate::generate::{self, Choice};
use crate::istiod::Ztunnel;
use crate::lane::Lane;
use crate::tally::Tally;

/// The purpose of the choices.
const WAYPOINTS: u64 = 5;

/// Counts what was compared, and gives the first that differs.
pub fn compare(lane: &mut Lane, seed: u64, tally: &mut Tally) -> Result<Option<Finding>> {
    let (documents, targets) = generate::waypoints(&mut Choice::new(seed, WAYPOINTS));
    let documents: Vec<String> = documents.iter().map(Value::to_string).collect();
    let sent = lane.ambient.render_ambient(&documents, &Value::Null)?.ztunnel;
    let targets: Vec<String> =
        targets.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
    for (target, said) in targets.iter().zip(said(&documents, &targets)?) {
        let told = told(&sent, target)?;
        if said.get("error").is_some() || said.get("waypoint") != told.as_ref() {
            let target = target.clone();
            return Ok(Some(Finding::Waypoint { documents, target, said, told }));
        }
        tally.waypoints += 1;
        tally.behind_waypoints += usize::from(told.is_some());
    }
    Ok(None)
}

/// What meshward answers to a request of a caller in the ambient mesh, for each target.
fn said(documents: &[String], targets: &[String]) -> Result<Vec<Value>> {
    let mut sources = SourceMap::default();
    let stream = Some(("documents".to_owned(), documents.join("\n---\n")));
    let manifests = Manifests { stream, ..Manifests::default() };
    let (world, _) = read(&MemoryLoader::default(), &manifests, &mut sources)?;
    let question =
        |target| json!({"from": "else/where", "to": target, "port": 8080, "method": "GET", "path": "/"});
    let lines: Vec<String> = targets.iter().map(|target| question(target).to_string()).collect();
    let answers = Bulk::new(&world, &sources).answer(lines.join("\n").as_bytes());
    Ok(answers.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?)
}

/// The waypoint that istiod names to ztunnels, as `namespace/name`; `None` where it names none.
fn told(sent: &Ztunnel, target: &str) -> Result<Option<Value>> {
    let (namespace, name) = target.split_once('/').unwrap_or_default();
    let kind = if name.starts_with("pod-") { "workload" } else { "service" };
    let found = sent
        .addresses
        .iter()
        .map(|address| &address[kind])
        .find(|found| found["namespace"] == namespace && found["name"] == name)
        .with_context(|| format!("istiod tells nothing of {target}"))?;
    // `edge.far.svc.cluster.local`
    let hostname = found["waypoint"]["hostname"]["hostname"].as_str();
    let mut parts = hostname.unwrap_or_default().split('.');
    Ok(parts.next().zip(parts.next()).map(|(name, namespace)| json!(format!("{namespace}/{name}"))))
}
