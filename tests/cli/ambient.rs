//! Questions about workloads behind a ztunnel, which sees connections and no requests.

use super::{Folder, Run};

const STRICT: &str = "\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
";

/// STRICT for one port only.
const STRICT_PORT: &str = "\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: payments-port, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  mtls: {mode: PERMISSIVE}
  portLevelMtls: {8080: {mode: STRICT}}
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
fn strict_at_a_port_is_named_as_the_ztunnel_logs_it() {
    let plaintext = closed(&["can", "anyone -> payments"], STRICT_PORT);
    assert_eq!(plaintext.code, 1);
    let named = "rbac_access_denied_matched_policy[ns[shop]-policy[converted_peer_authentication_payments-port]-rule[0]]";
    let explained = closed(&["explain", "--denial", named], STRICT_PORT);
    let elsewhere = closed(&["explain", "--denial", named], STRICT);
    let annotations = "annotations: {meshward.dev/source: 'policies/shop.ward: mtls strict payments:8080'}";
    let built = STRICT_PORT.replace("namespace: shop}", &format!("namespace: shop, {annotations}}}"));
    let built = closed(&["explain", "--denial", named], &built);
    assert_eq!((explained.code, elsewhere.code, built.code), (0, 2, 0));
    insta::assert_snapshot!(format!("{plaintext}\n{explained}\n{elsewhere}\n{built}"));
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

/// Whoever stands in front of the pods, whatever mutual TLS asks of them and whatever policies say: each question has
/// an answer, or says why it has none.
#[test]
fn every_question_is_answered_in_every_mesh() {
    let planes = [
        "istio.io/dataplane-mode: ambient",
        "istio-injection: enabled",
        "istio-injection: disabled",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: nowhere",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: edge",
    ];
    let waypoint = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n\
         metadata: {name: edge, namespace: shop, labels: {istio.io/waypoint-for: all}}\n\
         spec: {gatewayClassName: istio-waypoint}\n";
    let peer = |spec: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
             metadata: {{name: default, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let denies_a_path = "{action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]}";
    let policy = |spec: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: more, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let objects = [
        String::new(),
        STRICT.to_owned(),
        peer("{selector: {matchLabels: {app: payments}}, portLevelMtls: {8080: {mode: STRICT}}}"),
        peer(
            "{selector: {matchLabels: {app: payments}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}",
        ),
        [ALLOW.to_owned(), policy(denies_a_path)].concat(),
        policy("{action: CUSTOM, provider: {name: ext}, rules: [{}]}"),
    ];
    let folder = Folder::new();
    let mut worlds = Vec::new();
    for (plane, label) in planes.iter().enumerate() {
        let cluster = include_str!("ambient.yaml").replace(planes[0], label);
        for (number, objects) in objects.iter().enumerate() {
            let world = format!("world-{plane}-{number}");
            folder.write(&format!("{world}/all.yaml"), &format!("{cluster}{waypoint}{objects}"));
            worlds.push(world);
        }
    }
    let fine = |run: Run| assert!((0..=2).contains(&run.code) && !run.stderr.contains("panicked"), "{run}");
    for world in &worlds {
        let ask = |arguments: &[&str]| fine(folder.run(&[arguments, &["--manifests", world]].concat()));
        for caller in ["anyone", "mesh", "orders", "account shop/orders", "spiffe://other.example/ns/a/sa/b"]
        {
            ask(&["can", &format!("{caller} -> payments")]);
            ask(&["can", &format!("{caller} -> payments GET /admin")]);
            ask(&["who", &format!("{caller} ->")]);
        }
        fine(folder.run(&["who", "--manifests", world, "--", "-> payments"]));
    }
    for old in &worlds {
        let next = worlds.iter().cycle().skip_while(|world| *world != old).skip(1);
        for new in next.step_by(5).take(4) {
            fine(folder.run(&["diff", old, new]));
        }
    }
}

/// The cluster with more in the template of `payments`.
fn with_pods(labels: &str, more: &str) -> Folder {
    let pods = format!("labels: {{app: payments{labels}}}{more}}}");
    let cluster = include_str!("ambient.yaml").replace("labels: {app: payments}}", &pods);
    let folder = Folder::new();
    folder.write("closed/all.yaml", &format!("{cluster}{STRICT}"));
    folder
}

/// What becomes of plaintext. A ztunnel is asked about connections, and a port with nobody in front about requests.
fn of_plaintext(folder: &Folder) -> String {
    let ask = |question: &str| folder.run(&["can", question, "--manifests", "closed"]);
    let connection = ask("anyone -> payments");
    let run = if connection.code == 2 { ask("anyone -> payments GET /") } else { connection };
    run.stdout.split(':').next().unwrap_or_default().to_owned()
}

/// `cni/pkg/util/enablement_selector.go`, `Matches`; `cni/pkg/nodeagent/net.go`.
#[test]
fn a_pod_that_no_ztunnel_captures_is_open() {
    assert_eq!(of_plaintext(&with_pods("", "")), "denied");
    let bypass =
        |value: &str| format!(", annotations: {{ambient.istio.io/bypass-inbound-capture: '{value}'}}");
    assert_eq!(of_plaintext(&with_pods("", &bypass("true"))), "allowed");
    assert_eq!(of_plaintext(&with_pods("", &bypass("yes"))), "denied", "no boolean of Go's");
    let folder = Folder::new();
    let on_host = include_str!("ambient.yaml").replace(
        "spec: {serviceAccountName: payments,",
        "spec: {hostNetwork: true, serviceAccountName: payments,",
    );
    folder.write("closed/all.yaml", &format!("{on_host}{STRICT}"));
    assert_eq!(of_plaintext(&folder), "allowed");
}

/// The chart `istio-cni` takes every pod of such a namespace but those with `none`.
#[test]
fn a_pod_leaves_the_ambient_mesh_by_none_alone() {
    let label = |value: &str| with_pods(&format!(", istio.io/dataplane-mode: {value}"), "");
    assert_eq!(of_plaintext(&label("Ambient")), "denied");
    assert_eq!(of_plaintext(&label("none")), "allowed");
}
