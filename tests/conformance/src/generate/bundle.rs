//! Random objects of Istio: every field of the three kinds that decide about requests.

use serde_json::{Map, Value, json};

use super::vocabulary::{self as words, namespace, trust_domain};
use super::{Choice, ambient, path};
use crate::cluster::Cluster;
use crate::token;

/// Some policies for every namespace of the cluster. Not all of them are what Istio accepts.
pub fn bundle(choice: &mut Choice, cluster: &Cluster) -> Vec<Value> {
    let mut namespaces: Vec<&str> =
        cluster.workloads.iter().map(|workload| workload.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let mut objects = Vec::new();
    if choice.chance(50) {
        objects.extend(in_namespace(choice, cluster, &cluster.root_namespace, 1));
    }
    for namespace in namespaces.into_iter().filter(|&namespace| namespace != cluster.root_namespace) {
        objects.extend(in_namespace(choice, cluster, namespace, 4));
    }
    objects
}

fn in_namespace(choice: &mut Choice, cluster: &Cluster, namespace: &str, most: usize) -> Vec<Value> {
    let mut objects = Vec::new();
    // In a cluster every object has an age; in files most often none has.
    let is_aged = choice.chance(60);
    for index in 0..choice.number(0, most) {
        objects.push(authorization(choice, cluster, namespace, index));
    }
    for index in 0..choice.number(0, 2) {
        objects.push(peer_authentication(choice, cluster, namespace, index, is_aged));
    }
    if choice.chance(50) {
        for index in 0..choice.number(1, 2) {
            objects.push(request_authentication(choice, cluster, namespace, index));
        }
    }
    objects
}

fn object(kind: &str, namespace: &str, name: &str, spec: &Map<String, Value>) -> Value {
    json!({
        "apiVersion": "security.istio.io/v1", "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    })
}

/// The labels of a pod of the namespace, or some of them; sometimes of no pod at all.
fn selector(choice: &mut Choice, cluster: &Cluster, namespace: &str) -> Option<Value> {
    let here: Vec<_> = cluster.workloads.iter().filter(|workload| workload.namespace == namespace).collect();
    if here.is_empty() || choice.chance(35) {
        return choice.chance(5).then(|| json!({}));
    }
    let mut labels = choice.pick(&here).labels.clone();
    if labels.len() > 1 && choice.chance(60) {
        let dropped = choice.pick(&labels.keys().cloned().collect::<Vec<_>>()).clone();
        labels.remove(&dropped);
    }
    if choice.chance(4) {
        labels.insert("app".to_owned(), "nobody".to_owned());
    }
    Some(json!({"matchLabels": labels}))
}

/// Pods by their labels, or a gateway, a waypoint or a Service by its name.
fn selection(choice: &mut Choice, cluster: &Cluster, namespace: &str) -> Map<String, Value> {
    if let Some(targets) = ambient::attachment(choice, cluster, namespace) {
        return Map::from_iter([("targetRefs".to_owned(), targets)]);
    }
    let has_gateway =
        cluster.workloads.iter().any(|workload| workload.is_gateway() && workload.namespace == namespace);
    if has_gateway && choice.chance(30) {
        let gateway = json!({
            "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": words::GATEWAY,
        });
        return Map::from_iter([("targetRefs".to_owned(), json!([gateway]))]);
    }
    let selector = selector(choice, cluster, namespace);
    selector.into_iter().map(|selector| ("selector".to_owned(), selector)).collect()
}

fn authorization(choice: &mut Choice, cluster: &Cluster, namespace: &str, index: usize) -> Value {
    let mut spec = selection(choice, cluster, namespace);
    let action = choice.word(&["", "ALLOW", "ALLOW", "ALLOW", "DENY", "DENY", "AUDIT"]);
    if !action.is_empty() {
        spec.insert("action".to_owned(), json!(action));
    }
    if !choice.chance(5) {
        let rules = if choice.chance(4) {
            choice.list(11, 13, |choice| rule(choice, cluster))
        } else {
            choice.list(1, 3, |choice| rule(choice, cluster))
        };
        spec.insert("rules".to_owned(), json!(rules));
    }
    let mut policy = object("AuthorizationPolicy", namespace, &format!("policy-{index}"), &spec);
    if choice.chance(8) {
        let dry_run = choice.word(&["true", "false", "1", "T"]);
        policy["metadata"]["annotations"] = json!({"istio.io/dry-run": dry_run});
    }
    ambient::for_ztunnels(choice, cluster, namespace, &mut policy);
    policy
}

fn rule(choice: &mut Choice, cluster: &Cluster) -> Value {
    let mut rule = Map::new();
    if choice.chance(60) {
        let from = choice.list(1, 2, |choice| json!({"source": source(choice, cluster)}));
        rule.insert("from".to_owned(), json!(from));
    }
    if choice.chance(65) {
        let to = choice.list(1, 2, |choice| json!({"operation": operation(choice)}));
        rule.insert("to".to_owned(), json!(to));
    }
    if choice.chance(25) {
        rule.insert("when".to_owned(), json!(choice.list(1, 2, |choice| condition(choice, cluster))));
    }
    Value::Object(rule)
}

/// How to make a value of a field.
type Make = fn(&mut Choice, &Cluster) -> String;

const SOURCES: &[(&str, &str, Make, u32)] = &[
    ("principals", "notPrincipals", principal, 25),
    ("namespaces", "notNamespaces", namespace_pattern, 18),
    ("serviceAccounts", "notServiceAccounts", service_account, 10),
    ("trustDomains", "notTrustDomains", trust_domain_pattern, 6),
    ("requestPrincipals", "notRequestPrincipals", request_principal, 14),
    ("ipBlocks", "notIpBlocks", block, 12),
    ("remoteIpBlocks", "notRemoteIpBlocks", block, 10),
];

const OPERATIONS: &[(&str, &str, Make, u32)] = &[
    ("paths", "notPaths", path_pattern, 45),
    ("methods", "notMethods", method_pattern, 35),
    ("ports", "notPorts", port, 25),
    ("hosts", "notHosts", host_pattern, 12),
];

fn source(choice: &mut Choice, cluster: &Cluster) -> Map<String, Value> {
    fields(choice, cluster, SOURCES)
}

fn operation(choice: &mut Choice) -> Map<String, Value> {
    let nobody = Cluster {
        trust_domain: String::new(),
        trust_domain_aliases: Vec::new(),
        root_namespace: String::new(),
        path_normalization: "BASE",
        workloads: Vec::new(),
        ambient: Vec::new(),
        waypoints: Vec::new(),
    };
    fields(choice, &nobody, OPERATIONS)
}

/// At least one of the fields, and seldom the negative form of one.
fn fields(choice: &mut Choice, cluster: &Cluster, all: &[(&str, &str, Make, u32)]) -> Map<String, Value> {
    let mut fields = Map::new();
    while fields.is_empty() {
        for (positive, negative, make, percent) in all {
            if choice.chance(*percent) {
                fields.insert((*positive).to_owned(), values(choice, cluster, *make));
            }
            if choice.chance(percent / 3) {
                fields.insert((*negative).to_owned(), values(choice, cluster, *make));
            }
        }
    }
    fields
}

fn values(choice: &mut Choice, cluster: &Cluster, make: Make) -> Value {
    json!(choice.list(1, 3, |choice| make(choice, cluster)))
}

fn principal(choice: &mut Choice, cluster: &Cluster) -> String {
    let caller = words::account(choice, cluster);
    let (namespace, account) = (&caller.namespace, &caller.account);
    let domain = match choice.number(0, 9) {
        0 => "cluster.local".to_owned(),
        1 => words::FOREIGN.to_owned(),
        2 => "*".to_owned(),
        3 => {
            let domain = trust_domain(choice, cluster);
            if choice.chance(50) { format!("{}*", &domain[..2]) } else { format!("*{}", &domain[2..]) }
        }
        _ => trust_domain(choice, cluster),
    };
    match choice.number(0, 11) {
        0 => "*".to_owned(),
        1 => format!("{domain}/ns/{namespace}/*"),
        2 => format!("{domain}/ns/{namespace}/sa/*"),
        3 => format!("*/sa/{account}"),
        4 => format!("*/ns/{namespace}/sa/{account}"),
        5 => format!("{domain}/*"),
        6 => format!("{domain}/ns/{namespace}/sa/{}*", &account[..2]),
        _ => format!("{domain}/ns/{namespace}/sa/{account}"),
    }
}

fn namespace_pattern(choice: &mut Choice, cluster: &Cluster) -> String {
    let namespace = namespace(choice, cluster);
    match choice.number(0, 7) {
        0 => "*".to_owned(),
        1 => format!("{}*", &namespace[..1]),
        2 => format!("*{}", &namespace[namespace.len() - 1..]),
        3 => format!("{}*{}", &namespace[..1], &namespace[namespace.len() - 1..]),
        _ => namespace,
    }
}

fn service_account(choice: &mut Choice, cluster: &Cluster) -> String {
    let caller = words::account(choice, cluster);
    if choice.chance(40) {
        caller.account.clone()
    } else {
        format!("{}/{}", caller.namespace, caller.account)
    }
}

fn trust_domain_pattern(choice: &mut Choice, cluster: &Cluster) -> String {
    let domain = trust_domain(choice, cluster);
    match choice.number(0, 6) {
        0 => "*".to_owned(),
        1 => format!("{}*", &domain[..2]),
        2 => format!("*{}", &domain[2..]),
        3 => words::FOREIGN.to_owned(),
        _ => domain,
    }
}

fn request_principal(choice: &mut Choice, _: &Cluster) -> String {
    let (issuer, subject) = (choice.word(words::ISSUERS), choice.word(words::SUBJECTS));
    match choice.number(0, 9) {
        0 => "*".to_owned(),
        1 => format!("{issuer}/*"),
        2 => format!("*/{subject}"),
        3 => format!("{issuer}/{}*", &subject[..2]),
        4 => format!("*{}/{subject}", &issuer[2..]),
        5 => format!("{}*", &issuer[..3]),
        6 => format!("*{}", &subject[1..]),
        7 => issuer,
        _ => format!("{issuer}/{subject}"),
    }
}

fn block(choice: &mut Choice, _: &Cluster) -> String {
    choice.word(words::BLOCKS)
}

fn path_pattern(choice: &mut Choice, _: &Cluster) -> String {
    path::pattern(choice)
}

fn method_pattern(choice: &mut Choice, _: &Cluster) -> String {
    match choice.number(0, 11) {
        0 => "*".to_owned(),
        1 => choice.word(&["P*", "*T", "get", "PA*", "*S"]),
        _ => choice.word(words::METHODS),
    }
}

fn port(choice: &mut Choice, _: &Cluster) -> String {
    choice.word(&["8080", "8080", "9090", "5432", "7000", "6000", "6001", "80"])
}

fn host_pattern(choice: &mut Choice, _: &Cluster) -> String {
    match choice.number(0, 6) {
        0 => "*".to_owned(),
        1 => "*.example.com".to_owned(),
        2 => "a.example.com:*".to_owned(),
        3 => "API.*".to_owned(),
        _ => choice.word(words::HOSTS),
    }
}

fn sni(choice: &mut Choice, _: &Cluster) -> String {
    let name = choice.word(words::NAMES);
    match choice.number(0, 4) {
        0 => "*".to_owned(),
        1 => "outbound_*".to_owned(),
        2 => "*.local".to_owned(),
        _ => name,
    }
}

fn claim_value(choice: &mut Choice, _: &Cluster) -> String {
    text_pattern(choice, words::CLAIM_VALUES)
}

fn header_value(choice: &mut Choice, _: &Cluster) -> String {
    text_pattern(choice, &["admin", "dev", "a/b", "admin,dev"])
}

fn text_pattern(choice: &mut Choice, list: &[&str]) -> String {
    let value = choice.word(list);
    match choice.number(0, 6) {
        0 => "*".to_owned(),
        1 => format!("{}*", &value[..2]),
        2 => format!("*{}", &value[1..]),
        _ => value,
    }
}

fn destination(choice: &mut Choice, _: &Cluster) -> String {
    choice.word(&["10.44.0.0/16", "10.44.0.1", "10.44.0.0/30", "10.96.0.0/12", "::/0"])
}

fn condition(choice: &mut Choice, cluster: &Cluster) -> Value {
    const KEYS: &[(&str, Make)] = &[
        ("source.ip", block),
        ("remote.ip", block),
        ("source.namespace", namespace_pattern),
        ("source.serviceAccount", service_account),
        ("source.principal", principal),
        ("source.trustDomain", trust_domain_pattern),
        ("request.auth.principal", request_principal),
        ("request.auth.audiences", claim_value),
        ("request.auth.presenter", claim_value),
        ("request.auth.claims[iss]", request_principal),
        ("request.auth.claims[groups]", claim_value),
        ("request.auth.claims[scope]", claim_value),
        ("request.auth.claims[realm][roles]", claim_value),
        ("request.auth.claims[a.b]", claim_value),
        ("request.headers[x-role]", header_value),
        ("request.headers[X-Env]", header_value),
        ("request.headers[x-odd]", header_value),
        ("destination.ip", destination),
        ("destination.port", port),
        ("connection.sni", sni),
    ];
    let (key, make) = *choice.pick(KEYS);
    let mut condition = Map::from_iter([("key".to_owned(), json!(key))]);
    let is_negative = choice.chance(30);
    if !is_negative || choice.chance(20) {
        condition.insert("values".to_owned(), values(choice, cluster, make));
    }
    if is_negative {
        condition.insert("notValues".to_owned(), values(choice, cluster, make));
    }
    Value::Object(condition)
}

const MODES: &[&str] = &["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"];

fn peer_authentication(
    choice: &mut Choice,
    cluster: &Cluster,
    namespace: &str,
    index: usize,
    is_aged: bool,
) -> Value {
    let mut spec = Map::new();
    let selector = selector(choice, cluster, namespace);
    let has_labels = selector.as_ref().is_some_and(|selector| selector["matchLabels"].is_object());
    if let Some(selector) = selector {
        spec.insert("selector".to_owned(), selector);
    }
    if choice.chance(85) {
        spec.insert("mtls".to_owned(), json!({"mode": choice.word(MODES)}));
    }
    if has_labels && choice.chance(45) {
        let mut ports = Map::new();
        for _ in 0..choice.number(1, 2) {
            let number = choice.word(&["8080", "9090", "5432", "7000", "6000", "6001"]);
            ports.insert(number, json!({"mode": choice.word(MODES)}));
        }
        spec.insert("portLevelMtls".to_owned(), Value::Object(ports));
    }
    let mut policy = object("PeerAuthentication", namespace, &format!("peers-{index}"), &spec);
    // Where two hold for the same pods, the older one does; of one age, the name decides.
    if is_aged {
        let day = choice.number(1, 9);
        policy["metadata"]["creationTimestamp"] = json!(format!("2025-01-0{day}T00:00:00Z"));
    }
    if ambient::is_read_by_ztunnels(cluster, namespace) {
        // Of one age either may hold in the ambient mesh.
        let day = if is_aged { index + 1 } else { 9 - index };
        policy["metadata"]["creationTimestamp"] = json!(format!("2025-01-0{day}T00:00:00Z"));
    }
    policy
}

fn request_authentication(choice: &mut Choice, cluster: &Cluster, namespace: &str, index: usize) -> Value {
    let mut spec = selection(choice, cluster, namespace);
    let rules = choice.list(1, 2, |choice| {
        let issuer = choice.word(words::ISSUERS);
        let mut rule = json!({"issuer": issuer, "jwks": token::key_set(&issuer)});
        if choice.chance(25) {
            rule["audiences"] = json!(choice.list(1, 2, |choice| choice.word(words::CLAIM_VALUES)));
        }
        if choice.chance(30) {
            rule["forwardOriginalToken"] = json!(true);
        }
        rule
    });
    spec.insert("jwtRules".to_owned(), json!(rules));
    object("RequestAuthentication", namespace, &format!("tokens-{index}"), &spec)
}
