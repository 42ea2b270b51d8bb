//! Single callers that stand for what a line of a test, or the left side of a `reaches`, names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Decider;
use super::point::Point;
use crate::access::{Condition, Formula, Pattern};
use crate::graph::ServiceGraph;
use crate::policy::{Caller, MtlsMode, Policy};
use crate::source::Symbol;

/// Names and an address that nobody of the policy and the graph has.
pub(super) struct Strangers {
    /// For a namespace or an account.
    name: Symbol,
    address: IpAddr,
}

/// What a stranger is called, unless somebody is.
const STRANGER: &str = "stranger";

impl Strangers {
    pub(super) fn of<'a>(policy: &'a Policy, graph: &'a ServiceGraph) -> Self {
        // Of a hundred thousand names hardly any could be taken for a stranger's.
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut note = |name| names.extend(Some(name).filter(|name: &&'a str| name.starts_with(STRANGER)));
        graph.namespaces.keys().for_each(|name| note(name.as_str()));
        graph.workloads.iter().for_each(|workload| note(workload.account.node.as_str()));
        let mut blocks: BTreeSet<IpNet> = BTreeSet::new();
        let of_rules = policy.rules.iter().flat_map(|rule| rule.callers.iter().chain(&rule.except));
        for caller in of_rules {
            match caller {
                Caller::Account { namespace, name } => {
                    note(namespace);
                    note(name);
                }
                Caller::Namespace(namespace) => note(namespace),
                Caller::Peer(block) | Caller::Client(block) => {
                    blocks.insert(*block);
                }
                Caller::AnyIdentity | Caller::Anyone => {}
            }
        }
        let numbered = (2..).map(|number| Symbol::from(format!("{STRANGER}-{number}")));
        let name = std::iter::once(Symbol::new(STRANGER))
            .chain(numbered)
            .find(|name| !names.contains(name.as_str()))
            .expect("the names of a policy come to an end");
        Self { name, address: outside(&blocks) }
    }

    /// The name of nobody, for a namespace or an account.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// An address of no network of the policy.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }
}

/// An address in none of the blocks; where they hold all addresses, one of them.
fn outside(blocks: &BTreeSet<IpNet>) -> IpAddr {
    let usual = [[10, 0, 0, 1], [192, 0, 2, 1], [198, 51, 100, 1]].map(IpAddr::from);
    let behind = blocks.iter().filter_map(|block| match block.broadcast() {
        IpAddr::V4(last) => u32::from(last).checked_add(1).map(|next| IpAddr::from(next.to_be_bytes())),
        IpAddr::V6(last) => u128::from(last).checked_add(1).map(|next| IpAddr::from(next.to_be_bytes())),
    });
    let first = [IpAddr::from([0, 0, 0, 0]), IpAddr::from([0; 16])];
    let mut candidates = usual.into_iter().chain(behind).chain(first);
    let free = |address: &IpAddr| blocks.iter().all(|block| !block.contains(address));
    candidates.find(free).unwrap_or(usual[0])
}

/// One caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asker {
    identity: Shown,
    peer: Option<IpAddr>,
    client: Option<IpAddr>,
}

/// The identity that a caller shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// This SPIFFE URI.
    Identity(String),
    /// None: it calls in plaintext.
    Nothing,
    /// Whatever the port accepts, and if it is an identity, this one.
    Whichever(String),
}

impl Asker {
    /// The identities that it shows at a port of that mode. To a port that takes plaintext only the proxy of a caller
    /// sends plaintext (auto mTLS: `mtlsDisabledByPeerAuthentication` in `pilot/pkg/xds/endpoints/mtls_checker.go`).
    pub(super) fn identities(&self, mode: MtlsMode) -> Vec<Option<String>> {
        match (&self.identity, mode) {
            (_, MtlsMode::Disable) | (Shown::Nothing, _) => vec![None],
            (Shown::Identity(uri), _) | (Shown::Whichever(uri), MtlsMode::Strict) => vec![Some(uri.clone())],
            (Shown::Whichever(uri), MtlsMode::Permissive) => vec![Some(uri.clone()), None],
        }
    }

    /// The address that it calls from.
    pub(super) fn peer(&self, strangers: &Strangers) -> IpAddr {
        self.peer.unwrap_or(strangers.address)
    }

    /// The address that it calls for.
    pub(super) fn client(&self, strangers: &Strangers) -> IpAddr {
        self.client.unwrap_or_else(|| self.peer(strangers))
    }

    /// The same caller at the addresses of another one, where that has some.
    pub(super) fn at_addresses_of(&self, other: &Self) -> Self {
        Self {
            identity: self.identity.clone(),
            peer: other.peer.or(self.peer),
            client: other.client.or(self.client),
        }
    }

    /// All its requests to a port of that mode.
    pub(super) fn requests(&self, mode: MtlsMode) -> Formula {
        let identities = self.identities(mode).into_iter().map(|identity| match identity {
            Some(uri) => Formula::When(Condition::Identity(Pattern::exact(uri))),
            None => Formula::plaintext(),
        });
        let mut parts = vec![Formula::union(identities)];
        parts.extend(self.peer.map(|address| Formula::When(Condition::Peer(IpNet::from(address)))));
        parts.extend(self.client.map(|address| Formula::When(Condition::Client(IpNet::from(address)))));
        Formula::All(parts)
    }
}

/// Each caller that a list names, without those that `except` takes out. A namespace stands for each account that
/// is known there, and for one that is not.
pub(super) fn askers(decider: &Decider<'_>, callers: &[Caller], except: &[Caller]) -> Vec<Asker> {
    let mut found: Vec<Asker> = Vec::new();
    let without_identity = except.contains(&Caller::AnyIdentity);
    for caller in callers {
        for mut asker in of_caller(decider, caller) {
            if without_identity && matches!(asker.identity, Shown::Whichever(_)) {
                asker.identity = Shown::Nothing;
            }
            if !found.contains(&asker) && !is_excepted(decider, &asker, except) {
                found.push(asker);
            }
        }
    }
    found
}

fn of_caller(decider: &Decider<'_>, caller: &Caller) -> Vec<Asker> {
    let uri = |namespace: &str, account: &str| decider.policy.mesh.identity(namespace, account);
    let stranger = decider.strangers().name();
    let with_identity = |uri| Asker { identity: Shown::Identity(uri), peer: None, client: None };
    let whichever = || Shown::Whichever(uri(stranger, stranger));
    match caller {
        Caller::Account { namespace, name } => vec![with_identity(uri(namespace, name))],
        Caller::Namespace(namespace) => {
            let mut accounts: BTreeSet<&str> = decider
                .graph
                .workloads_in(namespace)
                .map(|workload| workload.account.node.as_str())
                .collect();
            accounts.insert(stranger);
            accounts.into_iter().map(|account| with_identity(uri(namespace, account))).collect()
        }
        Caller::AnyIdentity => vec![with_identity(uri(stranger, stranger))],
        Caller::Anyone => vec![Asker { identity: Shown::Nothing, peer: None, client: None }],
        Caller::Peer(block) => {
            vec![Asker { identity: whichever(), peer: Some(block.network()), client: None }]
        }
        Caller::Client(block) => {
            vec![Asker { identity: whichever(), peer: None, client: Some(block.network()) }]
        }
    }
}

fn is_excepted(decider: &Decider<'_>, asker: &Asker, except: &[Caller]) -> bool {
    except.iter().any(|caller| match caller {
        // Networks are single addresses here, and one that holds another holds its first address.
        Caller::Peer(block) => asker.peer.is_some_and(|address| block.contains(&address)),
        Caller::Client(block) => asker.client.is_some_and(|address| block.contains(&address)),
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity | Caller::Anyone => {
            of_caller(decider, caller).contains(asker)
        }
    })
}

/// How a port treats mutual TLS.
pub(super) fn mode(decider: &Decider<'_>, point: &Point<'_>) -> MtlsMode {
    decider.intent.mode(point.pods.namespace, point.pods.labels, point.port)
}
