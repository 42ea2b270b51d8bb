//! Every argument of every command, with the text of its help.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use meshward::project::PathNormalization;
use meshward::syntax::ast::Date;

use super::claims::Claim;
use super::diff::DiffArgs;
use meshward::source::Symbol;

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

/// Check the policy: syntax, names, types, guarantees, lints
///
/// The whole project is always checked, since the meaning of a rule depends on the rest of it. PATHS only
/// choose which findings are shown and counted: those that point into one of these files or folders.
///
/// Exit codes: 0 no errors, 1 errors, 2 wrong arguments or a file that can not be read. With
/// `--format sarif` the code is 0 once the report is written, unless `--fail-on` says otherwise.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Show only what points into these files or folders
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,

    /// Make errors of all warnings
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) deny: Option<Deny>,

    /// From which severity on the exit code is 1 [default: error; for sarif: never]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<FailOn>,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
}

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

/// Run the tests and guarantees of the policy
///
/// A `test` lists requests, each with what is expected of it; `never`, `only` and `reaches` are decided for all
/// requests. Both are decided on what the policy means, without a cluster.
///
/// Exit codes: 0 all passed, 1 a test failed, a guarantee does not hold, or the policy has errors, 2 wrong
/// arguments or a file that can not be read.
#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Run only what has this in its name: the name of a test, the text of a guarantee
    #[arg(value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) filter: String,

    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
}

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

/// Write a completion script for a shell to standard output
///
/// For bash: `meshward completions bash > /etc/bash_completion.d/meshward`
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
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

/// The forms of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Annotations beside the lines of a pull request on GitHub
    Github,
    /// For people, on standard error
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
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

/// The forms of test results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    #[default]
    Human,
    /// For programs: one document with a `version`
    Json,
    /// `JUnit` XML, for CI servers
    Junit,
}

/// What `--deny` makes an error of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Warnings,
}

/// The lowest severity that fails a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    Error,
    /// No finding fails it
    Never,
    /// Warnings and errors
    Warning,
}
