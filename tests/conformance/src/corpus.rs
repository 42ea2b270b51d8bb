//! Manifests that other people wrote: which pods the code of Kubernetes and Istio finds in them, with which accounts and
//! labels, and what istiod takes each port for, compared with the graph that meshward reads from the same file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use meshward::graph::{Protocol, ServiceGraph, Workload};
use meshward::query::{Manifests, read};
use meshward::source::{DiskLoader, SourceMap};

use crate::envoy::{Carries, carried};
use crate::istiod::{Running, Sidecar};
use crate::lane::Lane;

/// How many files one istiod reads.
const FILES_OF_ONE_ISTIOD: usize = 50;

/// What became of the files.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Those that were compared.
    pub files: usize,
    /// Pods in them.
    pub pods: usize,
    /// Ports of these pods that a Service leads to.
    pub ports: usize,
    /// What should not be.
    pub findings: Vec<String>,
    /// Files that Kubernetes' own code can not read, and why.
    pub left_out: Vec<String>,
}

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, pods, ports, findings, left_out } = self;
        write!(
            f,
            "{files} files with {pods} pods and {ports} ports behind Services, {} wrong",
            findings.len()
        )?;
        findings.iter().try_for_each(|finding| write!(f, "\n  {finding}"))?;
        left_out.iter().try_for_each(|file| write!(f, "\n  not compared: {file}"))
    }
}

/// Compares every file with Services and workloads below a folder.
pub fn compare(lane: &mut Lane, folder: &Path) -> Result<Corpus> {
    let mut corpus = Corpus::default();
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    for (number, file) in files.iter().enumerate() {
        if number % FILES_OF_ONE_ISTIOD == FILES_OF_ONE_ISTIOD - 1 {
            lane.renew()?;
        }
        let name = file.strip_prefix(folder).unwrap_or(file).display().to_string();
        one(lane, file, &name, &mut corpus).with_context(|| name.clone())?;
    }
    Ok(corpus)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            // What a template becomes is known when it is rendered.
            let is_plain = !text.contains("{{");
            if is_plain && text.contains("kind: Service\n") && text.contains("containers:") {
                files.push(path);
            }
        }
    }
    Ok(())
}

fn one(lane: &mut Lane, file: &Path, name: &str, corpus: &mut Corpus) -> Result<()> {
    let expanded = match lane.istiod.expand(std::fs::read_to_string(file)?) {
        Ok(expanded) => expanded,
        Err(error) => {
            corpus.left_out.push(format!("{name}: {error}"));
            return Ok(());
        }
    };
    let sidecars = match lane.istiod.render(&expanded.documents, &serde_json::Value::Null) {
        Ok(sidecars) => sidecars,
        Err(error) => {
            corpus.left_out.push(format!("{name}: {error}"));
            return Ok(());
        }
    };
    let manifests = Manifests { paths: vec![file.to_owned()], ..Manifests::default() };
    let (world, _) = read(&DiskLoader, &manifests, &mut SourceMap::default())?;
    corpus.files += 1;
    let known = world.graph.workloads.len();
    if known != expanded.running.len() {
        let found = expanded.running.len();
        corpus.findings.push(format!("{name}: meshward finds {known} workloads, Kubernetes {found}"));
    }
    for pod in &expanded.running {
        corpus.pods += 1;
        let sidecar = sidecars.iter().find(|sidecar| sidecar.name == pod.name);
        let sidecar = sidecar.with_context(|| format!("istiod has no {}", pod.name))?;
        let differences = differences(&world.graph, pod, sidecar, &mut corpus.ports);
        let of = format!("{name}: {} {}/{}", pod.kind, pod.namespace, pod.owner);
        corpus.findings.extend(differences.into_iter().map(|what| format!("{of}: {what}")));
    }
    Ok(())
}

/// What meshward says otherwise of a pod.
fn differences(graph: &ServiceGraph, pod: &Running, sidecar: &Sidecar, ports: &mut usize) -> Vec<String> {
    let is_it = |workload: &&Workload| {
        let key = &workload.key;
        key.namespace == pod.namespace && key.name == pod.owner && workload.kind == pod.kind
    };
    let Some(workload) = graph.workloads.iter().find(is_it) else {
        return vec!["meshward does not know it".to_owned()];
    };
    let mut differences = Vec::new();
    if workload.account.node != pod.account {
        differences.push(format!("runs as {}, not as {}", pod.account, workload.account.node));
    }
    let labels: BTreeMap<String, String> =
        workload.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    if labels != pod.labels.clone().unwrap_or_default() {
        differences.push(format!("has the labels {:?}, not {labels:?}", pod.labels));
    }
    let (seen, said) = (carried(&sidecar.inbound), said(workload));
    *ports += seen.len();
    if said.len() != seen.len()
        || said.iter().any(|(port, kinds)| !seen.get(port).is_some_and(|seen| kinds.contains(seen)))
    {
        differences.push(format!("istiod has the ports {seen:?}, meshward {said:?}"));
    }
    differences
}

/// What each port carries, by what the Services say about it; several answers where they do not agree, since the oldest
/// decides and manifests have no age.
fn said(workload: &Workload) -> BTreeMap<u16, Vec<Carries>> {
    let mut said: BTreeMap<u16, Vec<Carries>> = BTreeMap::new();
    for (port, protocol) in &workload.declared {
        let carries = match protocol {
            Protocol::Http | Protocol::Http2 | Protocol::Grpc => Carries::Http,
            Protocol::Tcp | Protocol::Udp => Carries::Raw,
            Protocol::Auto => Carries::Either,
        };
        said.entry(*port).or_default().push(carries);
    }
    said
}
