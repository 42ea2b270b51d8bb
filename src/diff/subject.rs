//! What is compared: the workloads of both worlds, each with its counterpart, the pods that objects speak of though no
//! workload is known to run them, and the ports at which policies are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::{Key, Protocol, Workload};
use crate::istio::resources::Resource;
use crate::policy::Labels;
use crate::query::World;

/// Some pods in both worlds, or in one of them.
pub(super) struct Subject<'a> {
    /// The workload, or what is known of the pods.
    pub(super) key: Key,
    pub(super) old: Option<Pods<'a>>,
    pub(super) new: Option<Pods<'a>>,
}

/// Some pods in one world.
#[derive(Clone, Copy)]
pub(super) struct Pods<'a> {
    pub(super) namespace: &'a str,
    pub(super) labels: &'a Labels,
    /// What runs them, if that is known.
    pub(super) workload: Option<&'a Workload>,
}

impl<'a> From<&'a Workload> for Pods<'a> {
    fn from(workload: &'a Workload) -> Self {
        Self { namespace: &workload.key.namespace, labels: &workload.labels, workload: Some(workload) }
    }
}

/// Everything outside of the namespaces in `untouched`, sorted.
pub(super) fn subjects<'a>(old: &'a World, new: &'a World, untouched: &FxHashSet<&str>) -> Vec<Subject<'a>> {
    let mut subjects = workloads(old, new, untouched);
    subjects.extend(unknown(old, new, untouched));
    subjects
}

/// The workloads by namespace and name. Of several of one name those of one kind belong together, then those that are
/// left over.
fn workloads<'a>(old: &'a World, new: &'a World, untouched: &FxHashSet<&str>) -> Vec<Subject<'a>> {
    let mut by_key: BTreeMap<&Key, [Vec<&Workload>; 2]> = BTreeMap::new();
    for (side, world) in [old, new].into_iter().enumerate() {
        let touched = |workload: &&Workload| !untouched.contains(workload.key.namespace.as_str());
        for workload in world.graph.workloads.iter().filter(touched) {
            by_key.entry(&workload.key).or_default()[side].push(workload);
        }
    }
    let subject = |key: &Key, old: Option<&'a Workload>, new: Option<&'a Workload>| Subject {
        key: *key,
        old: old.map(Pods::from),
        new: new.map(Pods::from),
    };
    let mut subjects = Vec::new();
    for (key, [old, new]) in by_key {
        let mut new: Vec<Option<&Workload>> = new.into_iter().map(Some).collect();
        let mut left = Vec::new();
        for old in old {
            let twin = new.iter_mut().find(|new| new.is_some_and(|new| new.kind == old.kind));
            match twin.and_then(Option::take) {
                Some(twin) => subjects.push(subject(key, Some(old), Some(twin))),
                None => left.push(old),
            }
        }
        let mut new = new.into_iter().flatten();
        for old in left {
            subjects.push(subject(key, Some(old), new.next()));
        }
        subjects.extend(new.map(|new| subject(key, None, Some(new))));
    }
    subjects
}

static NO_LABELS: LazyLock<Labels> = LazyLock::new(Labels::new);

/// The pods that objects select though neither world knows of any, once for each namespace and selector.
fn unknown<'a>(old: &'a World, new: &'a World, untouched: &FxHashSet<&str>) -> Vec<Subject<'a>> {
    let mut selected: BTreeSet<(&str, &Labels)> = BTreeSet::new();
    for object in old.bundle.objects.iter().chain(&new.bundle.objects) {
        let namespace = object.resource.metadata().namespace.as_str();
        if !untouched.contains(namespace) {
            selected.extend(selected_by(&object.resource).map(|labels| (namespace, labels)));
        }
    }
    let is_known = |(namespace, labels): &(&str, &Labels)| {
        [old, new].iter().any(|world| world.graph.select(namespace, labels).next().is_some())
    };
    let subject = |(namespace, labels): (&'a str, &'a Labels)| {
        let pods = Pods { namespace, labels, workload: None };
        let list: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let name =
            if list.is_empty() { "all pods".to_owned() } else { format!("pods with {}", list.join(", ")) };
        Subject { key: Key::new(namespace, name), old: Some(pods), new: Some(pods) }
    };
    selected.into_iter().filter(|pods| !is_known(pods)).map(subject).collect()
}

/// The labels of the pods that an object holds for: none where it takes all of its namespace. `None` for what is
/// attached to something by name.
fn selected_by(resource: &Resource) -> Option<&Labels> {
    let (selector, is_attached) = match resource {
        Resource::AuthorizationPolicy(policy) => (&policy.spec.selector, !policy.spec.target_refs.is_empty()),
        Resource::PeerAuthentication(policy) => (&policy.spec.selector, false),
        Resource::RequestAuthentication(policy) => {
            (&policy.spec.selector, !policy.spec.target_refs.is_empty())
        }
    };
    let labels = selector.as_ref().map_or(&*NO_LABELS, |selector| &*selector.match_labels);
    (!is_attached).then_some(labels)
}

/// The ports that objects speak of, by namespace.
pub(super) struct SpokenOf<'a> {
    namespaces: FxHashMap<&'a str, Vec<Spoken<'a>>>,
    roots: [&'a str; 2],
}

/// The pods that an object holds for, and the ports that it speaks of.
type Spoken<'a> = (&'a Labels, Vec<u16>);

impl<'a> SpokenOf<'a> {
    pub(super) fn new(old: &'a World, new: &'a World, untouched: &FxHashSet<&str>) -> Self {
        let mut namespaces: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        let roots = [old.mesh.root_namespace.as_str(), new.mesh.root_namespace.as_str()];
        for object in old.bundle.objects.iter().chain(&new.bundle.objects) {
            let namespace = object.resource.metadata().namespace.as_str();
            let Some(selector) = selected_by(&object.resource) else { continue };
            if untouched.contains(namespace) && !roots.contains(&namespace) {
                continue;
            }
            let ports = ports_of(&object.resource);
            if !ports.is_empty() {
                namespaces.entry(namespace).or_default().push((selector, ports));
            }
        }
        Self { namespaces, roots }
    }

    fn about(&self, pods: Pods<'a>) -> impl Iterator<Item = u16> + '_ {
        let selects = move |selector: &Labels| {
            selector.iter().all(|(name, value)| pods.labels.get(name) == Some(value))
        };
        let places = [pods.namespace, self.roots[0], self.roots[1]];
        let objects = places.into_iter().filter_map(|place| self.namespaces.get(place)).flatten();
        objects.filter(move |(selector, _)| selects(selector)).flat_map(|(_, ports)| ports.iter().copied())
    }
}

fn ports_of(resource: &Resource) -> Vec<u16> {
    let mut ports: Vec<u16> = match resource {
        Resource::AuthorizationPolicy(policy) => {
            let rules = &policy.spec.rules;
            let operations = rules.iter().flat_map(|rule| &rule.to).map(|to| &to.operation);
            let listed = operations.flat_map(|operation| operation.ports.iter().chain(&operation.not_ports));
            let keyed =
                rules.iter().flat_map(|rule| &rule.when).filter(|when| when.key == "destination.port");
            let values = keyed.flat_map(|when| when.values.iter().chain(&when.not_values));
            listed
                .filter_map(|port| port.parse().ok())
                .chain(values.filter_map(|port| port.parse().ok()))
                .collect()
        }
        Resource::PeerAuthentication(policy) => {
            policy.spec.port_level_mtls.keys().filter_map(|port| port.parse().ok()).collect()
        }
        Resource::RequestAuthentication(_) => Vec::new(),
    };
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The ports of some pods: those that are known of them, those that some object speaks of, and one that stands for all
/// others.
pub(super) struct Ports {
    pub(super) known: BTreeSet<u16>,
    pub(super) unlisted: u16,
}

impl Ports {
    pub(super) fn new<'a>(subject: &Subject<'a>, spoken_of: &SpokenOf<'a>) -> Self {
        let mut known = BTreeSet::new();
        for pods in subject.old.into_iter().chain(subject.new) {
            known.extend(spoken_of.about(pods));
            let Some(workload) = pods.workload else { continue };
            known.extend(workload.ports.iter().filter(|port| !port.udp).map(|port| port.number));
            let declared = workload.declared.iter().filter(|(_, protocol)| *protocol != Protocol::Udp);
            known.extend(declared.map(|(number, _)| *number));
        }
        let unlisted = (1..=u16::MAX).rev().find(|port| !known.contains(port)).unwrap_or(u16::MAX);
        Self { known, unlisted }
    }

    /// All of them.
    pub(super) fn all(&self) -> BTreeSet<u16> {
        self.known.iter().copied().chain([self.unlisted]).collect()
    }
}
