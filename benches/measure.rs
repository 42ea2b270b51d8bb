//! Takes medians: of a piece of work in this process, and of a whole other process with its peak memory.

use std::hint::black_box;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// How often each thing is measured after one run that only warms the caches.
pub(crate) const RUNS: usize = 5;

/// What a process costs.
pub(crate) struct Cost {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// On all cores, in the program and in the kernel for it.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(crate) peak: u64,
}

/// The median time of `work`. What it is given and what it returns is made and dropped outside of the time.
pub(crate) fn time<T, R>(mut given: impl FnMut() -> T, mut work: impl FnMut(T) -> R) -> Duration {
    let mut once = || {
        let input = given();
        let start = Instant::now();
        let result = black_box(work(black_box(input)));
        let time = start.elapsed();
        drop(result);
        time
    };
    once();
    median((0..RUNS).map(|_| once()).collect())
}

/// The median costs of running `command`, which must succeed.
pub(crate) fn process(command: &mut Command) -> Result<Cost, String> {
    run(command)?;
    let costs: Vec<Cost> = (0..RUNS).map(|_| run(command)).collect::<Result<_, _>>()?;
    Ok(Cost {
        wall: median(costs.iter().map(|cost| cost.wall).collect()),
        cpu: median(costs.iter().map(|cost| cost.cpu).collect()),
        peak: median(costs.iter().map(|cost| cost.peak).collect()),
    })
}

fn run(command: &mut Command) -> Result<Cost, String> {
    let fail = |error: std::io::Error| format!("can not run the measured process: {error}");
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(fail)?;
    let mut messages = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut messages).map_err(fail)?;
    }
    let usage = child.wait4().map_err(fail)?;
    let wall = start.elapsed();
    if !usage.status.success() {
        let beginning: String = messages.chars().take(2000).collect();
        return Err(format!("the measured process failed, {}:\n{beginning}", usage.status));
    }
    Ok(Cost { wall, cpu: usage.rusage.utime + usage.rusage.stime, peak: usage.rusage.maxrss })
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
