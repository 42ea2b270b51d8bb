//! Endpoints from OpenAPI and protobuf.

use std::fmt::Write as _;
use std::path::Path;

use meshward::diagnostic::render_human;
use meshward::graph::{Endpoint, Key};
use meshward::source::{DiskLoader, Loader};

use super::{beside, build, show};
use crate::corpus;

const PROTO: &str = "\u{feff}syntax = \"proto3\";\r\n// größe\r\npackage shop;\r\nimport \"other.proto\";\r\nservice Cart {\r\n  \
    /* ü */ rpc Get(a.Request) returns (a.Reply);\r\n  rpc Add(stream a.Request) returns (a.Reply) {}\r\n}\r\n";

#[test]
fn a_service_may_name_its_descriptions() {
    let services = "services: {shop/cart: {protobuf: ../proto/cart.proto}, shop/web: {openapi: api.json}}";
    let files = [
        ("meshward.yaml", "name: shop\ngraph: {services: facts/services.yaml}\n"),
        ("facts/services.yaml", services),
        (
            "facts/api.json",
            r#"{"openapi": "3.1.0", "servers": [{"url": "https://x.example/v1/"}],
            "paths": {"/a/{id}": {"summary": "x", "get": {}, "post": {}}, "x-y": 1}}"#,
        ),
        ("proto/cart.proto", PROTO),
    ];
    let (graph, diagnostics, sources) = build(&files);
    assert_eq!(render_human(&sources, &diagnostics, false), "");
    insta::assert_snapshot!(beside(&[services, files[2].1, PROTO], &show(&graph)));
    let written: Vec<&str> = graph
        .services
        .values()
        .flat_map(|service| &service.endpoints)
        .map(|endpoint| sources.text(endpoint.span))
        .collect();
    assert_eq!(written, ["Get", "Add", "\"get\"", "\"post\""]);
}

#[test]
fn a_prefix_comes_from_the_description() {
    let descriptions = [
        "swagger: '2.0'\nbasePath: /v2/\npaths: {/a: {get: {}}}",
        "swagger: '2.0'\nbasePath: /\npaths: {/a: {get: {}}}",
        "openapi: 3.0.0\npaths: {/a: {get: {}}}",
        "openapi: 3.0.0\nservers: [{url: /v3}, {url: /v4}]\npaths: {/a: {get: {}}}",
        "openapi: 3.0.0\nservers: [{url: 'https://{host}:{port}/{base}', variables: {base: {default: v5}}}]\npaths: {/a: {get: {}}}",
        "openapi: 3.0.0\nservers: [{url: 'http://x'}]\npaths: {/a: {get: {}}}",
    ];
    let paths = descriptions.map(|description| {
        let project = "name: shop\ngraph: {services: s.yaml, openapi: {shop/web: api.yaml}}\n";
        let files =
            [("meshward.yaml", project), ("s.yaml", "services: {shop/web: }"), ("api.yaml", description)];
        let (graph, diagnostics, _) = build(&files);
        assert_eq!(diagnostics, []);
        graph.services[&Key::new("shop", "web")].endpoints[0].path.to_string()
    });
    assert_eq!(paths, ["/v2/a", "/a", "/a", "/v3/a", "/v5/a", "/a"]);
}

#[test]
fn messages() {
    let descriptions = [
        ("api.yaml", ""),
        ("api.yaml", "a: b\n"),
        ("api.yaml", "openapi: 3.0.0\npaths: [a]\n"),
        ("api.yaml", "openapi: 3.0.0\npaths: {a: {get: {}}, /b: x, /c: {$ref: c.yaml}}\n"),
        ("api.proto", "syntax = \"proto3\";\nservice S {\n  rpc A(B) returns (C)\n}\n"),
        ("api.proto", "service S {\n"),
        ("api.proto", "syntax = \"proto9\";\n"),
        ("api.proto", "\u{e9}"),
    ];
    let mut report = String::new();
    for (name, text) in descriptions {
        let kind = if name.ends_with("proto") { "protobuf" } else { "openapi" };
        let project = format!("name: shop\ngraph: {{services: s.yaml, {kind}: {{shop/web: {name}}}}}\n");
        let files = [("meshward.yaml", project.as_str()), ("s.yaml", "services: {shop/web: }"), (name, text)];
        let (_, diagnostics, sources) = build(&files);
        writeln!(report, "──── {text:?}\n{}", render_human(&sources, &diagnostics, false)).unwrap();
    }
    let project = "name: shop\ngraph: {services: s.yaml, openapi: {shop/wep: api.yaml}}\n";
    let api = "openapi: 3.0.0\npaths: {}";
    let (_, diagnostics, sources) =
        build(&[("meshward.yaml", project), ("s.yaml", "services: {shop/web: }"), ("api.yaml", api)]);
    writeln!(report, "──── unknown service\n{}", render_human(&sources, &diagnostics, false)).unwrap();
    insta::assert_snapshot!(report);
}

/// The endpoints of one file of the corpus, and what is said about it.
fn described(path: &Path) -> (Vec<Endpoint>, String) {
    let text = DiskLoader.read(path).unwrap();
    let kind = if path.extension().is_some_and(|found| found == "proto") { "protobuf" } else { "openapi" };
    let project = format!("name: shop\ngraph: {{services: s.yaml, {kind}: {{shop/web: described}}}}\n");
    let files = [
        ("meshward.yaml", project.as_str()),
        ("s.yaml", "services: {shop/web: }"),
        ("described", text.as_str()),
    ];
    let (mut graph, diagnostics, sources) = build(&files);
    let service = graph.services.swap_remove(&Key::new("shop", "web")).unwrap();
    (service.endpoints, render_human(&sources, &diagnostics, false))
}

#[test]
fn the_corpus_has_these_endpoints() {
    let Some(corpus) = corpus::folder() else {
        return;
    };
    let counts = [
        ("app-online-boutique/protos/demo.proto", 15),
        ("app-emojivoto/proto/Voting.proto", 101),
        ("app-otel-demo/pb/demo.proto", 23),
        ("proto-istio-api/security/v1alpha1/ca.proto", 1),
        ("app-petclinic-rest/src/main/resources/openapi.yml", 37),
        ("app-istio-samples/samples/bookinfo/swagger.yaml", 4),
        ("openapi-petstore/src/main/resources/openapi.yaml", 19),
        ("openapi-museum/openapi.yaml", 8),
        ("openapi-learn-examples/examples/v2.0/json/uber.json", 5),
    ];
    for (path, expected) in counts {
        let (endpoints, messages) = described(&corpus.join(path));
        assert_eq!((endpoints.len(), messages.as_str()), (expected, ""), "{path}");
    }
}

#[test]
fn every_description_of_the_corpus_is_read() {
    let Some(corpus) = corpus::folder() else {
        return;
    };
    let mut read = 0;
    for path in DiskLoader.walk(&corpus, &["proto", "json", "yaml", "yml"]).unwrap() {
        let name = path.to_string_lossy();
        let is_description =
            ["openapi-", ".proto", "openapi.y", "swagger"].iter().any(|part| name.contains(part));
        if is_description {
            described(&path);
            read += 1;
        }
    }
    assert!(read > 50, "only {read} descriptions were found");
}
