//! Random requests for a cluster: near to what its policies speak of, and hostile.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use meshward::istio::semantics::Filters;
use serde_json::{Map, Value, json};

use super::vocabulary as words;
use super::{Choice, path};
use crate::cluster::{Cluster, Workload};
use crate::request::{BadToken, Request};
use crate::token::LATER;

/// What the policies of a namespace speak of.
#[derive(Default)]
struct Spoken {
    paths: Vec<String>,
    principals: Vec<String>,
}

/// How many requests share what decides about their connection.
const PER_CONNECTION: usize = 6;

/// About `count` requests.
pub fn requests(choice: &mut Choice, cluster: &Cluster, objects: &[Value], count: usize) -> Vec<Request> {
    let spoken = Spoken::of(objects);
    let mut requests: Vec<Request> = Vec::with_capacity(count);
    while requests.len() < count {
        let first = first(choice, cluster, &spoken);
        let more = if first.tcp { 0 } else { choice.number(0, 2 * PER_CONNECTION) };
        requests.push(Request { id: requests.len(), ..first.clone() });
        for _ in 0..more.min(count.saturating_sub(requests.len())) {
            let mut next = Request { id: requests.len(), ..first.clone() };
            fill(choice, &mut next, &spoken);
            requests.push(next);
        }
    }
    requests
}

impl Spoken {
    fn of(objects: &[Value]) -> Self {
        let mut spoken = Self::default();
        let (mut paths, mut principals) = (BTreeSet::new(), BTreeSet::new());
        let rules = objects.iter().filter_map(|object| object["spec"]["rules"].as_array()).flatten();
        for rule in rules {
            for to in rule["to"].as_array().into_iter().flatten() {
                paths.extend(strings(&to["operation"]["paths"]));
                paths.extend(strings(&to["operation"]["notPaths"]));
            }
            for from in rule["from"].as_array().into_iter().flatten() {
                principals.extend(strings(&from["source"]["principals"]));
                principals.extend(strings(&from["source"]["notPrincipals"]));
            }
        }
        spoken.paths = paths.into_iter().collect();
        spoken.principals = principals.into_iter().filter(|value| !value.contains('*')).collect();
        spoken
    }
}

fn strings(value: &Value) -> impl Iterator<Item = String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn first(choice: &mut Choice, cluster: &Cluster, spoken: &Spoken) -> Request {
    let target = choice.pick(&cluster.workloads);
    if cluster.ambient(&target.namespace).is_some() {
        return first_through_waypoint(choice, cluster, target, spoken);
    }
    let mut numbers: Vec<u16> = target.ports.iter().map(|port| port.number).collect();
    if !target.is_gateway() {
        numbers.extend([8080, 6001]);
    }
    let port = *choice.pick(&numbers);
    let tcp = choice.chance(if port == 8080 || port == 9090 { 5 } else { 40 });
    // On other ports a preface of HTTP/2 may come back as an echo.
    let carries_http = target.is_http(port);
    let source_ip = address(choice, words::PEERS);
    let mut request = Request {
        from: if target.is_gateway() {
            target.can_be_asked(port, true).then(|| identity(choice, cluster, spoken))
        } else {
            caller(choice, cluster, spoken)
        },
        tcp,
        source_ip,
        remote_ip: if choice.chance(50) { source_ip } else { address(choice, words::CLIENTS) },
        http2: !tcp && carries_http && choice.chance(25),
        ..unfilled(target, port)
    };
    if request.from.is_some() && choice.chance(60) {
        request.sni = Some(choice.word(words::NAMES));
    }
    fill(choice, &mut request, spoken);
    request
}

/// A request that says nothing yet, from nowhere.
fn unfilled(target: &Workload, port: u16) -> Request {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Request {
        id: 0,
        from: None,
        to: target.key(),
        port,
        via: None,
        tcp: false,
        method: String::new(),
        path: String::new(),
        host: String::new(),
        headers: BTreeMap::new(),
        claims: None,
        token: None,
        source_ip: nowhere,
        remote_ip: nowhere,
        destination_ip: IpAddr::V4(target.address),
        sni: None,
        http2: false,
    }
}

/// A ztunnel sends it, which shows who the caller is.
fn first_through_waypoint(
    choice: &mut Choice,
    cluster: &Cluster,
    target: &Workload,
    spoken: &Spoken,
) -> Request {
    let (port, via) = choice.pick(&cluster.ways(target)).clone();
    let carries_http = via.filters == [Filters::Http];
    let tcp = choice.chance(if carries_http { 5 } else { 40 });
    let mut identity = ambient_identity(choice, cluster, spoken);
    while !cluster.sends_by_ztunnel(&identity) {
        identity = ambient_identity(choice, cluster, spoken);
    }
    let mut request = Request {
        from: Some(identity),
        tcp,
        source_ip: address(choice, words::PEERS),
        remote_ip: address(choice, words::CLIENTS),
        destination_ip: via.called,
        via: Some(via),
        http2: !tcp && carries_http && choice.chance(25),
        ..unfilled(target, port)
    };
    // What reads HTTP alone answers the bytes of TLS with 400.
    if !(tcp && carries_http) && choice.chance(40) {
        request.sni = Some(choice.word(words::NAMES));
    }
    fill(choice, &mut request, spoken);
    request
}

/// Most often somebody of the ambient mesh, since others do not come through waypoints.
fn ambient_identity(choice: &mut Choice, cluster: &Cluster, spoken: &Spoken) -> String {
    let callers = cluster.workloads.iter().filter(|workload| cluster.ambient(&workload.namespace).is_some());
    let callers: Vec<&Workload> = callers.collect();
    if choice.chance(50) {
        return identity(choice, cluster, spoken);
    }
    let Workload { namespace, account, .. } = choice.pick(&callers);
    format!("spiffe://{}/ns/{namespace}/sa/{account}", words::trust_domain(choice, cluster))
}

fn address(choice: &mut Choice, list: &[&str]) -> IpAddr {
    choice.word(list).parse().expect("the list has addresses")
}

fn caller(choice: &mut Choice, cluster: &Cluster, spoken: &Spoken) -> Option<String> {
    (!choice.chance(18)).then(|| identity(choice, cluster, spoken))
}

fn identity(choice: &mut Choice, cluster: &Cluster, spoken: &Spoken) -> String {
    let identity = if !spoken.principals.is_empty() && choice.chance(30) {
        let principal = choice.pick(&spoken.principals).clone();
        match principal.strip_prefix("cluster.local/") {
            // Policies may call the mesh's own trust domain so, whatever it is called.
            Some(rest) => format!("{}/{rest}", cluster.trust_domain),
            None => principal,
        }
    } else {
        words::identity(choice, cluster)
    };
    format!("spiffe://{identity}")
}

/// What may differ within a connection.
fn fill(choice: &mut Choice, request: &mut Request, spoken: &Spoken) {
    let methods = if choice.chance(60) { &["GET", "POST"] } else { words::METHODS };
    request.method = choice.word(methods);
    request.path = path::sent(choice, &spoken.paths);
    request.host = choice.word(words::HOSTS);
    request.headers.clear();
    request.claims = None;
    request.token = None;
    if request.tcp {
        return;
    }
    for name in words::HEADERS {
        if choice.chance(30) {
            let values = choice.list(1, 2, |choice| choice.word(words::HEADER_VALUES));
            request.headers.insert((*name).to_owned(), values);
        }
    }
    if choice.chance(35) {
        request.claims = Some(claims(choice));
        request.token = choice.chance(12).then_some(BadToken::Invalid);
    }
    if request.http2 && request.path.contains(['"', '<', '>', '^', '`', '{', '|', '}', '\\', '#']) {
        // The library that speaks HTTP/2 refuses some of them.
        "/a".clone_into(&mut request.path);
    }
}

fn claims(choice: &mut Choice) -> Value {
    let mut claims = Map::new();
    let issuer =
        if choice.chance(93) { choice.word(words::ISSUERS) } else { "https://unknown.test".to_owned() };
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("exp".to_owned(), json!(LATER));
    if choice.chance(90) {
        claims.insert("sub".to_owned(), json!(choice.word(words::SUBJECTS)));
    }
    for name in ["aud", "azp", "groups", "scope", "a.b", "role"] {
        if choice.chance(45) {
            claims.insert(name.to_owned(), claim(choice));
        }
    }
    if choice.chance(30) {
        claims.insert("realm".to_owned(), json!({"roles": claim(choice)}));
    }
    if claims.get("aud").is_some_and(|audience| !audience.is_string() && !audience.is_array()) {
        claims.remove("aud");
    }
    Value::Object(claims)
}

fn claim(choice: &mut Choice) -> Value {
    match choice.number(0, 9) {
        0 => json!(7),
        1 => json!(true),
        2 => json!("admin dev"),
        3 | 4 => json!(choice.list(0, 3, |choice| choice.word(words::CLAIM_VALUES))),
        _ => json!(choice.word(words::CLAIM_VALUES)),
    }
}
