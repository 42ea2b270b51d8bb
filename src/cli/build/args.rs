//! The arguments of `meshward build`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{DayArgs, Format};

/// Check the policy and write the Istio bundle
///
/// All or nothing: with any error in the policy nothing is written and the former bundle stays. The output
/// folder belongs to meshward; a folder with other content is refused.
///
/// Exit codes: 0 built, 1 errors in the policy or, with `--check`, a stale bundle, 2 wrong arguments or a
/// file that can not be read or written.
#[derive(Args, Debug)]
pub(crate) struct BuildArgs {
    /// Write the bundle here instead of to `output:` of the project file; `-` prints one YAML stream
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Write nothing; fail if the bundle in the output folder is not what the policy gives
    #[arg(long)]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the summary
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
