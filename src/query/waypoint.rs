//! Which waypoint istiod has ztunnels send traffic through, to a Service and to the address of a pod, and why past one
//! that a label names (`pilot/pkg/serviceregistry/ambient/waypoints.go`).

use std::fmt;

use rustc_hash::FxHashMap;

use crate::graph::{Admits, Key, Labels, Service, ServiceGraph, Waypoint, Workload, parse_bool};

const USE_WAYPOINT: &str = "istio.io/use-waypoint";
const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
const USE_WAYPOINT_CANARY: &str = "istio.io/use-waypoint-canary";
const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";

/// The label of the Services that istiod makes for gateways of its own.
const MANAGED: &str = "gateway.istio.io/managed";

/// Its values for waypoints and for gateways between networks, which have no waypoint themselves.
const OF_WAYPOINTS: [&str; 2] = ["istio.io-mesh-controller", "istio.io-eastwest-controller"];

/// The label by which a pod belongs to a `Gateway`.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The label that the API server gives to each namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The waypoint of a Service or pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Binding<'a> {
    /// Traffic goes through this one.
    Through(&'a Key),
    /// A label names this one, and traffic goes past it.
    Past(Key, Past),
    /// No label names one, or one says `none`.
    Unnamed,
}

/// Why istiod sends traffic past the waypoint that a label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// There is no such `Gateway`.
    Absent,
    /// It has no address yet.
    NotReady,
    /// Its listener does not admit the namespace.
    Refused,
    /// It takes other traffic only: `istio.io/waypoint-for`.
    Serves(String),
}

impl fmt::Display for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("it is not there"),
            Self::NotReady => f.write_str("it has no address yet"),
            Self::Refused => f.write_str("its listener does not admit this namespace"),
            Self::Serves(kind) => write!(f, "it has `istio.io/waypoint-for: {kind}`"),
        }
    }
}

/// Why it is not known what a waypoint does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Its pods run as several accounts.
    Accounts,
    /// The ztunnel behind it looks at the address of its pods.
    Address,
    /// Traffic comes to it by another way than its tunnel.
    Bound,
    /// Some of the traffic goes to another one, a canary.
    Canary,
    /// It is a `Gateway` of a class that is not known to be one of waypoints.
    Class,
    /// The pods behind it have a sidecar or are a gateway.
    Envoy,
}

impl Oddity {
    /// What is odd, in a sentence.
    pub(super) fn sentence(self, waypoint: &Key) -> String {
        match self {
            Self::Accounts => format!(
                "the pods of the waypoint `{waypoint}` run as several accounts, and which of them calls is a matter of chance"
            ),
            Self::Address => format!(
                "a policy of the ztunnel behind the waypoint `{waypoint}` looks at addresses, and those of its pods are not known"
            ),
            Self::Bound => format!(
                "the waypoint `{waypoint}` has `ambient.istio.io/waypoint-inbound-binding`, and what decides then is not modelled"
            ),
            Self::Canary => format!(
                "the waypoint `{waypoint}` shares its traffic with a canary, and which of them decides is a matter of chance"
            ),
            Self::Class => format!(
                "the Gateway `{waypoint}` is named as a waypoint, and its class is not known to make waypoints"
            ),
            Self::Envoy => format!(
                "the pods behind the waypoint `{waypoint}` have a proxy of their own beside ztunnel, and what one hands to the other is not modelled"
            ),
        }
    }
}

/// What traffic is addressed to.
#[derive(Clone, Copy)]
enum Kind {
    Service,
    Workload,
}

/// What a label says.
enum Named {
    /// `none`
    Nobody,
    Waypoint(Key),
}

/// The waypoint of traffic that is addressed to a Service.
pub(super) fn of_service<'a>(
    graph: &'a ServiceGraph,
    service: &Service,
) -> Result<Binding<'a>, (Key, Oddity)> {
    if service.labels.get(MANAGED).is_some_and(|controller| OF_WAYPOINTS.contains(&controller.as_str())) {
        return Ok(Binding::Unnamed);
    }
    let namespace = service.key.namespace.as_str();
    let binding = binding(graph, namespace, &service.labels, Kind::Service)?;
    match &binding {
        Binding::Through(key) if has_canary(graph, service) => Err((*(*key), Oddity::Canary)),
        Binding::Through(_) | Binding::Past(..) | Binding::Unnamed => Ok(binding),
    }
}

/// The waypoint of traffic that is addressed to a pod itself. Pods of a waypoint have none.
pub(super) fn of_workload<'a>(
    graph: &'a ServiceGraph,
    workload: &Workload,
) -> Result<Binding<'a>, (Key, Oddity)> {
    if is_part_of_one(graph, workload) {
        return Ok(Binding::Unnamed);
    }
    binding(graph, &workload.key.namespace, &workload.labels, Kind::Workload)
}

/// Whether any label names a waypoint.
pub(super) fn is_named(graph: &ServiceGraph) -> bool {
    let namespaces = graph.namespaces.values().map(|namespace| &namespace.labels);
    let services = graph.services.values().map(|service| &service.labels);
    let pods = graph.workloads.iter().map(|workload| &workload.labels);
    namespaces.chain(services).chain(pods).any(|labels| labels.contains_key(USE_WAYPOINT))
}

/// Whether the pods of a workload are those of a waypoint.
pub(super) fn is_part_of_one(graph: &ServiceGraph, workload: &Workload) -> bool {
    let gateway = workload.labels.get(GATEWAY_NAME);
    gateway.is_some_and(|name| graph.waypoints.contains_key(&Key::new(workload.key.namespace, *name)))
}

/// A Service that leads to a port of a workload through a waypoint, and that waypoint.
pub(super) fn of_service_in_front<'a>(
    graph: &'a ServiceGraph,
    workload: &Workload,
    port: u16,
) -> Option<(&'a Key, Key)> {
    graph.services_in(&workload.key.namespace).find_map(|service| {
        let is_behind = graph.workloads_of(service).iter().any(|one| std::ptr::eq(*one, workload));
        let leads_here = service.ports.iter().any(|to| to.number_at(workload) == Some(port));
        let waypoint = if is_behind && leads_here { gone_through(&of_service(graph, service)) } else { None };
        Some((&service.key, waypoint?))
    })
}

/// Whether ingress gateways go through the waypoint of a Service too.
pub(super) fn serves_ingress(graph: &ServiceGraph, service: &Service) -> bool {
    let of_namespace = || of_namespace(graph, &service.key.namespace)?.get(INGRESS_USE_WAYPOINT);
    let value = service.labels.get(INGRESS_USE_WAYPOINT).or_else(of_namespace);
    value.and_then(|value| parse_bool(value)) == Some(true)
}

/// The account of each waypoint, or why it is not known.
pub(super) type Accounts<'a> = FxHashMap<Key, Result<&'a str, (Key, Oddity)>>;

/// The accounts that the pods of waypoints run as: those of their Deployments where they are known, else those that their
/// `Gateway`s ask for (`gatewaycommon/deploymentcontroller.go`).
pub(super) fn accounts(graph: &ServiceGraph) -> Accounts<'_> {
    let mut accounts: Accounts<'_> = FxHashMap::default();
    for workload in &graph.workloads {
        let Some(name) = workload.labels.get(GATEWAY_NAME) else { continue };
        let key = Key::new(workload.key.namespace, *name);
        let account = workload.account.node.as_str();
        let known = accounts.entry(key).or_insert(Ok(account));
        if known.as_ref().is_ok_and(|known| *known != account) {
            *known = Err((key, Oddity::Accounts));
        }
    }
    for waypoint in graph.waypoints.values() {
        accounts.entry(waypoint.key).or_insert(Ok(waypoint.account.as_str()));
    }
    accounts
}

/// At which ports waypoints read the server name of TLS (`buildWaypointInternal` in `listener_waypoint.go`).
#[derive(Default, PartialEq, Eq)]
pub(crate) struct ServerNames {
    /// The ports of the Services behind each waypoint that have some with TLS, by number, and whether it is TLS.
    ports: FxHashMap<Key, FxHashMap<u16, bool>>,
}

impl ServerNames {
    pub(crate) fn new(graph: &ServiceGraph) -> Self {
        let mut ports: FxHashMap<Key, FxHashMap<u16, bool>> = FxHashMap::default();
        if graph.waypoints.is_empty() {
            return Self::default();
        }
        for service in graph.services.values().chain(&graph.namesakes) {
            let Some(waypoint) = gone_through(&of_service(graph, service)) else { continue };
            let known = ports.entry(waypoint).or_default();
            for port in &service.ports {
                *known.entry(port.number).or_default() |= port.is_tls;
            }
        }
        ports.retain(|_, ports| ports.values().any(|is_tls| *is_tls));
        Self { ports }
    }

    /// Whether a waypoint reads it: where one of its Services has TLS at the number, and if one has TLS anywhere, also
    /// where none has a port.
    pub(super) fn are_read(&self, waypoint: &Key, port: u16) -> bool {
        self.ports.get(waypoint).is_some_and(|ports| ports.get(&port).copied().unwrap_or(true))
    }
}

/// The workloads that some traffic reaches through a waypoint, each with every one of those, also where it is not known
/// what one does.
pub(crate) fn behind_waypoints(graph: &ServiceGraph) -> impl Iterator<Item = (&Key, Key)> {
    let services = graph.services.values().filter_map(|service| {
        let waypoint = gone_through(&of_service(graph, service))?;
        Some(graph.workloads_of(service).into_iter().map(move |workload| (&workload.key, waypoint)))
    });
    let pods = graph.workloads.iter();
    let pods = pods.filter_map(|pods| Some((&pods.key, gone_through(&of_workload(graph, pods))?)));
    services.flatten().chain(pods)
}

fn gone_through(binding: &Result<Binding<'_>, (Key, Oddity)>) -> Option<Key> {
    match binding {
        Ok(Binding::Through(key)) => Some(**key),
        Ok(Binding::Past(..) | Binding::Unnamed) => None,
        Err((key, _)) => Some(*key),
    }
}

/// Its own label counts before that of its namespace, even where what it names can not be used.
fn binding<'a>(
    graph: &'a ServiceGraph,
    namespace: &str,
    labels: &Labels,
    kind: Kind,
) -> Result<Binding<'a>, (Key, Oddity)> {
    let of_namespace = || named(of_namespace(graph, namespace)?, namespace);
    let key = match named(labels, namespace).or_else(of_namespace) {
        None | Some(Named::Nobody) => return Ok(Binding::Unnamed),
        Some(Named::Waypoint(key)) => key,
    };
    let Some((known, waypoint)) = graph.waypoints.get_key_value(&key) else {
        let is_gateway = graph.gateways.iter().any(|gateway| gateway.own_namespace && gateway.key == key);
        return if is_gateway { Err((key, Oddity::Class)) } else { Ok(Binding::Past(key, Past::Absent)) };
    };
    let past = past(graph, namespace, waypoint, kind);
    match past {
        Some(past) => Ok(Binding::Past(key, past)),
        None if waypoint.bound => Err((key, Oddity::Bound)),
        None => Ok(Binding::Through(known)),
    }
}

fn past(graph: &ServiceGraph, namespace: &str, waypoint: &Waypoint, kind: Kind) -> Option<Past> {
    let serves = match kind {
        Kind::Service => ["all", "service"],
        Kind::Workload => ["all", "workload"],
    };
    if !waypoint.ready {
        Some(Past::NotReady)
    } else if !admits(graph, namespace, waypoint) {
        Some(Past::Refused)
    } else if !serves.contains(&waypoint.serves.as_str()) {
        Some(Past::Serves(waypoint.serves.to_string()))
    } else {
        None
    }
}

fn named(labels: &Labels, namespace: &str) -> Option<Named> {
    let name = labels.get(USE_WAYPOINT)?;
    if name == "none" {
        return Some(Named::Nobody);
    }
    let namespace = labels.get(USE_WAYPOINT_NAMESPACE).map_or(namespace, |namespace| namespace.as_str());
    Some(Named::Waypoint(Key::new(namespace, *name)))
}

fn of_namespace<'a>(graph: &'a ServiceGraph, namespace: &str) -> Option<&'a Labels> {
    graph.namespaces.get(namespace).map(|namespace| &namespace.labels)
}

fn admits(graph: &ServiceGraph, namespace: &str, waypoint: &Waypoint) -> bool {
    match &waypoint.admits {
        Admits::All => true,
        Admits::None => false,
        Admits::Same => waypoint.key.namespace == namespace,
        Admits::Selector(selector) => {
            let mut labels = of_namespace(graph, namespace).cloned().unwrap_or_default();
            labels.insert(NAMESPACE_NAME.into(), namespace.into());
            selector.selects(&labels)
        }
    }
}

/// Whether a second waypoint takes a part of the traffic. It is named where the first one is: by the Service itself, or
/// by its namespace.
fn has_canary(graph: &ServiceGraph, service: &Service) -> bool {
    let is_named = |labels: &Labels| {
        labels.get(USE_WAYPOINT_CANARY).is_some_and(|name| !name.is_empty() && name != "none")
    };
    let inherits = !service.labels.contains_key(USE_WAYPOINT);
    is_named(&service.labels)
        || (inherits && of_namespace(graph, &service.key.namespace).is_some_and(is_named))
}
