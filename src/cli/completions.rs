//! `meshward completions`: a script that teaches a shell the commands and their options.

use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs};
use super::{Exit, Failure, Terminal};

/// Prints the script for a shell.
pub(crate) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "meshward", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
