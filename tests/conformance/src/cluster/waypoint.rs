//! The part of a cluster that is in the ambient mesh: namespaces whose pods have no proxy of their own, and the waypoints
//! that traffic to them goes through.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::{Cluster, Workload};
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
    /// Service, and where the waypoint takes that, by its own address.
    pub fn ways(&self, workload: &Workload) -> Vec<(u16, Via)> {
        let Some(ambient) = self.ambient(&workload.namespace) else { return Vec::new() };
        let via =
            |service: Option<String>, port: u16| Via { waypoint: ambient.waypoint.clone(), service, port };
        let by_service = workload.service_ports().map(|(port, service)| {
            let name = format!("{}:{}", workload.key(), service.number);
            (port.number, via(Some(name), service.number))
        });
        let takes_pods = self.waypoint(&ambient.waypoint).is_some_and(|waypoint| waypoint.serves_pods);
        let by_address = (takes_pods && !ambient.by_services).then(|| {
            let numbers = workload.ports.iter().map(|port| port.number).chain([6001]);
            numbers.map(|number| (number, via(None, number)))
        });
        by_service.chain(by_address.into_iter().flatten()).collect()
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
