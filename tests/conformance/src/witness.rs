//! Requests that are made of what decides: for each class of each dimension that the policies of a port look at,
//! one that gets through and one that does not; one for each rule that can decide, one that an earlier rule decides
//! though it matches as well, and one for each of its conditions that misses the rule by that condition alone. Each is
//! the shortest.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use ipnet::IpNet;
use meshward::access::{
    self, Claims, Condition, Decision, Dimension, Formula, NodeId, Pattern, Space, Token, TooComplex,
};
use meshward::check::{normalization, paths_under};
use meshward::istio::semantics::{Access, Filters, Part};
use meshward::project::PathNormalization;
use rustls::pki_types::DnsName;
use serde_json::{Map, Value, json};

use crate::cluster::{Cluster, Workload};
use crate::request::{BadToken, Request, Via};

/// What decides at one port, in the order in which it is asked.
pub struct Model {
    /// What a request needs in any case.
    needed: Vec<Formula>,
    /// What is denied, each part by a rule of its own.
    deny: Vec<Formula>,
    /// What is allowed; `None` where nothing has to be.
    allow: Option<Vec<Formula>>,
}

impl From<Access<'_>> for Model {
    fn from(access: Access<'_>) -> Self {
        let formulas = |parts: Vec<Part<'_>>| parts.into_iter().map(|part| part.requests).collect();
        Self {
            needed: vec![access.handshake, access.authentication, access.audience],
            deny: formulas(access.deny),
            allow: access.allow.map(formulas),
        }
    }
}

impl From<Decision> for Model {
    fn from(decision: Decision) -> Self {
        Self {
            needed: vec![decision.transport],
            deny: vec![decision.deny],
            allow: Some(vec![decision.allow]),
        }
    }
}

/// Where requests can come in.
pub struct Door {
    /// The port of the workload.
    pub port: u16,
    /// Through which waypoint one comes to it, where it is behind one.
    pub via: Option<Via>,
    /// What stands there.
    pub filters: Filters,
}

/// Gives the model of a door, if there is one.
pub type Models<'m> = &'m mut dyn FnMut(&Workload, &Door) -> Option<Model>;

/// The requests for every port of a cluster. Of equal ones there is one; their numbers are not set.
pub fn witnesses(cluster: &Cluster, setting: PathNormalization, models: Models<'_>) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for workload in &cluster.workloads {
        for door in doors(cluster, workload) {
            let Some(model) = models(workload, &door) else { continue };
            let sendable = sendable(cluster, &door);
            let of_door = at(&model, setting, &sendable);
            let of_door = of_door.ok().context("the policies of a port are simple enough")?;
            let of_door = of_door.iter().filter(|witness| {
                is_name(witness.sni.as_deref())
                    && workload.can_be_asked(door.port, witness.identity.is_some())
            });
            let concrete = of_door.map(|witness| sent(workload, &door, setting, witness));
            requests.extend(concrete.collect::<BTreeMap<_, _>>().into_values());
        }
    }
    Ok(requests)
}

/// The ports of a workload, and one that it does not have, with each kind of filters that stands there; in the ambient
/// mesh the ways through its waypoint.
fn doors(cluster: &Cluster, workload: &Workload) -> Vec<Door> {
    if cluster.ambient(&workload.namespace).is_some() {
        let ways = cluster.ways(workload).into_iter();
        let doors = |(port, via): (u16, Via)| {
            via.filters.iter().map(move |filters| Door { port, via: Some(via.clone()), filters: *filters })
        };
        return ways.flat_map(doors).collect();
    }
    let mut numbers: BTreeSet<u16> = workload.ports.iter().map(|port| port.number).collect();
    if !workload.is_gateway() {
        numbers.insert(6001);
    }
    let of_port = |port: &u16| {
        let port = *port;
        workload.declared(port).iter().map(move |filters| Door { port, via: None, filters: *filters })
    };
    numbers.iter().flat_map(of_port).collect()
}

/// The shortest requests at one port.
fn at(
    model: &Model,
    setting: PathNormalization,
    sendable: &Formula,
) -> Result<Vec<access::Request>, TooComplex> {
    let mut formulas = vec![sendable];
    formulas.extend(model.needed.iter().chain(&model.deny).chain(model.allow.iter().flatten()));
    let empty = empty_headers(&formulas);
    formulas.push(&empty);
    let mut space = Space::new(paths_under(setting), &formulas)?;
    let mut conditions = Vec::new();
    for formula in &formulas {
        formula.conditions(&mut conditions);
    }
    let regions = Regions::new(&mut space, model, sendable)?;
    let mut found: Vec<access::Request> = Vec::new();
    for region in &regions.all {
        found.extend(space.witness(*region));
    }
    for part in model.deny.iter().chain(model.allow.iter().flatten()) {
        let own = space.node(part)?;
        let reached = space.without(regions.reached, own)?;
        let mut conditions = Vec::new();
        part.conditions(&mut conditions);
        for condition in conditions.into_iter().collect::<BTreeSet<_>>() {
            let flipped = space.node(&flipped(part, condition))?;
            let nearly = space.intersection(reached, flipped)?;
            found.extend(space.witness(nearly));
        }
    }
    for class in classes(&mut space, &conditions)? {
        for side in [regions.through, regions.out] {
            let there = space.intersection(class, side)?;
            found.extend(space.witness(there));
        }
    }
    Ok(found)
}

/// The requests in which a header that some formula looks at is there and empty: to ask for a header alone is not
/// to ask for a value.
fn empty_headers(formulas: &[&Formula]) -> Formula {
    let mut conditions = Vec::new();
    for formula in formulas {
        formula.conditions(&mut conditions);
    }
    let dimensions: BTreeSet<Dimension> = conditions.into_iter().map(Condition::dimension).collect();
    let empty = dimensions.into_iter().filter_map(|dimension| {
        let Dimension::Header(name) = dimension else { return None };
        Some(Formula::When(Condition::Header(name, Pattern::exact(""))))
    });
    Formula::Any(empty.collect())
}

/// The formula with one of its conditions the other way round: what it would have in it otherwise it nearly has.
fn flipped(formula: &Formula, condition: &Condition) -> Formula {
    let all = |parts: &[Formula]| parts.iter().map(|part| flipped(part, condition)).collect();
    match formula {
        Formula::When(one) if one == condition => Formula::Not(Box::new(formula.clone())),
        Formula::Always | Formula::Never | Formula::When(_) => formula.clone(),
        Formula::Not(inner) => Formula::Not(Box::new(flipped(inner, condition))),
        Formula::All(parts) => Formula::All(all(parts)),
        Formula::Any(parts) => Formula::Any(all(parts)),
    }
}

/// The classes of each dimension: what the conditions on it can tell apart.
fn classes(space: &mut Space, conditions: &[&Condition]) -> Result<Vec<NodeId>, TooComplex> {
    let mut by_dimension: BTreeMap<Dimension, BTreeSet<&Condition>> = BTreeMap::new();
    for condition in conditions {
        by_dimension.entry(condition.dimension()).or_default().insert(condition);
    }
    let mut all = Vec::new();
    for (dimension, conditions) in by_dimension {
        let mut classes = vec![NodeId::ALWAYS];
        for condition in conditions {
            let holds = space.node(&Formula::When(condition.clone()))?;
            if has_several_values(&dimension) {
                all.extend([holds, space.without(NodeId::ALWAYS, holds)?]);
                continue;
            }
            let mut finer = Vec::with_capacity(classes.len() + 1);
            for class in classes {
                finer.extend([space.intersection(class, holds)?, space.without(class, holds)?]);
            }
            finer.retain(|class| !space.is_empty(*class));
            classes = finer;
        }
        all.extend(classes);
    }
    Ok(all)
}

/// Values of all classes can be there together, in more ways than one would send.
fn has_several_values(dimension: &Dimension) -> bool {
    match dimension {
        Dimension::Header(_) | Dimension::Claim(_) => true,
        Dimension::Identity
        | Dimension::Peer
        | Dimension::Client
        | Dimension::Destination
        | Dimension::Sni
        | Dimension::Host
        | Dimension::Method
        | Dimension::Path
        | Dimension::Token
        | Dimension::Issuer
        | Dimension::Subject => false,
    }
}

/// Where requests of a port go.
struct Regions {
    /// By who decides: the handshake, the tokens, each rule, an earlier rule where this one matches too, and nobody.
    all: Vec<NodeId>,
    /// What comes to the rules.
    reached: NodeId,
    /// What gets through.
    through: NodeId,
    /// What does not.
    out: NodeId,
}

impl Regions {
    fn new(space: &mut Space, model: &Model, sendable: &Formula) -> Result<Self, TooComplex> {
        let sendable = space.node(sendable)?;
        let (mut all, mut rest) = (Vec::new(), sendable);
        for needed in &model.needed {
            let needed = space.node(needed)?;
            all.push(space.without(rest, needed)?);
            rest = space.intersection(rest, needed)?;
        }
        let reached = rest;
        let mut denied = NodeId::NEVER;
        for part in &model.deny {
            let part = space.node(part)?;
            let decided = space.intersection(rest, part)?;
            all.extend([decided, space.intersection(denied, part)?]);
            denied = space.union(denied, decided)?;
            rest = space.without(rest, part)?;
        }
        let mut through = rest;
        if let Some(allow) = &model.allow {
            through = NodeId::NEVER;
            for part in allow {
                let part = space.node(part)?;
                let allowed = space.intersection(rest, part)?;
                all.extend([allowed, space.intersection(through, part)?]);
                through = space.union(through, allowed)?;
                rest = space.without(rest, part)?;
            }
        }
        all.push(rest);
        Ok(Self { all, reached, through, out: space.without(sendable, through)? })
    }
}

/// What a client of ours can send: from a loopback address, and over IPv4; a server name comes with TLS only. Through a
/// waypoint it is what a ztunnel sends to the address that was called.
fn sendable(cluster: &Cluster, door: &Door) -> Formula {
    let block = |text: &str| text.parse().expect("a block in digits");
    let not = |formula: Formula| Formula::Not(Box::new(formula));
    // The first and the last address of each block are nobody's.
    let ends = |of: fn(IpNet) -> Condition, inside: &str, ends: [&str; 2]| {
        let ends = ends.map(|end| not(Formula::When(of(block(end)))));
        Formula::All([Formula::When(of(block(inside)))].into_iter().chain(ends).collect())
    };
    let everywhere = |of| ends(of, "0.0.0.0/0", ["0.0.0.0/8", "255.255.255.255/32"]);
    let identified = Formula::When(Condition::Identity(Pattern::any()));
    let named = Formula::When(Condition::Sni(Pattern::any()));
    let mut all = vec![
        ends(Condition::Peer, "127.0.0.0/8", ["127.0.0.0/32", "127.255.255.255/32"]),
        everywhere(Condition::Client),
    ];
    let Some(via) = &door.via else {
        let in_plaintext = not(identified);
        all.extend([everywhere(Condition::Destination), not(Formula::All(vec![in_plaintext, named]))]);
        return Formula::All(all);
    };
    let past = cluster.past_waypoints().map(|identity| Condition::Identity(Pattern::exact(identity)));
    let past = Formula::Any(past.map(Formula::When).collect());
    let called = Formula::When(Condition::Destination(via.called.into()));
    all.extend([identified, not(past), called]);
    Formula::All(all)
}

/// The client refuses to send a server name that DNS does not know, such as `-`; Envoy would read it.
fn is_name(sni: Option<&str>) -> bool {
    sni.is_none_or(|name| DnsName::try_from(name).is_ok())
}

/// A witness as a client sends it, with its line for telling equal ones apart.
fn sent(
    workload: &Workload,
    door: &Door,
    setting: PathNormalization,
    witness: &access::Request,
) -> (String, Request) {
    let carries_http = door.filters == Filters::Http;
    let headers = witness.headers.iter().map(|(name, values)| (name.to_string(), values.clone()));
    let request = Request {
        id: 0,
        from: witness.identity.clone(),
        to: workload.key(),
        port: door.port,
        via: door.via.clone(),
        tcp: !carries_http,
        method: if carries_http { witness.method.clone() } else { String::new() },
        path: if carries_http { normalization(setting).sent_as(&witness.path) } else { String::new() },
        host: if carries_http { witness.host.clone() } else { String::new() },
        headers: if carries_http { headers.collect() } else { BTreeMap::new() },
        claims: witness.claims().filter(|_| carries_http).map(claims),
        token: (carries_http && witness.token == Token::Invalid).then_some(BadToken::Invalid),
        source_ip: witness.peer,
        remote_ip: witness.client,
        destination_ip: witness.destination,
        sni: witness.sni.clone(),
        http2: false,
    };
    (format!("{request:?}"), request)
}

/// The claims of a token, as its payload.
fn claims(claims: &Claims) -> Value {
    let mut payload = Value::Object(Map::new());
    payload["exp"] = json!(crate::token::LATER);
    for (name, value) in [("iss", &claims.issuer), ("sub", &claims.subject)] {
        if let Some(value) = value {
            payload[name] = json!(value);
        }
    }
    for (path, values) in &claims.others {
        let place = path.iter().fold(&mut payload, |place, step| &mut place[step.as_str()]);
        *place = match values.as_slice() {
            [value] => json!(value),
            values => json!(values),
        };
    }
    payload
}
