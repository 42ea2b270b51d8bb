//! A cluster as Kubernetes sees it: pods with their ports, the services in front of them, and the settings of
//! the mesh.

mod waypoint;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use meshward::istio::semantics::Filters;
use serde_json::{Map, Value, json};

pub use waypoint::{Ambient, CLASS, GATEWAY_NAME, Waypoint};

/// The filters of a port for HTTP alone.
const HTTP: &[Filters] = &[Filters::Http];
/// Those of a port for anything else.
const RAW: &[Filters] = &[Filters::Network];
/// Those of a port of which nothing is known.
const EITHER: &[Filters] = &[Filters::Http, Filters::Network];

/// A mesh without its policies.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The mesh's own trust domain.
    pub trust_domain: String,
    /// Further names of it.
    pub trust_domain_aliases: Vec<String>,
    /// Policies of this namespace hold for all.
    pub root_namespace: String,
    /// `meshConfig.pathNormalization.normalization`
    pub path_normalization: &'static str,
    /// What runs.
    pub workloads: Vec<Workload>,
    /// The namespaces whose pods have no proxy of their own.
    pub ambient: Vec<Ambient>,
    /// What traffic to them goes through.
    pub waypoints: Vec<Waypoint>,
}

/// One pod, and the Service in front of it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// The name of the pod and of its Service.
    pub name: String,
    /// Its service account.
    pub account: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its address.
    pub address: Ipv4Addr,
    /// What it listens on.
    pub ports: Vec<Port>,
    /// What it serves to the outside, if it is a gateway.
    pub servers: Vec<Server>,
}

/// A server of a gateway. It takes HTTP for any host.
#[derive(Clone, Debug)]
pub struct Server {
    /// The port that it names, of the Service or of the pod.
    pub number: u16,
    /// The port of the pod.
    pub port: u16,
    /// Whether a client shows a certificate of the mesh; else there is no TLS.
    pub mutual: bool,
}

/// A port of a pod.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its number in the pod.
    pub number: u16,
    /// Its entry in the Service; `None` for a port that no Service lists.
    pub service: Option<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// The number there.
    pub number: u16,
    /// The name, whose first part may declare a protocol.
    pub name: String,
    /// What declares a protocol before the name does.
    pub app_protocol: Option<String>,
}

/// The address that lies so many behind the first one.
pub fn address(first: Ipv4Addr, index: usize) -> Ipv4Addr {
    let index = u32::try_from(index).expect("a cluster of a test has few pods");
    Ipv4Addr::from(u32::from(first) + index)
}

/// The address of the Service in front of a pod.
fn service_address(pod: Ipv4Addr) -> Ipv4Addr {
    let [_, _, third, fourth] = pod.octets();
    Ipv4Addr::new(10, 96, third, fourth)
}

impl Workload {
    /// `namespace/name`
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl Workload {
    /// Whether it is a gateway.
    pub fn is_gateway(&self) -> bool {
        !self.servers.is_empty()
    }

    /// Whether a client can open a connection to a port in this way. A sidecar answers to any; a gateway listens at the
    /// ports of its servers, and has TLS or none there.
    pub fn can_be_asked(&self, port: u16, with_identity: bool) -> bool {
        let at_port = |server: &Server| server.port == port && server.mutual == with_identity;
        !self.is_gateway() || self.servers.iter().any(at_port)
    }

    /// Whether a port is declared to carry HTTP and nothing else. These two are in each cluster.
    pub fn is_http(&self, number: u16) -> bool {
        self.ports.iter().any(|each| each.number == number && matches!(number, 8080 | 9090))
    }

    /// Whether a port is declared to carry no HTTP.
    pub fn is_tcp(&self, number: u16) -> bool {
        !self.is_gateway()
            && self
                .ports
                .iter()
                .filter(|port| port.number == number)
                .filter_map(|port| port.service.as_ref())
                .any(|service| {
                    let first = service.name.split('-').next().unwrap_or_default().to_lowercase();
                    let declared = service.app_protocol.as_deref().unwrap_or(&first);
                    match declared {
                        "tcp" | "https" | "tls" | "mongo" | "mysql" | "redis" | "kubernetes.io/wss" => true,
                        "http" | "http2" | "grpc" | "kubernetes.io/ws" | "kubernetes.io/h2c" => false,
                        _ => matches!(service.number, 25 | 53 | 3306 | 27017),
                    }
                })
    }
}

impl Workload {
    /// The filters that a port is declared to have, which are those of both kinds where nothing is declared.
    pub fn declared(&self, number: u16) -> &'static [Filters] {
        if self.is_tcp(number) {
            RAW
        } else if self.is_http(number) {
            HTTP
        } else {
            EITHER
        }
    }
}

impl Cluster {
    /// Whether a port of a pod is declared to carry no HTTP.
    pub fn is_tcp(&self, pod: &str, port: u16) -> bool {
        self.workload(pod).is_some_and(|workload| workload.is_tcp(port))
    }

    /// Whether a pod is a gateway.
    pub fn is_gateway(&self, pod: &str) -> bool {
        self.workload(pod).is_some_and(Workload::is_gateway)
    }

    /// The workload of `namespace/name`.
    pub fn workload(&self, key: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.key() == key)
    }

    /// What istiod must be told beside the objects.
    pub fn mesh_config(&self) -> Value {
        json!({
            "trustDomain": self.trust_domain,
            "trustDomainAliases": self.trust_domain_aliases,
            "rootNamespace": self.root_namespace,
            "pathNormalization": {"normalization": self.path_normalization},
        })
    }

    /// The objects of Kubernetes as one stream.
    pub fn yaml(&self) -> String {
        self.documents().iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
    }

    /// The objects of Kubernetes, as an API server would give them back.
    pub fn documents(&self) -> Vec<Value> {
        let namespaces = self.namespaces().into_iter().map(|name| self.namespace(name));
        let accounts: BTreeSet<(&str, &str)> = self
            .workloads
            .iter()
            .map(|workload| (workload.namespace.as_str(), workload.account.as_str()))
            .collect();
        let accounts = accounts.into_iter().map(|(namespace, name)| {
            json!({
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"name": name, "namespace": namespace},
            })
        });
        let workloads = self.workloads.iter().flat_map(|each| each.documents(self.ambient(&each.namespace)));
        let waypoints = self.waypoints.iter().flat_map(Waypoint::documents);
        let class = (!self.waypoints.is_empty()).then(|| {
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
                "metadata": {"name": CLASS}, "spec": {"controllerName": "istio.io/mesh-controller"},
            })
        });
        let all = namespaces.chain(accounts).chain(workloads).chain(class).chain(waypoints);
        all.chain([self.config_map()]).collect()
    }

    fn namespaces(&self) -> BTreeSet<&str> {
        let of_workloads = self.workloads.iter().map(|workload| &workload.namespace);
        let of_waypoints = self.waypoints.iter().map(|waypoint| &waypoint.namespace);
        of_workloads.chain(of_waypoints).chain([&self.root_namespace]).map(String::as_str).collect()
    }

    fn namespace(&self, name: &str) -> Value {
        let mut labels = match self.ambient(name) {
            Some(ambient) if !ambient.by_services => ambient.labels(),
            Some(_) | None => Map::new(),
        };
        labels.insert("kubernetes.io/metadata.name".to_owned(), json!(name));
        let (label, value) = match self.ambient(name) {
            Some(_) => ("istio.io/dataplane-mode", "ambient"),
            None => ("istio-injection", "enabled"),
        };
        labels.insert(label.to_owned(), json!(value));
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    }

    /// The settings of the mesh where an installation has them.
    fn config_map(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "istio", "namespace": self.root_namespace},
            "data": {"mesh": self.mesh_config().to_string()},
        })
    }
}

/// The body of a pod that is running and ready, or istiod would not count it.
fn running(account: &str, address: Ipv4Addr, containers: &[Value]) -> Value {
    let address = address.to_string();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "spec": {"serviceAccountName": account, "nodeName": "node", "containers": containers},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

/// The pod behind a Service of its name, without the ports.
fn endpoints(namespace: &str, name: &str, address: Ipv4Addr) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {
            "name": format!("{name}-1"), "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name},
        },
        "endpoints": [{
            "addresses": [address.to_string()],
            "conditions": {"ready": true},
            "targetRef": {"kind": "Pod", "name": name, "namespace": namespace},
        }],
    })
}

impl Workload {
    fn documents(&self, ambient: Option<&Ambient>) -> Vec<Value> {
        let mut documents = vec![self.pod(ambient.is_some())];
        documents.extend(self.is_gateway().then(|| self.gateway()));
        if self.ports.iter().any(|port| port.service.is_some()) {
            let naming = ambient.filter(|ambient| ambient.by_services);
            let labels = naming.map(Ambient::labels).unwrap_or_default();
            let has_entry = ambient.is_some_and(|ambient| ambient.has_entries);
            documents.extend(has_entry.then(|| self.entry(&labels)));
            documents.push(self.service(&labels));
            documents.push(self.endpoint_slice());
        }
        documents
    }

    fn pod(&self, is_ambient: bool) -> Value {
        let ports: Vec<Value> = self.ports.iter().map(|port| json!({"containerPort": port.number})).collect();
        let mut containers = vec![json!({"name": "app", "image": "app", "ports": ports})];
        let mut metadata = json!({"name": self.name, "namespace": self.namespace, "labels": self.labels});
        if !is_ambient {
            containers.push(json!({"name": "istio-proxy", "image": "proxyv2"}));
            let template = if self.is_gateway() { "gateway" } else { "sidecar" };
            metadata["annotations"] = json!({"inject.istio.io/templates": template});
        }
        let mut pod = running(&self.account, self.address, &containers);
        pod["metadata"] = metadata;
        pod
    }

    fn gateway(&self) -> Value {
        let servers = self.servers.iter().map(|server| {
            let protocol = if server.mutual { "HTTPS" } else { "HTTP" };
            let name = format!("{}-{}", protocol.to_lowercase(), server.number);
            let port = json!({"number": server.number, "name": name, "protocol": protocol});
            let mut value = json!({"port": port, "hosts": ["*"]});
            if server.mutual {
                value["tls"] = json!({"mode": "ISTIO_MUTUAL"});
            }
            value
        });
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "Gateway",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"selector": self.labels, "servers": servers.collect::<Vec<_>>()},
        })
    }

    fn service_ports(&self) -> impl Iterator<Item = (&Port, &ServicePort)> {
        self.ports.iter().filter_map(|port| Some((port, port.service.as_ref()?)))
    }

    fn service(&self, labels: &Map<String, Value>) -> Value {
        let ports: Vec<Value> = self
            .service_ports()
            .map(|(port, service)| {
                let mut value = json!({
                    "name": service.name, "port": service.number, "targetPort": port.number, "protocol": "TCP",
                });
                if let Some(protocol) = &service.app_protocol {
                    value["appProtocol"] = json!(protocol);
                }
                value
            })
            .collect();
        let cluster_ip = service_address(self.address).to_string();
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": self.name, "namespace": self.namespace, "labels": labels},
            "spec": {"selector": self.labels, "clusterIP": cluster_ip, "ports": ports},
        })
    }

    fn endpoint_slice(&self) -> Value {
        let ports: Vec<Value> = self
            .service_ports()
            .map(|(port, service)| json!({"name": service.name, "port": port.number, "protocol": "TCP"}))
            .collect();
        let mut slice = endpoints(&self.namespace, &self.name, self.address);
        slice["ports"] = json!(ports);
        slice
    }
}
