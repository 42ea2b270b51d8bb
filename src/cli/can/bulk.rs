//! `can --requests`: a file of requests, or as much of standard input as has arrived, answered block by block.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use meshward::query::{Bulk, MAX_LINE_BYTES};

use super::super::phrase::counted;
use super::super::world::Loaded;
use super::super::{Exit, Failure, Terminal};

/// How much is read at once: enough lines to keep all cores busy.
const BLOCK_BYTES: usize = 1 << 20;

/// Standard input is one stream: it brings the requests or the manifests.
pub(super) fn refuse_two_streams(requests: &Path, manifests: &[PathBuf]) -> Result<(), Failure> {
    let is_stream = |path: &Path| path == Path::new("-");
    if is_stream(requests) && manifests.iter().any(|path| is_stream(path)) {
        return Err(Failure::usage(
            "`-` can not be both the requests and the manifests",
            "put one of them into a file",
        ));
    }
    Ok(())
}

/// Answers every line. What has arrived is answered at once, so that a program can ask line by line.
pub(super) fn run(asked: &Loaded, requests: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    let unreadable = |error: std::io::Error| Failure::read(requests, &error);
    let start = Instant::now();
    let mut bulk = Bulk::new(&asked.world, &asked.sources);
    let mut input: Box<dyn Read> = if requests == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(requests).map_err(unreadable)?)
    };
    let mut block = Vec::new();
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        if count == 0 {
            terminal.result(&bulk.answer(&block))?;
            break;
        }
        block.extend_from_slice(&buffer[..count]);
        let whole = block.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        terminal.result(&bulk.answer(&block[..whole]))?;
        block.drain(..whole);
        // A line without an end is answered by an error once it is over; there is no need to hold all of it.
        block.truncate(MAX_LINE_BYTES + 1);
    }
    terminal.stage("answer", start.elapsed());
    if bulk.malformed() > 0 {
        terminal.say(&format!("{} could not be answered", counted(bulk.malformed(), "line")));
        return Ok(Exit::Unusable);
    }
    Ok(Exit::Fine)
}
