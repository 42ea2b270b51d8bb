//! `meshward man`: one manual page with a section for each command, from the same definitions as `--help`.

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::args::Cli;
use super::{Exit, Failure, Terminal};

/// Prints the page in roff.
pub(crate) fn run(terminal: &Terminal) -> Result<Exit, Failure> {
    let page = render().map_err(Failure::Output)?;
    terminal.result(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Fine)
}

fn render() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut whole = Cli::command();
    whole.build();
    Man::new(whole.clone()).render(&mut page)?;
    for command in whole.get_subcommands() {
        let section = Man::new(command.clone());
        // The title line belongs to the page, so that each command gives its sections only.
        section.render_name_section(&mut page)?;
        section.render_synopsis_section(&mut page)?;
        section.render_description_section(&mut page)?;
        section.render_options_section(&mut page)?;
    }
    Ok(page)
}
