//! What a port of a workload carries: that decides which of Envoy's filters a connection meets.

use indexmap::IndexSet;

use crate::graph::{Protocol, Service, ServiceGraph, Workload};
use crate::istio::semantics::Filters;

/// What Istio takes the traffic of a port for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Carries {
    /// Declared HTTP: HTTP filters, and no other traffic.
    Http,
    /// Declared, and not HTTP: network filters, whatever it is. So is TCP traffic to a port that is declared as UDP.
    Raw,
    /// Not declared, or not listed by any Service: HTTP filters for what looks like HTTP, else network filters.
    Either,
}

impl Carries {
    /// Which filters traffic of a kind meets, and whether it is taken.
    pub(super) fn filters(self, tcp: bool) -> (Filters, bool) {
        match (self, tcp) {
            (Self::Http, true) => (Filters::Http, false),
            (Self::Http | Self::Either, false) => (Filters::Http, true),
            (Self::Raw, _) | (Self::Either, true) => (Filters::Network, true),
        }
    }

    /// The filters that traffic of a kind meets, or that traffic of both kinds does, each once.
    pub(super) fn all_filters(self, tcp: Option<bool>) -> impl Iterator<Item = Filters> {
        let wanted = |kind: &bool| tcp.is_none_or(|tcp| tcp == *kind);
        let met = [false, true].into_iter().filter(wanted).map(|tcp| self.filters(tcp));
        let taken: IndexSet<Filters> =
            met.filter(|(_, takes_it)| *takes_it).map(|(filters, _)| filters).collect();
        taken.into_iter()
    }
}

/// What a port of a Service carries, to a waypoint that was addressed by it.
pub(super) fn of_service_port(service: &Service, number: u16) -> Carries {
    let mut declared = service.ports.iter().filter(|port| port.protocol != Protocol::Udp);
    declared.find(|port| port.number == number).map_or(Carries::Either, |port| of_protocol(port.protocol))
}

/// What a port of a workload carries. Of several Services that declare the port the oldest decides, as istiod
/// sorts them (`SetServiceTargets`: creation time, then host name); inside one Service the first of its ports.
pub(super) fn carries(graph: &ServiceGraph, workload: &Workload, port: u16) -> Carries {
    let declared = workload.declared.iter().filter(|(number, _)| *number == port);
    let mut declared = declared.map(|(_, protocol)| *protocol);
    match (declared.next(), declared.next()) {
        (None, _) => Carries::Either,
        (Some(protocol), None) => of_protocol(protocol),
        (Some(first), Some(_)) => of_protocol(oldest(graph, workload, port).unwrap_or(first)),
    }
}

/// What a port of a protocol carries.
pub(super) fn of_protocol(protocol: Protocol) -> Carries {
    match protocol {
        Protocol::Http | Protocol::Http2 | Protocol::Grpc => Carries::Http,
        Protocol::Tcp | Protocol::Udp => Carries::Raw,
        Protocol::Auto => Carries::Either,
    }
}

/// What the oldest Service says that declares the port.
fn oldest(graph: &ServiceGraph, workload: &Workload, port: u16) -> Option<Protocol> {
    let says = |service: &Service| {
        let mut ports = service.ports.iter();
        ports.find(|declared| declared.number_at(workload) == Some(port)).map(|declared| declared.protocol)
    };
    let in_front = graph.in_front_of(&workload.key.namespace, &workload.labels);
    let declaring = in_front.filter_map(|service| says(service).map(|protocol| (service, protocol)));
    declaring.min_by(|(a, _), (b, _)| a.by_age(b)).map(|(_, protocol)| protocol)
}

/// What is to be said of a number that is no port of a workload, and that a Service in front of it has.
pub(super) fn of_service(graph: &ServiceGraph, workload: &Workload, port: u16) -> Option<String> {
    let is_own = workload.ports.iter().any(|own| own.number == port)
        || workload.declared.iter().any(|(number, _)| *number == port);
    if is_own {
        return None;
    }
    let is_behind =
        |service: &&Service| graph.workloads_of(service).iter().any(|one| std::ptr::eq(*one, workload));
    let with_port = |service: &&Service| service.ports.iter().any(|one| one.number == port);
    let service = graph.services_in(&workload.key.namespace).filter(with_port).find(is_behind)?;
    let meant = service.ports.iter().find(|one| one.number == port)?.number_at(workload)?;
    Some(format!("port {port} is that of the Service `{}`; the workload's is {meant}", service.key))
}
