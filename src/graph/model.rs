//! The world a policy speaks of: namespaces, workloads, services, identities and who calls whom, each fact
//! with the place it was read from.

use std::cmp::Ordering;
use std::sync::Arc;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::interception::Interception;
use crate::source::{SourceId, Span, Spanned, Symbol};
use crate::yaml::Node;

/// Labels of a pod, or what a selector asks of them.
pub type Labels = std::collections::BTreeMap<Symbol, Symbol>;

/// Whether labels are those that a selector asks for. One that asks nothing takes all.
pub fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A map that keeps its order and is asked so often that the speed of its hash counts.
pub(super) type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

/// Everything that is known. Services and workloads are found by namespace and name; the maps keep the order
/// in which facts were read, and `finish` sorts them, so that nothing depends on the order of files.
#[derive(Clone, Debug, Default)]
pub struct ServiceGraph {
    /// By name.
    pub namespaces: IndexMap<Symbol, Namespace>,
    /// By namespace and name.
    pub services: IndexMap<Key, Service>,
    /// Each `ServiceEntry` in front of pods that has the name of a Service. The name means the Service; what counts of the
    /// entry is what it declares.
    pub namesakes: Vec<Service>,
    /// By namespace, kind and name: a Deployment and a Job may share a name.
    pub workloads: Vec<Workload>,
    /// ServiceAccount objects that are declared, with their place.
    pub accounts: IndexMap<Key, Span>,
    /// Gateways (Istio's and the Gateway API's), to know which workloads are gateways.
    pub gateways: Vec<Gateway>,
    /// Waypoints, by namespace and name.
    pub waypoints: IndexMap<Key, Waypoint>,
    /// Istio security resources that came along with the manifests.
    pub resources: Vec<SecurityResource>,
    /// The documents that they stand in, for whoever reads them whole.
    pub security: Vec<Manifest>,
    /// Indexes made by `finish`.
    pub(super) index: super::index::Index,
}

/// The documents of one file of manifests.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file.
    pub source: SourceId,
    /// Its documents, in order.
    pub documents: Vec<Node>,
    /// The namespace of objects that name none; `default` where this says nothing.
    pub namespace: Option<Symbol>,
}

/// Namespace and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The namespace.
    pub namespace: Symbol,
    /// The name inside it.
    pub name: Symbol,
}

impl Key {
    /// `namespace/name`
    pub fn new(namespace: impl Into<Symbol>, name: impl Into<Symbol>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A namespace: declared, or only mentioned by what lies in it.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its labels.
    pub labels: Labels,
    /// Where it is declared, or first mentioned.
    pub span: Span,
    /// Whether a document declares it.
    pub declared: bool,
}

/// Something that runs pods.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its namespace and name.
    pub key: Key,
    /// `Deployment`, `Pod`, …; `Service` for the workload that a native service implies.
    pub kind: Symbol,
    /// The labels of its pods.
    pub labels: Labels,
    /// The account its pods run as.
    pub account: Spanned<Symbol>,
    /// Whether the account is written down, or `default` because nothing says otherwise.
    pub account_stated: bool,
    /// What its containers declare; it may listen on more.
    pub ports: Vec<ContainerPort>,
    /// Whether Istio's proxy stands in front of it.
    pub proxy: Proxy,
    /// Inbound ports that the proxy does not see; shared, since few pods say anything of them.
    pub interception: Arc<Interception>,
    /// What a ztunnel takes of its traffic where it is part of an ambient mesh.
    pub capture: Capture,
    /// What the Services in front of it declare about its ports, sorted, each of them once for a port; filled in by
    /// `finish`.
    pub declared: Vec<(u16, Protocol)>,
    /// Requests of the kubelet that come to its ports in plaintext.
    pub probes: Vec<Probe>,
    /// Where it is declared.
    pub span: Span,
}

/// A probe that the kubelet sends to the application itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The port.
    pub port: u16,
    /// Where the port is stated.
    pub span: Span,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerPort {
    /// Its name.
    pub name: Option<Symbol>,
    /// Its number.
    pub number: u16,
    /// Whether it is a UDP port, which the mesh does not carry.
    pub udp: bool,
}

/// Whether a workload has a sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// It has one; the place says so.
    Injected(Span),
    /// It has none; the place and the sentence say why.
    Absent(Span, String),
    /// The manifests say nothing; the project's `injected:` decides.
    Unknown,
}

/// What a ztunnel takes of the traffic of a pod (`cni/pkg/util/enablement_selector.go`, `cni/pkg/nodeagent/net.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capture {
    /// All of it.
    #[default]
    Both,
    /// What it sends: `ambient.istio.io/bypass-inbound-capture` keeps what it gets from the ztunnel.
    Outbound,
    /// Nothing: it runs in the network of its node.
    Nothing,
}

/// A Kubernetes Service, a ServiceEntry, or a service of the native form.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its namespace and name.
    pub key: Key,
    /// Those of its own labels that are Istio's.
    pub labels: Labels,
    /// What stands behind it.
    pub backend: Backend,
    /// Whether it has no address of its own (`clusterIP: None`), so that clients are given those of the pods.
    pub headless: bool,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// HTTP endpoints, where they are known.
    pub endpoints: Vec<Endpoint>,
    /// Services that it is known to call.
    pub calls: Vec<Spanned<Key>>,
    /// `metadata.creationTimestamp` of a listing of a cluster: of two Services that declare one port of a pod,
    /// the older decides what Istio takes its traffic for.
    pub created: Option<Symbol>,
    /// Of a ServiceEntry the first of its hosts, as they are sorted.
    pub entry: Option<Symbol>,
    /// Where it is declared.
    pub span: Span,
}

impl Service {
    /// Whether nothing says which labels its pods carry, so that `app: NAME` is taken for them.
    pub fn has_assumed_labels(&self) -> bool {
        matches!(&self.backend, Backend::Selector(selector) if selector.span == self.span)
    }

    /// The order in which istiod takes Services (`SetServiceTargets`: creation time, then host name). One without a
    /// timestamp has Go's zero time, which lies before all others. RFC 3339 in UTC, as the API server writes it, sorts as
    /// text. Of `web` and `web-raw` the second comes first, since `-` goes before `.`.
    pub fn by_age(&self, other: &Self) -> Ordering {
        let by_host = || self.host().cmp(&other.host());
        // The registry of Kubernetes is asked first, and the sort is stable.
        let by_registry = || self.entry.is_some().cmp(&other.entry.is_some());
        self.created.cmp(&other.created).then_with(by_host).then_with(by_registry)
    }

    fn host(&self) -> String {
        let Key { namespace, name } = self.key;
        self.entry.map_or_else(|| format!("{name}.{namespace}.svc.cluster.local"), |host| host.to_string())
    }
}

/// How a service finds its workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Pods with these labels, of a Service or of a ServiceEntry with `workloadSelector`; shared with every rule that
    /// protects them.
    Selector(Spanned<Arc<Labels>>),
    /// No selector: its endpoints are made by hand.
    NoSelector,
    /// `type: ExternalName`
    ExternalName,
    /// A ServiceEntry without `workloadSelector`: outside of the mesh.
    ServiceEntry,
}

/// One port of a service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name.
    pub name: Option<Symbol>,
    /// The number that clients use.
    pub number: u16,
    /// The port of the workload.
    pub target: TargetPort,
    /// What Istio takes its traffic for.
    pub protocol: Protocol,
    /// Whether that is TLS, of which Istio's proxies can read the server name alone.
    pub is_tls: bool,
    /// Where it is declared.
    pub span: Span,
}

impl ServicePort {
    /// The port of a workload that it leads to: its number, or that of the first container port with its name and its
    /// transport (`FindPort` in `serviceregistry/kube/controller/util.go`).
    pub fn number_at(&self, workload: &Workload) -> Option<u16> {
        self.leads_to(Some(workload))
    }

    /// The same where the workload may be unknown, and with it the numbers of its named ports.
    pub fn leads_to(&self, workload: Option<&Workload>) -> Option<u16> {
        let is_udp = self.protocol == Protocol::Udp;
        match self.target {
            TargetPort::Number(number) => Some(number),
            TargetPort::Name(name) => {
                let mut named = workload?.ports.iter().filter(|port| port.name == Some(name));
                named.find(|port| port.udp == is_udp).map(|port| port.number)
            }
        }
    }
}

/// Where a service port leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port; each workload may give it another number.
    Name(Symbol),
}

/// How Istio treats a port, by its own table (`appProtocol`, then the name's prefix, then well-known ports).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1
    Http,
    /// HTTP/2
    Http2,
    /// gRPC, gRPC-Web included
    Grpc,
    /// Declared, and not HTTP: `tcp`, `tls`, `https`, `mongo`, `mysql`, `redis`, …
    Tcp,
    /// Not declared: Istio looks at the first bytes.
    Auto,
    /// `protocol: UDP`; the mesh does not carry it. What TCP traffic there is at its number, Istio takes for raw.
    Udp,
}

impl Protocol {
    /// Whether the port is declared to carry HTTP.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Http2 | Self::Grpc)
    }
}

/// A method and path that a service answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `GET`; for gRPC `POST`.
    pub method: Symbol,
    /// `/api/v1/users/{id}`; for gRPC `/pkg.Service/Method`.
    pub path: Symbol,
    /// Where it is declared.
    pub span: Span,
}

/// An Istio `Gateway` with its selector, or a Gateway API `Gateway` (whose pods carry
/// `gateway.networking.k8s.io/gateway-name`).
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its namespace and name.
    pub key: Key,
    /// The labels of the pods that it configures, in any namespace for Istio's kind.
    pub selector: Labels,
    /// Whether only pods of its own namespace are meant (Gateway API).
    pub own_namespace: bool,
    /// What it listens for.
    pub servers: Vec<Server>,
    /// Where it is declared.
    pub span: Span,
}

/// One server of a `Gateway`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The port that it names: of the Service in front of the pods, or of the pods.
    pub number: u16,
    /// What its proxy takes the traffic for once TLS has ended there.
    pub protocol: Protocol,
    /// Whether clients speak TLS to it.
    pub tls: bool,
    /// Whether it asks clients for certificates. No identity arrives without one.
    pub certificates: bool,
}

impl Gateway {
    /// Whether it configures pods with these labels.
    pub fn is_of(&self, namespace: &str, labels: &Labels) -> bool {
        let reaches = !self.own_namespace || self.key.namespace == namespace;
        reaches && !self.selector.is_empty() && selects(&self.selector, labels)
    }

    /// Whether its servers hold for a gateway with these labels: without a selector, for every gateway.
    pub(super) fn configures(&self, namespace: &str, labels: &Labels) -> bool {
        self.selector.is_empty() || self.is_of(namespace, labels)
    }
}

/// A `Gateway` of the Gateway API that is a waypoint: what ztunnels send to services or pods goes through it.
#[derive(Clone, Debug)]
pub struct Waypoint {
    /// Its namespace and name.
    pub key: Key,
    /// `istio.io/waypoint-for` of it or of its class: `service`, `workload`, `all`, `none`, or what else is written there.
    pub serves: Symbol,
    /// Whose services and workloads may use it.
    pub admits: Admits,
    /// The account that its pods run as, by what it says itself.
    pub account: Symbol,
    /// Whether it has an address; one that says nothing of its status is taken to have one.
    pub ready: bool,
    /// Whether traffic comes to it by another way than its tunnel (`ambient.istio.io/waypoint-inbound-binding`).
    pub bound: bool,
    /// Where it is declared.
    pub span: Span,
}

/// `allowedRoutes.namespaces` of the listener of a waypoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admits {
    /// Every namespace.
    All,
    /// None: it asks for labels, and does not say which.
    None,
    /// Its own namespace.
    Same,
    /// Namespaces with such labels.
    Selector(LabelSelector),
}

/// What is asked of labels: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels`
    pub labels: Labels,
    /// `matchExpressions`
    pub expressions: Vec<LabelExpression>,
}

/// One of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelExpression {
    /// The name of the label.
    pub key: Symbol,
    /// What its value must be.
    pub asks: LabelAsks,
}

/// The operator of an expression with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelAsks {
    /// `DoesNotExist`
    DoesNotExist,
    /// `Exists`
    Exists,
    /// `In`
    In(Vec<Symbol>),
    /// `NotIn`, which a missing label satisfies.
    NotIn(Vec<Symbol>),
}

impl LabelSelector {
    /// Whether labels are such ones. One that asks nothing takes all.
    pub fn selects(&self, labels: &Labels) -> bool {
        let holds = |expression: &LabelExpression| match (&expression.asks, labels.get(&expression.key)) {
            (LabelAsks::DoesNotExist, value) => value.is_none(),
            (LabelAsks::Exists, value) => value.is_some(),
            (LabelAsks::In(values), value) => value.is_some_and(|value| values.contains(value)),
            (LabelAsks::NotIn(values), value) => value.is_none_or(|value| !values.contains(value)),
        };
        selects(&self.labels, labels) && self.expressions.iter().all(holds)
    }
}

/// An AuthorizationPolicy, PeerAuthentication or RequestAuthentication among the manifests.
#[derive(Clone, Debug)]
pub struct SecurityResource {
    /// `AuthorizationPolicy`, …
    pub kind: Symbol,
    /// Its namespace and name.
    pub key: Key,
    /// Its `app.kubernetes.io/managed-by` and other labels.
    pub labels: Labels,
    /// `spec.selector.matchLabels`; empty for the whole scope.
    pub selector: Labels,
    /// `spec.action` of an AuthorizationPolicy (default `ALLOW`).
    pub action: Symbol,
    /// How many rules it has; an ALLOW without rules opens nothing.
    pub rules: usize,
    /// `spec.mtls.mode` and each `portLevelMtls` mode of a PeerAuthentication.
    pub modes: IndexSet<Symbol>,
    /// Where it is declared.
    pub span: Span,
}

impl SecurityResource {
    /// Whether a build of this project made it.
    pub fn is_built_by(&self, project: &str) -> bool {
        let label = |key: &str| self.labels.get(key).map(Symbol::as_str);
        label("app.kubernetes.io/managed-by") == Some("meshward")
            && label("app.kubernetes.io/part-of") == Some(project)
    }
}
