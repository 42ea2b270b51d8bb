//! The ways into the graph that a check asks thousands of times: workloads by label, services by name.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::model::{Backend, Key, Labels, Protocol, Service, ServiceGraph, Workload, selects};
use crate::source::Symbol;

/// Most names and labels lead to one or two.
type Positions = SmallVec<[u32; 2]>;

/// Positions in `workloads` and `services`, made once by [`ServiceGraph::finish`].
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    workloads_by_label: FxHashMap<(Symbol, Symbol, Symbol), Positions>,
    workloads_by_namespace: FxHashMap<Symbol, Positions>,
    workloads_by_name: FxHashMap<Symbol, Positions>,
    /// Where the workloads of a namespace and name begin; they lie next to each other.
    first_by_key: FxHashMap<Key, u32>,
    services_by_name: FxHashMap<Symbol, Positions>,
    services_by_namespace: FxHashMap<Symbol, Positions>,
    /// For each service the workloads behind it.
    behind: Vec<Box<[u32]>>,
}

impl ServiceGraph {
    /// Sorts everything by namespace and name and makes the indexes. Called once, when all facts are in.
    pub fn finish(&mut self) {
        self.namespaces.sort_unstable_keys();
        self.services.sort_unstable_keys();
        self.accounts.sort_unstable_keys();
        self.waypoints.sort_unstable_keys();
        self.namesakes.sort_by_key(|service| service.key);
        self.workloads.sort_by(|a, b| (&a.key, &a.kind).cmp(&(&b.key, &b.kind)));
        let mut index = Index::default();
        for (position, workload) in self.workloads.iter().enumerate() {
            let position = position as u32;
            let namespace = &workload.key.namespace;
            index.workloads_by_namespace.entry(*namespace).or_default().push(position);
            index.workloads_by_name.entry(workload.key.name).or_default().push(position);
            index.first_by_key.entry(workload.key).or_insert(position);
            for (key, value) in &workload.labels {
                let label = (*namespace, *key, *value);
                index.workloads_by_label.entry(label).or_default().push(position);
            }
        }
        for (position, key) in self.services.keys().enumerate() {
            index.services_by_name.entry(key.name).or_default().push(position as u32);
            index.services_by_namespace.entry(key.namespace).or_default().push(position as u32);
        }
        self.index = index;
        self.index.behind = self.services.values().map(|service| self.positions_behind(service)).collect();
        self.declare_ports();
    }

    fn positions_behind(&self, service: &Service) -> Box<[u32]> {
        match &service.backend {
            Backend::Selector(selector) if !selector.is_empty() => self
                .select_positions(&service.key.namespace, selector)
                .map(|position| position as u32)
                .collect(),
            Backend::Selector(_) | Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry => {
                Box::default()
            }
        }
    }

    /// Tells each workload what its Services say about its ports.
    fn declare_ports(&mut self) {
        for workload in &mut self.workloads {
            workload.declared.clear();
        }
        let of_namesakes: Vec<_> =
            self.namesakes.iter().map(|service| self.positions_behind(service)).collect();
        let services = self.services.values().zip(&self.index.behind);
        for (service, behind) in services.chain(self.namesakes.iter().zip(&of_namesakes)) {
            for position in behind {
                let workload = &mut self.workloads[*position as usize];
                let ports = service.ports.iter();
                let mut declared: Vec<(u16, Protocol)> =
                    ports.filter_map(|port| Some((port.number_at(workload)?, port.protocol))).collect();
                // Of the ports of one Service that lead to one port the first decides.
                declared.sort_by_key(|(number, _)| *number);
                declared.dedup_by_key(|(number, _)| *number);
                workload.declared.extend(declared);
            }
        }
        for workload in &mut self.workloads {
            workload.declared.sort_unstable();
            workload.declared.dedup();
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
                let label = (Symbol::new(namespace), *key, *value);
                self.index.workloads_by_label.get(&label).map_or(none, Positions::as_slice)
            })
            .min_by_key(|found| found.len())
            .unwrap_or_else(|| {
                self.index.workloads_by_namespace.get(namespace).map_or(none, Positions::as_slice)
            });
        candidates.iter().map(|position| *position as usize).filter(|position| {
            let labels = &self.workloads[*position].labels;
            selects(selector, labels)
        })
    }

    /// The workloads behind a service of this graph; none where it has no selector or an empty one.
    pub fn workloads_of(&self, service: &Service) -> Vec<&Workload> {
        let behind =
            self.services.get_index_of(&service.key).and_then(|service| self.index.behind.get(service));
        behind.into_iter().flatten().map(|position| &self.workloads[*position as usize]).collect()
    }

    /// What declares a port of the pods with these labels: the services in front of them, and each `ServiceEntry` that has
    /// the name of one.
    pub fn in_front_of<'a>(
        &'a self,
        namespace: &'a str,
        labels: &'a Labels,
    ) -> impl Iterator<Item = &'a Service> {
        let namesakes = self.namesakes.iter().filter(move |service| service.key.namespace == namespace);
        self.services_in(namespace).chain(namesakes).filter(|service| match &service.backend {
            Backend::Selector(selector) => !selector.is_empty() && selects(selector, labels),
            Backend::NoSelector | Backend::ExternalName | Backend::ServiceEntry => false,
        })
    }

    /// All workloads of a namespace, sorted by name.
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        let positions =
            self.index.workloads_by_namespace.get(namespace).map_or(&[] as &[u32], Positions::as_slice);
        positions.iter().map(|position| &self.workloads[*position as usize])
    }

    /// The workloads of that namespace and name, of any kind.
    pub fn workloads_named<'a>(&'a self, key: &Key) -> &'a [Workload] {
        let first = self.index.first_by_key.get(key).map_or(self.workloads.len(), |first| *first as usize);
        let from_first = &self.workloads[first..];
        let count = from_first.iter().take_while(|workload| workload.key == *key).count();
        &from_first[..count]
    }

    /// The workloads of that name in any namespace.
    pub fn workloads_called(&self, name: &str) -> impl Iterator<Item = &Workload> {
        let positions = self.index.workloads_by_name.get(name).map_or(&[] as &[u32], Positions::as_slice);
        positions.iter().map(|position| &self.workloads[*position as usize])
    }

    /// The services of that name in any namespace.
    pub fn services_called(&self, name: &str) -> impl Iterator<Item = &Service> {
        let positions = self.index.services_by_name.get(name).map_or(&[] as &[u32], Positions::as_slice);
        positions.iter().map(|position| &self.services[*position as usize])
    }

    /// The services of a namespace, sorted by name.
    pub fn services_in(&self, namespace: &str) -> impl Iterator<Item = &Service> {
        let positions =
            self.index.services_by_namespace.get(namespace).map_or(&[] as &[u32], Positions::as_slice);
        positions.iter().map(|position| &self.services[*position as usize])
    }
}
