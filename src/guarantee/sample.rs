//! Single requests: those that the line of a test stands for, and those that the words of a rule suggest. A
//! suggested one that gets through decides without a space.

use thin_vec::{ThinVec, thin_vec};

use super::Decider;
use super::asker::{Asker, mode};
use super::point::Point;
use crate::access::{Domain, Formula, Request};
use crate::policy::{Caller, Operation, Rule};
use crate::source::Symbol;

/// How many requests a rule may suggest. Nearly always the first one tells, and beyond a few a space is cheaper.
const MOST_SUGGESTED: usize = 16;

/// Each request of one caller at one point.
pub(super) fn requests(
    decider: &Decider<'_>,
    point: &Point<'_>,
    asker: &Asker,
    operation: &Operation,
) -> Vec<Request> {
    let usual = [Symbol::from(usual_host(point))];
    let hosts = if operation.hosts.is_empty() { &usual[..] } else { &operation.hosts };
    let mut requests = Vec::new();
    for identity in asker.identities(mode(decider, point)) {
        for host in hosts {
            for method in &operation.methods {
                for path in &operation.paths {
                    let mut request = Request::new(method.as_str(), host.as_str(), path.as_str());
                    request.identity.clone_from(&identity);
                    request.peer = asker.peer(decider.strangers());
                    request.client = asker.client(decider.strangers());
                    requests.push(request);
                }
            }
        }
    }
    requests
}

/// The host that a client inside the mesh asks for.
pub(super) fn usual_host(point: &Point<'_>) -> String {
    format!("{}.{}.svc.cluster.local", point.subject.name, point.subject.namespace)
}

/// The operation of a request where none is named.
pub(super) fn usual_operation() -> Operation {
    Operation {
        methods: thin_vec![Symbol::new("GET")],
        paths: thin_vec![Symbol::new("/")],
        ..Operation::default()
    }
}

/// What lets requests through: a rule, or a namespace that is open to all.
pub(super) struct Opening<'a> {
    /// Who may call.
    pub(super) callers: &'a [Caller],
    /// What they may call; empty for everything.
    pub(super) operations: &'a [Operation],
    /// All that it means.
    pub(super) requests: Formula,
}

impl<'a> Opening<'a> {
    pub(super) fn by_rule(decider: &Decider<'_>, rule: &'a Rule) -> Self {
        let requests = decider.intent.requests(rule);
        Self { callers: &rule.callers, operations: &rule.operations, requests }
    }

    pub(super) fn to_all() -> Self {
        Self { callers: &[Caller::Anyone], operations: &[], requests: Formula::Always }
    }
}

/// Whether a request that an opening suggests is one of those asked about and gets through by it. Only a "yes" is
/// certain.
pub(super) fn gets_through(
    decider: &Decider<'_>,
    point: &Point<'_>,
    (opening, denied): (&Opening<'_>, &Formula),
    askers: impl Iterator<Item = Asker>,
    (operations, asked): (&[Operation], &Formula),
) -> bool {
    let transport = decider.intent.transport(point.pods.namespace, point.pods.labels, point.port);
    let samples = &samples(operations, opening.operations);
    askers
        .flat_map(|asker| samples.iter().flat_map(move |sample| requests(decider, point, &asker, sample)))
        .take(MOST_SUGGESTED)
        .any(|request| {
            asked.holds(&request)
                && opening.requests.holds(&request)
                && transport.holds(&request)
                && !denied.holds(&request)
                && can_be_sent(decider, &request)
        })
}

/// Operations without patterns that are likely to be in both lists.
fn samples(left: &[Operation], right: &[Operation]) -> Vec<Operation> {
    let all = [Operation::default()];
    let or_all = |list| if <[Operation]>::is_empty(list) { &all[..] } else { list };
    let pairs = or_all(left).iter().flat_map(|one| or_all(right).iter().map(move |other| (one, other)));
    pairs.filter_map(|(one, other)| sample_of(one, other)).take(MOST_SUGGESTED).collect()
}

/// One method and one host that both operations have, with the paths of both; `None` if there is none.
fn sample_of(one: &Operation, other: &Operation) -> Option<Operation> {
    let usual = usual_operation();
    let common = |left: &[Symbol], right: &[Symbol]| match (left, right) {
        ([], []) => Some(None),
        ([], [first, ..]) | ([first, ..], []) => Some(Some(*first)),
        (left, right) => left.iter().find(|text| right.contains(text)).copied().map(Some),
    };
    let mut paths: ThinVec<Symbol> = one.paths.iter().chain(&other.paths).map(|path| sample(path)).collect();
    if paths.is_empty() {
        paths = usual.paths;
    }
    Some(Operation {
        methods: common(&one.methods, &other.methods)?.map_or(usual.methods, |method| thin_vec![method]),
        paths,
        hosts: common(&one.hosts, &other.hosts)?
            .into_iter()
            .map(|host| host.replace('*', "x").into())
            .collect(),
        except_paths: ThinVec::new(),
    })
}

/// A path with something in the place of each gap.
fn sample(pattern: &str) -> Symbol {
    let segments = pattern.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
    let path = segments.collect::<Vec<_>>().join("/").replace('*', "x");
    if path.starts_with('/') { path.into() } else { format!("/{path}").into() }
}

/// Whether there is such a request at all: names and patterns can hold what no request has.
fn can_be_sent(decider: &Decider<'_>, request: &Request) -> bool {
    request.identity.as_deref().is_none_or(|uri| Domain::Identity.contains(uri))
        && Domain::Host.contains(&request.host)
        && Domain::Method.contains(&request.method)
        && decider.paths.contains(&request.path)
}
