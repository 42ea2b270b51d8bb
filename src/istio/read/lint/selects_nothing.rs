//! `selects-nothing`: an object whose selector, targets or namespace fit nothing that is known, as a typing error
//! makes it. Such a policy protects nobody.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, MOST_LOOKS, code, did_you_mean, may_look, sparingly};
use crate::graph::{Key, Labels, ServiceGraph, Workload, selects, tells_pods_apart};
use crate::istio::resources::{
    Bundle, Metadata, Object, PeerAuthentication, Resource, TargetRef, WorkloadSelector,
};
use crate::source::{Span, Symbol};

/// Looks for the pods and services of every object among those of the graph. Without any workload in it nothing
/// is known, and nothing is said. What selects single pods of a workload is not modelled.
pub fn selects_nothing(bundle: &Bundle, graph: &ServiceGraph, root_namespace: &str) -> Vec<Diagnostic> {
    if graph.workloads.is_empty() {
        return Vec::new();
    }
    let view = View { graph, root_namespace, inhabited: inhabited(graph) };
    sparingly(MOST_LOOKS, || bundle.objects.iter().filter_map(|object| view.judge(object)).collect())
}

/// The namespaces in which something lies, or can lie without being among the manifests.
fn inhabited(graph: &ServiceGraph) -> BTreeSet<Symbol> {
    let workloads = graph.workloads.iter().map(|workload| workload.key.namespace);
    let named = graph.services.keys().chain(graph.waypoints.keys()).map(|key| key.namespace);
    let gateways = graph.gateways.iter().map(|gateway| gateway.key.namespace);
    workloads.chain(named).chain(gateways).collect()
}

struct View<'a> {
    graph: &'a ServiceGraph,
    root_namespace: &'a str,
    inhabited: BTreeSet<Symbol>,
}

impl View<'_> {
    fn judge(&self, object: &Object) -> Option<Diagnostic> {
        let place = object.place.as_ref()?.target;
        let metadata = object.resource.metadata();
        if let Some(diagnostic) = self.of_single_pods(object, place) {
            return Some(diagnostic);
        }
        let complaint = match &object.resource {
            Resource::AuthorizationPolicy(policy) => self
                .without_target(metadata, &policy.spec.target_refs)
                .or_else(|| self.without_pods(metadata, policy.spec.selector.as_ref(), true)),
            Resource::PeerAuthentication(authentication) => self.of_peers(authentication),
            Resource::RequestAuthentication(authentication) => self
                .without_target(metadata, &authentication.spec.target_refs)
                .or_else(|| self.without_pods(metadata, authentication.spec.selector.as_ref(), true)),
        }
        .or_else(|| self.in_an_empty_namespace(&object.resource))?;
        let kind = object.resource.kind();
        let message = format!("`{kind} {}/{}` selects nothing", metadata.namespace, metadata.name);
        let diagnostic = Diagnostic::new(code::SELECTS_NOTHING, message, place, complaint.label);
        Some(match complaint.advice {
            Some(advice) => diagnostic.note(advice),
            None => diagnostic,
        })
    }

    /// What its selector takes is some pods of a workload, and not nothing.
    fn of_single_pods(&self, object: &Object, place: Span) -> Option<Diagnostic> {
        let metadata = object.resource.metadata();
        let selector = &object.resource.selector()?.match_labels;
        // Few do, and to look through the pods for each object takes long.
        if !selector.keys().any(|label| tells_pods_apart(label)) {
            return None;
        }
        let is_mesh_wide = metadata.namespace == self.root_namespace;
        let in_scope = |workload: &&Workload| is_mesh_wide || workload.key.namespace == metadata.namespace;
        let mut pods = self.graph.workloads.iter().filter(in_scope);
        let (workload, label) = pods.find_map(|pods| Some((pods, pods.divided_by(selector)?)))?;
        let kind = object.resource.kind();
        let message = format!("`{kind} {}/{}` selects single pods", metadata.namespace, metadata.name);
        let reason = format!("which pods of `{}` have `{label}` is not modelled", workload.key);
        let diagnostic = Diagnostic::new(code::NOT_MODELLED, message, place, reason);
        Some(diagnostic.note("questions about these pods are not answered"))
    }

    /// In the root namespace Istio ignores one with a selector (`policy_applier.go`).
    fn of_peers(&self, authentication: &PeerAuthentication) -> Option<Complaint> {
        let metadata = &authentication.metadata;
        let selector =
            authentication.spec.selector.as_ref().filter(|selector| !selector.match_labels.is_empty())?;
        if metadata.namespace == self.root_namespace {
            let label = "in the root namespace Istio ignores a PeerAuthentication with a selector";
            let advice =
                "leave the selector out for the whole mesh, or move it into the namespace of the pods";
            return Some(Complaint { label: label.to_owned(), advice: Some(advice.to_owned()) });
        }
        self.without_pods(metadata, Some(selector), false)
    }

    /// A selector in the root namespace is for pods of every namespace, if `mesh_wide` holds for the kind.
    fn without_pods(
        &self,
        metadata: &Metadata,
        selector: Option<&WorkloadSelector>,
        mesh_wide: bool,
    ) -> Option<Complaint> {
        let selector = selector.filter(|selector| !selector.match_labels.is_empty())?;
        let everywhere = mesh_wide && metadata.namespace == self.root_namespace;
        let in_scope = |workload: &&Workload| everywhere || workload.key.namespace == metadata.namespace;
        let pods = || self.graph.workloads.iter().filter(in_scope);
        let fits = |labels: &Labels| selects(&selector.match_labels, labels);
        let is_gateway = self.graph.gateways.iter().any(|gateway| {
            (everywhere || !gateway.own_namespace || gateway.key.namespace == metadata.namespace)
                && fits(&gateway.selector)
        });
        let has_pods = if everywhere {
            pods().any(|workload| fits(&workload.labels))
        } else {
            self.graph.select(&metadata.namespace, &selector.match_labels).next().is_some()
        };
        if is_gateway || has_pods {
            return None;
        }
        let scope = if everywhere { "the mesh".to_owned() } else { format!("`{}`", metadata.namespace) };
        let label = format!("no workload of {scope} among the manifests has these labels");
        Some(Complaint {
            label,
            advice: may_look().then(|| near_label(selector, &pods().collect::<Vec<_>>())).flatten(),
        })
    }

    /// What holds for a whole namespace, where nothing lies. The root namespace stands for the mesh.
    fn in_an_empty_namespace(&self, resource: &Resource) -> Option<Complaint> {
        let namespace = resource.metadata().namespace;
        let is_attached = match resource {
            Resource::AuthorizationPolicy(policy) => !policy.spec.target_refs.is_empty(),
            Resource::PeerAuthentication(_) => false,
            Resource::RequestAuthentication(authentication) => !authentication.spec.target_refs.is_empty(),
        };
        if is_attached || namespace == self.root_namespace || self.inhabited.contains(&namespace) {
            return None;
        }
        let label = format!("no workload of `{namespace}` is among the manifests");
        let advice = did_you_mean(&namespace, self.inhabited.iter().map(Symbol::as_str));
        Some(Complaint { label, advice })
    }

    /// Targets that no manifest declares. Gateways of the Gateway API are not all known to the graph.
    fn without_target(&self, metadata: &Metadata, targets: &[TargetRef]) -> Option<Complaint> {
        let is_missing = |target: &TargetRef| {
            let is_service = matches!(target.kind.as_str(), "Service" | "ServiceEntry");
            let key = Key::new(metadata.namespace, target.name);
            is_service && !self.graph.services.contains_key(&key)
        };
        if targets.is_empty() || !targets.iter().all(is_missing) {
            return None;
        }
        let names = targets.iter().map(|target| format!("`{} {}`", target.kind, target.name));
        let names: Vec<String> = names.collect();
        let label = format!("there is no {} in `{}`", names.join(" and no "), metadata.namespace);
        let services = self.graph.services.keys().filter(|key| key.namespace == metadata.namespace);
        let services = services.map(|key| key.name.as_str());
        Some(Complaint { label, advice: did_you_mean(&targets[0].name, services) })
    }
}

struct Complaint {
    label: String,
    advice: Option<String>,
}

/// A value that a pod has under a key whose value fits none.
fn near_label(selector: &WorkloadSelector, pods: &[&Workload]) -> Option<String> {
    selector.match_labels.iter().find_map(|(key, value)| {
        let values: BTreeSet<&Symbol> = pods.iter().filter_map(|pod| pod.labels.get(key)).collect();
        if values.contains(value) {
            return None;
        }
        if values.is_empty() {
            let keys: BTreeSet<&Symbol> = pods.iter().flat_map(|pod| pod.labels.keys()).collect();
            return did_you_mean(key, keys.into_iter().map(Symbol::as_str));
        }
        did_you_mean(value, values.into_iter().map(Symbol::as_str))
    })
}
