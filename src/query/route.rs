//! The way that a request takes to a pod: through a waypoint or past it, by what was addressed and by whose proxy sends.
//!
//! ```text
//! orders (ztunnel) ── payments:80 ──▶ waypoint of payments ── pod:8080, as the waypoint ──▶ ztunnel of the pod
//! legacy (sidecar, plaintext) ─────── pod:8080, as itself ────────────────────────────────▶ ztunnel of the pod
//! ```

use super::enforcer::Enforcer;
use super::judge::Unknown;
use super::waypoint::{self, Binding, Oddity, Past};
use super::world::World;
use crate::graph::{Key, Service, Workload};

/// What sends for a caller, which decides whether waypoints are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sender {
    /// An ingress gateway, which goes through the waypoints of Services that ask for it.
    Gateway,
    /// No proxy of the mesh.
    Plaintext,
    /// A sidecar, which knows no waypoints (`endpoint_builder.go`, `buildEnvoyLbEndpoint`).
    Sidecar,
    /// A waypoint, which sends to pods.
    Waypoint,
    /// A ztunnel.
    Ztunnel,
}

impl Sender {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Gateway, Self::Plaintext, Self::Sidecar, Self::Waypoint, Self::Ztunnel];
}

/// What a client addresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    /// The workload that gets it in the end.
    pub(crate) workload: &'a Workload,
    /// Its port.
    pub(crate) port: u16,
    /// The Service that is addressed, and its port; `None` where it is the pod itself.
    pub(crate) service: Option<(&'a Service, u16)>,
}

/// Which of the proxies on the way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hop<'a> {
    /// The one in front of the pod.
    Pod,
    /// A waypoint on the way there.
    Waypoint {
        /// The waypoint.
        waypoint: &'a Key,
        /// The Service that is addressed, and its port; `None` where it is the pod itself.
        service: Option<(&'a Key, u16)>,
    },
}

impl<'a> Hop<'a> {
    /// The waypoint, where it is one.
    pub(crate) fn waypoint(self) -> Option<&'a Key> {
        match self {
            Self::Pod => None,
            Self::Waypoint { waypoint, .. } => Some(waypoint),
        }
    }
}

/// A way to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    /// The first proxy that decides.
    pub(super) first: Hop<'a>,
    /// Which waypoint is gone past, and why, where one is named.
    pub(super) past: Option<String>,
}

impl Route<'_> {
    /// To the pod, where no waypoint is named.
    pub(super) fn straight() -> Self {
        Self { first: Hop::Pod, past: None }
    }
}

impl<'a> Destination<'a> {
    /// A port of a workload, by the Service that a question names where it is one.
    pub(super) fn new(
        world: &'a World,
        named: &Key,
        (workload, port): (&'a Workload, u16),
        service_port: Option<u16>,
    ) -> Self {
        let service = service_port.and_then(|number| Some((world.graph.services.get(named)?, number)));
        Self { workload, port, service }
    }

    /// The way that a proxy sends it.
    pub(super) fn route(&self, world: &'a World, sender: Sender) -> Result<Route<'a>, Unknown> {
        let straight = |past: Option<String>| Route { past, ..Route::straight() };
        let uses_waypoints = match sender {
            Sender::Gateway => self.serves_ingress(world),
            Sender::Plaintext | Sender::Sidecar | Sender::Waypoint => false,
            Sender::Ztunnel => true,
        };
        let binding = self.binding(world);
        if !uses_waypoints {
            return Ok(straight(match binding {
                Ok(Binding::Through(key)) => Some(evaded(key, sender)),
                Ok(Binding::Past(..) | Binding::Unnamed) | Err(_) => None,
            }));
        }
        match binding.map_err(|(key, oddity)| Unknown::Waypoint(key, oddity))? {
            Binding::Past(key, past) => Ok(straight(Some(ignored(&key, &past)))),
            Binding::Through(waypoint) => Ok(Route { first: self.hop(world, waypoint)?, past: None }),
            Binding::Unnamed => Ok(straight(self.waypoint_of_pods_alone(world))),
        }
    }

    fn hop(&self, world: &World, waypoint: &'a Key) -> Result<Hop<'a>, Unknown> {
        match world.enforcer(self.workload) {
            Enforcer::Nobody | Enforcer::Ztunnel => {
                let service = self.addressed().map(|(service, port)| (&service.key, port));
                Ok(Hop::Waypoint { waypoint, service })
            }
            Enforcer::Gateway | Enforcer::Sidecar => Err(Unknown::Waypoint(*waypoint, Oddity::Envoy)),
        }
    }

    /// The waypoint that a ztunnel sends through to the Service, and not to the address of a pod behind it.
    pub(super) fn waypoint_of_service_alone(&self, world: &'a World) -> Option<&'a Key> {
        let through = |to: &Self| to.route(world, Sender::Ztunnel).ok()?.first.waypoint();
        let waypoint = self.addressed().and_then(|_| through(self))?;
        through(&Self { service: None, ..*self }).is_none().then_some(waypoint)
    }

    /// What is to be said of traffic to a Service without a waypoint, whose pods have one.
    fn waypoint_of_pods_alone(&self, world: &'a World) -> Option<String> {
        self.addressed()?;
        match waypoint::of_workload(&world.graph, self.workload) {
            Ok(Binding::Through(key)) => Some(format!(
                "traffic to the Service goes past the waypoint `{key}`, which is that of its pods"
            )),
            Ok(Binding::Past(..) | Binding::Unnamed) | Err(_) => None,
        }
    }

    /// The Service that traffic is addressed to. Who calls a headless one is given the addresses of its pods.
    fn addressed(&self) -> Option<(&'a Service, u16)> {
        self.service.filter(|(service, _)| !service.headless)
    }

    /// The waypoint of what is addressed. What was addressed to a Service does not go through the waypoint of the pod
    /// (ztunnel's `outbound.rs`, `build_request`).
    fn binding(&self, world: &'a World) -> Result<Binding<'a>, (Key, Oddity)> {
        match self.addressed() {
            Some((service, _)) => waypoint::of_service(&world.graph, service),
            None => waypoint::of_workload(&world.graph, self.workload),
        }
    }

    /// Whether ingress gateways go through the waypoint. They send to Services alone.
    fn serves_ingress(&self, world: &World) -> bool {
        self.addressed().is_some_and(|(service, _)| waypoint::serves_ingress(&world.graph, service))
    }
}

fn ignored(waypoint: &Key, past: &Past) -> String {
    format!("traffic goes past the waypoint `{waypoint}` that a label names, since {past}")
}

fn evaded(waypoint: &Key, sender: Sender) -> String {
    let traffic = match sender {
        Sender::Gateway => "what an ingress gateway sends without `istio.io/ingress-use-waypoint`",
        Sender::Plaintext => "plaintext",
        Sender::Sidecar => "what a sidecar sends",
        Sender::Waypoint => "what a waypoint sends",
        Sender::Ztunnel => "what a ztunnel sends",
    };
    format!("{traffic} goes past the waypoint `{waypoint}`")
}
