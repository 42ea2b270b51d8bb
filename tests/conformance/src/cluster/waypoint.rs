//! The part of a cluster that is in the ambient mesh: namespaces whose pods have no proxy of their own, and the waypoints
//! that traffic to them goes through.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::{Cluster, EITHER, HTTP, RAW, Workload};
use crate::request::Via;

/// The class of all waypoints.
pub const CLASS: &str = "istio-waypoint";
/// The label by which a pod belongs to a `Gateway` of the Gateway API.
pub const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// A waypoint: a `Gateway`, its pod and its Service, all of one name.
#[derive(Clone, Debug)]
pub struct Waypoint {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The address of its pod.
    pub address: Ipv4Addr,
    /// Whether it takes what is addressed to pods, beside what is addressed to Services.
    pub serves_pods: bool,
}

/// A namespace of the ambient mesh.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// Its name.
    pub namespace: String,
    /// The waypoint that is named there, as `namespace/name`.
    pub waypoint: String,
    /// Whether each Service names it; else the namespace does.
    pub by_services: bool,
    /// Whether a ServiceEntry stands beside each Service, with the same pods.
    pub has_entries: bool,
}

impl Waypoint {
    /// `namespace/name`
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Who it is to the ztunnels behind it: its pod runs as an account of its name.
    pub fn identity(&self, trust_domain: &str) -> String {
        format!("{trust_domain}/ns/{}/sa/{}", self.namespace, self.name)
    }

    pub(super) fn documents(&self) -> [Value; 5] {
        let Self { namespace, name, .. } = self;
        let metadata = |labels: &Value| json!({"name": name, "namespace": namespace, "labels": labels});
        let labels = json!({GATEWAY_NAME: name, "gateway.istio.io/managed": "istio.io-mesh-controller"});
        let serves = if self.serves_pods { "all" } else { "service" };
        let mut pod =
            super::running(name, self.address, &[json!({"name": "istio-proxy", "image": "proxyv2"})]);
        pod["metadata"] = metadata(&labels);
        pod["metadata"]["annotations"] = json!({"inject.istio.io/templates": "waypoint"});
        let mut slice = super::endpoints(namespace, name, self.address);
        slice["ports"] = json!([{"name": "mesh", "port": 15008, "protocol": "TCP"}]);
        [
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"name": name, "namespace": namespace},
            }),
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                "metadata": metadata(&json!({"istio.io/waypoint-for": serves})),
                "spec": {"gatewayClassName": CLASS, "listeners": [{
                    "name": "mesh", "protocol": "HBONE", "port": 15008,
                    "allowedRoutes": {"namespaces": {"from": "All"}},
                }]},
                "status": {"addresses": [
                    {"type": "Hostname", "value": format!("{name}.{namespace}.svc.cluster.local")},
                ]},
            }),
            pod,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": metadata(&labels),
                "spec": {
                    "selector": {GATEWAY_NAME: name},
                    "clusterIP": super::service_address(self.address).to_string(),
                    "ports": [{"name": "mesh", "port": 15008, "targetPort": 15008, "protocol": "TCP"}],
                },
            }),
            slice,
        ]
    }
}

impl Ambient {
    /// The labels that name the waypoint.
    pub(super) fn labels(&self) -> Map<String, Value> {
        let (namespace, name) = self.waypoint.split_once('/').unwrap_or_default();
        let mut labels = Map::from_iter([("istio.io/use-waypoint".to_owned(), json!(name))]);
        if namespace != self.namespace {
            labels.insert("istio.io/use-waypoint-namespace".to_owned(), json!(namespace));
        }
        labels
    }
}

impl Workload {
    /// The name of its ServiceEntry.
    pub fn entry_name(&self) -> String {
        format!("{}-entry", self.name)
    }

    fn entry_address(&self) -> Ipv4Addr {
        let [_, _, third, fourth] = self.address.octets();
        Ipv4Addr::new(10, 97, third, fourth)
    }

    pub(super) fn entry(&self, labels: &Map<String, Value>) -> Value {
        let ports = self.service_ports().map(|(port, service)| {
            let is_tls = service.name.starts_with("tls");
            let protocol = match (self.is_http(port.number), is_tls) {
                (true, _) => "HTTP",
                (false, true) => "TLS",
                (false, false) => "TCP",
            };
            let target = port.number;
            json!({"number": service.number, "name": service.name, "protocol": protocol, "targetPort": target})
        });
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
            "metadata": {"name": self.entry_name(), "namespace": self.namespace, "labels": labels},
            "spec": {
                "hosts": [format!("{}.{}.test", self.name, self.namespace)],
                "addresses": [self.entry_address().to_string()],
                "location": "MESH_INTERNAL", "resolution": "STATIC",
                "workloadSelector": {"labels": self.labels},
                "ports": ports.collect::<Vec<_>>(),
            },
        })
    }
}

impl Cluster {
    /// What is said of a namespace, if it is in the ambient mesh.
    pub fn ambient(&self, namespace: &str) -> Option<&Ambient> {
        self.ambient.iter().find(|ambient| ambient.namespace == namespace)
    }

    /// The waypoint of `namespace/name`.
    pub fn waypoint(&self, key: &str) -> Option<&Waypoint> {
        self.waypoints.iter().find(|waypoint| waypoint.key() == key)
    }

    /// The ways through a waypoint to a workload, with the port of the workload that each leads to: by each port of its
    /// Service and of its ServiceEntry, and where the waypoint takes that, by its own address.
    pub fn ways(&self, workload: &Workload) -> Vec<(u16, Via)> {
        let Some(ambient) = self.ambient(&workload.namespace) else { return Vec::new() };
        let mut ways = Vec::new();
        let mut add = |to: u16, name: Option<String>, called: Ipv4Addr, port: u16, filters| {
            let is_entry = called == workload.entry_address();
            let service = name.map(|name| format!("{}/{name}:{port}", workload.namespace));
            let waypoint = ambient.waypoint.clone();
            ways.push((to, Via { waypoint, service, is_entry, called: called.into(), port, filters }));
        };
        for (port, service) in workload.service_ports() {
            let (to, number) = (port.number, service.number);
            let filters = workload.declared(to);
            add(to, Some(workload.name.clone()), super::service_address(workload.address), number, filters);
            if ambient.has_entries {
                let filters = if workload.is_http(to) { HTTP } else { RAW };
                add(to, Some(workload.entry_name()), workload.entry_address(), number, filters);
            }
        }
        let takes_pods = self.waypoint(&ambient.waypoint).is_some_and(|waypoint| waypoint.serves_pods);
        if takes_pods && !ambient.by_services {
            // What is called by the address of a pod is taken for what it looks like, whatever a Service says.
            let numbers = workload.ports.iter().map(|port| port.number).chain([6001]);
            numbers.for_each(|number| add(number, None, workload.address, number, EITHER));
        }
        ways
    }

    /// Whether a ztunnel sends for an identity, and no proxy that goes past waypoints. One that nobody is known to have
    /// is taken for one of the ambient mesh.
    pub fn sends_by_ztunnel(&self, identity: &str) -> bool {
        !self.past_waypoints().any(|known| known == identity)
    }

    /// The identities whose proxies send past waypoints: those of sidecars, gateways and waypoints.
    pub fn past_waypoints(&self) -> impl Iterator<Item = String> {
        let others = self.workloads.iter().filter(|workload| self.ambient(&workload.namespace).is_none());
        let accounts = others.map(|workload| (&workload.namespace, &workload.account));
        let accounts =
            accounts.chain(self.waypoints.iter().map(|waypoint| (&waypoint.namespace, &waypoint.name)));
        accounts.flat_map(|(namespace, account)| {
            let domains = std::iter::once(&self.trust_domain).chain(&self.trust_domain_aliases);
            domains.map(move |domain| format!("spiffe://{domain}/ns/{namespace}/sa/{account}"))
        })
    }
}
