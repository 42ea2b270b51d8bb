//! `meshward can`: whether a request gets through, and which line says so.

mod args;
mod bulk;
mod human;

use std::time::Instant;

use meshward::graph::ServiceGraph;
use meshward::query::{self, Judge, Outcome};

use super::args::{Common, Format};
use super::{Exit, Failure, Terminal, json, question, world};
pub(crate) use args::CanArgs;

/// Answers the question, or the file of questions.
pub(crate) fn run(common: &Common, args: &CanArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(requests) = &args.requests {
        bulk::refuse_two_streams(requests, &args.world.manifests)?;
        let asked = world::with_services(common, &args.world, args.day.today, world::EVERYTHING, terminal)?;
        return bulk::run(&asked, requests, terminal);
    }
    let line = question::line(&args.question)?;
    let about = |graph: &ServiceGraph| question::namespaces(&line, graph);
    let mut asked = world::with_services(common, &args.world, args.day.today, &about, terminal)?;
    let Some((question, asked)) = question::bound(&mut asked, &line, terminal) else {
        return Ok(Exit::Unusable);
    };
    let start = Instant::now();
    let judge = Judge::new(&asked.world);
    let answer = query::can(&judge, &asked.sources, &question, &question::sent(&args.request, &asked.world));
    terminal.stage("answer", start.elapsed());
    let answer = answer.map_err(question::unanswered)?;
    terminal.result(&match args.format {
        Format::Human => human::render(&answer),
        Format::Json => json::answer(&answer),
    })?;
    Ok(if answer.outcome == Outcome::Allowed { Exit::Fine } else { Exit::Findings })
}
