//! The arguments of `meshward init`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Format;

/// Start a project: a sample, or a first policy for existing manifests
///
/// Writes `meshward.yaml`, policies and a workflow for GitHub Actions. Nothing is overwritten: where one of
/// the files exists, none is written.
///
/// With `--from`, the service graph is read from Kubernetes manifests, and the policy allows each call that
/// they reveal (an environment variable or an argument that names another service), with the place it came
/// from, for you to go through.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Where to start the project; made if it is not there [default: the working folder]
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Read this file or folder of Kubernetes manifests; may be repeated
    #[arg(short = 'f', long = "from", value_name = "MANIFESTS")]
    pub(crate) from: Vec<PathBuf>,

    /// The namespace of documents that name none, for all MANIFESTS; or repeated, one for each of them in order
    /// [default: default, as for kubectl]
    #[arg(long, value_name = "NAME", requires = "from")]
    pub(crate) namespace: Vec<String>,

    /// The name of the project [default: the name of the folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// How to print the summary
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
