//! Compares what meshward says about Istio with istiod's own code and the real Envoy.

mod answers;
mod case;
mod client;
mod cluster;
mod corpus;
mod envoy;
mod finding;
mod generate;
mod golden;
mod istiod;
mod judge;
mod lane;
mod meant;
mod observe;
mod places;
mod project;
mod refusal;
mod request;
mod run;
mod shrink;
mod tally;
mod token;
mod waypoints;
mod witness;
mod ztunnel;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use case::{Case, Kind, Size};
use lane::{Lane, Programs};
use run::Outcomes;
use tally::Tally;

/// Compares what meshward says about Istio with istiod's own code and the real Envoy.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with the two programs; failing cases are written there.
    #[arg(long)]
    programs: PathBuf,
    /// A seed, or the first and the last one: `7`, `1..100`.
    #[arg(long, default_value = "1..40", value_parser = seeds)]
    seeds: (u64, u64),
    /// Only projects that meshward builds, or only random objects of Istio.
    #[arg(long)]
    kind: Option<Kind>,
    /// Requests for each mesh.
    #[arg(long, default_value_t = 2000)]
    requests: usize,
    /// Pods in each mesh.
    #[arg(long, default_value_t = 20)]
    workloads: usize,
    /// Statements in each project.
    #[arg(long, default_value_t = 60)]
    statements: usize,
    /// Whether failing cases are left as they are.
    #[arg(long)]
    no_shrink: bool,
    /// Stops at the first request that becomes something else, and tells how many were compared until then.
    #[arg(long)]
    first: bool,
    /// Istio's own cases are compared as well: a copy of its sources, as far as they have them.
    #[arg(long)]
    golden: Option<PathBuf>,
    /// The manifests below this folder are compared as well.
    #[arg(long)]
    manifests: Option<PathBuf>,
    /// Meshes that are tested side by side.
    #[arg(long, default_value_t = 2)]
    lanes: u8,
}

fn seeds(text: &str) -> Result<(u64, u64)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.parse()?, last.trim_start_matches('=').parse()?);
    if first > last {
        bail!("`{text}` has no seed");
    }
    Ok((first, last))
}

/// What all lanes share.
struct Shared {
    arguments: Arguments,
    next: AtomicU64,
    total: Mutex<Total>,
}

/// What the lanes have found together.
#[derive(Default)]
struct Total {
    tally: Tally,
    findings: usize,
    /// After how many requests the first difference came.
    first: Option<usize>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let lanes = arguments.lanes;
    let shared = Shared { next: AtomicU64::new(arguments.seeds.0), total: Mutex::default(), arguments };
    let all = &shared;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|number| scope.spawn(move || run_lane(all, number))).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().expect("a lane reports what goes wrong"))
    })?;
    if let Some(corpus) = &shared.arguments.golden {
        compare_golden(&shared, corpus)?;
    }
    if let Some(folder) = &shared.arguments.manifests {
        compare_manifests(&shared, folder)?;
    }
    let Total { tally, findings, first } = shared.total.into_inner().context("no lane panicked")?;
    println!("{tally}\n{findings} findings in {:.0?}", started.elapsed());
    if let Some(first) = first.filter(|_| shared.arguments.first) {
        println!("the first difference came with request {first}");
    }
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Istio's own cases, told apart from the random ones.
fn compare_golden(shared: &Shared, corpus: &Path) -> Result<()> {
    let programs = &shared.arguments.programs;
    let golden = golden::compare(&mut Lane::start(&Programs::below(programs), 0)?, corpus)?;
    let mut text = String::new();
    for finding in &golden.findings {
        text += &finding.tell(0, &programs.join("failing/golden"))?;
    }
    println!("Istio's own cases: {}{text}", golden.tally);
    golden.excepted.iter().for_each(|excepted| println!("  not compared: {excepted}"));
    shared.total.lock().expect("no lane panicked").findings += golden.findings.len();
    Ok(())
}

/// Manifests that other people wrote.
fn compare_manifests(shared: &Shared, folder: &Path) -> Result<()> {
    let programs = Programs::below(&shared.arguments.programs);
    let corpus = corpus::compare(&mut Lane::start(&programs, 0)?, folder)?;
    println!("Manifests: {corpus}");
    shared.total.lock().expect("no lane panicked").findings += corpus.findings.len();
    Ok(())
}

/// How many cases one istiod serves.
const CASES_OF_ONE_ISTIOD: u64 = 10;

/// Takes one seed after the other until none is left.
fn run_lane(shared: &Shared, number: u8) -> Result<()> {
    let arguments = &shared.arguments;
    let mut lane = Lane::start(&Programs::below(&arguments.programs), number)?;
    let size = Size { workloads: arguments.workloads, statements: arguments.statements };
    for done in 1.. {
        let seed = shared.next.fetch_add(1, Ordering::Relaxed);
        if seed > arguments.seeds.1 {
            return Ok(());
        }
        let kind =
            arguments.kind.unwrap_or(if seed.is_multiple_of(2) { Kind::Bundle } else { Kind::Project });
        let compare = |lane: &mut Lane| {
            let case = Case::new(kind, seed, size)?;
            run::check(lane, case, arguments.requests, !arguments.no_shrink)
        };
        // On a busy machine a program may not answer in time; what is wrong with a case is wrong again.
        let checked = compare(&mut lane).or_else(|error| {
            eprintln!("seed {seed}: compared once more, since it could not be compared: {error:#}");
            lane.renew()?;
            compare(&mut lane)
        });
        // A case that can not be compared is no reason to leave out the others.
        let outcomes = checked.unwrap_or_else(Outcomes::of_error);
        if done % CASES_OF_ONE_ISTIOD == 0 || !outcomes.findings.is_empty() {
            lane.renew()?;
        }
        let mut text = String::new();
        for finding in &outcomes.findings {
            text += &finding.tell(seed, &arguments.programs.join("failing"))?;
        }
        shared.add(&outcomes);
        eprint!("{text}");
        if arguments.first && !outcomes.findings.is_empty() {
            shared.next.store(arguments.seeds.1 + 1, Ordering::Relaxed);
            return Ok(());
        }
    }
    Ok(())
}

impl Shared {
    fn add(&self, outcomes: &Outcomes) {
        let mut total = self.total.lock().expect("no lane panicked");
        if let Some(first) = outcomes.first {
            let before = total.tally.compared();
            total.first.get_or_insert(before + first);
        }
        total.tally += &outcomes.tally;
        total.findings += outcomes.findings.len();
        if total.tally.cases.is_multiple_of(10) {
            eprintln!("{} verdicts so far, {} wrong", total.tally.compared(), total.tally.wrong);
        }
    }
}
