//! `meshward man`: one manual page with a section for each command, from the same definitions as `--help`.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::args::Cli;
use super::{Exit, Failure, Terminal};

/// Prints the page in roff.
pub(crate) fn run(terminal: &Terminal) -> Result<Exit, Failure> {
    let page = render().map_err(Failure::Output)?;
    terminal.result(&page)?;
    Ok(Exit::Fine)
}

fn render() -> std::io::Result<String> {
    let mut whole = Cli::command();
    whole.build();
    let mut page = Vec::new();
    Man::new(whole.clone()).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in whole.get_subcommands() {
        let name = command.get_name();
        // Commands have no pages of their own to refer to.
        page = page.replace(&format!("meshward\\-{name}(1)"), &format!("meshward {name}"));
        let _ = write!(page, ".SH \"MESHWARD {}\"\n{}", name.to_uppercase(), section(command)?);
    }
    Ok(page)
}

/// The sections of a command as subsections of one.
fn section(command: &clap::Command) -> std::io::Result<String> {
    let man = Man::new(command.clone().display_name(format!("meshward {}", command.get_name())));
    let mut section = Vec::new();
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    Ok(String::from_utf8_lossy(&section).replace(".SH ", ".SS "))
}
