//! `meshward init`: a new project, as a sample or derived from Kubernetes manifests.

mod args;
mod contents;
mod derive;
mod draft;
mod existing;
mod manifests;
mod names;
mod overlay;
mod plan;
mod ports;
mod scaffold;
mod templates;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::args::{Common, Format};
use super::paths::{simplified, slashed};
use super::{Exit, Failure, Terminal};
pub(crate) use args::InitArgs;
use plan::Plan;

/// Writes the files of a new project, or none where one of them exists.
pub(crate) fn run(common: &Common, args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let folder = folder(common, args);
    let name = match &args.name {
        Some(name) => names::label_value(name)?,
        None => names::from_folder(&folder),
    };
    let plan = if args.from.is_empty() {
        scaffold::sample(&folder, &name)
    } else {
        match derive::plan(&folder, &name, args, terminal)? {
            Some(plan) => plan,
            None => return Ok(Exit::Findings),
        }
    };
    plan.write()?;
    let text = match args.format {
        Format::Human => human(&plan, &folder),
        Format::Json => json(&plan),
    };
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn folder(common: &Common, args: &InitArgs) -> PathBuf {
    let base = common.project.clone().unwrap_or_default();
    simplified(&base.join(args.dir.as_deref().unwrap_or(Path::new(""))))
}

fn human(plan: &Plan, folder: &Path) -> String {
    let mut text = String::new();
    for fact in &plan.found {
        text.push_str(fact);
        text.push('\n');
    }
    for (path, _) in &plan.files {
        let _ = writeln!(text, "created {}", slashed(path));
    }
    text.push_str("\nnext:\n");
    let option =
        if folder.as_os_str().is_empty() { String::new() } else { format!(" -C {}", slashed(folder)) };
    for step in &plan.next {
        let _ = writeln!(text, "  {}", step.replace(plan::OPTION, &option));
    }
    text
}

fn json(plan: &Plan) -> String {
    let created: Vec<String> = plan.files.iter().map(|(path, _)| slashed(path)).collect();
    format!("{:#}\n", serde_json::json!({ "version": 1, "created": created, "found": plan.found }))
}
