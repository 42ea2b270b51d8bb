//! Lints: what is allowed to be written and seldom meant. One file per lint; a project sets the level of each.

use crate::diagnostic::Diagnostic;
use crate::graph::ServiceGraph;
use crate::policy::Policy;
use crate::project::Project;
use crate::syntax::ast;

/// What a lint may look at.
pub struct Context<'a> {
    /// The policy as written.
    pub files: &'a [ast::File],
    /// The policy as meant.
    pub policy: &'a Policy,
    /// The world.
    pub graph: &'a ServiceGraph,
    /// The project file.
    pub project: &'a Project,
}

/// A lint finds what it looks for in the whole project.
type Lint = fn(&Context<'_>, &mut Vec<Diagnostic>);

/// Every lint of this floor, sorted by number.
const LINTS: &[Lint] = &[];

/// Runs every lint. The levels of the project are applied by the caller.
pub fn run(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for lint in LINTS {
        lint(context, &mut diagnostics);
    }
    diagnostics
}
