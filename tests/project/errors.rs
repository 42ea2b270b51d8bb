//! What is said about a project file that can not be understood.

use std::fmt::Write as _;

use meshward::diagnostic::render_human;

use super::read;

#[test]
fn messages() {
    let texts = [
        "",
        "# only a comment\n",
        "- a\n",
        "policies: [p]\n",
        "name: Größe\n",
        "name: -x\n",
        "name: yes\n",
        "name: [shop]\n",
        "name: a-name-that-is-longer-than-the-sixty-three-characters-that-a-label-takes\n",
        "name: shop\n---\nname: other\n",
        "name: shop\npolicy: [p]\nwhatever: 1\n",
        "name: shop\nname: other\n",
        "name: shop\nnamespaces: [Shop, \"p\u{430}yments\", no]\n",
        "name: shop\npolicies: ['', {a: b}]\n",
        "name: shop\ngraph: {manifest: k8s}\n",
        "name: shop\ngraph: {manifests: [{namespace: x}, {path: y, namespace: a.b}]}\n",
        "name: shop\ngraph: {openapi: {payments: x.yaml, shop/payments: 5}}\n",
        "name: shop\nenvironments: {staging: {chaos: true}}\n",
        "name: shop\nmesh: {dataplane: ambient}\n",
        "name: shop\nmesh: {dataplane: sidecars, injected: maybe, pathNormalization: base, defaultDeny: true}\n",
        "name: shop\nmesh: {istio: 1.30}\n",
        "name: shop\nmesh: {istio: latest}\n",
        "name: shop\nforeign: [AuthorizationPolicy/x, AuthorisationPolicy/shop/x, Service/a/b]\n",
        "name: shop\nlints: {shared-identiy: deny, unknown-service: warn, anyone: error}\n",
    ];
    let mut report = String::new();
    for text in texts {
        let (_, diagnostics, sources) = read(text);
        writeln!(report, "──── {text:?}\n{}", render_human(&sources, &diagnostics, false)).unwrap();
    }
    insta::assert_snapshot!(report);
}
