//! The command line: takes arguments apart, asks the library, prints what it answers. One file per command;
//! the rest is what they share.

mod args;
mod caution;
mod claims;
mod date;
mod exit;
mod failure;
mod json;
mod paths;
mod phrase;
mod project;
mod question;
mod repository;
mod terminal;
mod world;

mod build;
mod can;
mod check;
mod completions;
mod diff;
mod explain;
mod graph;
mod init;
mod man;
mod test;
mod who;

use clap::Parser as _;

use args::{Cli, Command};
pub(crate) use exit::Exit;
use failure::Failure;
use terminal::Terminal;

/// Does what the arguments of the process say.
pub(crate) fn run() -> Exit {
    let cli = Cli::parse_from(question::protected(std::env::args_os()));
    let terminal = Terminal::new(&cli.common);
    match dispatch(&cli, &terminal) {
        Ok(exit) => exit,
        Err(failure) => {
            terminal.fail(&failure);
            Exit::Unusable
        }
    }
}

fn dispatch(cli: &Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    refuse_settings(cli)?;
    match &cli.command {
        Command::Init(args) => init::run(&cli.common, args, terminal),
        Command::Check(args) => check::run(&cli.common, args, terminal),
        Command::Build(args) => build::run(&cli.common, args, terminal),
        Command::Can(args) => can::run(&cli.common, args, terminal),
        Command::Who(args) => who::run(&cli.common, args, terminal),
        Command::Test(args) => test::run(&cli.common, args, terminal),
        Command::Graph(args) => graph::run(&cli.common, args, terminal),
        Command::Diff(args) => diff::run(args, terminal),
        Command::Explain(args) => explain::run(&cli.common, args, terminal),
        Command::Completions(args) => completions::run(args, terminal),
        Command::Man => man::run(terminal),
    }
}

/// A setting that nobody reads would look as if it were one.
fn refuse_settings(cli: &Cli) -> Result<(), Failure> {
    let name = match cli.command {
        _ if cli.common.set.is_empty() => return Ok(()),
        Command::Init(_) => "init",
        Command::Diff(_) => "diff",
        Command::Completions(_) => "completions",
        Command::Man => "man",
        Command::Explain(ref args) if args.denial.is_none() => "explain CODE",
        Command::Check(_)
        | Command::Build(_)
        | Command::Can(_)
        | Command::Who(_)
        | Command::Test(_)
        | Command::Graph(_)
        | Command::Explain(_) => return Ok(()),
    };
    Err(Failure::usage(
        format!("`--set` changes the project of a command, and `{name}` has none of its own"),
        "leave it out",
    ))
}
