//! Deciders that share nothing agree on every request of a small world: what the policy means by its own model, what
//! Istio does with the bundle by this program, and a naive evaluator of each.

use meshward::access::{Formula, Request};
use meshward::check::{Intent, Traffic};
use meshward::graph::ServiceGraph;
use meshward::istio::Bundle;
use meshward::istio::emit::emit_within;
use meshward::istio::resources::{AuthorizationPolicy, Resource};
use meshward::istio::semantics::{Access, Filters, MeshConfig, Outcome, Semantics, Target};
use meshward::policy::{Labels, Policy};
use meshward::project::PathNormalization;
use meshward::verify::{Unproved, prove};
use proptest::prelude::*;

use crate::emit::policies::{allow, deny, policy};
use crate::emit::{meaning, naive, property};

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_deciders_agree(policy in property::policy(), limits in property::limits()) {
        let (bundle, _) = emit_within(&policy, &limits);
        let difference = difference(&policy, &bundle, &bundle);
        prop_assert!(difference.is_none(), "{}\n{}", difference.unwrap(), meshward::bundle::stream(&bundle));
    }
}

/// The first request on which the deciders differ. `read` is what this program takes the bundle for.
fn difference(policy: &Policy, bundle: &Bundle, read: &Bundle) -> Option<String> {
    let semantics = Semantics::new(MeshConfig::new(&policy.mesh), read);
    let graph = ServiceGraph::default();
    let intent = Intent::new(policy, &graph);
    for pod in property::pods() {
        let enforced = naive::enforced(bundle, &policy.mesh, &pod);
        let labels: Labels = pod.labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let target = Target::Sidecar { namespace: pod.namespace, labels: &labels };
        let mut known: Vec<((u16, bool), Access<'_>, Formula, Formula)> = Vec::new();
        for sent in property::requests() {
            let connection = (sent.port, sent.is_http);
            if !known.iter().any(|(known, ..)| *known == connection) {
                let (filters, traffic) = if sent.is_http {
                    (Filters::Http, Traffic::Http)
                } else {
                    (Filters::Network, Traffic::Raw)
                };
                let access =
                    semantics.decide(target, sent.port, filters).expect("all of a bundle is modelled");
                let meant = intent.decide(pod.namespace, &labels, sent.port, traffic);
                known.push((connection, access.clone(), access.into_decision().formula(), meant.formula()));
            }
            let (_, access, decision, meant) =
                known.iter().find(|(known, ..)| *known == connection).expect("it was added");
            let request = request(&sent);
            let outcome = access.outcome(&request).0;
            let answers = [
                ("the policy, naively", meaning::passes(policy, &pod, &sent)),
                ("the policy, by its model", meant.holds(&request)),
                ("Istio, naively", enforced.passes(&sent)),
                ("Istio, by its model", decision.holds(&request)),
                // A foreign caller comes no further than the handshake.
                (
                    "Istio, filter by filter",
                    match outcome {
                        Outcome::Refused => decision.holds(&request),
                        outcome => outcome == Outcome::Allowed,
                    },
                ),
            ];
            if answers.iter().any(|(_, answer)| *answer != answers[0].1) {
                return Some(format!("{request} to {pod:?} at {connection:?}: {answers:?}"));
            }
        }
    }
    None
}

fn request(sent: &naive::Request) -> Request {
    Request {
        identity: sent.identity.map(|principal| format!("spiffe://{principal}")),
        peer: sent.peer,
        client: sent.client,
        ..Request::new(sent.method, sent.host, sent.path)
    }
}

/// What a bundle is taken for by a reading of Istio's rules that has a fault: the evaluation of the bundle as it is
/// stands against it, and so does the proof.
#[track_caller]
fn assert_caught(misread: impl Fn(&mut AuthorizationPolicy)) {
    let policy = policy(vec![
        allow(&["a/s"], "a/x:80", &["/a/*"]),
        allow(&["a/t"], "a/x:80", &["GET /c"]),
        deny(&["anyone"], "a/x:80", &["POST *"]),
    ]);
    let (bundle, diagnostics) = meshward::istio::emit(&policy);
    assert_eq!(diagnostics, vec![]);
    assert_eq!(difference(&policy, &bundle, &bundle), None);
    let mut read = bundle.clone();
    for object in &mut read.objects {
        if let Resource::AuthorizationPolicy(policy) = &mut object.resource {
            misread(policy);
        }
    }
    assert!(difference(&policy, &bundle, &read).is_some(), "the deciders agree");
    let proof = prove(&policy, &ServiceGraph::default(), PathNormalization::Base, &read);
    assert!(matches!(proof, Err(Unproved::Differs { .. })), "{proof:?}");
}

#[test]
fn a_prefix_read_as_an_exact_path_is_caught() {
    assert_caught(|policy| {
        let operations = policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.to);
        for path in operations.flat_map(|to| &mut to.operation.paths) {
            *path = path.trim_end_matches('*').into();
        }
    });
}

#[test]
fn denials_that_are_not_asked_are_caught() {
    assert_caught(|policy| {
        if policy.spec.action == Some(meshward::istio::resources::Action::Deny) {
            policy.spec.rules.clear();
        }
    });
}

#[test]
fn an_allow_policy_without_rules_read_as_silence_is_caught() {
    // A deny-all that is not seen, and with it the end of what is allowed.
    assert_caught(|policy| {
        if policy.spec.rules.is_empty() {
            policy.spec.rules.push(meshward::istio::resources::Rule::default());
        }
    });
}

#[test]
fn alternatives_read_as_all_of_them_are_caught() {
    assert_caught(|policy| {
        for rule in &mut policy.spec.rules {
            rule.from.truncate(1);
            rule.to.truncate(1);
            for to in &mut rule.to {
                to.operation.methods.clear();
            }
        }
    });
}

#[test]
fn ports_that_are_not_looked_at_are_caught() {
    assert_caught(|policy| {
        let operations = policy.spec.rules.iter_mut().flat_map(|rule| &mut rule.to);
        operations.for_each(|to| to.operation.ports.clear());
    });
}
