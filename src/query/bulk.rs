//! Many questions at once: JSON lines in, JSON lines out, in order.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::value::RawValue;

use super::arrival::{Arrival, Sent, arrive};
use super::judge::{Judge, Outcome, Point, Unknown};
use super::line::{Addressee, Answer, Identified, Line, Refusal};
use super::names;
use super::passage::{Passage, Passed};
use super::ports::of_service;
use super::route::{Destination, Hop};
use super::world::World;
use crate::diagnostic::sparingly;
use crate::source::SourceMap;

/// The longest line that is read: 1 MiB. No proxy takes a request of that size.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// How many lines are held with their answers: enough for all cores, and little memory even where a line is one letter
/// and its answer a sentence.
const LINES_AT_ONCE: usize = 1 << 14;

/// How many of them one thread takes at a time.
const LINES_OF_A_THREAD: usize = 1 << 8;

/// How many names one thread looks at for suggestions in these lines.
const LOOKS_OF_A_THREAD: usize = 1 << 13;

/// Answers blocks of lines, and remembers what is decided where.
pub struct Bulk<'a> {
    judge: Judge<'a>,
    sources: &'a SourceMap,
    decided: FxHashMap<Point<'a>, At<'a>>,
    lines: usize,
    malformed: usize,
}

/// What is known of a port.
struct At<'a> {
    passage: Result<Passage<'a>, Unknown>,
    /// What the port may have been mistaken for.
    note: Option<String>,
    /// Which waypoint a Service has that was not asked.
    beside: Option<String>,
}

impl<'a> Bulk<'a> {
    /// Starts with line 1. Statements are named as `sources` does.
    pub fn new(world: &'a World, sources: &'a SourceMap) -> Self {
        Self { judge: Judge::new(world), sources, decided: FxHashMap::default(), lines: 0, malformed: 0 }
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
        let mut text = String::new();
        for lines in lines.chunks(LINES_AT_ONCE) {
            self.answer_lines(lines, &mut text);
        }
        text
    }

    fn answer_lines(&mut self, lines: &[&[u8]], text: &mut String) {
        let asked: Vec<Vec<Asked<'a, '_>>> =
            lines.par_chunks(LINES_OF_A_THREAD).map(|lines| self.read_all(lines)).collect();
        self.decide(&asked);
        let first = self.lines + 1;
        let answers: Vec<Answers> = asked
            .into_par_iter()
            .enumerate()
            .map(|(part, asked)| self.write_all(asked, first + part * LINES_OF_A_THREAD))
            .collect();
        self.lines += lines.len();
        self.malformed += answers.iter().map(|answers| answers.refusals).sum::<usize>();
        text.extend(answers.into_iter().map(|answers| answers.text));
    }

    /// Fills in what is decided at the points that are new.
    fn decide(&mut self, asked: &[Vec<Asked<'a, '_>>]) {
        let ways = asked.iter().flatten().flat_map(|asked| match asked {
            Asked::Request(_, ways) => ways.as_slice(),
            Asked::Blank | Asked::Wrong(..) => &[],
        });
        let points = ways.map(|way| way.arrival.point);
        let new: FxHashSet<Point<'a>> = points.filter(|point| !self.decided.contains_key(point)).collect();
        let judge = &self.judge;
        let decide = |point: Point<'a>| {
            let note = of_service(&judge.world().graph, point.workload, point.port);
            (point, At { passage: judge.passage(point), note, beside: beside_waypoint(judge, point) })
        };
        let decided: Vec<_> = new.into_par_iter().map(decide).collect();
        self.decided.extend(decided);
    }

    fn read_all<'l>(&self, lines: &[&'l [u8]]) -> Vec<Asked<'a, 'l>> {
        sparingly(LOOKS_OF_A_THREAD, || lines.iter().map(|line| self.read(line)).collect())
    }

    fn read<'l>(&self, line: &'l [u8]) -> Asked<'a, 'l> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Asked::Blank;
        }
        if line.len() > MAX_LINE_BYTES {
            return Asked::Wrong(None, format!("the line is longer than {} MiB", MAX_LINE_BYTES >> 20));
        }
        let Ok(text) = std::str::from_utf8(line) else {
            return Asked::Wrong(None, "the line is not UTF-8".to_owned());
        };
        // A list of the right length would be taken for the fields in order.
        if !text.trim_start().starts_with('{') {
            return Asked::Wrong(None, "the line is no JSON object".to_owned());
        }
        match serde_json::from_str::<Line<'l>>(text) {
            Err(error) => Asked::Wrong(id_of(text), without_line(&error)),
            Ok(line) => {
                let id = line.id;
                match self.ways(line) {
                    Ok(ways) => Asked::Request(id, ways),
                    Err(error) => Asked::Wrong(id, error),
                }
            }
        }
    }

    /// The request of a line on every way that it may take: by each port of the Service that it names, and by each kind
    /// of proxy that sends for the caller.
    fn ways(&self, line: Line<'_>) -> Result<Vec<Way<'a>>, String> {
        let world = self.judge.world();
        let workload = names::workload(&world.graph, &line.to)?;
        let port = line.port;
        if port == 0 {
            return Err("ports go from 1 to 65535".to_owned());
        }
        let pod = Destination { workload, port, service: None };
        let stated = match &line.service {
            Addressee::Service(text) => Some(names::service_port(&world.graph, text, workload, port)?),
            Addressee::Pod | Addressee::Unstated => None,
        };
        if !self.judge.names_waypoints() {
            let sent = line.sent(&world.mesh.trust_domain)?;
            return Ok(vec![Way { arrival: arrive(&self.judge, pod, Hop::Pod, sent)?, past: None }]);
        }
        let services = match &line.service {
            Addressee::Pod | Addressee::Service(_) => stated.into_iter().collect(),
            Addressee::Unstated => names::service(&world.graph, &line.to, workload, port),
        };
        let by_service = |service| Destination { service: Some(service), ..pod };
        let mut destinations: Vec<Destination<'a>> = services.into_iter().map(by_service).collect();
        if destinations.is_empty() {
            destinations.push(pod);
        }
        self.ways_to(&destinations, &line.sent(&world.mesh.trust_domain)?)
    }

    fn ways_to(&self, destinations: &[Destination<'a>], sent: &Sent) -> Result<Vec<Way<'a>>, String> {
        let senders = self.judge.senders(sent.identity.as_deref());
        let mut ways: Vec<Way<'a>> = Vec::new();
        for to in destinations {
            for sender in &senders {
                let route = self.judge.route(*to, *sender).map_err(|unknown| unknown.to_string())?;
                let arrival = arrive(&self.judge, *to, route.first, sent.clone())?;
                // Ports of a Service that lead to one port of the pod differ at a waypoint alone.
                if !ways.iter().any(|way| way.arrival.point == arrival.point) {
                    ways.push(Way { arrival, past: route.past });
                }
            }
        }
        Ok(ways)
    }

    /// The answers to lines that lie next to each other; `first` is the number of the first.
    fn write_all(&self, asked: Vec<Asked<'a, '_>>, first: usize) -> Answers {
        let mut answers = Answers::default();
        for (at, asked) in asked.into_iter().enumerate() {
            let mut refuse = |id, error: &str| {
                answers.refusals += 1;
                answers.add(&Refusal { id, line: first + at, error });
            };
            match asked {
                Asked::Blank => {}
                Asked::Wrong(id, error) => refuse(id, &error),
                Asked::Request(id, ways) => match self.decisive(&ways) {
                    Ok((way, passed)) => answers.add(&self.answered(id, way, &passed)),
                    Err(unknown) => refuse(id, &unknown.to_string()),
                },
            }
        }
        answers
    }

    /// The way on which a request is stopped, or the first where it is allowed on all.
    fn decisive<'w>(&self, ways: &'w [Way<'a>]) -> Result<(&'w Way<'a>, Passed<'a>), &Unknown> {
        let mut first = None;
        for way in ways {
            let passage = self.decided[&way.arrival.point].passage.as_ref()?;
            let passed = passage.verdict(&self.judge, &way.arrival);
            if passed.verdict.outcome != Outcome::Allowed {
                return Ok((way, passed));
            }
            first = first.or(Some((way, passed)));
        }
        Ok(first.expect("each request has a way, since each destination and each caller has one"))
    }

    fn answered<'l>(&'l self, id: Option<&'l RawValue>, way: &'l Way<'a>, passed: &Passed<'a>) -> Answer<'l> {
        let point = way.arrival.point;
        let rule = passed.verdict.rule;
        let statement = rule.and_then(|rule| {
            let (object, _) = self.judge.policy(rule)?;
            let origin = self.judge.statement(object, rule.rule, (&way.arrival.request, point.port))?;
            Some(self.sources.place(origin.span()))
        });
        let at = &self.decided[&point];
        let note = at.note.as_ref().or(way.past.as_ref()).or(at.beside.as_ref()).map(String::as_str);
        Answer {
            id,
            outcome: passed.verdict.outcome,
            policy: rule.map(|rule| rule.policy()),
            rule: rule.map(|rule| rule.rule),
            statement,
            waypoint: point.hop.waypoint().map(ToString::to_string),
            stage: passed.stage,
            note,
        }
    }
}

/// What is to be said where no waypoint is on the way.
fn beside_waypoint(judge: &Judge<'_>, point: Point<'_>) -> Option<String> {
    match point.hop {
        Hop::Pod => judge.beside_waypoint(point.workload, point.port),
        Hop::Waypoint { .. } => None,
    }
}

/// A request on one of the ways that it may take.
struct Way<'a> {
    arrival: Arrival<'a>,
    /// Which waypoint it goes past, and why.
    past: Option<String>,
}

/// What a line asks.
enum Asked<'a, 'l> {
    /// Nothing: it is empty.
    Blank,
    /// Something that can be answered, under this id.
    Request(Option<&'l RawValue>, Vec<Way<'a>>),
    /// Something that can not be read or that nothing is known of.
    Wrong(Option<&'l RawValue>, String),
}

/// What is said to lines that lie next to each other.
#[derive(Default)]
struct Answers {
    /// A line for each.
    text: String,
    /// How many can not be answered.
    refusals: usize,
}

impl Answers {
    fn add(&mut self, answer: &impl Serialize) {
        let line = serde_json::to_string(answer);
        self.text += &line.expect("an answer is made of strings and numbers, which JSON can hold");
        self.text.push('\n');
    }
}

/// The id of a line that is wrong elsewhere. Most have none, which is seen without reading the line again; an escape
/// may spell the key in another way.
fn id_of(text: &str) -> Option<&RawValue> {
    if !text.contains("\"id\"") && !text.contains('\\') {
        return None;
    }
    serde_json::from_str::<Identified<'_>>(text).ok().and_then(|found| found.id)
}

/// What is wrong with a line, without the "at line 1" that is true of each of them.
fn without_line(error: &serde_json::Error) -> String {
    const LINE: &str = " at line 1";
    let mut text = error.to_string();
    if let Some(at) = text.rfind(" at line 1 column ") {
        text.replace_range(at..at + LINE.len(), " at");
    }
    text
}
