//! The arguments of `meshward graph`.

use clap::{Args, ValueEnum};

use crate::cli::args::DayArgs;

/// Show the service graph and who may call whom
///
/// Solid edges are what the policy allows; dashed edges are calls that the graph knows of and no rule allows.
#[derive(Args, Debug)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the graph
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: GraphFormat,
}

/// The forms of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Graphviz
    Dot,
    /// For people, as a table
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// A flowchart that Markdown viewers draw
    Mermaid,
}
