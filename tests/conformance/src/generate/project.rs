//! Random projects: a cluster as manifests, and statements over the whole language. What meshward refuses is
//! left out, statement by statement, until the rest is accepted.

use super::vocabulary as words;
use super::{Choice, path};
use crate::cluster::{Cluster, Workload};
use crate::project::Project;

/// What a statement may name.
const GROUPS: &[&str] = &["callers", "backs"];
const NETWORKS: &[&str] = &["near", "single"];

/// A project with about `count` statements about the cluster.
pub fn project(choice: &mut Choice, cluster: &Cluster, count: usize) -> Project {
    let shared = vec![
        format!("group callers = {}", names(choice, cluster, 2)),
        format!("group backs = {}", names(choice, cluster, 3)),
        "network near = 127.0.0.0/16, 2001:db8::/32".to_owned(),
        "network single = 127.1.2.3".to_owned(),
        "methods change = PUT, DELETE, PATCH".to_owned(),
    ];
    let mut statements = vec!["use std/http".to_owned(), "use ./shared".to_owned()];
    for _ in 0..count {
        let statement = statement(choice, cluster);
        statements.push(statement);
    }
    Project {
        cluster: cluster.clone(),
        default_deny: choice.word(&["namespace", "namespace", "mesh"]),
        shared,
        statements,
    }
}

fn statement(choice: &mut Choice, cluster: &Cluster) -> String {
    let statement = match choice.number(0, 19) {
        0..=11 => allow(choice, cluster),
        12..=15 => deny(choice, cluster),
        16 | 17 => mtls(choice, cluster),
        18 => {
            let namespace = namespace(choice, cluster);
            format!("open namespace {namespace} because \"everybody may\"{}", until(choice))
        }
        _ => "mtls strict".to_owned(),
    };
    if statement.starts_with("allow") && choice.chance(10) {
        let namespace = namespace(choice, cluster);
        return format!("namespace {namespace} {{\n  {statement}\n}}");
    }
    statement
}

fn allow(choice: &mut Choice, cluster: &Cluster) -> String {
    let sources = sources(choice, cluster, &["mesh", "mesh", "anyone"]);
    let mut clauses = clauses(choice);
    clauses.push_str(&until(choice));
    rule(choice, cluster, &format!("allow {sources}"), &clauses)
}

fn deny(choice: &mut Choice, cluster: &Cluster) -> String {
    let sources = sources(choice, cluster, &["anyone", "anyone", "mesh"]);
    let clauses = clauses(choice);
    rule(choice, cluster, &format!("deny {sources}"), &clauses)
}

fn rule(choice: &mut Choice, cluster: &Cluster, start: &str, clauses: &str) -> String {
    let target = target(choice, cluster);
    let gateway = cluster.workloads.iter().find(|workload| workload.is_gateway());
    if gateway.is_some_and(|gateway| target.starts_with(&gateway.key())) && choice.chance(40) {
        let hosts = choice.list(1, 2, |choice| choice.word(words::HOST_PATTERNS)).join(", ");
        let operation = if choice.chance(30) { String::new() } else { operation(choice) };
        return format!("{start} -> {target} host {hosts} {operation}{clauses}");
    }
    if choice.chance(12) {
        let operations = choice.list(1, 3, operation).join("\n  ");
        return format!("{start} -> {target} {{\n  {operations}\n}}{clauses}");
    }
    let operation = if choice.chance(25) { String::new() } else { operation(choice) };
    format!("{start} -> {target} {operation}{clauses}")
}

fn sources(choice: &mut Choice, cluster: &Cluster, wide: &[&str]) -> String {
    if choice.chance(25) {
        let wide = choice.word(wide);
        if choice.chance(60) {
            return format!("{wide} except {}", list(choice, cluster));
        }
        return wide;
    }
    let sources = list(choice, cluster);
    if choice.chance(15) { format!("{sources} except {}", list(choice, cluster)) } else { sources }
}

fn list(choice: &mut Choice, cluster: &Cluster) -> String {
    choice.list(1, 2, |choice| source(choice, cluster)).join(", ")
}

fn source(choice: &mut Choice, cluster: &Cluster) -> String {
    let caller = choice.pick(&cluster.workloads);
    match choice.number(0, 11) {
        0 | 1 => format!("{}/*", caller.namespace),
        2 => format!("account {}/{}", caller.namespace, caller.account),
        3 => format!("account {}/batch-2", caller.namespace),
        4 => format!("@{}", choice.word(GROUPS)),
        5 | 6 => format!("@{}", choice.word(NETWORKS)),
        _ => caller.key(),
    }
}

fn names(choice: &mut Choice, cluster: &Cluster, count: usize) -> String {
    let mut keys: Vec<String> = cluster.workloads.iter().map(Workload::key).collect();
    choice.shuffle(&mut keys);
    keys.truncate(count);
    keys.join(", ")
}

fn target(choice: &mut Choice, cluster: &Cluster) -> String {
    let target = choice.pick(&cluster.workloads);
    match choice.number(0, 13) {
        0 => format!("{}/*", target.namespace),
        1 => format!("@{}", choice.word(GROUPS)),
        2 => format!("{}, {}", target.key(), choice.pick(&cluster.workloads).key()),
        3..=6 => {
            let ports: Vec<_> = target.ports.iter().filter_map(|port| port.service.as_ref()).collect();
            // A gateway may be called by the ports of its pod alone.
            if ports.is_empty() {
                return target.key();
            }
            let port = choice.pick(&ports);
            let by_name = choice.chance(30);
            format!("{}:{}", target.key(), if by_name { port.name.clone() } else { port.number.to_string() })
        }
        _ => target.key(),
    }
}

fn operation(choice: &mut Choice) -> String {
    match choice.number(0, 9) {
        0 => "GET".to_owned(),
        1 => format!("@read {}", path(choice)),
        2 => format!("@change {}", path(choice)),
        3 => path(choice),
        4 => format!("grpc {}", choice.word(&["shop.Cart/Get", "shop.Admin/*", "*", "shop.Cart/Get, a.B/C"])),
        5 => format!("GET {} except {}", path(choice), path(choice)),
        6 => format!("GET, HEAD {}, {}", path(choice), path(choice)),
        _ => format!("{} {}", choice.word(words::METHODS), path(choice)),
    }
}

fn path(choice: &mut Choice) -> String {
    let pattern = path::pattern(choice);
    if pattern.contains([',', ' ', ')', '}']) && !pattern.contains('{') {
        format!("{pattern:?}")
    } else {
        pattern
    }
}

fn clauses(choice: &mut Choice) -> String {
    let mut clauses = String::new();
    for (clause, percent) in
        [(" because \"of that\"", 20), (" owner \"team-a\"", 20), (" ticket \"T-1\"", 10)]
    {
        if choice.chance(percent) {
            clauses.push_str(clause);
        }
    }
    clauses
}

/// The day of the build lies between the two.
fn until(choice: &mut Choice) -> String {
    match choice.number(0, 15) {
        0 => " until 2025-01-31".to_owned(),
        1 => " until 2027-12-31".to_owned(),
        _ => String::new(),
    }
}

fn namespace(choice: &mut Choice, cluster: &Cluster) -> String {
    choice.pick(&cluster.workloads).namespace.clone()
}

fn mtls(choice: &mut Choice, cluster: &Cluster) -> String {
    let target = choice.pick(&cluster.workloads);
    let mode = choice.word(&["permissive", "permissive", "disable"]);
    let scope = match choice.number(0, 4) {
        0 => format!("in {}", target.namespace),
        1 => target.key(),
        _ => format!("{}:{}", target.key(), choice.word(&["80", "5432", "6000", "6001", "7000"])),
    };
    format!("mtls {mode} {scope} because \"not all are in the mesh\"{}", until(choice))
}
