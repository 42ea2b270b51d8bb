//! Who gets through to a target: every account of the graph, and whoever else a policy lets in.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;
use serde::Serialize;

use super::arrival::{Sent, arrive};
use super::can::{Unanswered, described, destination, fitting, loophole, not_asked, with_request};
use super::doors::{Way, ways};
use super::judge::Judge;
use super::operations::operations;
use super::restricted::{exact, example, identities, matching};
use super::route::{Destination, Sender};
use super::rule_place::RulePlace;
use super::unsaid::{LetIn, Unsaid, let_in, origin};
use super::words;
use crate::access::Request;
use crate::check::{Asked, AskedPort, AskedTarget};
use crate::istio::semantics::{Filters, Part};
use crate::source::SourceMap;

/// Everybody who gets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Callers {
    /// The target, as the question names it.
    pub target: String,
    /// The target with its port, where the question names one.
    #[serde(skip)]
    pub place: String,
    /// The request; `null` where any at all is meant.
    pub request: Option<String>,
    /// One for each caller, those that stand for many first.
    pub callers: Vec<CallerRow>,
    /// The ports that were asked: of the Service, where the question names one, else of the workload.
    #[serde(skip)]
    pub asked_ports: Vec<u16>,
    /// What else is to be known: that a waypoint on the way does not stand before the pods themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What kind of caller a row is about. The order is the one of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerKind {
    /// Whoever can connect, without an identity.
    Anyone,
    /// Any identity that the mesh accepts.
    Mesh,
    /// Identities that match a pattern, such as all of a namespace.
    Pattern,
    /// An account that no workload of the graph runs as.
    Account,
    /// The account of some workloads.
    Workloads,
}

/// One caller and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallerRow {
    /// `namespace/account`, a pattern, a SPIFFE URI, `mesh` or `anyone`.
    pub caller: String,
    /// What it stands for.
    pub kind: CallerKind,
    /// Who runs as it.
    pub workloads: Vec<String>,
    /// The ports of the target where it gets through.
    pub ports: Vec<u16>,
    /// What it may do there, as the policies say it.
    pub operations: Vec<String>,
    /// What the request needs beside what was asked, such as `from 10.0.0.0/8`; one of these is enough.
    pub conditions: Vec<String>,
    /// The rules that let it in; none where no ALLOW policy holds.
    pub rules: Vec<RulePlace>,
    /// Whether a CUSTOM provider is asked first.
    pub external: bool,
    /// The same for the ports that were asked, those together at which it is alike.
    #[serde(skip)]
    pub by_port: Vec<PortRow>,
}

/// What a caller may do at some of the ports that were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRow {
    /// The ports.
    pub ports: Vec<u16>,
    /// What it may do there, as the policies say it.
    pub operations: Vec<String>,
    /// What the request needs there beside what was asked.
    pub conditions: Vec<String>,
    /// The rules that let it in.
    pub rules: Vec<RulePlace>,
}

impl PortRow {
    fn says_as(&self, other: &Self) -> bool {
        (&self.operations, &self.conditions, &self.rules)
            == (&other.operations, &other.conditions, &other.rules)
    }
}

/// Somebody whose requests are tried.
struct Candidate {
    kind: CallerKind,
    caller: String,
    identity: Option<String>,
    workloads: Vec<String>,
}

/// A port of the target, and what is decided on one way to it.
struct Door<'a> {
    to: Destination<'a>,
    way: Way<'a>,
}

/// Answers a question with a target alone. `sent` is what the request has beside the question.
pub fn callers(
    judge: &Judge<'_>,
    sources: &SourceMap,
    asked: &Asked<'_>,
    sent: &Sent,
) -> Result<Callers, Unanswered> {
    // What is said of a connection makes it one that is asked about.
    let has_request = asked.request.is_some() || sent.says_where_from();
    if asked.request.is_none() && sent.is_over_http() {
        let name = asked.target.as_ref().map_or_else(String::new, AskedTarget::written);
        return Err(Unanswered::Unfit(
            "a header, a host or a token is said of a request, and the question names none".to_owned(),
            format!("add a method and a path: `-> {name} GET /`"),
        ));
    }
    let unsaid = Unsaid::of(asked, sent);
    let sent = with_request(asked, sent);
    let places = if has_request { fitting(judge, asked, &sent, &Sender::ALL)? } else { all_places(asked) };
    let doors = doors(judge, asked, &places, has_request.then_some(&sent))?;
    let found: Vec<Option<CallerRow>> = candidates(judge, &doors)
        .into_par_iter()
        .map(|candidate| row(judge, sources, &doors, candidate, has_request.then_some((&sent, &unsaid))))
        .collect();
    let mut callers: Vec<CallerRow> = found.into_iter().flatten().collect();
    callers.sort_by(|a, b| (a.kind, &a.caller).cmp(&(b.kind, &b.caller)));
    let target = asked.target.as_ref().map(|target| target.name.to_string()).unwrap_or_default();
    let loophole = doors.iter().find_map(|door| loophole(judge, &door.to));
    let left = asked.target.as_ref().filter(|_| has_request);
    let left = left.and_then(|target| not_asked(target, &places, &sent));
    let note = loophole.into_iter().chain(left).reduce(|first, second| format!("{first}; {second}"));
    let mut asked_ports: Vec<u16> = doors.iter().map(|door| shown_port(&door.to)).collect();
    asked_ports.sort_unstable();
    asked_ports.dedup();
    let place = asked.target.as_ref().map(AskedTarget::written).unwrap_or_default();
    let request = has_request.then(|| described(&sent));
    Ok(Callers { target, place, request, callers, asked_ports, note })
}

fn all_places<'a>(asked: &Asked<'a>) -> Vec<AskedPort<'a>> {
    asked.target.iter().flat_map(|target| target.places.iter().copied()).collect()
}

/// What is decided on each way to each place.
fn doors<'a>(
    judge: &Judge<'a>,
    asked: &Asked<'a>,
    places: &[AskedPort<'a>],
    sent: Option<&Sent>,
) -> Result<Vec<Door<'a>>, Unanswered> {
    let Some(target) = &asked.target else { return Ok(Vec::new()) };
    let mut doors = Vec::new();
    for place in places {
        let to = destination(judge, target, place);
        let ways = ways(judge, to, sent.map(|sent| sent.tcp)).map_err(Unanswered::Unknown)?;
        doors.extend(ways.into_iter().map(|way| Door { to, way }));
    }
    Ok(doors)
}

/// The accounts of all workloads, whoever a rule names beside them, an identity that none names, and plaintext.
fn candidates(judge: &Judge<'_>, doors: &[Door<'_>]) -> Vec<Candidate> {
    let world = judge.world();
    let trust_domain = world.mesh.trust_domain.as_str();
    let mut found: BTreeMap<Option<String>, Candidate> = BTreeMap::new();
    let mut add = |candidate: Candidate| {
        found.entry(candidate.identity.clone()).or_insert(candidate);
    };
    for (account, workloads) in accounts(judge) {
        let identity = Some(format!("spiffe://{trust_domain}/ns/{}/sa/{}", account.0, account.1));
        let caller = format!("{}/{}", account.0, account.1);
        add(Candidate { kind: CallerKind::Workloads, caller, identity, workloads });
    }
    add(Candidate {
        kind: CallerKind::Mesh,
        caller: "mesh".to_owned(),
        identity: Some(words::somebody(trust_domain)),
        workloads: Vec::new(),
    });
    add(Candidate {
        kind: CallerKind::Anyone,
        caller: "anyone".to_owned(),
        identity: None,
        workloads: Vec::new(),
    });
    for access in doors.iter().map(|door| &door.way.passage.access) {
        let rules = access.allow.iter().flatten().chain(&access.deny);
        for pattern in rules.flat_map(|part| identities(&part.requests)) {
            let kind = if exact(pattern).is_some() { CallerKind::Account } else { CallerKind::Pattern };
            let caller = words::caller(trust_domain, &words::pattern(pattern));
            add(Candidate { kind, caller, identity: Some(example(pattern)), workloads: Vec::new() });
        }
    }
    found.into_values().collect()
}

/// The accounts that workloads with a proxy run as, which alone can show them, and the names of the workloads.
fn accounts<'a>(judge: &Judge<'a>) -> BTreeMap<(&'a str, &'a str), Vec<String>> {
    let world = judge.world();
    let mut accounts: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for workload in world.graph.workloads.iter().filter(|workload| judge.has_proxy(workload)) {
        let account = (workload.key.namespace.as_str(), workload.account.node.as_str());
        let names = accounts.entry(account).or_default();
        let name = workload.key.to_string();
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    accounts
}

/// What a candidate may do; nothing if it gets through nowhere.
fn row<'a>(
    judge: &Judge<'a>,
    sources: &SourceMap,
    doors: &[Door<'a>],
    candidate: Candidate,
    sent: Option<(&Sent, &Unsaid)>,
) -> Option<CallerRow> {
    let (mut ports, mut by_port, mut external) = (Vec::new(), IndexMap::new(), false);
    for door in doors {
        let Some(open) = open(judge, door, &candidate, sent) else { continue };
        external |= open.external;
        if !ports.contains(&door.to.port) {
            ports.push(door.to.port);
        }
        let passage = &door.way.passage;
        let port = passage.point.seen_port();
        let identity = passage.access.arriving(candidate.identity.as_deref());
        let said: &mut Said = by_port.entry(shown_port(&door.to)).or_default();
        if open.everything {
            said.operations.insert("everything".to_owned());
        }
        said.always |= open.conditions.is_empty();
        said.conditions.extend(open.conditions);
        for part in open.parts {
            if let Some((_, policy)) = judge.policy(part.rule) {
                let origin = origin(&part.requests, identity, judge.normalization());
                let rule = &policy.spec.rules[part.rule.rule];
                said.operations.extend(operations(rule, port, &origin, open.over_http.as_ref()));
            }
            said.rules.extend(match &open.request {
                Some(request) => RulePlace::letting_in(judge, sources, part.rule, (request, port)),
                None => RulePlace::about(judge, sources, part.rule, (identity, port)),
            });
        }
    }
    ports.sort_unstable();
    let mut all = Said::default();
    for said in by_port.values() {
        all.operations.extend(said.operations.iter().cloned());
        all.rules.extend(said.rules.iter().cloned());
    }
    let Candidate { kind, caller, workloads, .. } = candidate;
    let by_port = alike(by_port);
    (!ports.is_empty()).then(|| CallerRow {
        caller,
        kind,
        workloads,
        ports,
        operations: all.operations.into_iter().collect(),
        conditions: conditions(&by_port),
        rules: all.rules.into_iter().collect(),
        external,
        by_port,
    })
}

/// The conditions at all ports, with the ports where they differ.
fn conditions(by_port: &[PortRow]) -> Vec<String> {
    let Some((first, others)) = by_port.split_first() else { return Vec::new() };
    if others.iter().all(|row| row.conditions == first.conditions) {
        return first.conditions.clone();
    }
    let at = |row: &PortRow| {
        let ports = row.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        format!("at port{} {ports}", if row.ports.len() == 1 { "" } else { "s" })
    };
    let said = |row: &PortRow| {
        let at = at(row);
        row.conditions.iter().map(|condition| format!("{condition} {at}")).collect::<Vec<_>>()
    };
    by_port.iter().flat_map(said).collect()
}

/// What is said of a caller, each once: operations and conditions in the order of the rules, and the rules sorted.
#[derive(Default)]
struct Said {
    operations: IndexSet<String>,
    conditions: IndexSet<String>,
    /// Whether it gets through on one of the ways without a condition.
    always: bool,
    rules: BTreeSet<RulePlace>,
}

/// Ports at which the same holds, as one.
fn alike(by_port: IndexMap<u16, Said>) -> Vec<PortRow> {
    let mut rows: Vec<PortRow> = Vec::new();
    for (port, said) in by_port {
        let operations: Vec<String> = said.operations.into_iter().collect();
        let conditions = if said.always { Vec::new() } else { said.conditions.into_iter().collect() };
        let rules: Vec<RulePlace> = said.rules.into_iter().collect();
        let said = PortRow { ports: vec![port], operations, conditions, rules };
        match rows.iter_mut().find(|row| row.says_as(&said)) {
            Some(row) => row.ports.push(port),
            None => rows.push(said),
        }
    }
    for row in &mut rows {
        row.ports.sort_unstable();
    }
    rows.sort_by(|a, b| a.ports.cmp(&b.ports));
    rows
}

/// The port by which the question would name it.
fn shown_port(to: &Destination<'_>) -> u16 {
    to.service.map_or(to.port, |(_, port)| port)
}

/// How a candidate gets through a door.
struct Open<'d, 'a> {
    /// Whether no rule has to let it through.
    everything: bool,
    parts: Vec<&'d Part<'a>>,
    /// What the request needs beside what was asked; one of these is enough.
    conditions: IndexSet<String>,
    external: bool,
    /// The one request that was asked about, as it arrives, where it gets through as it is.
    request: Option<Request>,
    /// The one request that was asked about, where filters for HTTP see it.
    over_http: Option<Request>,
}

fn open<'d, 'a>(
    judge: &Judge<'a>,
    door: &'d Door<'a>,
    candidate: &Candidate,
    sent: Option<(&Sent, &Unsaid)>,
) -> Option<Open<'d, 'a>> {
    let passage = &door.way.passage;
    if !door.way.is_taken_by(&judge.senders(candidate.identity.as_deref())) {
        return None;
    }
    if judge.is_open_at(passage.point) {
        return Some(Open {
            everything: true,
            parts: Vec::new(),
            conditions: IndexSet::new(),
            external: false,
            request: None,
            over_http: None,
        });
    }
    let access = &passage.access;
    let everything = access.allow.is_none();
    let allow = access.allow.as_deref().unwrap_or_default();
    let identity = access.arriving(candidate.identity.as_deref());
    let normalization = judge.normalization();
    let Some((sent, unsaid)) = sent else {
        return passage.lets_in(judge, identity).then(|| Open {
            everything,
            parts: matching(allow, identity, normalization),
            conditions: IndexSet::new(),
            external: !access.external_fails
                && !matching(&access.external, identity, normalization).is_empty(),
            request: None,
            over_http: None,
        });
    };
    let sent = Sent { identity: identity.map(str::to_owned), ..sent.clone() };
    let arrival = arrive(judge, door.to, passage.point.hop, sent).ok()?;
    if arrival.is_malformed || passage.is_shut() {
        return None;
    }
    let LetIn { parts, conditions, external } = let_in(access, &arrival, unsaid, normalization)?;
    // Under a condition it is not this very request that gets through.
    let request = conditions.is_empty().then(|| arrival.request.clone());
    let over_http = (passage.point.filters == Filters::Http).then_some(arrival.request);
    Some(Open { everything, parts, conditions, external, request, over_http })
}
