//! What sends for an identity: the proxies of the workloads that run as its account.

use rustc_hash::FxHashMap;

use super::enforcer::Enforcer;
use super::route::Sender;
use super::waypoint;
use super::world::World;

/// The proxies of every account that one is known of.
#[derive(PartialEq, Eq)]
pub(crate) struct Senders<'a> {
    accounts: FxHashMap<(&'a str, &'a str), Vec<Sender>>,
}

impl<'a> Senders<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let mut accounts: FxHashMap<(&str, &str), Vec<Sender>> = FxHashMap::default();
        let mut add = |account: (&'a str, &'a str), sender: Sender| {
            let senders = accounts.entry(account).or_default();
            if !senders.contains(&sender) {
                senders.push(sender);
            }
        };
        let graph = &world.graph;
        if graph.waypoints.is_empty() {
            // All traffic goes straight to the pods, whatever sends it.
            return Self { accounts };
        }
        let of_waypoints = waypoint::accounts(graph);
        for waypoint in graph.waypoints.values() {
            if let Ok(account) = of_waypoints[&waypoint.key] {
                add((&waypoint.key.namespace, account), Sender::Waypoint);
            }
        }
        let mut without_proxy = Vec::new();
        let others = graph.workloads.iter().filter(|workload| !waypoint::is_part_of_one(graph, workload));
        for workload in others {
            let account = (workload.key.namespace.as_str(), workload.account.node.as_str());
            let by_ztunnel = world.sends_by_ztunnel(workload).then_some(Sender::Ztunnel);
            match by_ztunnel.or_else(|| of_enforcer(world.enforcer(workload))) {
                Some(sender) => add(account, sender),
                None => without_proxy.push(account),
            }
        }
        // Whoever has a certificate of theirs sends straight to the pods, as a sidecar does: no ztunnel is there.
        for account in without_proxy {
            accounts.entry(account).or_insert_with(|| vec![Sender::Sidecar]);
        }
        Self { accounts }
    }

    /// The accounts for which something else sends than ztunnels alone, as namespace and name.
    pub(crate) fn beside_ztunnels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        let is_other = |senders: &[Sender]| senders != [Sender::Ztunnel];
        self.accounts.iter().filter(move |(_, senders)| is_other(senders)).map(|(account, _)| *account)
    }

    /// What sends for an identity; `None` is plaintext. One that no known workload shows is taken to be that of a
    /// workload in the ambient mesh, which goes by the rules.
    pub(super) fn of(&self, world: &World, identity: Option<&str>) -> Vec<Sender> {
        let Some(identity) = identity else { return vec![Sender::Plaintext] };
        let known = account(world, identity).and_then(|account| self.accounts.get(&account));
        known.cloned().unwrap_or_else(|| vec![Sender::Ztunnel])
    }
}

/// What sends for a workload with such a proxy; nothing where it has none.
fn of_enforcer(enforcer: Enforcer) -> Option<Sender> {
    match enforcer {
        Enforcer::Gateway => Some(Sender::Gateway),
        Enforcer::Nobody => None,
        Enforcer::Sidecar => Some(Sender::Sidecar),
        Enforcer::Ztunnel => Some(Sender::Ztunnel),
    }
}

/// Namespace and account of an identity of the mesh itself.
fn account<'i>(world: &World, identity: &'i str) -> Option<(&'i str, &'i str)> {
    let (trust_domain, path) = identity.strip_prefix("spiffe://")?.split_once("/ns/")?;
    let mesh = &world.mesh;
    let is_own = mesh.trust_domain == trust_domain
        || mesh.trust_domain_aliases.iter().any(|alias| *alias == trust_domain);
    path.split_once("/sa/").filter(|_| is_own)
}
