//! The arguments of `meshward who`.

use clap::{Args, ValueEnum};

use crate::cli::args::{DayArgs, RequestArgs, WorldArgs};

/// Ask who gets through to a target, or what a caller gets through to
///
/// `meshward who '-> payments GET /api/v1/users/42'` lists everybody whose request gets through, and without a
/// request everybody who gets anything through. `meshward who 'orders ->'` lists what that identity can do, and
/// `meshward who 'orders -> payments'` what it can do there.
#[derive(Args, Debug)]
pub(crate) struct WhoArgs {
    /// `-> TARGET[:PORT] [METHOD] [PATH]`, `CALLER ->` or `CALLER -> TARGET`
    #[arg(value_name = "QUESTION", required = true)]
    pub(crate) question: Vec<String>,

    /// Follow chains: what those reach that the caller reaches, by the shortest way
    #[arg(long)]
    pub(crate) via: bool,

    #[command(flatten)]
    pub(crate) request: RequestArgs,

    #[command(flatten)]
    pub(crate) world: WorldArgs,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ListFormat,
}

/// The forms of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people, as a table
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// A table in Markdown, for a report or a ticket
    Markdown,
}
