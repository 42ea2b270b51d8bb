//! The arguments of `meshward test`.

use clap::{Args, ValueEnum};

use crate::cli::args::DayArgs;

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
