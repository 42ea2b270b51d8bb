//! A request as one can send it or ask about it: a line of bulk questions, and a question in words.

use serde_json::{Map, Value};

use super::addressed::Addressed;
use super::callers::{Accounts, asked_account};
use super::model::Example;
use crate::access::{Claims, Normalization, Request, Token};
use crate::graph::{Backend, Key, Workload};
use crate::query::{Addressee, World};

/// Where a request goes.
pub(super) struct Place<'a> {
    pub(super) key: &'a Key,
    pub(super) addressed: Addressed,
    pub(super) port: u16,
    pub(super) tcp: bool,
    pub(super) normalization: Normalization,
}

/// The request as a line of `can --requests`. What is as in [`Request::new`] does not matter, and is left out.
pub(super) fn example(place: &Place<'_>, request: &Request) -> Example {
    let usual = Request::new("GET", "example.com", "/");
    let address = |address: std::net::IpAddr, usual| (address != usual).then(|| address.to_string());
    let http = |text: &String| (!place.tcp).then(|| text.clone());
    Example {
        from: request.identity.clone(),
        to: place.key.to_string(),
        port: place.port,
        service: match place.addressed {
            Addressed::Either => Addressee::Unstated,
            Addressed::Pods => Addressee::Pod,
            Addressed::Service(service, port) => Addressee::Service(format!("{service}:{port}")),
        },
        tcp: place.tcp,
        method: http(&request.method),
        path: http(&place.normalization.sent_as(&request.path)),
        host: (request.host != usual.host).then(|| request.host.clone()),
        headers: request.headers.clone(),
        claims: request.claims().map(claims),
        token: (request.token == Token::Invalid).then_some("invalid"),
        source_ip: address(request.peer, usual.peer),
        remote_ip: address(request.client, usual.client),
        destination_ip: address(request.destination, usual.destination),
        sni: request.sni.clone(),
    }
}

fn claims(claims: &Claims) -> Value {
    let text = |text: &String| Value::String(text.clone());
    let mut object = Map::new();
    object.extend(claims.issuer.iter().map(|issuer| ("iss".to_owned(), text(issuer))));
    object.extend(claims.subject.iter().map(|subject| ("sub".to_owned(), text(subject))));
    for (path, values) in &claims.others {
        let Some((last, above)) = path.split_last() else { continue };
        let mut inner = &mut object;
        for name in above {
            let entry = inner.entry(name.to_string()).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(next) = entry else { return Value::Object(object) };
            inner = next;
        }
        inner.insert(last.to_string(), Value::Array(values.iter().map(text).collect()));
    }
    Value::Object(object)
}

/// The request as `meshward can` takes it, where the words of a question can say all of it.
pub(super) fn question(
    world: &World,
    accounts: &Accounts,
    place: &Place<'_>,
    request: &Request,
) -> Option<String> {
    let plain = Request {
        identity: request.identity.clone(),
        ..Request::new(request.method.clone(), "example.com", request.path.clone())
    };
    if *request != plain || !request.path.bytes().all(is_plain) {
        return None;
    }
    let caller = match &request.identity {
        None => "anyone".to_owned(),
        Some(uri) if accounts.is_anybody(uri) => "mesh".to_owned(),
        Some(uri) => match accounts.workload(uri) {
            Some(key) if is_one(world, key) => key.to_string(),
            Some(_) | None => asked_account(accounts, uri),
        },
    };
    let target = target(world, place)?;
    let operation = if place.tcp { String::new() } else { format!(" {} {}", request.method, request.path) };
    Some(format!("{caller} -> {target}{operation}"))
}

/// What stands for itself in a question and in quotes of a shell.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~:@".contains(&byte)
}

/// Whether a name means this workload alone.
fn is_one(world: &World, key: &Key) -> bool {
    let is_it = |found: &[&Workload]| matches!(found, [only] if only.key == *key);
    match world.graph.services.get(key) {
        Some(service) => is_it(&world.graph.workloads_of(service)),
        None => world.graph.workloads_named(key).len() == 1,
    }
}

/// The target by its own name and port, or by those of a Service that leads there and nowhere else.
fn target(world: &World, place: &Place<'_>) -> Option<String> {
    let graph = &world.graph;
    let here = |service: &&crate::graph::Service| {
        matches!(service.backend, Backend::Selector(_))
            && matches!(graph.workloads_of(service).as_slice(), [only] if only.key == *place.key)
    };
    let workload = graph.workloads_named(place.key).iter().next()?;
    let by_service = || {
        graph.services_in(&place.key.namespace).filter(here).find_map(|service| {
            let leads = service.ports.iter().find(|port| {
                port.protocol != crate::graph::Protocol::Udp && port.number_at(workload) == Some(place.port)
            });
            Some(format!("{}:{}", service.key, leads?.number))
        })
    };
    let by_pods = || {
        let declared = workload.ports.iter().any(|port| !port.udp && port.number == place.port);
        (declared && !graph.services.contains_key(place.key)).then(|| format!("{}:{}", place.key, place.port))
    };
    match place.addressed {
        Addressed::Either => by_service().or_else(by_pods),
        Addressed::Pods => by_pods(),
        Addressed::Service(service, port) => {
            graph.services.get(&service).filter(here).map(|_| format!("{service}:{port}"))
        }
    }
}
