//! Which objects hold for a workload: those of its namespace and of the root namespace whose selector its
//! labels contain, and for mutual TLS the most specific of them.

use rustc_hash::FxHashMap;

use crate::istio::resources::{
    AuthorizationPolicy, Bundle, MutualTlsMode, PeerAuthentication, Resource, WorkloadSelector,
};
use crate::policy::Labels;

/// Objects by namespace and by the first label that they ask for.
pub(super) struct Selection<'a> {
    root_namespace: &'a str,
    policies: FxHashMap<&'a str, BySelector<'a, AuthorizationPolicy>>,
    authentications: FxHashMap<&'a str, BySelector<'a, PeerAuthentication>>,
}

/// The objects of one namespace.
struct BySelector<'a, T> {
    without: Vec<&'a T>,
    with: FxHashMap<(&'a str, &'a str), Vec<(&'a WorkloadSelector, &'a T)>>,
}

impl<T> Default for BySelector<'_, T> {
    fn default() -> Self {
        Self { without: Vec::new(), with: FxHashMap::default() }
    }
}

impl<'a, T> BySelector<'a, T> {
    fn push(&mut self, selector: Option<&'a WorkloadSelector>, object: &'a T) {
        // An empty selector is as good as none (istio/api, `type/v1beta1/selector.proto`).
        match selector.and_then(|selector| Some((selector, selector.match_labels.first_key_value()?))) {
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

impl<'a> Selection<'a> {
    pub(super) fn new(root_namespace: &'a str, bundle: &'a Bundle) -> Self {
        let mut selection =
            Self { root_namespace, policies: FxHashMap::default(), authentications: FxHashMap::default() };
        for object in &bundle.objects {
            match &object.resource {
                Resource::AuthorizationPolicy(policy) => selection
                    .policies
                    .entry(&policy.metadata.namespace)
                    .or_default()
                    .push(policy.spec.selector.as_ref(), policy),
                Resource::PeerAuthentication(authentication) => selection
                    .authentications
                    .entry(&authentication.metadata.namespace)
                    .or_default()
                    .push(authentication.spec.selector.as_ref(), authentication),
                // Who shows no token is let in, and no rule of a build asks for one.
                Resource::RequestAuthentication(_) => {}
            }
        }
        selection
    }

    /// The policies of the workload's namespace and of the root namespace: all of them, none overrides another.
    pub(super) fn policies<'b>(
        &'b self,
        namespace: &'b str,
        labels: &'b Labels,
    ) -> impl Iterator<Item = &'a AuthorizationPolicy> + 'b {
        let root = (namespace != self.root_namespace).then_some(self.root_namespace);
        [Some(namespace), root]
            .into_iter()
            .flatten()
            .filter_map(|namespace| self.policies.get(namespace))
            .flat_map(|policies| policies.without.iter().copied().chain(policies.selecting(labels)))
    }

    /// `ComposePeerAuthentication`: port, workload, namespace, mesh, else PERMISSIVE. A policy with a selector in
    /// the root namespace is ignored.
    pub(super) fn mode(&self, namespace: &str, labels: &Labels, port: u16) -> MutualTlsMode {
        let here = self.authentications.get(namespace);
        let workload =
            here.filter(|_| namespace != self.root_namespace).and_then(|all| all.selecting(labels).next());
        let is_set = |mode: &MutualTlsMode| *mode != MutualTlsMode::Unset;
        let of_port = workload
            .and_then(|found| found.spec.port_level_mtls.get(&port.to_string()).map(|mtls| mtls.mode))
            .filter(is_set);
        let of_scope = |found: Option<&&'a PeerAuthentication>| {
            found.and_then(|found| found.spec.mtls).map(|mtls| mtls.mode).filter(is_set)
        };
        let mesh = self.authentications.get(self.root_namespace);
        of_port
            .or_else(|| of_scope(workload.as_ref()))
            .or_else(|| of_scope(here.and_then(|all| all.without.first())))
            .or_else(|| of_scope(mesh.and_then(|all| all.without.first())))
            .unwrap_or(MutualTlsMode::Permissive)
    }
}
