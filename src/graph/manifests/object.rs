//! Finds the Kubernetes objects among the documents: tells the kinds, and reads the name and namespace that
//! every object has.

use std::collections::HashSet;

use super::Manifest;
use super::document::{Document, documents, holds};
use super::fields::Fields;
use super::generated::{is_generated, own_name};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::model::{Key, Labels};
use crate::graph::{check_label, check_label_value, check_subdomain};
use crate::source::{Span, Spanned, Symbol};
use crate::yaml::Node;

/// What an object tells the graph. The order is the one in which objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Namespace,
    ServiceAccount,
    Service,
    ServiceEntry,
    Workload,
    GatewayClass,
    IstioGateway,
    KubernetesGateway,
    Security,
    ConfigMap,
}

/// API group and kind of everything that is read, sorted. The same kind in another group (a Knative
/// `Service`, a Linkerd `AuthorizationPolicy`) is something else.
const KINDS: &[(&str, &str, Kind)] = &[
    ("", "ConfigMap", Kind::ConfigMap),
    ("", "Namespace", Kind::Namespace),
    ("", "Pod", Kind::Workload),
    ("", "ReplicationController", Kind::Workload),
    ("", "Service", Kind::Service),
    ("", "ServiceAccount", Kind::ServiceAccount),
    ("apps", "DaemonSet", Kind::Workload),
    ("apps", "Deployment", Kind::Workload),
    ("apps", "ReplicaSet", Kind::Workload),
    ("apps", "StatefulSet", Kind::Workload),
    ("apps.openshift.io", "DeploymentConfig", Kind::Workload),
    ("argoproj.io", "Rollout", Kind::Workload),
    ("batch", "CronJob", Kind::Workload),
    ("batch", "Job", Kind::Workload),
    ("extensions", "DaemonSet", Kind::Workload),
    ("extensions", "Deployment", Kind::Workload),
    ("extensions", "ReplicaSet", Kind::Workload),
    ("gateway.networking.k8s.io", "Gateway", Kind::KubernetesGateway),
    ("gateway.networking.k8s.io", "GatewayClass", Kind::GatewayClass),
    ("networking.istio.io", "Gateway", Kind::IstioGateway),
    ("networking.istio.io", "ServiceEntry", Kind::ServiceEntry),
    ("security.istio.io", "AuthorizationPolicy", Kind::Security),
    ("security.istio.io", "PeerAuthentication", Kind::Security),
    ("security.istio.io", "RequestAuthentication", Kind::Security),
];

/// A Kubernetes object of a known kind.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pub(super) kind: Kind,
    /// `Deployment`, …
    pub(super) kind_name: Symbol,
    /// For a Namespace and for a `GatewayClass`, which lie in none, their name stands in both parts.
    pub(super) key: Key,
    /// Its name, as the place where it is declared.
    pub(super) span: Span,
    /// Whether the cluster gives it its name, of which the prefix alone is known.
    is_generated: bool,
    pub(super) node: &'a Node,
}

impl Kind {
    /// Whether `istio::read` reads it too.
    pub(super) fn is_security(self) -> bool {
        self == Self::Security
    }
}

impl<'a> Object<'a> {
    /// `metadata`
    pub(super) fn metadata(&self) -> Option<&'a Node> {
        self.node.get("metadata")
    }

    /// When the API server made it, as it is spelled there.
    pub(super) fn created(&self) -> Option<Symbol> {
        let timestamp = self.metadata()?.get("creationTimestamp")?.as_scalar()?;
        Some(timestamp.text)
    }

    /// `metadata.labels`
    pub(super) fn labels(&self, fields: &mut Fields<'_>) -> Labels {
        self.metadata().map(|metadata| fields.labels(metadata, "labels")).unwrap_or_default()
    }

    /// Those of `metadata.labels` that are Istio's, and that Kubernetes would not refuse.
    pub(super) fn mesh_labels(&self) -> Labels {
        let labels = self.metadata().and_then(|metadata| metadata.get("labels")).and_then(Node::as_mapping);
        let entries = labels.map(|labels| labels.entries.as_slice()).unwrap_or_default();
        let of_mesh = entries.iter().filter(|(key, _)| key.node.contains("istio.io/"));
        let texts = of_mesh.filter_map(|(key, value)| Some((key.node, value.as_scalar()?.text)));
        // An empty value is one, and hides that of the namespace.
        texts.filter(|(_, text)| text.is_empty() || check_label_value(text).is_ok()).collect()
    }

    /// The value of one of `metadata.annotations`.
    pub(super) fn annotation(&self, key: &str) -> Option<Symbol> {
        let value = self.metadata()?.get("annotations")?.get(key)?.as_scalar()?;
        Some(value.text)
    }

    /// `spec`
    pub(super) fn spec(&self) -> Option<&'a Node> {
        self.node.get("spec")
    }
}

/// Whether a document says that it is a Kubernetes object, of whatever kind.
pub(super) fn is_kubernetes(document: &Node) -> bool {
    document.get("apiVersion").is_some() && document.get("kind").is_some()
}

/// What a kind of an API group tells the graph, and its name.
fn known(group: &str, kind: &str) -> Option<(&'static str, Kind)> {
    let (_, name, kind) = KINDS.iter().find(|(of_group, name, _)| (*of_group, *name) == (group, kind))?;
    Some((name, *kind))
}

/// The documents that hold security resources, for `istio::read`; the graph has what the others say.
pub fn security_documents(mut manifests: Vec<Manifest>) -> Vec<Manifest> {
    let is_security =
        |group: &str, kind: &str| known(group, kind).is_some_and(|(_, kind)| kind.is_security());
    for manifest in &mut manifests {
        manifest.documents.retain(|document| holds(document, is_security));
    }
    manifests.retain(|manifest| !manifest.documents.is_empty());
    manifests
}

/// The workload kinds, of which alone a pod can be a part.
pub(super) fn is_workload_kind(kind: &str) -> bool {
    KINDS.iter().any(|(_, name, what)| *name == kind && *what == Kind::Workload)
}

/// All objects of the wanted kinds, in the order of the files.
pub(super) fn collect<'a>(
    manifests: &'a [Manifest],
    wanted: fn(Kind) -> bool,
    fields: &mut Fields<'_>,
) -> Vec<Object<'a>> {
    let mut objects = Vec::new();
    let mut collector = Collector { wanted, fields, objects: &mut objects };
    for document in documents(manifests) {
        collector.take(document);
    }
    tell_generated_apart(&mut objects);
    objects
}

/// Gives each object whose name the cluster makes a name that no other one has.
fn tell_generated_apart(objects: &mut [Object<'_>]) {
    let mut taken: HashSet<(Symbol, Key)> = objects
        .iter()
        .filter(|object| !object.is_generated)
        .map(|object| (object.kind_name, object.key))
        .collect();
    for object in objects.iter_mut().filter(|object| object.is_generated) {
        let key = |name: &str| (object.kind_name, Key::new(object.key.namespace, name));
        let name = own_name(&object.key.name, |name| taken.contains(&key(name)));
        let named = key(&name);
        taken.insert(named);
        object.key = named.1;
    }
}

struct Collector<'a, 'f, 'd> {
    wanted: fn(Kind) -> bool,
    fields: &'f mut Fields<'d>,
    objects: &'f mut Vec<Object<'a>>,
}

impl<'a> Collector<'a, '_, '_> {
    fn take(&mut self, document: Document<'a>) {
        if document.version.is_none() {
            self.report_without_version(document.node, document.kind);
            return;
        }
        if document.kind.ends_with("List") {
            // Only a list that can not be unpacked comes here.
            self.fields.items(document.node, "items");
            return;
        }
        if let Some((name, kind)) = known(document.group(), document.kind)
            && (self.wanted)(kind)
            && let Some(object) = self.object(&document, kind, name)
        {
            self.objects.push(object);
        }
    }

    fn object(&mut self, document: &Document<'a>, kind: Kind, kind_name: &str) -> Option<Object<'a>> {
        let node = document.node;
        let place = node.get("kind").map_or(node.span, |kind| kind.span);
        let metadata = self.fields.required(node, "metadata", place)?;
        let name = self.name(metadata, kind);
        let namespace = self.namespace(metadata, document);
        let name = name?;
        let namespace = match kind {
            Kind::Namespace | Kind::GatewayClass => name.node,
            Kind::ServiceAccount
            | Kind::Service
            | Kind::ServiceEntry
            | Kind::Workload
            | Kind::IstioGateway
            | Kind::KubernetesGateway
            | Kind::Security
            | Kind::ConfigMap => namespace?,
        };
        let key = Key::new(namespace, name.node);
        let kind_name = Symbol::new(kind_name);
        Some(Object { kind, kind_name, key, span: name.span, is_generated: is_generated(document), node })
    }

    /// `name`, else `generateName` as Jobs and Pods have it.
    fn name(&mut self, metadata: &Node, kind: Kind) -> Option<Spanned<Symbol>> {
        if metadata.get("name").is_none()
            && let Some(prefix) = self.fields.string(metadata, "generateName")
        {
            return Some(prefix.map(|prefix| Symbol::new(prefix.trim_end_matches('-'))));
        }
        let node = self.fields.required(metadata, "metadata.name", metadata.span)?;
        let check = match kind {
            Kind::Namespace | Kind::Service => check_label,
            Kind::ServiceAccount
            | Kind::ServiceEntry
            | Kind::Workload
            | Kind::GatewayClass
            | Kind::IstioGateway
            | Kind::KubernetesGateway
            | Kind::Security
            | Kind::ConfigMap => check_subdomain,
        };
        let name = self.fields.name(node, check)?;
        if name.is_empty() {
            let message = "`metadata.name` is empty";
            let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, node.span, "no name");
            self.fields.report(diagnostic);
            return None;
        }
        Some(Spanned::new(name, node.span))
    }

    /// The namespace that is stated, else the manifest's; nothing where the stated one is wrong.
    fn namespace(&mut self, metadata: &Node, document: &Document<'_>) -> Option<Symbol> {
        let stated = match metadata.get("namespace") {
            Some(node) => self.fields.name(node, check_label)?,
            None => Symbol::default(),
        };
        if !stated.is_empty() {
            return Some(stated);
        }
        Some(document.default_namespace())
    }

    /// Other tools have a `kind` too, so only what looks like one of ours is reported.
    fn report_without_version(&mut self, document: &Node, kind: &str) {
        let known = KINDS.iter().any(|(_, name, known)| *name == kind && (self.wanted)(*known));
        if known && document.get("metadata").is_some() {
            let message = format!("this `{kind}` has no `apiVersion`");
            let span = document.get("kind").map_or(document.span, |kind| kind.span);
            self.fields.report(Diagnostic::new(
                code::INVALID_MANIFEST,
                message,
                span,
                "its version is missing",
            ));
        }
    }
}
