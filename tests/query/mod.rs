//! Questions through the library: one by one and in bulk they have the same answers, and both are those of the
//! proof.

mod ports;

use std::path::Path;

use meshward::access::{Formula, Request, Space};
use meshward::check::{self, Intent, Traffic, paths_under};
use meshward::graph::Workload;
use meshward::query::{self, Bulk, Judge, Sent, World};
use meshward::source::{DiskLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Options, Program, syntax};
use serde_json::{Value, json};

const EXAMPLES: [&str; 3] = ["bookinfo", "online-boutique", "quickstart"];

fn program(example: &str) -> (Program, SourceMap) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let options = Options::on(Date { year: 2026, month: 1, day: 1 });
    let checked = meshward::check(&DiskLoader, &root, &options).unwrap();
    assert!(!checked.has_errors(), "{example}");
    (checked.program.unwrap(), checked.sources)
}

/// The outcome of each request, asked in bulk.
fn outcomes(world: &World, sources: &SourceMap, requests: &[Value]) -> Vec<String> {
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    let answers = Bulk::new(world, sources).answer(lines.join("\n").as_bytes());
    let outcome = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        answer["outcome"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    answers.lines().map(outcome).collect()
}

/// A request of the model as a line.
fn line(workload: &Workload, port: u16, traffic: Traffic, request: &Request) -> Value {
    json!({
        "from": request.identity,
        "to": workload.key.to_string(),
        "port": port,
        "tcp": traffic == Traffic::Raw,
        "method": request.method,
        "path": request.path,
        "host": request.host,
        "source_ip": request.peer,
        "remote_ip": request.client,
        "destination_ip": request.destination,
        "sni": request.sni,
    })
}

#[test]
fn every_witness_of_the_policy_is_answered_as_it_is_meant() {
    for example in EXAMPLES {
        let (program, sources) = program(example);
        let intent = Intent::new(&program.policy, &program.graph);
        let paths = paths_under(program.project.path_normalization);
        let mut asked = Vec::new();
        for workload in &program.graph.workloads {
            for (port, protocol) in &workload.declared {
                let traffic = if protocol.is_http() { Traffic::Http } else { Traffic::Raw };
                let decision =
                    intent.decide(&workload.key.namespace, &workload.labels, *port, traffic).formula();
                for (set, lets_in) in [(decision.clone(), true), (Formula::Not(Box::new(decision)), false)] {
                    let mut space = Space::new(paths, &[&set]).unwrap();
                    let node = space.node(&set).unwrap();
                    let Some(request) = space.witness(node) else { continue };
                    asked.push((line(workload, *port, traffic, &request), lets_in));
                }
            }
        }
        assert!(asked.len() > 2, "{example}");
        let (world, _) = meshward::world(program, &sources);
        let lines: Vec<Value> = asked.iter().map(|(line, _)| line.clone()).collect();
        for ((line, lets_in), outcome) in asked.iter().zip(outcomes(&world, &sources, &lines)) {
            assert_eq!(outcome == "allowed", *lets_in, "{example}: {line}");
        }
    }
}

#[test]
fn a_single_question_has_the_answer_of_bulk() {
    for example in EXAMPLES {
        let (program, mut sources) = program(example);
        let (world, _) = meshward::world(program, &sources);
        let services: Vec<_> = world.graph.services.keys().copied().collect();
        let mut questions = Vec::new();
        let mut lines = Vec::new();
        for caller in world.graph.workloads.iter().take(6) {
            for target in &services {
                for workload in world.graph.workloads_of(&world.graph.services[target]) {
                    for (port, protocol) in &workload.declared {
                        let operation = if protocol.is_http() { "GET /" } else { "" };
                        questions.push(format!("{} -> {target} {operation}", caller.key));
                        lines.push(json!({
                            "from": format!("{}/{}", caller.key.namespace, caller.account.node),
                            "to": workload.key.to_string(), "port": port, "tcp": !protocol.is_http(),
                            "method": "GET", "path": "/", "host": format!("{}.{}", target.name, target.namespace),
                        }));
                    }
                }
            }
        }
        let bulk = outcomes(&world, &sources, &lines);
        let judge = Judge::new(&world);
        for (question, outcome) in questions.iter().zip(bulk) {
            let source = sources.add("question", question.as_str());
            let parsed = syntax::question(source, question).unwrap();
            let Ok(asked) = check::question(&world.graph, &parsed) else { continue };
            let Ok(answer) = query::can(&judge, &sources, &asked, &Sent::default()) else { continue };
            let single = serde_json::to_value(answer.outcome).unwrap();
            assert_eq!(single, outcome, "{example}: {question}");
        }
    }
}
