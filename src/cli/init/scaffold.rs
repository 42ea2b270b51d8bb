//! The files of a new project from their templates.

use std::path::{Path, PathBuf};

use super::plan::{OPTION, Plan};
use crate::cli::paths::{simplified, slashed};
use crate::cli::repository;

const PROJECT: &str = include_str!("template/meshward.yaml");
const SERVICES: &str = include_str!("template/services.yaml");
const POLICY: &str = include_str!("template/main.ward");
const WORKFLOW: &str = include_str!("template/workflow.yml");

/// The parts of a project file that differ between projects, as YAML.
pub(super) struct ProjectFile<'a> {
    /// `name:`
    pub(super) name: &'a str,
    /// `namespaces:`
    pub(super) namespaces: Vec<String>,
    /// The lines below `graph:`, without the indent.
    pub(super) graph: Vec<String>,
    /// `foreign:`
    pub(super) foreign: Vec<String>,
}

impl ProjectFile<'_> {
    /// The text of `meshward.yaml`.
    pub(super) fn render(&self) -> String {
        let graph: Vec<String> = self.graph.iter().map(|line| format!("  {line}")).collect();
        PROJECT
            .replace("{{name}}", &scalar(self.name))
            .replace("{{namespaces}}", &list(&self.namespaces))
            .replace("{{graph}}", &graph.join("\n"))
            .replace("{{foreign}}", &list(&self.foreign))
    }
}

/// A block list, or `[]`.
fn list(values: &[String]) -> String {
    if values.is_empty() {
        return " []".to_owned();
    }
    let items: Vec<String> = values.iter().map(|value| format!("\n  - {}", scalar(value))).collect();
    items.concat()
}

/// A string as YAML: quoted wherever a reader could take it for something else.
pub(super) fn scalar(text: &str) -> String {
    let plain_start = text.starts_with(|first: char| first.is_ascii_alphabetic() || "./".contains(first));
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "."];
    let other_type = word.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.starts_with('.') && text.parse::<f64>().is_ok();
    if plain_start && plain && !other_type && !text.contains(": ") {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

/// A project that works: four services and a policy for them.
pub(super) fn sample(folder: &Path, name: &str) -> Plan {
    let project = ProjectFile {
        name,
        namespaces: vec!["marketing".to_owned()],
        graph: [
            "services: services.yaml",
            "# Kubernetes manifests, rendered; `namespace` is for documents that name none.",
            "# manifests: [k8s/, {path: vendor/boutique.yaml, namespace: boutique}]",
            "# Descriptions of endpoints, by service.",
            "# openapi: {shop/payments: api/payments.yaml}",
            "# protobuf: {shop/payments: proto/payments.proto}",
        ]
        .map(str::to_owned)
        .to_vec(),
        foreign: Vec::new(),
    };
    let (workflow, steps) = workflow(folder, name);
    let place = slashed(&workflow);
    Plan {
        files: vec![
            (folder.join("meshward.yaml"), project.render()),
            (folder.join("services.yaml"), SERVICES.to_owned()),
            (folder.join("policies/main.ward"), POLICY.to_owned()),
            (workflow, steps),
        ],
        found: Vec::new(),
        next: vec![
            format!("meshward check{OPTION}    tells whether the policy holds together"),
            format!("meshward build{OPTION}    writes the Istio bundle to {}", bundle(folder)),
            source_of_meshward(&place),
        ],
    }
}

/// What is to be done in the workflow before it can run.
pub(super) fn source_of_meshward(workflow: &str) -> String {
    format!("name the copy of meshward that you use in {workflow}, in place of OWNER")
}

/// Where the bundle of a new project goes.
pub(super) fn bundle(folder: &Path) -> String {
    slashed(&folder.join("deploy/istio"))
}

/// The workflow and its place: GitHub reads those at the top of a repository only. A project below the top
/// has its own file there, so that several can live in one repository.
pub(super) fn workflow(folder: &Path, name: &str) -> (PathBuf, String) {
    let inside = inside_repository(folder);
    let (up, workflow, option) = match &inside {
        Some(inside) if !inside.as_os_str().is_empty() => {
            let up: PathBuf = inside.components().map(|_| "..").collect();
            (up, format!("meshward-{name}"), format!(" -C {}", slashed(inside)))
        }
        Some(_) | None => (PathBuf::new(), "meshward".to_owned(), String::new()),
    };
    let path = folder.join(up).join(".github/workflows").join(format!("{workflow}.yml"));
    let text = WORKFLOW.replace("{{workflow}}", &scalar(&workflow)).replace("{{project}}", &option);
    (simplified(&path), text)
}

/// The way from the top of the repository to `folder`, which may not be there yet.
fn inside_repository(folder: &Path) -> Option<PathBuf> {
    let dot = Path::new(".");
    let ancestors = folder.ancestors().map(|ancestor| if ancestor == Path::new("") { dot } else { ancestor });
    let existing = ancestors.into_iter().find(|ancestor| ancestor.exists()).unwrap_or(dot);
    let rest = folder.strip_prefix(existing).unwrap_or(folder);
    Some(repository::inside(existing)?.join(rest))
}
