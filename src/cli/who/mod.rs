//! `meshward who`: who gets through to a target, and what a caller gets through to.

mod args;
mod callers;
mod reach;
mod table;

use std::time::Instant;

use meshward::check::Asked;
use meshward::query::{self, Doors, Judge, Unanswered};
use serde::Serialize;

use super::args::Common;
use super::{Exit, Failure, Terminal, json, question, world};
use args::ListFormat;
pub(crate) use args::WhoArgs;
use table::Table;

/// Answers the question with a list.
pub(crate) fn run(common: &Common, args: &WhoArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let line = question::line(&args.question)?;
    let mut asked = world::with_services(common, &args.world, args.day.today, world::EVERYTHING, terminal)?;
    let Some((question, asked)) = question::bound(&mut asked, &line, terminal) else {
        return Ok(Exit::Unusable);
    };
    let start = Instant::now();
    let text = answer(args, &question, asked).map_err(question::unanswered)?;
    terminal.stage("answer", start.elapsed());
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn answer(args: &WhoArgs, question: &Asked<'_>, asked: &world::Loaded) -> Result<String, Unanswered> {
    let judge = Judge::new(&asked.world);
    let sources = &asked.sources;
    match (&question.caller, &question.target) {
        (Some(_), _) if question.request.is_some() => Err(Unanswered::Unfit(
            "this names a caller, a target and a request".to_owned(),
            "`meshward can` answers such questions".to_owned(),
        )),
        (Some(_), _) if says_something(args, asked) => Err(Unanswered::Unfit(
            "this asks for all that a caller may do, and options such as `--source-ip` are said of one request"
                .to_owned(),
            "leave them out, or ask `meshward can 'CALLER -> TARGET GET /path'`".to_owned(),
        )),
        (Some(caller), target) => {
            let doors = Doors::new(&judge)?;
            let target = target.as_ref().map(|target| &target.key);
            let reach = doors.reach(sources, caller, target, args.via);
            Ok(written(args.format, &reach, || reach::table(&reach)))
        }
        (None, Some(_)) if args.via => Err(Unanswered::Unfit(
            "chains start at a caller".to_owned(),
            "ask `meshward who 'CALLER ->' --via`".to_owned(),
        )),
        (None, Some(target)) => {
            let sent = question::sent(&args.request, &asked.world);
            let mut callers = query::callers(&judge, sources, question, &sent)?;
            let notes = callers.note.into_iter().chain(query::assumed_sidecar(&asked.world, target));
            callers.note = notes.reduce(|first, second| format!("{first}; {second}"));
            Ok(written(args.format, &callers, || callers::table(&callers)))
        }
        (None, None) => Err(Unanswered::Unfit(
            "this names neither a caller nor a target".to_owned(),
            "ask `meshward who '-> TARGET GET /path'` or `meshward who 'CALLER ->'`".to_owned(),
        )),
    }
}

/// Whether an option says something of a request.
fn says_something(args: &WhoArgs, asked: &world::Loaded) -> bool {
    let sent = question::sent(&args.request, &asked.world);
    sent.is_over_http() || sent.says_where_from()
}

fn written<T: Serialize>(format: ListFormat, answer: &T, table: impl Fn() -> Table) -> String {
    match format {
        ListFormat::Human => table().to_human(),
        ListFormat::Json => json::answer(answer),
        ListFormat::Markdown => table().to_markdown(),
    }
}
