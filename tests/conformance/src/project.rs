//! A project of meshward in memory: its files, and the bundle that it becomes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use meshward::diagnostic::Diagnostic;
use meshward::istio::Bundle;
use meshward::source::{MemoryLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Options, Program};

use crate::cluster::Cluster;

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// What runs.
    pub cluster: Cluster,
    /// `defaultDeny` of the project file.
    pub default_deny: String,
    /// Declarations, in a file of their own.
    pub shared: Vec<String>,
    /// Statements, each of one line or more.
    pub statements: Vec<String>,
}

const POLICY: &str = "policies/policy.ward";

/// The day of every build; statements expire before and after it.
const TODAY: Date = Date { year: 2026, month: 6, day: 30 };

impl Project {
    /// The files, by their paths.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let mesh = &self.cluster;
        let project = serde_json::json!({
            "name": "conformance",
            "graph": {"manifests": ["k8s/"]},
            "mesh": {
                "trustDomain": mesh.trust_domain,
                "trustDomainAliases": mesh.trust_domain_aliases,
                "rootNamespace": mesh.root_namespace,
                "pathNormalization": match mesh.path_normalization { "DEFAULT" => "BASE", other => other },
                "defaultDeny": self.default_deny,
            },
        });
        vec![
            ("meshward.yaml".into(), format!("{project:#}\n")),
            ("k8s/cluster.yaml".into(), self.cluster.yaml()),
            ("policies/shared.ward".into(), self.shared.join("\n") + "\n"),
            (POLICY.into(), self.statements.join("\n") + "\n"),
        ]
    }

    /// Leaves out every statement that meshward refuses, and builds the rest.
    pub fn build_what_is_accepted(&mut self) -> Result<Bundle> {
        loop {
            let (program, sources, errors) = self.check()?;
            let program = program.context("the project file is as it should be")?;
            if errors.is_empty() {
                let (bundle, refused) = meshward::emit(&program);
                if refused.iter().all(|diagnostic| !diagnostic.is_error()) {
                    return Ok(bundle);
                }
                self.leave_out(&sources, &refused)?;
            } else {
                self.leave_out(&sources, &errors)?;
            }
        }
    }

    /// What it is checked to be; it must have no errors.
    pub fn program(&self) -> Result<Program> {
        let (program, _, errors) = self.check()?;
        if !errors.is_empty() {
            bail!("a project with errors means nothing: {errors:?}");
        }
        program.context("the project file is as it should be")
    }

    fn check(&self) -> Result<(Option<Program>, SourceMap, Vec<Diagnostic>)> {
        let loader = MemoryLoader::new(self.files());
        let checked = meshward::check(&loader, Path::new(""), &Options::on(TODAY))?;
        let errors = checked.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        Ok((checked.program, checked.sources, errors))
    }

    fn leave_out(&mut self, sources: &SourceMap, errors: &[Diagnostic]) -> Result<()> {
        let mut wrong: Vec<usize> = Vec::new();
        for error in errors.iter().filter(|error| error.is_error()) {
            let span = error.primary.span;
            if &*sources.get(span.source).name == POLICY {
                wrong.push(self.statement_at(sources.position(span).0));
            }
        }
        if wrong.is_empty() {
            bail!("errors outside of the statements: {errors:?}");
        }
        wrong.sort_unstable();
        wrong.dedup();
        for index in wrong.into_iter().rev() {
            self.statements.remove(index);
        }
        Ok(())
    }

    /// The statement that covers a line, counted from 1.
    fn statement_at(&self, line: usize) -> usize {
        let mut end = 0;
        for (index, statement) in self.statements.iter().enumerate() {
            end += statement.lines().count();
            if line <= end {
                return index;
            }
        }
        self.statements.len() - 1
    }
}
