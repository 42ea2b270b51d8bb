//! Two worlds compared: what is said of each kind of change, and that no more and no less is said than is so.

mod normalization;
mod properties;
mod sentences;
mod waypoints;

use std::fmt::Write as _;
use std::path::Path;

use meshward::diff::{Diff, Side, diff};
use meshward::query::{Bulk, Manifests, World};
use meshward::source::{MemoryLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Options, bundle};

/// A world with its texts.
struct Asked {
    world: World,
    sources: SourceMap,
}

const SERVICES: &str = "\
services:
  shop/payments:
    ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]
  shop/orders:
    ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]
  shop/cart:
    ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]
  shop/db:
    ports: [{name: tcp-pg, port: 5432, protocol: tcp}]
";

/// The Kubernetes side of the YAML that is compared.
const CLUSTER: &str = "\
kind: Service
apiVersion: v1
metadata: {name: payments, namespace: shop}
spec:
  selector: {app: payments}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: payments, namespace: shop}
spec:
  template:
    metadata: {labels: {app: payments}}
    spec: {serviceAccountName: payments, containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: orders, namespace: shop}
spec:
  template:
    metadata: {labels: {app: orders}}
    spec: {serviceAccountName: orders, containers: [{name: c, ports: [{containerPort: 8080}]}]}
";

/// A project of one policy file.
fn project(policy: &str) -> Asked {
    project_of(SERVICES, policy)
}

fn project_of(services: &str, policy: &str) -> Asked {
    project_with("name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\n", services, policy)
}

#[track_caller]
fn project_with(project: &str, services: &str, policy: &str) -> Asked {
    let loader = MemoryLoader::new([
        ("p/meshward.yaml", project),
        ("p/services.yaml", services),
        ("p/policies/main.ward", policy),
    ]);
    let options = Options::on(Date { year: 2026, month: 1, day: 1 });
    let checked = meshward::check(&loader, Path::new("p"), &options).unwrap();
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    let sources = checked.sources;
    let (world, _) = meshward::world(checked.program.unwrap(), &sources);
    Asked { world, sources }
}

/// Bare YAML of one file.
fn yaml(text: &str) -> Asked {
    let loader = MemoryLoader::new([("k8s/all.yaml", text)]);
    let manifests = Manifests { paths: vec!["k8s".into()], ..Manifests::default() };
    let (world, sources, _) = meshward::world_of_manifests(&loader, &manifests).unwrap();
    Asked { world, sources }
}

/// The cluster with these Istio documents.
fn cluster(istio: &str) -> Asked {
    yaml(&format!("{CLUSTER}---\n{istio}"))
}

fn compare(old: &Asked, new: &Asked) -> Diff {
    diff(Side { world: &old.world, sources: &old.sources }, Side { world: &new.world, sources: &new.sources })
}

/// What is said, one line for each sentence and each request.
fn said(diff: &Diff) -> String {
    let mut text = String::new();
    for target in &diff.targets {
        let _ = writeln!(text, "{} {:?}", target.workloads.join(", "), target.status);
        for change in &target.changes {
            let _ = writeln!(text, "  {:?}: {}", change.direction, change.sentence);
            let request = serde_json::to_string(&change.request).unwrap();
            let _ = writeln!(text, "    {}", change.question.as_ref().unwrap_or(&request));
        }
    }
    for undecided in &diff.undecided {
        let _ = writeln!(text, "{} ? {}", undecided.workload, undecided.reason);
    }
    text
}

/// The outcome of each request, one JSON object each.
fn outcomes(asked: &Asked, requests: &[String]) -> Vec<String> {
    let answers = Bulk::new(&asked.world, &asked.sources).answer(requests.join("\n").as_bytes());
    let outcome = |line: &str| {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        answer["outcome"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    answers.lines().map(outcome).collect()
}

/// Every stated request is decided otherwise in the two worlds, in the stated direction.
#[track_caller]
fn assert_requests_hold(old: &Asked, new: &Asked, diff: &Diff) {
    for target in diff.targets.iter().filter(|target| target.known) {
        for change in &target.changes {
            let line = [serde_json::to_string(&change.request).unwrap()];
            let through = |asked: &Asked| {
                let is_there = asked
                    .world
                    .graph
                    .workloads
                    .iter()
                    .any(|workload| workload.key.to_string() == change.request.to);
                is_there && ["allowed", "external"].contains(&outcomes(asked, &line)[0].as_str())
            };
            let opened = change.direction == meshward::diff::Direction::Opened;
            assert_eq!((through(old), through(new)), (!opened, opened), "{} {line:?}", change.sentence);
        }
    }
}

#[test]
fn a_world_does_not_differ_from_itself() {
    let project = project(
        "allow orders -> payments GET /a\ndeny cart -> orders /x/*\nmtls permissive in shop because \"x\"\n",
    );
    assert!(compare(&project, &project).is_empty());
    let cluster = cluster("");
    assert!(compare(&cluster, &cluster).is_empty());
    let empty = yaml("");
    assert!(compare(&empty, &empty).is_empty());
}

#[test]
fn what_is_only_written_otherwise_is_no_difference() {
    let old = project("allow orders -> payments GET, POST /a\nallow cart -> payments /b/*\n");
    let new = project(
        "# by another file\n\
         group callers = orders\n\
         allow cart -> payments /b/*, /b/c\n\
         allow @callers -> payments GET /a\n\n\
         allow orders -> payments POST /a\n",
    );
    assert_eq!(said(&compare(&old, &new)), "");
}

#[test]
fn a_project_does_not_differ_from_its_own_bundle() {
    let old = project(
        "allow orders -> payments GET, POST /a\ndeny mesh -> orders /x\nallow mesh -> orders\nallow cart -> db\n",
    );
    let new = yaml(&bundle::stream(&old.world.bundle));
    let diff = compare(&old, &new);
    assert_eq!(said(&diff), "");
    assert_eq!(diff.graph_from, Some(meshward::diff::Which::Old));
    assert_eq!(said(&compare(&new, &old)), "");
}

/// Labels that were taken for granted are the commonest reason why a policy of a cluster decides nothing.
#[test]
fn objects_that_select_none_of_the_lent_pods_are_counted() {
    let policy = "allow orders -> payments GET /a\n";
    let new = project(policy);
    let named_otherwise = bundle::stream(&new.world.bundle).replace("app: payments", "name: payments");
    let diff = compare(&yaml(&named_otherwise), &new);
    assert_eq!((diff.graph_from, diff.selecting_nothing), (Some(meshward::diff::Which::New), 1));
    assert_eq!(compare(&yaml(&bundle::stream(&new.world.bundle)), &new).selecting_nothing, 0);
}

#[test]
fn pods_with_other_labels_are_told_though_each_side_protects_its_own() {
    let policy = "allow orders -> payments GET /a\n";
    let labelled = SERVICES.replace("  shop/payments:\n", "  shop/payments:\n    labels: {name: payments}\n");
    let diff = compare(&project(policy), &project_of(&labelled, policy));
    assert_eq!(diff.relabelled, ["shop/payments"]);
    assert_eq!(said(&diff), "");
    assert_eq!(compare(&project(policy), &project(policy)).relabelled, [] as [&str; 0]);
}
