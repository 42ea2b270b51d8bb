//! What is said about a native file that can not be understood.

use std::fmt::Write as _;

use super::build;
use meshward::diagnostic::render_human;

#[test]
fn messages() {
    let texts = [
        "- a\n",
        "service: {}\n",
        "services: [a]\n",
        "services: {payments: {}}\n",
        "services: {Shop/payments: {}, shop/pay.ments: {}, a/b/c: {}}\n",
        "services: {shop/p: {serviceAcount: x}}\n",
        "services: {shop/p: {serviceAccount: no}}\n",
        "services: {shop/p: {labels: {app: yes, on: x, n: 1}}}\n",
        "services: {shop/p: {ports: [80, {name: x}, {port: 70000}, {port: http}, {port: '80'}, {port: 80, protocol: htp}]}}\n",
        "services: {shop/p: {ports: [{port: 80, targetPort: 0}, {port: 80, targetPort: [x]}]}}\n",
        "services: {shop/p: {ports: [{port: 53, protocol: udp}, {port: 53}, {port: 53, name: dns}]}}\n",
        "services: {shop/p: {endpoints: [get /a, /a, GET a, GET /a b]}}\n",
        "services: {shop/p: {endpoints: [GET /users/{id}]}}\n",
        "services: {shop/p: {calls: [shop/cartt, missing, A], sidecar: 'true', waypoint: shop/w}, shop/cart: {}}\n",
        "services: {shop/p: {versions: {v1: v1}}}\n",
        "services: {shop/p: {}, shop/p: {}}\n",
        "namespaces: {shop: {dataplane: ambient}, edge: {dataplane: x, label: {}}, no: {}}\n",
        "services: {shop/p: }\nnamespaces: {a: {labels: {x: y1}}}\n---\nnamespaces: {a: {labels: {x: z1}}}\n",
    ];
    let mut report = String::new();
    for text in texts {
        let project = "name: shop\ngraph: {services: services.yaml}\n";
        let (_, mut diagnostics, sources) = build(&[("meshward.yaml", project), ("services.yaml", text)]);
        meshward::diagnostic::sort(&mut diagnostics);
        writeln!(report, "──── {text:?}\n{}", render_human(&sources, &diagnostics, false)).unwrap();
    }
    insta::assert_snapshot!(report);
}
