//! Measures the stages of a build one by one, each on what the stage before it made.

use std::path::Path;
use std::time::Duration;

use meshward::check::{self, Input};
use meshward::diagnostic::{Level, render_human};
use meshward::source::{DiskLoader, Loader as _, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Options, bundle, emit, graph, lint, project, prove};

use crate::measure::time;

const TODAY: Date = Date { year: 2026, month: 1, day: 1 };

/// The median time of each stage for the project in `folder`, in the order of a build.
pub(crate) fn measure(folder: &Path) -> Result<Vec<(&'static str, Duration)>, String> {
    let checked =
        meshward::check(&DiskLoader, folder, &Options::on(TODAY)).map_err(|error| error.to_string())?;
    let program = match &checked.program {
        Some(program) if !checked.has_errors() => program,
        _ => return Err(render_human(&checked.sources, &checked.diagnostics, false)),
    };
    let mut stages = stages_of_check(folder)?;
    let context = lint::Context {
        files: &program.files,
        policy: &program.policy,
        graph: &program.graph,
        project: &program.project,
    };
    stages.push((
        "lint",
        time(|| (), |()| lint::run(&context, |code| program.project.levels.get(code) != Level::Allow)),
    ));
    stages.push(("emit", time(|| (), |()| emit(program))));
    let (emitted, _) = emit(program);
    stages.push(("prove", time(|| (), |()| prove(program, &emitted))));
    stages.push(("serialise", time(|| (), |()| bundle::files(&emitted))));
    let files = bundle::files(&emitted);
    let output = folder.join("deploy/measured");
    let remove = || {
        // Missing before the first run.
        let _ = std::fs::remove_dir_all(&output);
    };
    bundle::write(&output, &files).map_err(|error| error.to_string())?;
    stages.push(("write unchanged", time(|| (), |()| bundle::write(&output, &files))));
    stages.push(("write anew", time(remove, |()| bundle::write(&output, &files))));
    remove();
    Ok(stages)
}

fn stages_of_check(folder: &Path) -> Result<Vec<(&'static str, Duration)>, String> {
    let mut sources = SourceMap::default();
    let text = DiskLoader.read(&folder.join(project::FILE_NAME)).map_err(|error| error.to_string())?;
    let source = sources.add(project::FILE_NAME, text.as_str());
    let (project, _) = project::read(folder, source, &text);
    let project = project.ok_or("the project file of the mesh is refused")?;

    let given = || (sources.clone(), Vec::new());
    let parse = time(given, |(mut sources, mut diagnostics)| {
        check::load(&DiskLoader, &project, &mut sources, &mut diagnostics)
    });
    let graph_time = time(given, |(mut sources, _)| graph::build(&DiskLoader, &mut sources, &project));

    let modules = check::load(&DiskLoader, &project, &mut sources, &mut Vec::new());
    let (graph, _) = graph::build(&DiskLoader, &mut sources, &project);
    let input =
        Input { sources: &sources, modules: &modules, graph: &graph, project: &project, today: TODAY };
    let check_time = time(|| (), |()| check::check(input));
    Ok(vec![("read and parse", parse), ("graph", graph_time), ("check", check_time)])
}
