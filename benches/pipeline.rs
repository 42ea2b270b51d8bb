//! Measures the compiler on generated meshes of three sizes and prints a table. Nothing here decides
//! whether a test passes. `--write FOLDER SERVICES RULES` only writes a mesh, to look at or to profile.

mod measure;
mod mesh;
mod random;
mod stages;
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use mesh::Size;

const SIZES: [Size; 3] = [
    Size { services: 100, rules: 1_000 },
    Size { services: 1_000, rules: 10_000 },
    Size { services: 10_000, rules: 100_000 },
];

fn main() -> ExitCode {
    // `cargo bench` adds `--bench` to whatever it was given.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => measure_all(),
        ["--write", folder, services, rules] => write(Path::new(folder), services, rules),
        _ => Err("usage: cargo bench --bench pipeline [-- --write FOLDER SERVICES RULES]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn write(folder: &Path, services: &str, rules: &str) -> Result<(), String> {
    let count = |text: &str, least: usize| match text.parse() {
        Ok(count) if count >= least => Ok(count),
        Ok(_) | Err(_) => Err(format!("`{text}` must be a number, at least {least}")),
    };
    let size = Size { services: count(services, mesh::NAMESPACE_SIZE)?, rules: count(rules, 1)? };
    mesh::write(folder, size).map_err(|error| format!("can not write `{}`: {error}", folder.display()))
}

fn measure_all() -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("can not make a folder: {error}"))?;
    for size in SIZES {
        write_in_a_process(&folder_of(scratch.path(), size), size)?;
    }
    for size in SIZES {
        println!("\n{} services, {} rules, the whole process", size.services, size.rules);
        measure_processes(&folder_of(scratch.path(), size), size)?;
    }
    for size in SIZES {
        println!("\n{} services, {} rules, stage by stage", size.services, size.rules);
        for (name, time) in stages::measure(&folder_of(scratch.path(), size))? {
            print_line(name, time, size, "");
        }
    }
    Ok(())
}

fn folder_of(scratch: &Path, size: Size) -> PathBuf {
    scratch.join(size.services.to_string())
}

/// `build` follows a `build` of the same, so that it finds its files there unchanged; `build -o -` writes all.
fn measure_processes(folder: &Path, size: Size) -> Result<(), String> {
    let commands: [&[&str]; 3] = [&["check"], &["build"], &["build", "-o", "-"]];
    for command in commands {
        let mut process = Command::new(env!("CARGO_BIN_EXE_meshward"));
        let cost = measure::process(process.args(command).current_dir(folder))?;
        let rest = format!("cpu {}, peak {} MB", milliseconds(cost.cpu), cost.peak.div_ceil(1 << 20));
        print_line(&command.join(" "), cost.wall, size, &rest);
    }
    Ok(())
}

/// A process starts with the peak memory of the one that started it, so this one must stay small until the
/// last process is measured: another one holds the mesh.
fn write_in_a_process(folder: &Path, size: Size) -> Result<(), String> {
    let this = std::env::current_exe().map_err(|error| format!("can not find this program: {error}"))?;
    let mut command = Command::new(this);
    command.arg("--write").arg(folder).args([size.services.to_string(), size.rules.to_string()]);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("writing the mesh failed, {status}")),
        Err(error) => Err(format!("can not run this program: {error}")),
    }
}

fn print_line(name: &str, time: Duration, size: Size, rest: &str) {
    let per_rule = time.as_nanos() / size.rules as u128;
    println!("  {name:<16} {:>10}  {per_rule:>6} ns/rule  {rest}", milliseconds(time));
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
