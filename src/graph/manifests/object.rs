//! Finds the Kubernetes objects among the documents: unpacks lists, tells the kinds, and reads the name and
//! namespace that every object has.

use smol_str::SmolStr;

use super::Manifest;
use super::fields::Fields;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::model::Key;
use crate::graph::{check_label, check_subdomain};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// What an object tells the graph. The order is the one in which objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Namespace,
    ServiceAccount,
    Service,
    ServiceEntry,
    Workload,
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
    pub(super) kind_name: SmolStr,
    /// For a Namespace its name stands in both parts.
    pub(super) key: Key,
    /// Its name, as the place where it is declared.
    pub(super) span: Span,
    pub(super) node: &'a Node,
}

impl<'a> Object<'a> {
    /// `metadata`
    pub(super) fn metadata(&self) -> Option<&'a Node> {
        self.node.get("metadata")
    }

    /// When the API server made it, as it is spelled there.
    pub(super) fn created(&self) -> Option<SmolStr> {
        let timestamp = self.metadata()?.get("creationTimestamp")?.as_scalar()?;
        Some(timestamp.text.clone())
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

/// The workload kinds, of which alone a pod can be a part.
pub(super) fn is_workload_kind(kind: &str) -> bool {
    KINDS.iter().any(|(_, name, what)| *name == kind && *what == Kind::Workload)
}

/// All objects of known kinds, in the order of the files.
pub(super) fn collect<'a>(manifests: &'a [Manifest], fields: &mut Fields<'_>) -> Vec<Object<'a>> {
    let mut objects = Vec::new();
    for manifest in manifests {
        let mut collector = Collector { manifest, fields, objects: &mut objects };
        for document in &manifest.documents {
            collector.take(document, None);
        }
    }
    objects
}

struct Collector<'a, 'f, 'd> {
    manifest: &'a Manifest,
    fields: &'f mut Fields<'d>,
    objects: &'f mut Vec<Object<'a>>,
}

/// The API version and kind that the items of a `DeploymentList` have when they do not say it themselves.
type ItemKind<'a> = (&'a str, &'a str);

impl<'a> Collector<'a, '_, '_> {
    fn take(&mut self, document: &'a Node, item_of: Option<ItemKind<'a>>) {
        let stated = |key| document.get(key).and_then(Node::as_scalar).map(|scalar| scalar.text.as_str());
        let version = stated("apiVersion").or(item_of.map(|(version, _)| version));
        let Some(kind) = stated("kind").or(item_of.map(|(_, kind)| kind)) else {
            return;
        };
        let Some(version) = version else {
            self.report_without_version(document, kind);
            return;
        };
        // A strategic merge patch is an instruction to kustomize and not an object.
        if document.get("$patch").is_some() {
            return;
        }
        if let Some(item_kind) = kind.strip_suffix("List")
            && document.get("items").is_some()
        {
            let item_of = (!item_kind.is_empty()).then_some((version, item_kind));
            for item in self.fields.items(document, "items") {
                self.take(item, item_of);
            }
            return;
        }
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let known = KINDS.iter().find(|(of_group, name, _)| (*of_group, *name) == (group, kind));
        if let Some((_, name, kind)) = known
            && let Some(object) = self.object(document, *kind, name)
        {
            self.objects.push(object);
        }
    }

    fn object(&mut self, node: &'a Node, kind: Kind, kind_name: &str) -> Option<Object<'a>> {
        let place = node.get("kind").map_or(node.span, |kind| kind.span);
        let metadata = self.fields.required(node, "metadata", place)?;
        let name = self.name(metadata, kind);
        let namespace = self.namespace(metadata);
        let name = name?;
        let namespace = match kind {
            Kind::Namespace => name.node.clone(),
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
        Some(Object { kind, kind_name: SmolStr::new(kind_name), key, span: name.span, node })
    }

    /// `name`, else `generateName` as Jobs and Pods have it.
    fn name(&mut self, metadata: &Node, kind: Kind) -> Option<Spanned<SmolStr>> {
        if metadata.get("name").is_none()
            && let Some(prefix) = self.fields.string(metadata, "generateName")
        {
            return Some(prefix.map(|prefix| SmolStr::new(prefix.trim_end_matches('-'))));
        }
        let node = self.fields.required(metadata, "metadata.name", metadata.span)?;
        let check = match kind {
            Kind::Namespace | Kind::Service => check_label,
            Kind::ServiceAccount
            | Kind::ServiceEntry
            | Kind::Workload
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
    fn namespace(&mut self, metadata: &Node) -> Option<SmolStr> {
        let stated = match metadata.get("namespace") {
            Some(node) => self.fields.name(node, check_label)?,
            None => SmolStr::default(),
        };
        if !stated.is_empty() {
            return Some(stated);
        }
        Some(self.manifest.namespace.clone().unwrap_or_else(|| SmolStr::new_static("default")))
    }

    /// Other tools have a `kind` too, so only what looks like one of ours is reported.
    fn report_without_version(&mut self, document: &Node, kind: &str) {
        let known = KINDS.iter().any(|(_, name, _)| *name == kind);
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
