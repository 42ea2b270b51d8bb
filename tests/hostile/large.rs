//! Files of megabytes that are made to break a reader: the program answers or refuses, in bounded memory and with
//! few words. Nothing here depends on how quick a machine is.

use std::fs;
use std::process::Command;
use std::time::Instant;

use super::report::{MANIFEST, SOUND};

/// How large the files are; `MESHWARD_HOSTILE_MB=10` and a release build make it a thorough test.
const SIZE: usize = 250_000;

/// What a run may take for the program, its threads, and files of no size.
const BASE_MEMORY: usize = 200 << 20;

/// How much memory each byte of a file may take: 10 MB come to 500 MB.
const MEMORY_PER_BYTE: usize = 50;

/// How long a processor may work on a file: a ceiling far above what a build for tests takes.
const MOST_SECONDS: usize = 60;

/// The longest answer for each file and code: nobody reads more.
const MOST_OUTPUT: usize = 2 << 20;

fn size() -> usize {
    let megabytes = std::env::var("MESHWARD_HOSTILE_MB");
    megabytes.map_or(SIZE, |text| text.parse::<usize>().expect("it is a number") * 1_000_000)
}

/// `part` as often as it fits into a file of the size.
fn repeated(part: &str) -> String {
    part.repeat(size() / part.len())
}

/// Parts that differ in their number, as many as fit.
fn numbered(part: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size());
    let mut number = 0;
    while text.len() < size() {
        text.push_str(&part(number));
        number += 1;
    }
    text
}

/// Checks the sound project with one file in place of its own.
#[track_caller]
fn bounded(path: &str, text: &str) {
    bounded_run(&["check"], &[(path, text)]);
}

#[track_caller]
fn bounded_run(arguments: &[&str], changed: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in SOUND.iter().chain([&MANIFEST]).chain(changed) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let memory = (BASE_MEMORY + MEMORY_PER_BYTE * size()) >> 10;
    let start = Instant::now();
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {memory}; ulimit -t {MOST_SECONDS}; exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_meshward"),
        ])
        .args(arguments)
        // What a thread reserves beforehand is not what the work takes.
        .envs([("MALLOC_ARENA_MAX", "1"), ("RAYON_NUM_THREADS", "2")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let time = start.elapsed();
    let said = output.stdout.len() + output.stderr.len();
    let (path, text) = changed.last().expect("a file is changed");
    let shown = format!("{path}: {}", text.chars().take(100).collect::<String>().escape_debug());
    println!("{:6.2} s, {said:7} bytes said of {shown}", time.as_secs_f64());
    let ended = output.status.code().is_some_and(|code| code <= 2);
    assert!(ended, "{}: {shown}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    assert!(said < MOST_OUTPUT, "{said} bytes are said of {shown}");
}

#[test]
fn policies_that_are_wrong_in_every_line() {
    let policy = |text: &str| bounded("policies/main.ward", &format!("namespace shop\n{text}"));
    policy(&repeated("allow ordrs -> payments GET /a\n"));
    policy(&repeated("allow orders => payments GET /a\n"));
    policy(&repeated("allow orders -> payments GETT /a\n"));
    policy(&numbered(|number| format!("group g{number} = g{}, g{}\n", number + 1, number + 2)));
}

#[test]
fn policies_that_repeat_themselves() {
    let policy = |text: &str| bounded("policies/main.ward", &format!("namespace shop\n{text}"));
    policy(&repeated("allow orders -> payments GET /a\n"));
    policy(&repeated("use std/http\n"));
    policy(&numbered(|number| format!("deny orders -> payments GET /a{number}\n")));
    policy(&numbered(|number| format!("never orders -> payments GET /b{number}\n")));
    policy(&format!(
        "allow orders -> payments\n{}",
        numbered(|number| format!("never orders -> payments GET /b{number}\n"))
    ));
    policy(&format!("open namespace shop because \"x\"\n{}", repeated("never orders -> payments\n")));
}

#[test]
fn policies_of_one_line() {
    let policy = |text: &str| bounded("policies/main.ward", &format!("namespace shop\n{text}"));
    policy(&format!("allow {}orders -> payments GET /a\n", repeated("orders, ")));
    policy(&format!("allow {}orders -> payments GET /a\n", repeated("ordrs, ")));
    policy(&format!("allow orders -> payments GET {}\n", repeated("/*")));
    policy(&format!("allow orders -> payments GET\ndeny orders -> payments {}/*\n", repeated("/a")));
    policy(&format!("allow orders -> payments because \"{}", repeated("x")));
    for part in ["a", "\"", "{", "# "] {
        policy(&repeated(part));
    }
}

#[test]
fn yaml_that_nests_or_unfolds() {
    let laughs: String = (1..30)
        .map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")))
        .collect();
    let merged =
        numbered(|number| format!("a{}: &a{} {{<<: *a{number}, k{number}: 1}}\n", number + 1, number + 1));
    for path in ["k8s/cart.yaml", "meshward.yaml", "services.yaml"] {
        bounded(path, &repeated("["));
        bounded(path, &repeated("- "));
        bounded(path, &format!("a0: &a0 [lol]\n{laughs}"));
        bounded(path, &format!("a: &a {}\nb:\n{}", "x".repeat(1000), repeated("- *a\n")));
        bounded(path, &format!("a0: &a0 {{x: 1}}\n{merged}"));
    }
    bounded("k8s/cart.json", &repeated("{\"a\":"));
}

#[test]
fn yaml_that_is_long() {
    for path in ["k8s/cart.yaml", "meshward.yaml", "services.yaml"] {
        bounded(path, &repeated("a: b: c\n"));
        bounded(path, &repeated("a: [\n---\n"));
        bounded(path, &repeated("a: 1\n"));
        bounded(path, &repeated("a"));
        bounded(path, &format!("\"{}", repeated("\\x41")));
    }
    bounded(
        "services.yaml",
        &format!("services:\n{}", numbered(|number| format!("  shop/s{number}: {{prt: 1}}\n"))),
    );
}

#[test]
fn manifests_of_one_kind() {
    let service = |number: usize| {
        format!(
            "---\nkind: Service\napiVersion: v1\nmetadata: {{name: c{number}, namespace: shop}}\n\
             spec: {{selector: {{app: c}}, ports: [{{port: {}, name: http}}]}}\n",
            number % 60_000 + 1
        )
    };
    bounded("k8s/cart.yaml", &numbered(service));
    bounded(
        "k8s/cart.yaml",
        &numbered(|number| service(number).replace(&format!("name: c{number},"), "name: c,")),
    );
    bounded("k8s/cart.yaml", &repeated("---\nkind: Service\napiVersion: v1\nmetadata: 1\n"));
}

#[test]
fn policies_of_a_cluster() {
    let can = |text: &str| {
        bounded_run(&["can", "cart -> cart", "--manifests", "k8s"], &[("k8s/policy.yaml", text)]);
    };
    let policy = |spec: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let rules = |rule: fn(usize) -> String| policy(&format!("{{rules: [{}]}}", numbered(rule)));
    can(&rules(|number| format!("{{to: [{{operation: {{paths: ['/a{number}']}}}}]}}, ")));
    can(&rules(|_| "{tu: 1}, ".to_owned()));
    can(&rules(|_| "{when: [{key: requst, values: [a]}]}, ".to_owned()));
    can(&numbered(|_| policy("{}")));
    can(&policy(&format!("{{rules: [{{to: [{{operation: {{paths: [{}]}}}}]}}]}}", repeated("/a,"))));
    can(&policy(&format!("{{rules: [{{from: [{}]}}]}}", repeated("{},"))));
}

#[test]
fn descriptions_of_endpoints() {
    let described = |kind: &str, path: &str, text: &str| {
        let project =
            format!("name: shop\ngraph: {{services: services.yaml, {kind}: {{shop/payments: {path}}}}}\n");
        bounded_run(&["check"], &[("meshward.yaml", &project), (path, text)]);
    };
    let paths = |path: &str| {
        format!("openapi: 3.0.0\npaths:\n{}", numbered(|number| format!("  {path}{number}: {{get: {{}}}}\n")))
    };
    described("openapi", "api.yaml", &paths("/a"));
    described("openapi", "api.yaml", &paths("a"));
    described("openapi", "api.json", &repeated("{\"a\":"));
    for part in ["{", "message a {\n", "message {}\n", "x ", "map<", "option a = {a:", ";", "oneof a {\n"] {
        described("protobuf", "api.proto", &format!("syntax = \"proto3\";\n{}", repeated(part)));
    }
    let methods = numbered(|number| format!("rpc A{number}(B) returns (C);\n"));
    described("protobuf", "api.proto", &format!("syntax = \"proto3\";\nservice S {{\n{methods}}}\n"));
}

#[test]
fn requests_without_end() {
    let can = |text: &str| {
        bounded_run(&["can", "--requests", "requests.jsonl"], &[("requests.jsonl", text)]);
    };
    can(&repeated("a"));
    can(&repeated("["));
    can(&repeated("{\"a\":"));
}

#[test]
fn services_and_patterns_without_end() {
    let services = |ports: &str| {
        format!("services:\n{}", numbered(|number| format!("  shop/s{number}: {{ports: [{ports}]}}\n")))
    };
    bounded("services.yaml", &services("{name: http, port: 80}"));
    let templates = numbered(|number| format!("allow orders -> payments GET /a{number}/{{*}}/x\n"));
    bounded_run(&["build", "-o", "-"], &[("policies/main.ward", &format!("namespace shop\n{templates}"))]);
}

#[test]
fn names_that_nobody_knows_among_very_many() {
    let services = numbered(|number| format!("  shop/service-{number}: {{}}\n"));
    let rules = numbered(|number| format!("allow service-1 -> servace-{number}\n"));
    bounded_run(
        &["check"],
        &[
            ("services.yaml", &format!("services:\n{services}")),
            ("policies/main.ward", &format!("namespace shop\n{rules}")),
        ],
    );
}

#[test]
fn ports_without_end() {
    let ports = numbered(|number| format!("{{name: http-{number}, port: {}}}, ", number % 65_535 + 1));
    bounded("services.yaml", &format!("services: {{shop/orders: {{ports: [{ports}]}}}}\n"));
}
