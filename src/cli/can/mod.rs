//! `meshward can`: whether a request gets through, and which line says so.

mod bulk;

use super::args::{CanArgs, Common};
use super::{Exit, Failure, Terminal, world};

/// Answers the question, or the file of questions.
pub(crate) fn run(common: &Common, args: &CanArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    bulk::refuse_two_streams(&args.requests, &args.world.manifests)?;
    let asked = world::read(common, &args.world, args.day.today, terminal)?;
    bulk::run(&asked, &args.requests, terminal)
}
