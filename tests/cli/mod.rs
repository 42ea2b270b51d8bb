//! The program as a person or a script meets it: arguments in, both output streams and the exit code out.

mod ambient;
mod build;
mod bulk;
mod can;
mod caution;
mod check;
mod corpus;
mod diff;
mod explain;
mod file_names;
mod gateway;
mod graph;
mod init;
mod interrupted;
mod set;
mod test;
mod unreadable;
mod usage;
mod waypoint;
mod who;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A scratch folder to run the program in.
struct Folder {
    dir: TempDir,
}

impl Folder {
    /// An empty one.
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// One with the sample project that `init` writes.
    fn sample() -> Self {
        let folder = Self::new();
        assert_eq!(folder.run(&["init", "--name", "sample"]).code, 0);
        folder
    }

    /// One with a small project of this policy.
    fn project(policy: &str) -> Self {
        let folder = Self::new();
        folder.write("meshward.yaml", "name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\n");
        folder.write("services.yaml", SERVICES);
        folder.write("policies/main.ward", policy);
        folder
    }

    /// One with a copy of an example project.
    fn example(name: &str) -> Self {
        let folder = Self::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let mut files = Vec::new();
        collect(&example, &mut files);
        for (path, text) in files {
            let inside = Path::new(&path).strip_prefix(&example).unwrap().display().to_string();
            folder.write(&inside, &text);
        }
        folder
    }

    /// One with the manifests of a small shop in `k8s`, its policies among them.
    fn manifests() -> Self {
        let folder = Self::new();
        folder.write("k8s/shop.yaml", include_str!("shop.yaml"));
        folder
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Every file below `path` with its text, sorted.
    fn tree(&self, path: &str) -> Vec<(String, String)> {
        let mut files = Vec::new();
        collect(&self.path().join(path), &mut files);
        files.sort();
        files
    }

    /// Runs the program here.
    fn run(&self, args: &[&str]) -> Run {
        self.run_in("", args)
    }

    /// Runs the program in a folder below.
    fn run_in(&self, below: &str, args: &[&str]) -> Run {
        let output = self.command(args).current_dir(self.path().join(below)).output().unwrap();
        Run::new(args, &output, self.path())
    }

    /// The program with these arguments, before it is started.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshward"));
        command.args(args).current_dir(self.path()).env_remove("NO_COLOR").env("COLUMNS", "100");
        command
    }
}

/// Two services, one of which is known to call the other, and a caller.
const SERVICES: &str = "\
services:
  shop/payments:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
  shop/orders:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
    calls: [shop/payments]
";

fn collect(path: &Path, files: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What a run of the program gave. Its text is what snapshots hold.
struct Run {
    args: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    fn new(args: &[&str], output: &Output, dir: &Path) -> Self {
        let real = fs::canonicalize(dir).unwrap().display().to_string();
        let readable = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.replace(&real, "[DIR]").replace(&dir.display().to_string(), "[DIR]")
        };
        Self {
            args: args.join(" "),
            code: output.status.code().expect("the program ends by itself"),
            stdout: readable(&output.stdout),
            stderr: readable(&output.stderr),
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "$ meshward {}", self.args)?;
        writeln!(f, "exit code: {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}
