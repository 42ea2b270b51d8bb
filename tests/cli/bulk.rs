//! `meshward can --requests`: JSON lines in, JSON lines out.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{Folder, Run};

/// Runs a command with this standard input.
pub(super) fn fed(command: &mut Command, input: &[u8]) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

fn shop(lines: &[u8]) -> Run {
    let folder = Folder::manifests();
    let args = ["can", "--requests", "-", "--manifests", "k8s"];
    let output = fed(&mut folder.command(&args), lines);
    Run::new(&args, &output, folder.path())
}

/// The outcome of each line, or its error.
fn outcomes(run: &Run) -> Vec<String> {
    let outcome = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        let found = answer.get("outcome").or(answer.get("error")).unwrap();
        found.as_str().unwrap().to_owned()
    };
    run.stdout.lines().map(outcome).collect()
}

const USERS: &str = r#""to":"shop/payments","port":8080,"method":"GET","path":"/api/v1/users/42""#;

#[test]
fn each_line_is_answered_in_order() {
    let requests = [
        format!(r#"{{"id":1,"from":"shop/orders",{USERS}}}"#),
        format!(r#"{{"id":"two","from":"spiffe://old.example/ns/shop/sa/orders",{USERS},"host":"x"}}"#),
        format!(r#"{{"id":[3,{{"a":1.50}}],"from":"spiffe://else/ns/shop/sa/orders",{USERS}}}"#),
        format!(r#"{{"from":null,{USERS}}}"#),
        r#"{"id":5,"from":"shop/orders","to":"shop/payments","port":8080,"method":"GET","path":"/api/v1/users/internal/1"}"#.to_owned(),
        r#"{"id":6,"from":"shop/orders","to":"shop/payments","port":8080,"method":"get","path":"/"}"#.to_owned(),
        r#"{"id":7,"from":"shop/orders","to":"shop/payments","port":8080,"tcp":true}"#.to_owned(),
        r#"{"id":8,"from":"shop/orders","to":"shop/payments-6d4b75cb6d-x2x9k","port":9090,"tcp":true}"#.to_owned(),
        r#"{"id":9,"from":"shop/payments","to":"shop/payments","port":8080,"method":"PUT","path":"/me","claims":{"iss":"https://login.example","sub":"u","groups":["dev","admin"]},"headers":{"X-Tenant":"red"}}"#.to_owned(),
        r#"{"id":10,"from":"shop/payments","to":"shop/payments","port":8080,"method":"PUT","path":"/me","token":"invalid"}"#.to_owned(),
        r#"{"id":11,"from":"shop/payments","to":"shop/orders","port":1,"method":"PUT","path":"/me","claims":null}"#.to_owned(),
    ];
    let run = shop(requests.join("\n").as_bytes());
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

#[test]
fn a_project_names_the_statement() {
    let folder = Folder::project("allow orders -> payments GET /a\n");
    folder.write(
        "requests.jsonl",
        "{\"id\":1,\"from\":\"shop/orders\",\"to\":\"shop/payments\",\"port\":8080,\"method\":\"GET\",\"path\":\"/a\"}\n\
         {\"id\":2,\"from\":\"shop/orders\",\"to\":\"shop/payments\",\"port\":8080,\"method\":\"GET\",\"path\":\"/b\"}\n",
    );
    let run = folder.run(&["can", "--requests", "requests.jsonl"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run);
}

/// "only string (or list of strings) values match; numbers/bools never"
#[test]
fn numbers_and_booleans_in_claims_match_nothing() {
    let folder = Folder::manifests();
    let yaml = include_str!("shop.yaml").replace("values: [admin]", "values: ['5', 'true']");
    folder.write("k8s/shop.yaml", &yaml);
    let lines = [r#""5""#, r#"["x","5"]"#, "5", "true", "[5]", r#"{"5":"5"}"#, "null"].map(|groups| {
        format!(
            r#"{{"from":"shop/payments","to":"shop/payments","port":8080,"method":"PUT","path":"/me","claims":{{"iss":"https://login.example","sub":"u","groups":{groups}}},"headers":{{"x-tenant":"red"}}}}"#
        )
    });
    let args = ["can", "--requests", "-", "--manifests", "k8s"];
    let output = fed(&mut folder.command(&args), lines.join("\n").as_bytes());
    let answers = outcomes(&Run::new(&args, &output, folder.path()));
    assert_eq!(answers[..2], ["allowed", "allowed"]);
    assert_eq!(answers[2..], ["denied"; 5]);
}

#[test]
fn a_wrong_line_has_an_error_and_the_rest_an_answer() {
    let lines = [
        format!(r#"{{"id":1,"from":"shop/orders",{USERS}}}"#),
        "nonsense".to_owned(),
        String::new(),
        format!(r#"{{"id":4,{USERS}}}"#),
        format!(r#"{{"id":5,"from":"orders",{USERS}}}"#),
        format!(r#"{{"id":6,"from":"spiffe://",{USERS}}}"#),
        r#"{"id":7,"from":null,"to":"shop/paymnts","port":80}"#.to_owned(),
        r#"{"id":8,"from":null,"to":"shopp/payments","port":80}"#.to_owned(),
        r#"{"id":9,"from":null,"to":"payments","port":80}"#.to_owned(),
        r#"{"id":10,"from":null,"to":"shop/payments","port":0,"tcp":true}"#.to_owned(),
        r#"{"id":11,"from":null,"to":"shop/payments","port":65536,"tcp":true}"#.to_owned(),
        r#"{"id":12,"from":null,"to":"shop/payments","port":80,"method":"GET"}"#.to_owned(),
        r#"{"id":13,"from":null,"to":"shop/payments","port":80,"path":"/"}"#.to_owned(),
        format!(r#"{{"id":14,"from":null,"from":"shop/orders",{USERS}}}"#),
        format!(r#"{{"id":15,"from":null,{USERS},"claims":{{"a":1,"a":2}}}}"#),
        format!(r#"{{"id":16,"from":null,{USERS},"headers":{{"a":{{}}}}}}"#),
        format!(r#"{{"id":17,"from":null,{USERS},"metod":"GET"}}"#),
        format!(r#"{{"id":18,"from":null,{USERS},"source_ip":"1.2.3"}}"#),
        "[1]".to_owned(),
        "null".to_owned(),
        format!(r#"{{"id":21,"from":null,{USERS}}}"#),
        r#"{"\u0069d":22,"from":null}"#.to_owned(),
    ];
    let run = shop(lines.join("\n").as_bytes());
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}

#[test]
fn hostile_lines_are_answered_too() {
    let good = format!(r#"{{"id":1,"from":"shop/orders",{USERS}}}"#);
    let mut input = Vec::new();
    input.extend(format!("{{\"id\":\"{}\"}}\n", "x".repeat(2 << 20)).into_bytes());
    input.extend(b"\xff\xfe\n");
    input.extend(format!("{{\"claims\":{}{}}}\n", "[".repeat(10_000), "]".repeat(10_000)).into_bytes());
    input.extend(format!("{good}\r\n").into_bytes());
    input.extend(b"\0\n");
    input.extend(good.as_bytes());
    let run = shop(&input);
    assert_eq!(run.code, 2);
    assert_eq!(
        outcomes(&run),
        [
            "the line is longer than 1 MiB",
            "the line is not UTF-8",
            "recursion limit exceeded at column 137",
            "allowed",
            "the line is no JSON object",
            "allowed",
        ]
    );
}

#[test]
fn a_line_without_an_end_is_one_error() {
    let run = shop(&vec![b'x'; 20 << 20]);
    assert_eq!((run.code, outcomes(&run)), (2, vec!["the line is longer than 1 MiB".to_owned()]));
}

#[test]
fn no_request_is_no_answer() {
    for empty in [&b""[..], b"\n\n", b" \n"] {
        let run = shop(empty);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    }
}

#[test]
fn what_has_arrived_is_answered_at_once() {
    use std::io::{BufRead as _, BufReader};
    let folder = Folder::manifests();
    let mut command = folder.command(&["can", "--requests", "-", "--manifests", "k8s"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(stdout).lines();
    for id in 1..4 {
        writeln!(stdin, r#"{{"id":{id},"from":"shop/orders",{USERS}}}"#).unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], id);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn arguments_that_do_not_go_together() {
    let folder = Folder::manifests();
    let runs = [
        folder.run(&["can", "--requests", "-", "--manifests", "-"]),
        folder.run(&["can", "--requests", "nowhere.jsonl", "--manifests", "k8s"]),
        folder.run(&["can", "--requests", "k8s", "--manifests", "k8s"]),
        folder.run(&["can", "--requests", "a", "--claim", "a=b", "--manifests", "k8s"]),
        folder.run(&["can", "--requests", "a", "orders -> payments"]),
        folder.run(&["can", "--trust-domain", "x", "orders -> payments"]),
        folder.run(&["can"]),
    ];
    assert!(runs.iter().all(|run| run.code == 2));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

/// What clients use is no port of the pods, and nothing is decided about it there.
#[test]
fn a_port_of_the_service_is_told() {
    let ask = |port: u16| {
        let line = format!(
            r#"{{"from":"shop/orders","to":"shop/payments","port":{port},"method":"GET","path":"/api/v1/users/42"}}"#
        );
        shop(line.as_bytes()).stdout
    };
    let note = "port 80 is that of the Service `shop/payments`; the workload's is 8080";
    assert_eq!(
        ask(80),
        format!(r#"{{"id":null,"outcome":"denied","policy":null,"rule":null,"note":"{note}"}}"#) + "\n"
    );
    assert!(!ask(8080).contains("note"));
    assert!(!ask(4711).contains("note"));
}

/// A bulk line asks one workload; which of two that differ is meant can not be guessed.
#[test]
fn workloads_that_differ_in_what_their_proxies_see_are_not_one() {
    let pods = |name: &str, annotations: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  \
             selector: {{matchLabels: {{app: payments}}}}\n  template:\n    \
             metadata: {{labels: {{app: payments}}, annotations: {{{annotations}}}}}\n    \
             spec: {{containers: [{{name: c, ports: [{{containerPort: 8080}}]}}]}}\n"
        )
    };
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: payments, namespace: shop}\n\
                   spec: {selector: {app: payments}, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
    let answer = |annotations: &str| {
        let folder = Folder::new();
        folder.write("k8s/all.yaml", &[service, &pods("a", ""), &pods("b", annotations)].concat());
        let line = r#"{"from": null, "to": "shop/payments", "port": 8080, "method": "GET", "path": "/"}"#;
        folder.write("lines", line);
        folder.run(&["can", "--requests", "lines", "--manifests", "k8s"]).stdout
    };
    assert!(answer("").contains("\"outcome\":\"allowed\""), "{}", answer(""));
    for differs in
        ["traffic.sidecar.istio.io/excludeInboundPorts: '8080'", "sidecar.istio.io/inject: 'false'"]
    {
        assert!(answer(differs).contains("could be Deployment `shop/a` or Deployment `shop/b`"), "{differs}");
    }
}
