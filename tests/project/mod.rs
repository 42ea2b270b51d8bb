//! Reading `meshward.yaml`.

mod errors;
mod find;

use std::path::Path;

use meshward::diagnostic::{Diagnostic, Level, code, render_human};
use meshward::graph::Key;
use meshward::project::{self, Injected, PathNormalization, Project};
use meshward::source::SourceMap;

fn read(text: &str) -> (Option<Project>, Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::default();
    let source = sources.add("meshward.yaml", text);
    let (project, diagnostics) = project::read(Path::new("/work"), source, text);
    (project, diagnostics, sources)
}

#[track_caller]
fn project(text: &str) -> Project {
    let (project, diagnostics, sources) = read(text);
    assert_eq!(render_human(&sources, &diagnostics, false), "", "nothing is wrong with this file");
    project.unwrap()
}

#[test]
fn a_name_is_enough() {
    let project = project("name: shop\n");
    assert_eq!(project.name, "shop");
    assert_eq!(project.policies[0].node, Path::new("/work/policies"));
    assert_eq!(project.output, Path::new("/work/deploy/istio"));
    assert_eq!(project.mesh.trust_domain, "cluster.local");
    assert_eq!(project.mesh.root_namespace, "istio-system");
    assert_eq!((project.istio, project.injected), ((1, 30), Injected::Assume));
    assert_eq!(project.path_normalization, PathNormalization::Base);
}

#[test]
fn every_key_is_read() {
    let project = project(
        r#"
name: shop
policies: [policies, shared.ward]
namespaces: [edge]
graph:
  services: services.yaml
  manifests: [k8s/, {path: vendor/boutique.yaml, namespace: boutique}]
  openapi: {shop/payments: api/payments.yaml}
  protobuf: {shop/cart: proto/demo.proto}
output: out
environments: {}
mesh:
  trustDomain: td.example
  trustDomainAliases: [old.example]
  rootNamespace: istio-root
  dataplane: sidecar
  injected: require
  istio: "1.28.3"
  pathNormalization: MERGE_SLASHES
  defaultDeny: mesh
foreign: [AuthorizationPolicy/shop/legacy]
lints: {shared-identity: deny, L0806: allow}
"#,
    );
    let paths: Vec<_> = project.policies.iter().map(|path| path.node.display().to_string()).collect();
    assert_eq!(paths, ["/work/policies", "/work/shared.ward"]);
    assert_eq!(project.namespaces[0].node, "edge");
    assert_eq!(project.graph.services[0].node, Path::new("/work/services.yaml"));
    assert_eq!(project.graph.manifests[0].path.node, Path::new("/work/k8s/"));
    assert_eq!(project.graph.manifests[1].namespace.as_ref().unwrap().node, "boutique");
    let payments = &project.graph.openapi[&Key::new("shop", "payments")];
    assert_eq!(payments.path.node, Path::new("/work/api/payments.yaml"));
    assert!(project.graph.protobuf.contains_key(&Key::new("shop", "cart")));
    assert_eq!(project.output, Path::new("/work/out"));
    assert_eq!(project.mesh.trust_domain, "td.example");
    assert_eq!(project.mesh.trust_domain_aliases, ["old.example"]);
    assert_eq!(project.mesh.root_namespace, "istio-root");
    assert!(project.mesh.default_deny_mesh);
    assert_eq!((project.istio, project.injected), ((1, 28), Injected::Require));
    assert_eq!(project.path_normalization, PathNormalization::MergeSlashes);
    assert_eq!(project.foreign[0].node, "AuthorizationPolicy/shop/legacy");
    assert_eq!(project.levels.get(code::SHARED_IDENTITY), Level::Deny);
    assert_eq!(project.levels.get(code::ANYONE), Level::Allow);
}

#[test]
fn a_part_that_is_wrong_does_not_hide_the_others() {
    let (project, diagnostics, _) =
        read("name: shop\noutptu: x\nlints: {nothing: warn}\nmesh: {injected: maybe}\n");
    assert_eq!(diagnostics.len(), 3);
    assert!(project.is_some());
}
