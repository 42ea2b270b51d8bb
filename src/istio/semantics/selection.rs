//! Which objects hold for a target: those of its namespace and of the root namespace whose selector its labels
//! contain, or those that are attached to it by name. None overrides another.

use rustc_hash::FxHashMap;

use crate::istio::resources::{
    AuthorizationPolicy, Metadata, PeerAuthentication, RequestAuthentication, TargetRef, WorkloadSelector,
};
use crate::policy::Labels;

/// What says for which targets it holds.
pub(super) trait Selecting {
    fn metadata(&self) -> &Metadata;
    fn selector(&self) -> Option<&WorkloadSelector>;
    fn target_refs(&self) -> &[TargetRef];
}

impl Selecting for AuthorizationPolicy {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
    fn selector(&self) -> Option<&WorkloadSelector> {
        self.spec.selector.as_ref()
    }
    fn target_refs(&self) -> &[TargetRef] {
        &self.spec.target_refs
    }
}

impl Selecting for PeerAuthentication {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
    fn selector(&self) -> Option<&WorkloadSelector> {
        self.spec.selector.as_ref()
    }
    fn target_refs(&self) -> &[TargetRef] {
        &[]
    }
}

impl Selecting for RequestAuthentication {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
    fn selector(&self) -> Option<&WorkloadSelector> {
        self.spec.selector.as_ref()
    }
    fn target_refs(&self) -> &[TargetRef] {
        &self.spec.target_refs
    }
}

/// Objects of one kind, by namespace and by the first label that they ask for.
pub(super) struct Selection<'a, T> {
    namespaces: FxHashMap<&'a str, BySelector<'a, T>>,
    attached: FxHashMap<Attachment<'a>, Vec<&'a T>>,
}

/// The namespace, kind and name of what an object is attached to.
pub(super) type Attachment<'a> = (&'a str, &'a str, &'a str);

/// The objects of one namespace that are attached to nothing by name.
struct BySelector<'a, T> {
    without: Vec<&'a T>,
    with: FxHashMap<(&'a str, &'a str), Vec<(&'a WorkloadSelector, &'a T)>>,
}

impl<T> Default for BySelector<'_, T> {
    fn default() -> Self {
        Self { without: Vec::new(), with: FxHashMap::default() }
    }
}

impl<T> Default for Selection<'_, T> {
    fn default() -> Self {
        Self { namespaces: FxHashMap::default(), attached: FxHashMap::default() }
    }
}

impl<'a, T: Selecting> Selection<'a, T> {
    pub(super) fn push(&mut self, object: &'a T) {
        let namespace = object.metadata().namespace.as_str();
        if object.target_refs().is_empty() {
            self.namespaces.entry(namespace).or_default().push(object);
            return;
        }
        for target in object.target_refs() {
            let attached = self.attached.entry((namespace, &target.kind, &target.name)).or_default();
            // One that names a target twice holds for it once.
            if !attached.last().is_some_and(|last| std::ptr::eq(*last, object)) {
                attached.push(object);
            }
        }
    }

    /// Those of the namespace and of the root namespace that select the labels.
    pub(super) fn selecting<'b>(
        &'b self,
        root: &'b str,
        namespace: &'b str,
        labels: &'b Labels,
    ) -> impl Iterator<Item = &'a T> + 'b {
        let root = (namespace != root).then_some(root);
        [Some(namespace), root]
            .into_iter()
            .flatten()
            .filter_map(|namespace| self.namespaces.get(namespace))
            .flat_map(|objects| objects.without.iter().copied().chain(objects.selecting(labels)))
    }

    /// Those of one namespace that have no selector.
    pub(super) fn of_namespace(&self, namespace: &str) -> &[&'a T] {
        self.namespaces.get(namespace).map_or(&[], |objects| &objects.without)
    }

    /// Those of one namespace that have a selector, and select the labels.
    pub(super) fn of_workload<'b>(
        &'b self,
        namespace: &str,
        labels: &'b Labels,
    ) -> impl Iterator<Item = &'a T> + 'b {
        self.namespaces.get(namespace).into_iter().flat_map(|objects| objects.selecting(labels))
    }

    /// Those that are attached to it by name.
    pub(super) fn attached_to<'b>(&'b self, target: Attachment<'b>) -> &'b [&'a T] {
        self.attached.get(&target).map_or(&[], Vec::as_slice)
    }
}

impl<'a, T: Selecting> BySelector<'a, T> {
    fn push(&mut self, object: &'a T) {
        // An empty selector is as good as none (istio/api, `type/v1beta1/selector.proto`).
        let first =
            object.selector().and_then(|selector| Some((selector, selector.match_labels.first_key_value()?)));
        match first {
            None => self.without.push(object),
            Some((selector, (key, value))) => {
                self.with.entry((key, value)).or_default().push((selector, object));
            }
        }
    }

    fn selecting<'b>(&'b self, labels: &'b Labels) -> impl Iterator<Item = &'a T> + 'b {
        labels
            .iter()
            .filter_map(|(key, value)| self.with.get(&(key.as_str(), value.as_str())))
            .flatten()
            .filter(|(selector, _)| {
                selector
                    .match_labels
                    .iter()
                    .all(|(key, value)| labels.get(key.as_str()).is_some_and(|own| own == value))
            })
            .map(|(_, object)| *object)
    }
}
