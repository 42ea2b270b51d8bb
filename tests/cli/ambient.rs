//! Questions about workloads behind a ztunnel, which sees connections and no requests.

use super::{Folder, Run};

const STRICT: &str = "\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
";

const ALLOW: &str = "\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/shop/sa/orders]}}]
";

/// A cluster without a policy in `open`, and one with these objects in `closed`.
fn clusters(objects: &str) -> Folder {
    let folder = Folder::new();
    let cluster = include_str!("ambient.yaml");
    folder.write("open/all.yaml", cluster);
    folder.write("closed/all.yaml", &format!("{cluster}{objects}"));
    folder
}

fn closed(arguments: &[&str], objects: &str) -> Run {
    clusters(objects).run(&[arguments, &["--manifests", "closed"]].concat())
}

fn closed_who(question: &str, objects: &str) -> Run {
    clusters(objects).run(&["who", "--manifests", "closed", "--", question])
}

#[test]
fn strict_leads_to_the_object_that_says_it() {
    let plaintext = closed(&["can", "anyone -> payments"], STRICT);
    let identity = closed(&["can", "orders -> payments"], STRICT);
    assert_eq!((plaintext.code, identity.code), (1, 0));
    let json = closed(&["can", "anyone -> payments", "--format", "json"], STRICT);
    insta::assert_snapshot!(format!("{plaintext}\n{identity}\n{json}"));
}

#[test]
fn a_ztunnel_sees_no_request() {
    let run = closed(&["can", "orders -> payments GET /a"], STRICT);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}

#[test]
fn bulk_names_what_istiod_makes_of_strict() {
    let folder = clusters(&[STRICT, ALLOW].concat());
    let line = |from: &str| {
        format!("{{\"from\": {from}, \"to\": \"shop/payments\", \"port\": 8080, \"tcp\": true}}\n")
    };
    let account = |name: &str| format!("\"spiffe://cluster.local/ns/shop/sa/{name}\"");
    let lines = [line("null"), line(&account("orders")), line(&account("cart"))].concat();
    folder.write("requests.jsonl", &lines);
    insta::assert_snapshot!(folder.run(&["can", "--manifests", "closed", "--requests", "requests.jsonl"]));
}

#[test]
fn who_reaches_what() {
    let callers = closed_who("-> payments", &[STRICT, ALLOW].concat());
    let targets = closed_who("anyone ->", STRICT);
    let of_orders = closed_who("orders ->", &[STRICT, ALLOW].concat());
    insta::assert_snapshot!(format!("{callers}\n{targets}\n{of_orders}"));
}

#[test]
fn a_comparison_names_the_object() {
    let folder = clusters(&[STRICT, ALLOW].concat());
    let closes = folder.run(&["diff", "open", "closed"]);
    let opens = folder.run(&["diff", "closed", "open"]);
    let only_strict = clusters(STRICT).run(&["diff", "open", "closed"]);
    insta::assert_snapshot!(format!("{closes}\n{opens}\n{only_strict}"));
}

#[test]
fn a_log_line_about_strict_is_explained() {
    let named =
        "rbac_access_denied_matched_policy[ns[istio-system]-policy[istio_converted_static_strict]-rule[0]]";
    let run = closed(&["explain", "--denial", named], STRICT);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run);
}
