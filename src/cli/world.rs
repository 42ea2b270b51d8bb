//! What a question is asked of: the project, or the YAML that the arguments name.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::Instant;

use meshward::Options;
use meshward::diagnostic::Diagnostic;
use meshward::graph::ServiceGraph;
use meshward::project::PathNormalization;
use meshward::query::{Manifests, Stated, World, normalization_named};
use meshward::source::{DiskLoader, SourceMap, Symbol};
use meshward::syntax::ast::Date;

use super::args::{Common, WorldArgs};
use super::phrase::counted;
use super::{Failure, Terminal, project};

/// The namespaces that a question is about, as the graph of a project tells them; `None` for all.
pub(crate) type About<'a> = &'a dyn Fn(&ServiceGraph) -> Option<BTreeSet<Symbol>>;

/// A question may be about everything.
pub(crate) const EVERYTHING: About<'static> = &|_| None;

/// A world and every text that it was made of. Neither is ever dropped: the process ends soon after.
pub(crate) struct Loaded {
    pub(crate) world: ManuallyDrop<World>,
    pub(crate) sources: ManuallyDrop<SourceMap>,
}

/// Reads the project or the manifests, and says what is wrong with them. Of a project that becomes the objects of the
/// namespaces in question.
///
/// A project with errors in what it says is not asked, since nothing would be built. YAML with errors is: what Istio would
/// refuse is not in a cluster either, so that it does not count.
pub(crate) fn read(
    common: &Common,
    args: &WorldArgs,
    today: Option<Date>,
    about: About<'_>,
    terminal: &Terminal,
) -> Result<Loaded, Failure> {
    if args.manifests.is_empty() {
        return of_project(common, today, about, terminal);
    }
    if !common.set.is_empty() {
        return Err(Failure::usage(
            "`--set` speaks of the project file, and `--manifests` asks YAML in its place",
            "leave one of them out; `--trust-domain` and its like tell what YAML does not say",
        ));
    }
    of_manifests(args, terminal)
}

/// As [`read`], for questions about services: they can not be asked of YAML that has none.
pub(crate) fn with_services(
    common: &Common,
    args: &WorldArgs,
    today: Option<Date>,
    about: About<'_>,
    terminal: &Terminal,
) -> Result<Loaded, Failure> {
    let asked = read(common, args, today, about, terminal)?;
    let graph = &asked.world.graph;
    if !args.manifests.is_empty() && graph.services.is_empty() && graph.workloads.is_empty() {
        return Err(Failure::usage(
            "there is no Service and no workload in the YAML that was given",
            "give their manifests too: `--manifests` may be repeated, `-m istio -m k8s`",
        ));
    }
    Ok(asked)
}

fn of_project(
    common: &Common,
    today: Option<Date>,
    about: About<'_>,
    terminal: &Terminal,
) -> Result<Loaded, Failure> {
    let has_errors = || {
        Failure::usage(
            "a project with errors can not be asked",
            "`meshward check` shows the errors; `--manifests DIR` asks YAML in place of the project",
        )
    };
    in_folder(&project::root(common)?, &project::options(common, today), about, terminal, has_errors)
}

/// The project in the folder `root`; where it has errors, they are reported and `has_errors` is the last word. A guarantee
/// that does not hold stops a build and no question: who looks for the reason asks.
pub(crate) fn in_folder(
    root: &Path,
    options: &Options,
    about: About<'_>,
    terminal: &Terminal,
    has_errors: impl FnOnce() -> Failure,
) -> Result<Loaded, Failure> {
    let checked = ManuallyDrop::into_inner(project::checked(meshward::understand, root, options, terminal)?);
    let mut errors = checked.diagnostics.iter().filter(|found| found.is_error());
    let can_be_asked = errors.all(Diagnostic::is_broken_guarantee);
    let sources = checked.sources;
    report_first(&sources, checked.diagnostics, terminal);
    let Some(program) = checked.program.filter(|_| can_be_asked) else {
        return Err(has_errors());
    };
    let start = Instant::now();
    let (world, refused) = match about(&program.graph) {
        Some(namespaces) => meshward::world_around(program, &sources, &namespaces),
        None => meshward::world(program, &sources),
    };
    terminal.stage("emit", start.elapsed());
    terminal.report(&sources, &refused);
    Ok(Loaded { world: ManuallyDrop::new(world), sources: ManuallyDrop::new(sources) })
}

/// So many errors are shown of a project that can not be asked: who asks wants an answer, and `check` shows all.
const MOST_SHOWN: usize = 3;

fn report_first(sources: &SourceMap, diagnostics: Vec<Diagnostic>, terminal: &Terminal) {
    let mut errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    let more: usize = errors.iter().skip(MOST_SHOWN).map(|error| 1 + error.more).sum();
    errors.truncate(MOST_SHOWN);
    terminal.report(sources, &errors);
    if more > 0 {
        terminal.say(&format!("{} not shown", counted(more, "further error")));
    }
}

fn of_manifests(args: &WorldArgs, terminal: &Terminal) -> Result<Loaded, Failure> {
    let (streams, paths): (Vec<_>, Vec<_>) =
        args.manifests.iter().cloned().partition(|path| path == Path::new("-"));
    let stream = if streams.is_empty() { None } else { Some(("<stdin>".to_owned(), stdin()?)) };
    let stated = Stated {
        trust_domain: args.trust_domain,
        trust_domain_aliases: (!args.trust_domain_alias.is_empty()).then(|| args.trust_domain_alias.clone()),
        root_namespace: args.root_namespace,
        path_normalization: args.path_normalization,
        providers: None,
    };
    of_yaml(&Manifests { paths, stream, stated }, terminal)
}

/// Bare YAML.
pub(crate) fn of_yaml(manifests: &Manifests, terminal: &Terminal) -> Result<Loaded, Failure> {
    let start = Instant::now();
    let (world, sources, diagnostics) = meshward::world_of_manifests(&DiskLoader, manifests)?;
    terminal.stage("read", start.elapsed());
    terminal.report(&sources, &diagnostics);
    if diagnostics.iter().any(Diagnostic::ends_reading) {
        return Err(Failure::usage(
            "YAML that was not read to its end can not be asked",
            "mend what is told above: a policy behind it could decide otherwise",
        ));
    }
    Ok(Loaded { world: ManuallyDrop::new(world), sources: ManuallyDrop::new(sources) })
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|error| Failure::read(Path::new("-"), &error))?;
    Ok(text)
}

/// Reads `--path-normalization`.
pub(crate) fn normalization(text: &str) -> Result<PathNormalization, String> {
    normalization_named(text)
        .ok_or_else(|| "one of NONE, BASE, MERGE_SLASHES and DECODE_AND_MERGE_SLASHES".to_owned())
}
