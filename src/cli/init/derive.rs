//! `init --from`: reads manifests, guesses a policy, and checks the guess before it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use meshward::diagnostic::Diagnostic;
use meshward::graph::manifests::{CallElsewhere, Manifest, SuggestedCall};
use meshward::graph::{Key, ServiceGraph};
use meshward::source::SourceMap;
use meshward::{Checked, Options};

use super::InitArgs;
use super::overlay::Overlay;
use super::plan::{OPTION, Plan};
use super::scaffold::{self, ProjectFile, scalar};
use super::{contents, draft, manifests, templates};
use crate::cli::paths::{absolute, shortest, slashed};
use crate::cli::phrase::{counted, findings, named};
use crate::cli::project::renamed;
use crate::cli::{Failure, Terminal, date};

/// How often a draft is mended. Each round takes out every rule that is refused, so that the second finds
/// nothing more unless one rule's absence lets another be looked at.
const ROUNDS: usize = 8;

/// Where the draft goes.
const POLICY: &str = "policies/main.ward";

/// The project for the manifests of the command line; `None` after it told what is wrong with them.
pub(super) fn plan(
    folder: &Path,
    name: &str,
    args: &InitArgs,
    terminal: &Terminal,
) -> Result<Option<Plan>, Failure> {
    let root = absolute(folder)?;
    let read = manifests::read(&root, &args.from, &args.namespace)?;
    if let Some(failure) = templates::unrendered(folder, &read) {
        return Err(failure);
    }
    if read.graph.services.is_empty() && read.graph.workloads.is_empty() {
        if read.diagnostics.is_empty() {
            return Err(contents::nothing_to_begin_with(folder, &read));
        }
        return Ok(refuse(folder, &read.sources, &read.diagnostics, terminal));
    }
    let project = project_file(name, &read);
    let draft = mend(&root, &project, draft::render(&read))?;
    let errors: Vec<Diagnostic> =
        draft.checked.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    if !errors.is_empty() {
        return Ok(refuse(folder, &draft.checked.sources, &errors, terminal));
    }
    let policy = folder.join(POLICY);
    let workflow = scaffold::workflow(folder, name);
    let next = vec![
        format!("go through {}", slashed(&policy)),
        format!("meshward check{OPTION}    tells what the policy leaves open to doubt"),
        format!("meshward build{OPTION}    writes the Istio bundle to {}", scaffold::bundle(folder)),
        scaffold::source_of_meshward(&slashed(&workflow.0)),
    ];
    let found = found(&read, &draft, args);
    let files = vec![(folder.join("meshward.yaml"), project), (policy, draft.policy), workflow];
    Ok(Some(Plan { files, found, next }))
}

/// Tells why nothing is written.
fn refuse(folder: &Path, sources: &SourceMap, errors: &[Diagnostic], terminal: &Terminal) -> Option<Plan> {
    let sources = renamed(sources, |name| shortest(&folder.join(name)));
    terminal.report(&sources, errors);
    terminal.say(&format!("nothing was written: {} in the manifests", counted(errors.len(), "error")));
    None
}

/// What the manifests gave.
pub(super) struct Read {
    /// The services and workloads.
    pub(super) graph: ServiceGraph,
    /// The documents of each file.
    pub(super) manifests: Vec<Manifest>,
    /// Calls that environment variables, arguments and ConfigMaps reveal.
    pub(super) calls: Vec<SuggestedCall>,
    /// Calls to namespaces of which the manifests say nothing.
    pub(super) elsewhere: Vec<CallElsewhere>,
    /// The texts, named from the folder of the project.
    pub(super) sources: SourceMap,
    /// The files and folders as the project file names them.
    pub(super) paths: Vec<Named>,
    /// What is no YAML.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A file or folder of manifests.
pub(super) struct Named {
    /// As the project file names it.
    pub(super) path: String,
    /// The namespace of documents that name none.
    pub(super) namespace: Option<String>,
}

fn project_file(name: &str, read: &Read) -> String {
    let mut graph = vec!["manifests:".to_owned()];
    graph.extend(read.paths.iter().map(|Named { path, namespace }| match namespace {
        Some(namespace) => format!("  - {{path: {}, namespace: {}}}", scalar(path), scalar(namespace)),
        None => format!("  - {}", scalar(path)),
    }));
    let foreign = read.graph.resources.iter().map(|resource| format!("{}/{}", resource.kind, resource.key));
    ProjectFile { name, namespaces: namespaces(&read.graph), graph, foreign: foreign.collect() }.render()
}

/// The namespaces that get a default deny: those with workloads, without those that belong to the cluster.
fn namespaces(graph: &ServiceGraph) -> Vec<String> {
    let with_workloads: BTreeSet<&str> =
        graph.workloads.iter().map(|workload| workload.key.namespace.as_str()).collect();
    let of_the_cluster = |name: &str| name == "istio-system" || name.starts_with("kube-");
    with_workloads.into_iter().filter(|name| !of_the_cluster(name)).map(str::to_owned).collect()
}

/// A policy that was checked.
struct Draft {
    policy: String,
    checked: Checked,
    /// How many rules became comments.
    refused: usize,
}

/// Checks the draft and makes comments of the rules that are refused, until none is.
fn mend(root: &Path, project: &str, mut policy: String) -> Result<Draft, Failure> {
    let file = root.join(POLICY);
    let mut checked = check(root, &file, project, &policy)?;
    let mut total = 0;
    for _ in 0..ROUNDS {
        let refused = refused(&checked);
        if refused.is_empty() {
            break;
        }
        total += refused.len();
        policy = comment_out(&policy, &refused);
        checked = check(root, &file, project, &policy)?;
    }
    Ok(Draft { policy, checked, refused: total })
}

fn check(root: &Path, file: &Path, project: &str, policy: &str) -> Result<Checked, Failure> {
    let drafts = vec![(root.join("meshward.yaml"), project.to_owned()), (file.to_owned(), policy.to_owned())];
    let options = Options::on(date::today());
    Ok(meshward::check(&Overlay::new(drafts), root, &options)?)
}

/// The lines of the draft with an error, each with what is said about it.
fn refused(checked: &Checked) -> BTreeMap<usize, String> {
    let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors
        .filter(|diagnostic| checked.sources.get(diagnostic.primary.span.source).name.ends_with(POLICY))
        .map(|diagnostic| {
            let (line, _) = checked.sources.position(diagnostic.primary.span);
            (line, format!("{} ({})", diagnostic.message, diagnostic.code.id()))
        })
        .collect()
}

/// Each refused line as a comment, with the reason above it.
fn comment_out(policy: &str, refused: &BTreeMap<usize, String>) -> String {
    let mut text = String::new();
    for (index, line) in policy.lines().enumerate() {
        if let Some(reason) = refused.get(&(index + 1)) {
            let rule = line.trim_start();
            let indent = &line[..line.len() - rule.len()];
            let _ = writeln!(text, "{indent}# Not possible: {reason}\n{indent}# {rule}");
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// What a person wants to know before reading the draft.
fn found(read: &Read, draft: &Draft, args: &InitArgs) -> Vec<String> {
    let graph = &read.graph;
    let namespaces: BTreeSet<&str> = graph.services.keys().map(|key| key.namespace.as_str()).collect();
    let rules = draft.checked.program.as_ref().map_or(0, crate::cli::check::rules);
    let mut found = vec![
        format!(
            "found {} and {} in {}",
            counted(graph.services.len(), "service"),
            counted(graph.workloads.len(), "workload"),
            counted(namespaces.len(), "namespace"),
        ),
        format!("guessed {} from environment variables, arguments and ConfigMaps", counted(rules, "rule")),
    ];
    if graph.workloads.is_empty() {
        found.push(format!(
            "no workload (Deployment, StatefulSet, …) is among the manifests, so {}; `--from` may be repeated",
            "nobody's calls are known and no namespace is closed"
        ));
    } else {
        let without: Vec<&Key> = draft::without_pods(graph).map(|service| &service.key).collect();
        if !without.is_empty() {
            let services = counted(without.len(), "service");
            found
                .push(format!("no workload among the manifests runs behind {services}: {}", named(&without)));
        }
    }
    let covered = self::namespaces(graph);
    if !covered.is_empty() {
        found.push(format!("whatever no rule allows is denied in {}", covered.join(", ")));
    }
    if draft.refused > 0 {
        found.push(format!("left {} as a comment, with the reason", counted(draft.refused, "more call")));
    }
    let elsewhere: BTreeSet<&str> = read.elsewhere.iter().map(|call| &*call.callee.namespace).collect();
    if !elsewhere.is_empty() {
        let names: Vec<&str> = elsewhere.into_iter().collect();
        found.push(format!(
            "{} to {} of which the manifests say nothing: {}; `--from` may be repeated",
            counted(read.elsewhere.len(), "call"),
            if names.len() == 1 { "a namespace" } else { "namespaces" },
            names.join(", ")
        ));
    }
    if args.namespace.is_empty() && namespaces.contains("default") {
        found.push(
            "documents without a namespace count as `default`; `--namespace NAME` names another".into(),
        );
    }
    if !graph.resources.is_empty() {
        let resources = counted(graph.resources.len(), "Istio security resource");
        found.push(format!("{resources} among the manifests went into `foreign:`; go through them"));
    }
    found.push(format!("the draft has {}", findings(&draft.checked.diagnostics)));
    found
}
