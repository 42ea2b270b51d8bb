//! Istio's own cases of its authorization builder: policies, and the filters that Istio's tests expect of them. The
//! real Envoy runs the expected filters in place of those that istiod makes, and meshward reads the policies.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::answers::Answers;
use crate::case::{Case, Object};
use crate::cluster::{Cluster, Port, ServicePort, Workload};
use crate::finding::Finding;
use crate::generate::{self, Choice};
use crate::istiod::Sidecar;
use crate::judge::Judge;
use crate::lane::Lane;
use crate::request::{Request, extend};
use crate::shrink::Failing;
use crate::tally::Tally;
use crate::token;

/// Where the cases are in a copy of Istio's sources.
const FOLDER: &str = "pilot/pkg/security/authz/builder/testdata/http";

/// The trust domain and its aliases, where they are not Istio's `td` alone (`builder_test.go`).
const DOMAINS: &[(&str, &[&str])] = &[
    ("simple-policy-multiple-td-aliases", &["td1", "cluster.local", "some-td"]),
    ("simple-policy-principal-with-wildcard", &["td1", "foobar"]),
    ("simple-policy-td-aliases", &["td1", "cluster.local"]),
    ("td-aliases-source-principal", &["new-td", "old-td", "some-trustdomain"]),
    ("trust-domains", &["cluster.local"]),
];

/// How the names of files begin that are not compared, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("allow-host-before-111", "Istio before 1.11 compared hosts with regard to case"),
    ("custom-", "a provider would have to answer"),
];

/// Random requests to each case, beside all that its policies can tell apart.
const RANDOM: usize = 500;

/// What became of the cases.
#[derive(Debug, Default)]
pub struct Golden {
    /// What was compared.
    pub tally: Tally,
    /// What should not be.
    pub findings: Vec<Finding>,
    /// What was not compared, and why.
    pub excepted: Vec<String>,
}

/// Compares every case in a copy of Istio's sources.
pub fn compare(lane: &mut Lane, corpus: &Path) -> Result<Golden> {
    let folder = corpus.join(FOLDER);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    let mut golden = Golden::default();
    for policies in &names {
        let Some(name) = policies.strip_suffix("-in") else { continue };
        if let Some((_, why)) = EXCEPTIONS.iter().find(|(start, _)| name.starts_with(start)) {
            golden.excepted.push(format!("{name}: {why}"));
            continue;
        }
        for kind in ["", "extended-"] {
            let start = format!("{kind}{name}-out");
            let is_part = |file: &&String| {
                file.strip_prefix(&start).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
            };
            let filters = names.iter().filter(is_part).map(|file| read(&folder, file));
            let filters = filters.collect::<Result<Vec<_>>>()?.concat();
            if !filters.is_empty() {
                one(lane, name, read(&folder, policies)?, filters, &mut golden)
                    .with_context(|| format!("{kind}{name}"))?;
            }
        }
    }
    Ok(golden)
}

/// The documents of a file.
fn read(folder: &Path, name: &str) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.yaml")))?;
    text.split("\n---")
        .filter(|document| !document.trim().is_empty())
        .map(|document| serde_yaml::from_str(document).with_context(|| name.to_owned()))
        .collect()
}

fn one(
    lane: &mut Lane,
    name: &str,
    policies: Vec<Value>,
    mut filters: Vec<Value>,
    golden: &mut Golden,
) -> Result<()> {
    // What other filters leave is in no request, so both sides go without it.
    filters.iter_mut().for_each(without_foreign_metadata);
    let policies: Vec<Value> = policies.into_iter().map(without_experiments).collect();
    // Where any issuer will do, the witnesses name those that the policies look for.
    let open = json!([{"jwksUri": "https://keys.test"}]);
    let sought = case(name, &policies, &open);
    let sought = Judge::read(&sought)?.witnesses(&sought)?;
    let case = case(name, &policies, &rules_for(&sought));
    let judge = Judge::read(&case)?;
    let mut requests = generate::requests(&mut Choice::new(0, 0), &case.cluster, &policies, RANDOM);
    let witnesses = judge.witnesses(&case)?;
    golden.tally.witnesses += witnesses.len();
    extend(&mut requests, witnesses);
    let seen = lane.observe_with(&case, &requests, &mut |sidecar| replace(sidecar, &filters))?;
    let said = judge.verdicts(&requests)?;
    golden.tally.cases += 1;
    let mut is_told = false;
    for ((request, seen), said) in requests.iter().zip(seen).zip(said) {
        let answers = Answers { said, meant: None, seen };
        golden.tally.count(&answers);
        if !answers.agree() {
            golden.tally.wrong += 1;
            if !std::mem::replace(&mut is_told, true) {
                let failing = Failing { case: case.clone(), request: request.clone() };
                golden.findings.push(Finding::Verdict { failing: Box::new(failing), answers });
            }
        }
    }
    Ok(())
}

/// The pod that the cases are about, with every port that they name, and with something that reads tokens.
fn case(name: &str, policies: &[Value], token_rules: &Value) -> Case {
    let domains = DOMAINS.iter().find(|(of, _)| *of == name).map_or(&["td"][..], |(_, domains)| domains);
    let port = |number: u16| Port {
        number,
        service: Some(ServicePort { number, name: format!("http-{number}"), app_protocol: None }),
    };
    let labels = [("app", "httpbin"), ("version", "v1")];
    let pod = Workload {
        namespace: "foo".to_owned(),
        name: "httpbin".to_owned(),
        account: "httpbin".to_owned(),
        labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        address: Ipv4Addr::new(10, 44, 0, 1),
        servers: Vec::new(),
        ports: ports(policies).into_iter().map(port).collect(),
    };
    let cluster = Cluster {
        trust_domain: domains[0].to_owned(),
        trust_domain_aliases: domains[1..].iter().map(|&domain| domain.to_owned()).collect(),
        root_namespace: "istio-system".to_owned(),
        path_normalization: "BASE",
        workloads: vec![pod],
        ambient: Vec::new(),
        waypoints: Vec::new(),
    };
    let tokens = json!({
        "apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication",
        "metadata": {"name": "tokens", "namespace": "foo"}, "spec": {"jwtRules": token_rules},
    });
    let objects = policies.iter().cloned().chain([tokens]).map(Object::of_value).collect();
    Case { seed: 0, cluster, project: None, objects }
}

/// The numbers that policies have as texts; those of ports are among them.
fn ports(policies: &[Value]) -> BTreeSet<u16> {
    fn texts(value: &Value, found: &mut BTreeSet<u16>) {
        match value {
            Value::String(text) => found.extend(text.parse::<u16>().ok()),
            Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            Value::Object(map) => map.values().for_each(|value| texts(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = BTreeSet::from([8080]);
    for policy in policies {
        texts(&policy["spec"], &mut found);
    }
    found
}

/// Takes the tokens of the issuers that some requests name.
fn rules_for(requests: &[Request]) -> Value {
    let claims = requests.iter().filter_map(|request| request.claims.as_ref());
    let issuers: BTreeSet<&str> = claims.filter_map(|claims| claims["iss"].as_str()).collect();
    let known = issuers.into_iter().chain(["https://one.test"]).filter(|issuer| !issuer.is_empty());
    known.map(|issuer| json!({"issuer": issuer, "jwks": token::key_set(issuer)})).collect()
}

/// Puts the expected filters where those of istiod are.
fn replace(sidecar: &mut Sidecar, expected: &[Value]) {
    let chains = sidecar.inbound["filterChains"].as_array_mut().into_iter().flatten();
    for manager in chains.flat_map(|chain| chain["filters"].as_array_mut().into_iter().flatten()) {
        let filters = manager.pointer_mut("/typedConfig/httpFilters").and_then(Value::as_array_mut);
        let Some(filters) = filters else { continue };
        let is_rbac = |filter: &Value| filter["name"] == "envoy.filters.http.rbac";
        let is_router = |filter: &Value| filter["name"] == "envoy.filters.http.router";
        let at = filters.iter().position(|filter| is_rbac(filter) || is_router(filter)).unwrap_or_default();
        filters.retain(|filter| !is_rbac(filter));
        filters.splice(at..at, expected.iter().cloned());
    }
}

fn without_experiments(mut policy: Value) -> Value {
    for rule in policy["spec"]["rules"].as_array_mut().into_iter().flatten() {
        if let Some(conditions) = rule.get_mut("when").and_then(Value::as_array_mut) {
            conditions.retain(|when| !when["key"].as_str().unwrap_or_default().starts_with("experimental."));
        }
    }
    policy
}

fn without_foreign_metadata(node: &mut Value) {
    let is_foreign = |node: &Value| {
        let node = node.get("notRule").unwrap_or(node);
        node.get("metadata").is_some_and(|found| found["filter"] != "envoy.filters.http.jwt_authn")
    };
    match node {
        Value::Array(list) => {
            list.retain(|node| !is_foreign(node));
            list.iter_mut().for_each(without_foreign_metadata);
        }
        Value::Object(map) => map.values_mut().for_each(without_foreign_metadata),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
