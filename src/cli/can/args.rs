//! The arguments of `meshward can`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{DayArgs, Format, RequestArgs, WorldArgs};

/// Ask whether a request gets through, and which line says so
///
/// For example `meshward can 'orders -> payments GET /api/v1/users/42'`; the quotes keep the shell from taking
/// `>` for a redirection. The caller is a service, a workload, `account NAMESPACE/NAME`, a `spiffe://` URI,
/// `mesh` (an identity that no rule names) or `anyone` (plaintext). The project answers, or with `--manifests`
/// bare Kubernetes and Istio YAML.
///
/// Exit codes: 0 allowed, 1 not, 2 a question that can not be answered. With `--requests` 0 if every line was
/// answered, 2 otherwise.
#[derive(Args, Debug)]
pub(crate) struct CanArgs {
    /// `CALLER -> TARGET[:PORT] [METHOD] [PATH]`
    #[arg(value_name = "QUESTION", required_unless_present = "requests", conflicts_with = "requests")]
    pub(crate) question: Vec<String>,

    #[command(flatten)]
    pub(crate) request: RequestArgs,

    /// Answer each request of this file, one JSON object a line, by one line; `-` reads standard input
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["claims", "token", "headers", "host", "source_ip", "remote_ip", "sni", "plaintext"]
    )]
    pub(crate) requests: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) world: WorldArgs,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t, conflicts_with = "requests")]
    pub(crate) format: Format,
}
