//! The type check: what was written and the world it speaks of go in, the policy that was meant comes out,
//! with a diagnostic for everything that could widen access, never match, or not be understood.

mod bounds;
mod callers;
mod cases;
mod clauses;
mod closed;
mod context;
mod declarations;
mod endpoints;
mod exceptions;
mod guarantees;
mod intent;
mod modes;
mod modules;
mod names;
mod operations;
mod overlap;
mod paths;
mod plaintext;
mod ports;
mod protocols;
mod question;
mod rules;
mod services;
mod silences;
mod subjects;
mod targets;
mod transport;
mod udp;

pub use closed::{Closed, closed};
pub use context::missing_proxy;
pub use endpoints::covered;
pub use intent::{Intent, Traffic, normalization, paths_under, requests_of};
pub use modes::{Effective, Modes};
pub use modules::{Module, load};
pub use operations::METHODS;
pub use overlap::overlap;
pub use paths::open_end;
pub use question::{Asked, AskedCaller, AskedPort, AskedRequest, AskedTarget, question};
pub use silences::{Silence, silence};

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, MOST_LOOKS, sparingly};
use crate::graph::ServiceGraph;
use crate::policy::Policy;
use crate::project::Project;
use crate::source::SourceMap;
use crate::syntax::ast::Date;
use context::Context;
use services::Services;

/// What a check looks at.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Every text.
    pub sources: &'a SourceMap,
    /// The parsed policy files.
    pub modules: &'a [Module],
    /// The world.
    pub graph: &'a ServiceGraph,
    /// What the project file says.
    pub project: &'a Project,
    /// The day of the build: a permission whose `until` lies before it is left out.
    pub today: Date,
}

/// What a check finds.
pub struct Outcome {
    /// What may be emitted, if no diagnostic is an error.
    pub policy: Policy,
    /// The `@allow` attributes, to be applied when all lints have spoken.
    pub silences: Vec<Silence>,
    /// Whether each named declaration was used, and every finding.
    pub diagnostics: Vec<Diagnostic>,
}

/// So many modules are lowered side by side before what they mean is put together: of all at once, everything would
/// lie in memory twice.
const BATCH: usize = 64;

/// Binds, expands and lowers every statement.
pub fn check(input: Input<'_>) -> Outcome {
    sparingly(MOST_LOOKS, || check_all(input))
}

fn check_all(input: Input<'_>) -> Outcome {
    let mut diagnostics = Vec::new();
    let declarations = declarations::resolve(input, &mut diagnostics);
    let services = Services::new(input.graph);
    let transport = transport::collect(input, &services, &mut diagnostics);
    let context = Context { input, services: &services, declarations: &declarations, transport: &transport };

    let mut policy =
        Policy { project: input.project.name, mesh: input.project.mesh.clone(), ..Policy::default() };
    // A list that grew by itself would have room for up to twice as much.
    policy.rules.reserve_exact(input.modules.iter().map(|module| rules::written(&module.file.items)).sum());
    for batch in 0..input.modules.len().div_ceil(BATCH) {
        let modules = batch * BATCH..input.modules.len().min((batch + 1) * BATCH);
        let lowered: Vec<rules::Lowered> = modules
            .into_par_iter()
            .map(|module| sparingly(MOST_LOOKS, || rules::lower(&context, module)))
            .collect();
        for part in lowered {
            policy.rules.extend(part.rules);
            policy.references.extend(part.references);
            policy.guarantees.extend(part.guarantees);
            policy.tests.extend(part.tests);
            diagnostics.extend(part.diagnostics);
        }
    }
    policy.references.shrink_to_fit();
    cases::report_duplicates(&policy.tests, &mut diagnostics);
    transport::finish(input, transport, &mut policy, &mut diagnostics);
    let silences = silences::collect(input, &mut diagnostics);
    declarations.report_unused(&mut diagnostics);
    Outcome { policy, silences, diagnostics }
}
