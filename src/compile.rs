//! The pipeline on one screen: files to a checked program, a checked program to an Istio bundle.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use rustc_hash::FxHashSet;

use crate::beside;
use crate::check::{self, Input, Module};
use crate::diagnostic::{self, Code, Diagnostic, Level, code};
use crate::graph::{self, Key, Proxy, ServiceGraph, Workload};
use crate::guarantee::{self, Report};
use crate::istio::resources::ObjectKey;
use crate::istio::{self, Bundle};
use crate::lint;
use crate::policy::Policy;
use crate::project::{self, Project, Setting};
use crate::query::{self, Manifests, MeshFacts, World};
use crate::source::{LoadError, Loader, SourceMap, Symbol};
use crate::syntax::ast;
use crate::verify::{self, Proof, Unproved};

/// What a result depends on beside the files.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day of the build, UTC: permissions whose `until` lies before it are left out.
    pub today: ast::Date,
    /// What takes the place of parts of the project file.
    pub settings: Vec<Setting>,
}

impl Options {
    /// The project file as it stands, on this day.
    pub fn on(today: ast::Date) -> Self {
        Self { today, settings: Vec::new() }
    }
}

/// A project that was read and checked.
#[derive(Debug)]
pub struct Program {
    /// The project file.
    pub project: Project,
    /// The world.
    pub graph: ServiceGraph,
    /// What was meant; as far as it could be understood, if there are errors.
    pub policy: Policy,
    /// The policy files as written, those of the standard library included.
    pub files: Vec<ast::File>,
}

impl Program {
    /// The services, and the workloads without one, that no rule names and a default deny closes to everybody.
    pub fn closed(&self) -> check::Closed<'_> {
        check::closed(&self.policy, &self.graph, &self.project)
    }

    /// The covered namespaces with workloads of which nothing says that they have a sidecar. What stands in the root
    /// namespace is Istio's own, and its gateways need none.
    pub fn namespaces_with_assumed_sidecars(&self) -> Vec<Symbol> {
        let is_assumed = |workload: &Workload| {
            workload.proxy == Proxy::Unknown && check::missing_proxy(&self.project, workload).is_none()
        };
        let covered = self.policy.covered.iter().map(|covered| covered.namespace);
        let covered = covered.filter(|namespace| *namespace != self.policy.mesh.root_namespace);
        covered.filter(|namespace| self.graph.workloads_in(namespace).any(is_assumed)).collect()
    }

    /// The services that rules open or close by labels that nobody has stated.
    pub fn services_with_assumed_labels(&self) -> Vec<&Key> {
        let named: FxHashSet<Key> =
            self.policy.rules.iter().map(|rule| Key::new(rule.target.namespace, rule.target.name)).collect();
        let services = self.graph.services.values();
        let assumed = services.filter(|service| service.has_assumed_labels() && named.contains(&service.key));
        assumed.map(|service| &service.key).collect()
    }
}

/// The outcome of a check.
#[derive(Debug)]
pub struct Checked {
    /// Every text that was read.
    pub sources: SourceMap,
    /// The program; `None` where the project file itself can not be understood.
    pub program: Option<Program>,
    /// What was found, with the project's levels applied, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the guarantees were decided, which other errors prevent.
    pub are_guarantees_decided: bool,
}

impl Checked {
    /// Whether a build must be refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Whether a file that the project names could not be read.
    pub fn has_unreadable(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_unreadable)
    }
}

/// Reads and checks the project in the folder `root`.
///
/// A project file that can not be read is the error; everything else that is wrong is a diagnostic.
pub fn check(loader: &dyn Loader, root: &Path, options: &Options) -> Result<Checked, LoadError> {
    check_from(Level::Warn, loader, root, options)
}

/// As [`check`], for whoever only wants to know what is meant: what refuses a build is found, and no lint is run that
/// could do no more than warn.
pub fn understand(loader: &dyn Loader, root: &Path, options: &Options) -> Result<Checked, LoadError> {
    check_from(Level::Deny, loader, root, options)
}

/// Runs the lints of this level and above.
fn check_from(
    level: Level,
    loader: &dyn Loader,
    root: &Path,
    options: &Options,
) -> Result<Checked, LoadError> {
    let mut sources = SourceMap::default();
    let text = loader.read(&root.join(project::FILE_NAME))?;
    let source = sources.add(project::FILE_NAME, text.as_str());
    let add = |setting| (sources.add(Setting::source_name(setting), setting.value.as_str()), setting);
    let settings: Vec<_> = options.settings.iter().map(add).collect();
    let (project, mut diagnostics) = project::read_with(root, source, &text, &settings);
    let Some(project) = project else {
        diagnostic::sort(&mut diagnostics);
        diagnostic::fold(&mut diagnostics);
        return Ok(Checked { sources, program: None, diagnostics, are_guarantees_decided: false });
    };

    let (modules, graph, is_whole) = read(loader, &project, &mut sources, &mut diagnostics);
    let input = Input {
        sources: &sources,
        modules: &modules,
        graph: &graph,
        project: &project,
        today: options.today,
    };
    let outcome = check::check(input);
    let policy = outcome.policy;
    let files: Vec<ast::File> = modules.into_iter().map(|module| module.file).collect();

    // What is missing of a policy with errors would look like a promise that is kept, or one that is not.
    let has_errors = outcome.diagnostics.iter().chain(&diagnostics).any(Diagnostic::is_error);
    let are_guarantees_decided = is_whole && !has_errors;
    // What a missing policy or a broken description of the world fails to say would look like a mistake of the policy.
    if is_whole {
        if are_guarantees_decided {
            diagnostics.extend(guarantee::check(&policy, &graph, project.path_normalization));
        }
        diagnostics.extend(outcome.diagnostics);
        let would_build = level == Level::Warn;
        // Whether an attribute silences something is seen when all lints have spoken.
        let needs_all = project.levels.get(code::USELESS_ATTRIBUTE) >= level;
        let level = if needs_all { Level::Warn } else { level };
        let runs = |code: Code| project.levels.get(code) >= level;
        let context = lint::Context { files: &files, policy: &policy, graph: &graph, project: &project };
        diagnostics.extend(lint::run(&context, runs));
        let is_refused = || diagnostics.iter().any(|known| known.code == code::FOREIGN_POLICY_WIDENS);
        if !graph.resources.is_empty() && !has_errors && (would_build || is_refused()) {
            beside::judge(&policy, &graph, &project, &sources, &mut diagnostics);
        }
        check::silence(&outcome.silences, runs, &mut diagnostics);
        lint::fold(&mut diagnostics);
    }
    let mut diagnostics = project.levels.apply(diagnostics);
    diagnostic::sort(&mut diagnostics);
    diagnostics.dedup();
    diagnostic::fold(&mut diagnostics);
    let program = Program { project, graph, policy, files };
    Ok(Checked { sources, program: Some(program), diagnostics, are_guarantees_decided })
}

/// The policy and the world, and whether all of both could be read. They do not know each other, so they are read at the
/// same time.
fn read(
    loader: &dyn Loader,
    project: &Project,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Module>, ServiceGraph, bool) {
    let mut graph_sources = SourceMap::to_be_joined();
    let (modules, (graph, found)) = rayon::join(
        || check::load(loader, project, sources, diagnostics),
        || graph::build(loader, &mut graph_sources, project),
    );
    sources.join(graph_sources);
    let all_read = !diagnostics.iter().any(Diagnostic::is_unreadable);
    let is_whole = all_read && !found.iter().any(Diagnostic::is_error);
    diagnostics.extend(found);
    (modules, graph, is_whole)
}

/// The Istio resources of a checked program, and what Istio would refuse of them.
pub fn emit(program: &Program) -> (Bundle, Vec<Diagnostic>) {
    istio::emit(&program.policy)
}

/// Holds a bundle against the policy that it was made of: both must let the same requests through, at every
/// port of every workload that the policy governs.
pub fn prove(program: &Program, bundle: &Bundle) -> Result<Proof, Unproved> {
    verify::prove(&program.policy, &program.graph, program.project.path_normalization, bundle)
}

/// Runs the tests and guarantees of a checked program whose name or text contains `filter`.
pub fn test(program: &Program, filter: &str) -> Report {
    guarantee::run(&program.policy, &program.graph, program.project.path_normalization, filter)
}

/// A checked program as a world that can be asked: its graph, the objects that it is built into, and those that
/// its manifests bring along, with what is wrong with those that Istio would refuse. The program must have no errors,
/// since an answer about half of it would be wrong.
pub fn world(program: Program, sources: &SourceMap) -> (World, Vec<Diagnostic>) {
    let (bundle, _) = emit(&program);
    world_with(program, bundle, sources)
}

/// As [`world`], for a question about targets in these namespaces alone, and all of what decides there.
pub fn world_around(
    program: Program,
    sources: &SourceMap,
    namespaces: &BTreeSet<Symbol>,
) -> (World, Vec<Diagnostic>) {
    let bundle = istio::emit_around(&program.policy, namespaces);
    world_with(program, bundle, sources)
}

fn world_with(program: Program, mut bundle: Bundle, sources: &SourceMap) -> (World, Vec<Diagnostic>) {
    let (mut foreign, refused) = query::foreign(&program.graph, &program.project.name, sources);
    if !foreign.is_empty() {
        // Of two of one name a cluster has the one that is applied.
        let built: HashSet<ObjectKey> = bundle.objects.iter().map(|object| object.resource.key()).collect();
        foreign.retain(|object| !built.contains(&object.resource.key()));
        bundle.objects.append(&mut foreign);
    }
    let mesh = MeshFacts::of_project(&program.project);
    let Program { graph, policy, project, .. } = program;
    (World { graph, bundle, policy, mesh, injected: project.injected, is_bare: false }, refused)
}

/// Bare YAML as a world that can be asked, with every text that was read and what is wrong with them.
pub fn world_of_manifests(
    loader: &dyn Loader,
    manifests: &Manifests,
) -> Result<(World, SourceMap, Vec<Diagnostic>), LoadError> {
    let mut sources = SourceMap::default();
    let (world, mut diagnostics) = query::read(loader, manifests, &mut sources)?;
    diagnostic::sort(&mut diagnostics);
    diagnostic::fold(&mut diagnostics);
    Ok((world, sources, diagnostics))
}
