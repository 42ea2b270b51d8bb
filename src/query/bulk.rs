//! Many questions at once: JSON lines in, JSON lines out, in order.

use std::net::{IpAddr, Ipv4Addr};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::value::RawValue;

use super::judge::{Arrival, Judge, Point};
use super::line::{Answer, Identified, Line, Refusal};
use super::names;
use super::world::World;
use crate::access::{Decision, Request};
use crate::source::SourceMap;

/// The longest line that is read: 1 MiB. No proxy takes a request of that size.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// Answers blocks of lines, and remembers what is decided where.
pub struct Bulk<'a> {
    judge: Judge<'a>,
    sources: &'a SourceMap,
    decisions: FxHashMap<Point<'a>, Decision>,
    lines: usize,
    malformed: usize,
}

impl<'a> Bulk<'a> {
    /// Starts with line 1. Statements are named as `sources` does.
    pub fn new(world: &'a World, sources: &'a SourceMap) -> Self {
        Self { judge: Judge::new(world), sources, decisions: FxHashMap::default(), lines: 0, malformed: 0 }
    }

    /// How many lines could not be answered so far.
    pub fn malformed(&self) -> usize {
        self.malformed
    }

    /// One line of JSON for each line of `block` that is not blank. The last line needs no newline.
    pub fn answer(&mut self, block: &[u8]) -> String {
        let mut lines: Vec<&[u8]> = block.split(|byte| *byte == b'\n').collect();
        // What follows the last newline is a line only if there is something.
        lines.pop_if(|last| last.is_empty());
        let arrivals: Vec<_> = lines.par_iter().map(|line| self.read(line)).collect();
        self.decide(&arrivals);
        let first = self.lines + 1;
        let answers: Vec<String> =
            arrivals.par_iter().enumerate().map(|(at, asked)| self.write(asked, first + at)).collect();
        self.lines += lines.len();
        self.malformed += arrivals.iter().filter(|asked| matches!(asked, Asked::Wrong(..))).count();
        answers.concat()
    }

    /// Fills in what is decided at the points that are new.
    fn decide(&mut self, arrivals: &[Asked<'a, '_>]) {
        let points = arrivals.iter().filter_map(|asked| match asked {
            Asked::Request(_, arrival) => Some(arrival.point),
            Asked::Blank | Asked::Wrong(..) => None,
        });
        let new: FxHashSet<Point<'a>> = points.filter(|point| !self.decisions.contains_key(point)).collect();
        let judge = &self.judge;
        let decided: Vec<_> = new.into_par_iter().map(|point| (point, judge.decision(point))).collect();
        self.decisions.extend(decided);
    }

    fn read<'l>(&self, line: &'l [u8]) -> Asked<'a, 'l> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Asked::Blank;
        }
        if line.len() > MAX_LINE_BYTES {
            return Asked::Wrong(None, format!("the line is longer than {} MiB", MAX_LINE_BYTES >> 20));
        }
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(_) => return Asked::Wrong(None, "the line is not UTF-8".to_owned()),
        };
        let id = || serde_json::from_str::<Identified<'l>>(text).ok().and_then(|found| found.id);
        match serde_json::from_str::<Line<'l>>(text) {
            Err(error) => Asked::Wrong(id(), without_line(&error)),
            Ok(line) => match self.arrival(&line) {
                Ok(arrival) => Asked::Request(line.id, arrival),
                Err(error) => Asked::Wrong(line.id, error),
            },
        }
    }

    /// The request of a line, and where it arrives.
    fn arrival(&self, line: &Line<'_>) -> Result<Arrival<'a>, String> {
        let world = self.judge.world();
        let workload = names::workload(&world.graph, &line.to)?;
        if line.port == 0 {
            return Err("ports go from 1 to 65535".to_owned());
        }
        let identity = match &line.from {
            Some(from) => Some(names::identity(&world.mesh.trust_domain, from)?),
            None => None,
        };
        let (filters, is_malformed) = match self.judge.filters(workload, line.port, line.tcp) {
            Ok(filters) => (filters, false),
            Err(filters) => (filters, true),
        };
        let peer = line.source_ip.unwrap_or(UNNAMED);
        let request = Request {
            identity,
            peer,
            client: line.remote_ip.unwrap_or(peer),
            host: line.host.clone().unwrap_or_default(),
            method: line.method.clone().unwrap_or_default(),
            path: line.path.clone().unwrap_or_default(),
        };
        Ok(Arrival { point: Point { workload, port: line.port, filters }, request, is_malformed })
    }

    fn write(&self, asked: &Asked<'a, '_>, line: usize) -> String {
        match asked {
            Asked::Blank => String::new(),
            Asked::Wrong(id, error) => written(&Refusal { id: *id, line, error: error.clone() }),
            Asked::Request(id, arrival) => {
                let verdict = self.judge.verdict(&self.decisions[&arrival.point], arrival);
                let bundle = &self.judge.world().bundle;
                let policy = verdict.rule.map(|(object, _)| {
                    let metadata = bundle.objects[object].resource.metadata();
                    format!("{}/{}", metadata.namespace, metadata.name)
                });
                let rule = verdict.rule.and_then(|(_, rule)| rule);
                let statement = verdict.rule.and_then(|(object, rule)| {
                    let origin = self.judge.world().statements(object, rule?).first()?;
                    Some(self.sources.place(origin.span))
                });
                written(&Answer { id: *id, outcome: verdict.outcome, policy, rule, statement })
            }
        }
    }
}

/// What a line asks.
enum Asked<'a, 'l> {
    /// Nothing: it is empty.
    Blank,
    /// Something that can be answered, under this id.
    Request(Option<&'l RawValue>, Arrival<'a>),
    /// Something that can not be read or that nothing is known of.
    Wrong(Option<&'l RawValue>, String),
}

/// An address that no policy should name, where the line names none (RFC 5737).
const UNNAMED: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn written(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("an answer is made of strings and numbers, which JSON can hold")
        + "\n"
}

/// What is wrong with a line, without the "at line 1" that is true of each of them.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line 1 column ") {
        Some((what, column)) => format!("{what} at column {column}"),
        None => text,
    }
}
