//! The arguments of `meshward explain`.

use clap::Args;

use crate::cli::args::{DayArgs, Format, WorldArgs};

/// Explain a diagnostic: what it means, a wrong and a right example; or a denial that a proxy has logged
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A code such as `E0201` or a name such as `unknown-service`; without it, all are listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,

    /// Name the statement behind a denial: a line of a proxy's log, or what it says between `[` and `]`
    #[arg(long, value_name = "TEXT", conflicts_with = "code")]
    pub(crate) denial: Option<String>,

    #[command(flatten)]
    pub(crate) world: WorldArgs,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
