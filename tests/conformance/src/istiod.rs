//! Istio's own code as a child process: is asked in JSON lines, answers in JSON lines.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The running program. It ends with its owner.
pub struct Istiod {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Which data plane it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dataplane {
    /// A proxy in each pod.
    Sidecar,
    /// ztunnels.
    Ambient,
}

/// What a cluster says to one document; all empty where it takes it without a word.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Admission {
    /// The objection of the CRD.
    pub schema: String,
    /// The objection of the webhook.
    pub webhook: String,
    /// What the webhook says though it accepts.
    pub warning: String,
}

impl Admission {
    /// Whether the document can be applied.
    pub fn accepts(&self) -> bool {
        self.schema.is_empty() && self.webhook.is_empty()
    }
}

/// One finding of `istioctl analyze`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Message {
    /// Such as `IST0101`.
    pub code: String,
    /// Such as `Error`.
    pub level: String,
    /// The object that it is about.
    pub origin: String,
    /// What it says.
    pub text: String,
}

/// What istiod sends to one sidecar, gateway or waypoint.
#[derive(Debug, Deserialize)]
pub struct Sidecar {
    /// The namespace of the pod.
    pub namespace: String,
    /// The pod.
    pub name: String,
    /// The listener `virtualInbound`; of a waypoint the one where tunnels end.
    pub inbound: Value,
    /// Of a waypoint, the listener that its tunnels lead to.
    #[serde(default)]
    pub inside: Option<Value>,
}

/// What a cluster makes of manifests.
#[derive(Debug, Default, Deserialize)]
pub struct Expanded {
    /// Pods, Services with all fields, and their endpoints.
    pub documents: Vec<String>,
    /// The pod that stands for each workload.
    pub running: Vec<Running>,
}

/// The pod that stands for a workload.
#[derive(Debug, Deserialize)]
pub struct Running {
    /// Its namespace.
    pub namespace: String,
    /// The kind of the workload.
    pub kind: String,
    /// The name of the workload.
    pub owner: String,
    /// Its own name.
    pub name: String,
    /// Its service account.
    pub account: String,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// What istiod sends into the ambient mesh.
#[derive(Debug, Default)]
pub struct Ambient {
    /// What every ztunnel gets.
    pub ztunnel: Ztunnel,
    /// What each waypoint gets.
    pub waypoints: Vec<Sidecar>,
}

/// What istiod sends to every ztunnel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ztunnel {
    /// The converted Authorizations.
    pub policies: Vec<Value>,
    /// Workloads and services; a workload names the policies that hold for it.
    pub addresses: Vec<Value>,
}

#[derive(Serialize)]
struct Question<'a> {
    op: &'static str,
    documents: &'a [String],
    mesh: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: String,
    verdicts: Vec<Admission>,
    messages: Vec<Message>,
    pods: Vec<Sidecar>,
    ztunnel: Option<Ztunnel>,
    expanded: Option<Expanded>,
}

impl Istiod {
    /// Starts the program.
    pub fn start(program: &Path, dataplane: Dataplane) -> Result<Self> {
        let folder = program.parent().context("a program lies in a folder")?;
        let ambient = if dataplane == Dataplane::Ambient { "true" } else { "false" };
        let mut child = Command::new(program)
            // Istio's test environment prints to stdout where these name no folder.
            .envs(["TARGET_OUT", "LOCAL_OUT", "TARGET_OUT_LINUX"].map(|name| (name, folder)))
            .env("PILOT_ENABLE_AMBIENT", ambient)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("can not start {}", program.display()))?;
        let asked = child.stdin.take().context("stdin is piped")?;
        let answers = BufReader::new(child.stdout.take().context("stdout is piped")?);
        Ok(Self { child, asked, answers })
    }

    /// What the CRDs and the webhook say to each document, in order.
    pub fn admit(&mut self, documents: &[String]) -> Result<Vec<Admission>> {
        Ok(self.ask("admit", documents, &Value::Null)?.verdicts)
    }

    /// What istioctl's analyzers find in the documents as a whole.
    pub fn analyze(&mut self, documents: &[String]) -> Result<Vec<Message>> {
        Ok(self.ask("analyze", documents, &Value::Null)?.messages)
    }

    /// What the controllers of Kubernetes make of the manifests in a file.
    pub fn expand(&mut self, file: String) -> Result<Expanded> {
        let answer = self.ask("expand", &[file], &Value::Null)?;
        answer.expanded.context("no answer for a file")
    }

    /// The inbound listener of each pod.
    pub fn render(&mut self, documents: &[String], mesh: &Value) -> Result<Vec<Sidecar>> {
        Ok(self.ask("render", documents, mesh)?.pods)
    }

    /// What ztunnels and waypoints get; the program must have been started for them.
    pub fn render_ambient(&mut self, documents: &[String], mesh: &Value) -> Result<Ambient> {
        let Answer { ztunnel, pods: waypoints, .. } = self.ask("render", documents, mesh)?;
        Ok(Ambient { ztunnel: ztunnel.context("no answer for ztunnel")?, waypoints })
    }

    fn ask(&mut self, op: &'static str, documents: &[String], mesh: &Value) -> Result<Answer> {
        let mesh = if mesh.is_null() { String::new() } else { mesh.to_string() };
        let mut line = serde_json::to_vec(&Question { op, documents, mesh })?;
        line.push(b'\n');
        self.asked.write_all(&line)?;
        self.asked.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("istiod ended while it was asked to {op}");
        }
        let answer: Answer =
            serde_json::from_str(&line).with_context(|| format!("istiod's answer to {op}: {line:.300}"))?;
        if !answer.error.is_empty() {
            bail!("istiod can not {op}: {}", answer.error);
        }
        Ok(answer)
    }
}

impl Drop for Istiod {
    fn drop(&mut self) {
        // It may have ended by itself already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
