//! `meshward completions`: a script that teaches a shell the commands and their options.

use clap::{Args, CommandFactory as _};

use super::args::Cli;
use super::{Exit, Failure, Terminal};

/// Write a completion script for a shell to standard output
///
/// For bash: `meshward completions bash > /etc/bash_completion.d/meshward`
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Prints the script for a shell.
pub(crate) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "meshward", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
