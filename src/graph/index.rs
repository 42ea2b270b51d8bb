//! The ways into the graph that a check asks thousands of times: workloads by label, services by name.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::model::{Backend, Key, Labels, Protocol, Service, ServiceGraph, Workload};

/// Positions in `workloads` and `services`, made once by [`ServiceGraph::finish`].
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    workloads_by_label: FxHashMap<(SmolStr, SmolStr, SmolStr), Vec<u32>>,
    workloads_by_namespace: FxHashMap<SmolStr, Vec<u32>>,
    workloads_by_name: FxHashMap<SmolStr, Vec<u32>>,
    services_by_name: FxHashMap<SmolStr, Vec<u32>>,
    services_by_namespace: FxHashMap<SmolStr, Vec<u32>>,
}

impl ServiceGraph {
    /// Sorts everything by namespace and name and makes the indexes. Called once, when all facts are in.
    pub fn finish(&mut self) {
        self.namespaces.sort_unstable_keys();
        self.services.sort_unstable_keys();
        self.accounts.sort_unstable_keys();
        self.workloads.sort_by(|a, b| (&a.key, &a.kind).cmp(&(&b.key, &b.kind)));
        let mut index = Index::default();
        for (position, workload) in self.workloads.iter().enumerate() {
            let position = position as u32;
            let namespace = &workload.key.namespace;
            index.workloads_by_namespace.entry(namespace.clone()).or_default().push(position);
            index.workloads_by_name.entry(workload.key.name.clone()).or_default().push(position);
            for (key, value) in &workload.labels {
                let label = (namespace.clone(), key.clone(), value.clone());
                index.workloads_by_label.entry(label).or_default().push(position);
            }
        }
        for (position, key) in self.services.keys().enumerate() {
            index.services_by_name.entry(key.name.clone()).or_default().push(position as u32);
            index.services_by_namespace.entry(key.namespace.clone()).or_default().push(position as u32);
        }
        self.index = index;
        self.declare_ports();
    }

    /// Tells each workload what its Services say about its ports.
    fn declare_ports(&mut self) {
        let mut declared: FxHashMap<*const Workload, Vec<(u16, Protocol)>> = FxHashMap::default();
        for service in self.services.values() {
            for workload in self.workloads_of(service) {
                let ports = declared.entry(std::ptr::from_ref(workload)).or_default();
                for port in &service.ports {
                    ports.extend(port.target.numbers(workload).map(|number| (number, port.protocol)));
                }
            }
        }
        let mut lists: Vec<_> = self
            .workloads
            .iter()
            .map(|workload| declared.remove(&std::ptr::from_ref(workload)).unwrap_or_default())
            .collect();
        for (workload, list) in self.workloads.iter_mut().zip(&mut lists) {
            list.sort_unstable();
            list.dedup();
            workload.declared = std::mem::take(list);
        }
    }

    /// The workloads of a namespace whose labels contain `selector`, by Kubernetes' rule: an empty selector
    /// takes all.
    pub fn select<'a>(&'a self, namespace: &str, selector: &'a Labels) -> impl Iterator<Item = &'a Workload> {
        self.select_positions(namespace, selector).map(|position| &self.workloads[position])
    }

    /// The same as positions in `workloads`.
    pub(super) fn select_positions<'a>(
        &'a self,
        namespace: &str,
        selector: &'a Labels,
    ) -> impl Iterator<Item = usize> + 'a {
        let none: &[u32] = &[];
        // The rarest label leaves the fewest workloads to look at.
        let candidates = selector
            .iter()
            .map(|(key, value)| {
                let label = (SmolStr::new(namespace), key.clone(), value.clone());
                self.index.workloads_by_label.get(&label).map_or(none, Vec::as_slice)
            })
            .min_by_key(|found| found.len())
            .unwrap_or_else(|| self.index.workloads_by_namespace.get(namespace).map_or(none, Vec::as_slice));
        candidates.iter().map(|position| *position as usize).filter(|position| {
            let labels = &self.workloads[*position].labels;
            selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        })
    }

    /// The workloads behind a service; none where it has no selector or an empty one.
    pub fn workloads_of<'a>(&'a self, service: &'a Service) -> Vec<&'a Workload> {
        match &service.backend {
            Backend::Selector(selector) if !selector.is_empty() => {
                self.select(&service.key.namespace, selector).collect()
            }
            Backend::Selector(_) | Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry => {
                Vec::new()
            }
        }
    }

    /// All workloads of a namespace, sorted by name.
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        let positions = self.index.workloads_by_namespace.get(namespace).map_or(&[] as &[u32], Vec::as_slice);
        positions.iter().map(|position| &self.workloads[*position as usize])
    }

    /// The workloads of that namespace and name, of any kind.
    pub fn workloads_named(&self, key: &Key) -> Vec<&Workload> {
        // A name such as `api` occurs in many namespaces; its workloads are sorted by them.
        let positions = self.index.workloads_by_name.get(&key.name).map_or(&[] as &[u32], Vec::as_slice);
        let workload = |position: &u32| &self.workloads[*position as usize];
        let first = positions.partition_point(|position| workload(position).key.namespace < key.namespace);
        positions[first..].iter().map(workload).take_while(|workload| workload.key == *key).collect()
    }

    /// The workloads of that name in any namespace.
    pub fn workloads_called(&self, name: &str) -> impl Iterator<Item = &Workload> {
        let positions = self.index.workloads_by_name.get(name).map_or(&[] as &[u32], Vec::as_slice);
        positions.iter().map(|position| &self.workloads[*position as usize])
    }

    /// The services of that name in any namespace.
    pub fn services_called(&self, name: &str) -> impl Iterator<Item = &Service> {
        let positions = self.index.services_by_name.get(name).map_or(&[] as &[u32], Vec::as_slice);
        positions.iter().map(|position| &self.services[*position as usize])
    }

    /// The services of a namespace, sorted by name.
    pub fn services_in(&self, namespace: &str) -> impl Iterator<Item = &Service> {
        let positions = self.index.services_by_namespace.get(namespace).map_or(&[] as &[u32], Vec::as_slice);
        positions.iter().map(|position| &self.services[*position as usize])
    }

    /// Whether pods with these labels are a gateway's.
    pub fn is_gateway(&self, namespace: &str, labels: &Labels) -> bool {
        self.gateways.iter().any(|gateway| {
            let reaches = !gateway.own_namespace || gateway.key.namespace == namespace;
            let selects = gateway.selector.iter().all(|(key, value)| labels.get(key) == Some(value));
            reaches && selects && !gateway.selector.is_empty()
        })
    }
}
