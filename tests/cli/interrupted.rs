//! Builds that are killed, that meet another one or that find no room: what lies in the output folder is the former
//! bundle or the new one, and nothing in between.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Folder;

/// How many builds are killed; `MESHWARD_KILLS=100` makes it a thorough test.
const KILLS: u32 = 12;

/// How many files a bundle has, about.
const SERVICES: usize = 60;

const OUTPUT: &str = "deploy/istio";

type Tree = Vec<(String, String)>;

/// A project whose bundle has many files, all of which are different in each version.
fn project() -> Folder {
    let folder = Folder::project("");
    let service = |number| {
        format!("  shop/s{number}: {{ports: [{{name: http, port: 80, targetPort: 8080, protocol: http}}]}}\n")
    };
    folder.write("services.yaml", &format!("services:\n{}", (0..=SERVICES).map(service).collect::<String>()));
    folder
}

fn write_policy(folder: &Folder, version: usize) {
    let rule = |number| {
        format!("allow shop/s{number} -> shop/s{} GET /v{version}/{}/*\n", number + 1, "users".repeat(20))
    };
    folder.write("policies/main.ward", &(0..SERVICES).map(rule).collect::<String>());
}

fn build(folder: &Folder, version: usize) -> Tree {
    write_policy(folder, version);
    let run = folder.run(&["build"]);
    assert_eq!(run.code, 0, "{run}");
    folder.tree(OUTPUT)
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: Result<fs::DirEntry, _>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder).unwrap().map(name).collect()
}

#[test]
fn a_killed_build_leaves_the_old_bundle_or_the_new_one() {
    let kills = std::env::var("MESHWARD_KILLS").map_or(KILLS, |text| text.parse().expect("it is a number"));
    let folder = project();
    let bundles = [build(&folder, 0), build(&folder, 1)];
    let start = Instant::now();
    build(&folder, 0);
    let usual = start.elapsed();
    let scratch = folder.path().join("deploy/.istio.meshward-new");

    let (mut there, mut replaced, mut in_the_middle) = (0, 0, 0);
    for kill in 0..kills {
        write_policy(&folder, 1 - there);
        let mut child =
            folder.command(&["build"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Steps of the golden ratio fall everywhere. Half of the builds are killed at any moment, the others while
        // they write, which takes a small part of the time.
        let moment = usual.mul_f64((f64::from(kill) * 0.618).fract());
        if kill % 2 == 0 {
            sleep(moment);
        } else {
            while !scratch.exists() && child.try_wait().unwrap().is_none() {
                sleep(Duration::from_micros(100));
            }
            sleep(moment / 20);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        in_the_middle += u32::from(scratch.exists());
        let left = folder.tree(OUTPUT);
        let version = bundles.iter().position(|bundle| *bundle == left);
        let version =
            version.unwrap_or_else(|| panic!("after kill {kill} the bundle is in pieces: {left:#?}"));
        replaced += u32::from(version != there);
        there = version;
    }
    println!("{kills} builds killed: {in_the_middle} left a new tree beside it, {replaced} had replaced it");
    assert_eq!(build(&folder, 1 - there), bundles[1 - there]);
    assert_eq!(names(&folder.path().join("deploy")), ["istio"], "the next build clears what is left");
}

#[test]
fn builds_of_two_projects_into_one_folder_take_turns() {
    let projects = [project(), project()];
    let bundles = [build(&projects[0], 0), build(&projects[1], 1)];
    let shared = Folder::new();
    let output = shared.path().join(OUTPUT);
    let arguments = ["build", "-o", output.to_str().unwrap()];
    let builds: Vec<_> = (0..6)
        .map(|number| {
            let mut command = projects[number % 2].command(&arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for build in builds {
        let output = build.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let texts = |tree: &Tree| -> Vec<String> { tree.iter().map(|(_, text)| text.clone()).collect() };
    let left = texts(&shared.tree(OUTPUT));
    assert!(bundles.iter().any(|bundle| texts(bundle) == left), "{left:#?}");
    assert_eq!(names(&shared.path().join("deploy")), ["istio"]);
}

#[cfg(target_os = "linux")]
mod on_linux {
    use std::process::Command;

    use super::*;

    /// Runs a script with the program as `$0` in the folder of a project.
    fn script(folder: &Folder, text: &str) -> (Option<i32>, String) {
        let mut command = Command::new("sh");
        command.args(["-c", text, env!("CARGO_BIN_EXE_meshward")]).current_dir(folder.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// The same with a file system of its own mounted at `deploy`, of this size and holding what lay there; what
    /// lies there afterwards is moved to `kept`. `None` where that is not permitted.
    fn on_a_disk_of(options: &str, folder: &Folder, text: &str) -> Option<(Option<i32>, String)> {
        let allowed = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: no file system can be mounted here");
            return None;
        }
        let inner = format!(
            "set -e; cp -a deploy before; mount -t tmpfs -o {options} none deploy; cp -a before/. deploy; set +e\n\
             {text}\ncode=$?; cp -a deploy kept; exit $code"
        );
        Some(script(folder, &format!("exec unshare -rm sh -c '{inner}' $0")))
    }

    fn texts(folder: &Folder, path: &str) -> Vec<String> {
        folder.tree(path).into_iter().map(|(_, text)| text).collect()
    }

    /// A project with a bundle, and a policy that is newer.
    fn changed() -> (Folder, Vec<String>) {
        let folder = project();
        build(&folder, 0);
        let former = texts(&folder, OUTPUT);
        write_policy(&folder, 1);
        (folder, former)
    }

    #[test]
    fn a_full_disk_keeps_the_former_bundle() {
        let (folder, former) = changed();
        // Each file takes a page: there is room for the former bundle, and for half of the new one.
        let Some((code, said)) = on_a_disk_of("size=384k", &folder, "$0 build") else { return };
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("No space left on device"), "{said}");
        assert!(said.contains("make room on the disk; the former bundle is untouched"), "{said}");
        assert_eq!(texts(&folder, "kept/istio"), former);
        assert_eq!(names(&folder.path().join("kept")), ["istio"]);
    }

    #[test]
    fn a_read_only_disk_keeps_the_former_bundle() {
        let (folder, former) = changed();
        let Some((code, said)) = on_a_disk_of("size=4m", &folder, "mount -o remount,ro deploy && $0 build")
        else {
            return;
        };
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("Read-only file system"), "{said}");
        assert_eq!(texts(&folder, "kept/istio"), former);
    }

    /// Files that may not grow are as good as a full disk where nothing can be mounted.
    #[test]
    fn files_that_may_not_grow_keep_the_former_bundle() {
        let folder = project();
        let former = build(&folder, 0);
        write_policy(&folder, 1);
        let (code, said) = script(&folder, "trap '' XFSZ; ulimit -f 1; exec $0 build");
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("can not write `deploy/"), "{said}");
        assert_eq!(folder.tree(OUTPUT), former);
        assert_eq!(names(&folder.path().join("deploy")), ["istio"]);

        // Without the trap the system kills the build there.
        let (code, _) = script(&folder, "ulimit -f 1; $0 build; exit 3");
        assert_eq!(code, Some(3));
        assert_eq!(folder.tree(OUTPUT), former);
        build(&folder, 1);
        assert_eq!(names(&folder.path().join("deploy")), ["istio"]);
    }
}
