//! The arguments of `meshward diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::DayArgs;

/// Show what a change opens and what it closes
///
/// OLD and NEW are project folders or folders of Kubernetes and Istio YAML. Every port of every workload of both is
/// compared for all requests: what is only written in another way is no difference. Each change is one sentence
/// with the line that caused it and a request to try.
///
/// Exit codes: 0 compared, 1 a difference with `--exit-code`, something opened with `--fail-on widened`, 2 a
/// folder that can not be read or a project with errors.
#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    /// The former project or YAML
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The present project or YAML
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// End with 1 if there is any difference
    #[arg(long)]
    pub(crate) exit_code: bool,

    /// End with 1 for changes of this kind
    #[arg(long, value_name = "CHANGE", value_enum)]
    pub(crate) fail_on: Option<FailOnChange>,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the changes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DiffFormat,
}

/// Which changes fail a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOnChange {
    /// Something opens
    Widened,
}

/// The forms of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// For a comment on a pull request
    Markdown,
}
