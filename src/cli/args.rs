//! The commands, and the arguments that several of them take, each with the text of its help. What one command alone
//! takes stands beside it.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use meshward::project::{PathNormalization, Setting};
use meshward::source::Symbol;
use meshward::syntax::ast::Date;

use super::build::BuildArgs;
use super::can::CanArgs;
use super::check::CheckArgs;
use super::claims::Claim;
use super::completions::CompletionsArgs;
use super::diff::DiffArgs;
use super::explain::ExplainArgs;
use super::graph::GraphArgs;
use super::init::InitArgs;
use super::test::TestArgs;
use super::who::WhoArgs;

/// Writes who may call whom in a service mesh down as a policy, and compiles it into default-deny Istio
/// configuration.
///
/// A project is a folder with a `meshward.yaml`, found from the working folder upwards. Results go to
/// standard output, messages to standard error. Exit codes: 0 fine, 1 findings (errors in the policy, a
/// failed test, a stale bundle), 2 wrong arguments or a file that can not be read or written.
#[derive(Debug, Parser)]
#[command(name = "meshward", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Look for the project from this folder upwards
    #[arg(short = 'C', long = "project", value_name = "DIR", global = true, help_heading = "Common options")]
    pub(crate) project: Option<PathBuf>,

    /// Take VALUE for a key of the project file, as `--set mesh.trustDomain=example.org`
    ///
    /// The value is YAML, as it would stand in the file: `--set 'graph.manifests=[k8s, more]'`. Paths start from the folder
    /// of the project. May be given several times.
    #[arg(
        long,
        value_name = "KEY=VALUE",
        value_parser = Setting::parse,
        global = true,
        help_heading = "Common options"
    )]
    pub(crate) set: Vec<Setting>,

    /// Colour the messages; `auto` colours a terminal unless `NO_COLOR` is set
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        global = true,
        help_heading = "Common options"
    )]
    pub(crate) color: Color,

    /// Say what is wrong and nothing else
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Common options")]
    pub(crate) quiet: bool,

    /// Tell how long each stage took
    #[arg(short, long, global = true, help_heading = "Common options")]
    pub(crate) verbose: bool,
}

/// When messages are coloured.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    Always,
    #[default]
    Auto,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(InitArgs),
    Check(CheckArgs),
    Build(BuildArgs),
    Test(TestArgs),
    Graph(GraphArgs),
    Can(CanArgs),
    Who(WhoArgs),
    Diff(DiffArgs),
    Explain(ExplainArgs),
    Completions(CompletionsArgs),
    /// Write the manual page, in roff, to standard output
    Man,
}

/// What a request has beside the question.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// A claim of a valid token, such as `role=admin`, `realm.roles=[a,b]` or `["https://x/role"]=dev`; may be
    /// repeated. Where the mesh knows one issuer, that is the token's
    #[arg(long = "claim", value_name = "PATH=VALUE", value_parser = super::claims::parse, help_heading = "The request")]
    pub(crate) claims: Vec<Claim>,

    /// Show a token that does not hold
    #[arg(long, value_name = "STATE", value_enum, conflicts_with = "claims", help_heading = "The request")]
    pub(crate) token: Option<TokenState>,

    /// A header, as `NAME: VALUE`; may be repeated
    #[arg(long = "header", value_name = "HEADER", value_parser = super::claims::header, help_heading = "The request")]
    pub(crate) headers: Vec<(Symbol, String)>,

    /// The `Host` header
    #[arg(long, value_name = "HOST", help_heading = "The request")]
    pub(crate) host: Option<String>,

    /// The address that the connection comes from
    #[arg(long, value_name = "ADDRESS", help_heading = "The request")]
    pub(crate) source_ip: Option<IpAddr>,

    /// The address of the client behind trusted proxies
    #[arg(long, value_name = "ADDRESS", help_heading = "The request")]
    pub(crate) remote_ip: Option<IpAddr>,

    /// The server name of TLS
    #[arg(long, value_name = "NAME", help_heading = "The request")]
    pub(crate) sni: Option<String>,

    /// Show no identity, as a pod without a sidecar
    #[arg(long, help_heading = "The request")]
    pub(crate) plaintext: bool,
}

/// What is the matter with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenState {
    /// Its signature or its times do not verify
    Invalid,
}

/// What a question is asked of.
#[derive(Args, Debug)]
pub(crate) struct WorldArgs {
    /// Ask these files or folders of Kubernetes and Istio YAML in place of a project; may be repeated, `-` is
    /// standard input
    #[arg(short = 'm', long, value_name = "PATH", help_heading = "Asking YAML")]
    pub(crate) manifests: Vec<PathBuf>,

    /// The trust domain of the mesh [default: what the manifests say, else cluster.local]
    #[arg(long, value_name = "NAME", requires = "manifests", help_heading = "Asking YAML")]
    pub(crate) trust_domain: Option<Symbol>,

    /// Another name of the trust domain; may be repeated
    #[arg(long, value_name = "NAME", requires = "manifests", help_heading = "Asking YAML")]
    pub(crate) trust_domain_alias: Vec<Symbol>,

    /// The namespace whose policies hold for all [default: what the manifests say, else istio-system]
    #[arg(long, value_name = "NAME", requires = "manifests", help_heading = "Asking YAML")]
    pub(crate) root_namespace: Option<Symbol>,

    /// How proxies normalize paths: `NONE`, `BASE`, `MERGE_SLASHES` or `DECODE_AND_MERGE_SLASHES` [default: what the
    /// manifests say, else BASE]
    #[arg(long, value_name = "MODE", requires = "manifests", help_heading = "Asking YAML",
        value_parser = super::world::normalization)]
    pub(crate) path_normalization: Option<PathNormalization>,
}

/// What the meaning of a policy depends on beside its files.
#[derive(Args, Debug)]
pub(crate) struct DayArgs {
    /// The date of the build, on which `until` clauses depend, as YYYY-MM-DD [default: the system's date, UTC]
    #[arg(long, value_name = "DATE", value_parser = super::date::parse)]
    pub(crate) today: Option<Date>,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
}
