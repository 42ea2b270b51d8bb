//! `meshward graph`: the services and who may call whom, as a table, a drawing or data.

mod args;
mod dot;
mod edges;
mod human;
mod mermaid;
mod nodes;
mod view;

use meshward::diagnostic::Diagnostic;

use super::args::Common;
use super::phrase::counted;
use super::{Exit, Failure, Terminal, project};
pub(crate) use args::GraphArgs;
use args::GraphFormat;
use view::View;

/// Prints the graph of the project. A policy with errors is drawn as far as it can be read, and the exit code
/// tells that it is not the whole truth.
pub(crate) fn run(common: &Common, args: &GraphArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let root = project::root(common)?;
    let checked =
        project::checked(meshward::understand, &root, &project::options(common, args.day.today), terminal)?;
    let errors: Vec<Diagnostic> =
        checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
    if let Some(program) = &checked.program {
        let view = View::new(program, &checked.sources);
        terminal.result(&render(&view, args.format))?;
    }
    if errors.is_empty() {
        return Ok(Exit::Fine);
    }
    terminal.report(&checked.sources, &errors);
    terminal.say(&format!("the graph may be incomplete: {}", counted(errors.len(), "error")));
    Ok(Exit::of_errors(&checked))
}

fn render(view: &View, format: GraphFormat) -> String {
    match format {
        GraphFormat::Dot => dot::render(view),
        GraphFormat::Human => human::render(view),
        GraphFormat::Json => view.to_json(),
        GraphFormat::Mermaid => mermaid::render(view),
    }
}
