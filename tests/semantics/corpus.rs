//! Every policy of the corpus is decided, at every kind of target, without a panic; what is not modelled is listed.

use std::collections::BTreeMap;

use meshward::istio::resources::{AuthorizationPolicy, Bundle, Resource};
use meshward::istio::semantics::{Addressed, Filters, MeshConfig, Semantics, Target};
use meshward::policy::{Labels, Mesh};

use super::{get, labels};
use crate::corpus;
use crate::existing::read_files;

#[test]
fn every_policy_of_the_corpus_is_decided() {
    let Some(root) = corpus::folder() else {
        return;
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unmodelled = std::collections::BTreeSet::new();
    for (name, text) in corpus::files(&root) {
        let read = read_files([(name.as_str(), text.as_str())]);
        let bundle = &read.reading.bundle;
        for policy in policies(bundle) {
            *counts.entry("AuthorizationPolicies").or_default() += 1;
            for reason in decide(bundle, policy) {
                unmodelled.insert(reason);
            }
        }
    }
    let counts: String = counts.iter().map(|(what, count)| format!("{count} {what}\n")).collect();
    let list: String = unmodelled.iter().map(|reason| format!("{reason}\n")).collect();
    insta::assert_snapshot!(counts + &list);
}

fn policies(bundle: &Bundle) -> impl Iterator<Item = &AuthorizationPolicy> {
    bundle.objects.iter().filter_map(|object| match &object.resource {
        Resource::AuthorizationPolicy(policy) => Some(policy),
        Resource::PeerAuthentication(_) | Resource::RequestAuthentication(_) => None,
    })
}

/// What keeps a target that the policy holds for from being decided.
fn decide(bundle: &Bundle, policy: &AuthorizationPolicy) -> Vec<String> {
    let mesh = Mesh::default();
    let semantics = Semantics::new(MeshConfig::new(&mesh), bundle);
    let namespace = policy.metadata.namespace.as_str();
    let selected = policy.spec.selector.as_ref();
    let labels: Labels = match (selected, policy.spec.target_refs.first()) {
        (Some(selector), _) => selector.match_labels.as_ref().clone(),
        (None, Some(target)) => labels(&[("gateway.networking.k8s.io/gateway-name", target.name.as_str())]),
        (None, None) => labels(&[("app", "x")]),
    };
    let gateway = policy.spec.target_refs.first().map_or("", |target| target.name.as_str());
    let targets = [
        Target::Sidecar { namespace, labels: &labels },
        Target::Gateway { namespace, labels: &labels, certificates: true },
        Target::Waypoint { namespace, name: gateway, addressed: Addressed::Pod, reads_server_names: false },
        Target::Ztunnel { namespace, labels: &labels },
    ];
    let mut reasons = Vec::new();
    for target in targets {
        for filters in [Filters::Http, Filters::Network] {
            match semantics.decide(target, 80, filters) {
                Ok(access) => {
                    let (request, plain) = (get(), access.outcome(&get()));
                    // The two forms of an answer agree on what gets through.
                    let passes = plain.0 == meshward::istio::semantics::Outcome::Allowed;
                    assert!(!passes || access.into_decision().formula().holds(&request), "{policy:?}");
                }
                Err(reason) => reasons.push(reason.to_string()),
            }
        }
    }
    reasons
}
