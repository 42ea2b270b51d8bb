//! The promise of the emission: what Istio does with the bundle is what the policy means, for every request of a
//! small world and thousands of policies over it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use meshward::bundle;
use meshward::istio::emit::{Limits, emit_around, emit_within};
use meshward::istio::resources::{Bundle, Object, Resource};
use meshward::policy::{Caller, Covered, Effect, Mesh, Operation, Policy, Rule, Target};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::naive::{self, Pod, Request};
use super::{meaning, policies};
use crate::crd;

const CALLERS: [&str; 10] = [
    "a/s",
    "a/t",
    "b/s",
    "a/*",
    "mesh",
    "anyone",
    "peer 10.0.0.0/24",
    "peer 10.0.0.0/16",
    "client 10.0.1.0/24",
    "client 10.0.0.1/32",
];
const IDENTITIES: [Option<&str>; 6] = [
    None,
    Some("cluster.local/ns/a/sa/s"),
    Some("cluster.local/ns/a/sa/t"),
    Some("old.local/ns/a/sa/s"),
    Some("cluster.local/ns/b/sa/s"),
    Some("other.org/ns/a/sa/s"),
];
const ADDRESSES: [&str; 2] = ["10.0.0.1", "10.0.1.1"];
/// A port and whether a connection to it carries HTTP. 80 is declared as HTTP, 81 as TCP, 82 is sniffed, and 83 is
/// no service's.
const CONNECTIONS: [(u16, bool); 5] = [(80, true), (81, false), (82, true), (82, false), (83, true)];
const METHODS: [&str; 2] = ["GET", "POST"];
const PATTERNS: [&str; 7] = ["/a", "/a/b", "/a/*", "*/b", "/{*}/b", "/a/{**}", "*"];
const PATHS: [&str; 6] = ["/a", "/a/b", "/c/b", "/c", "/]/b", "/a/["];
const HOSTS: [&str; 2] = ["h:443", "g"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn istio_does_what_the_policy_means(policy in policy(), limits in limits()) {
        let (bundle, diagnostics) = emit_within(&policy, &limits);
        prop_assert_eq!(diagnostics, vec![]);
        assert_consistent(&bundle);
        for pod in pods() {
            let enforced = naive::enforced(&bundle, &policy.mesh, &pod);
            for request in requests() {
                let meant = meaning::passes(&policy, &pod, &request);
                prop_assert!(
                    meant == enforced.passes(&request),
                    "the policy says {meant} to {request:?} at {pod:?}\n{}",
                    bundle::stream(&bundle)
                );
            }
        }
    }

    #[test]
    fn a_cluster_takes_what_is_emitted(policy in policy(), limits in limits()) {
        let (bundle, _) = emit_within(&policy, &limits);
        prop_assert_eq!(crd::refusals(&bundle::stream(&bundle)), Vec::<String>::new());
    }

    #[test]
    fn what_is_emitted_around_a_namespace_is_all_that_holds_there(policy in policy()) {
        let (whole, _) = emit_within(&policy, &Limits::default());
        for name in ["a", "b", "c"] {
            let around = emit_around(&policy, &BTreeSet::from([name.into()]));
            let holds_there = |object: &&Object| {
                let namespace = object.resource.metadata().namespace;
                namespace == name || namespace == policy.mesh.root_namespace
            };
            let objects = whole.objects.iter().filter(holds_there).cloned().collect();
            let expected = Bundle { project: whole.project, objects };
            prop_assert_eq!(bundle::stream(&around), bundle::stream(&expected));
        }
    }

    #[test]
    fn the_same_policy_gives_the_same_bytes(policy in policy()) {
        let (first, _) = emit_within(&policy, &Limits::default());
        let (second, _) = emit_within(&policy.clone(), &Limits::default());
        prop_assert_eq!(bundle::files(&first), bundle::files(&second));
    }
}

/// Names are unique, and each rule knows where it came from.
fn assert_consistent(bundle: &Bundle) {
    let names: BTreeSet<_> = bundle
        .objects
        .iter()
        .map(|object| (&object.resource.metadata().namespace, &object.resource.metadata().name))
        .collect();
    assert_eq!(names.len(), bundle.objects.len(), "two objects of one name");
    for object in &bundle.objects {
        if let Resource::AuthorizationPolicy(policy) = &object.resource {
            assert_eq!(policy.spec.rules.len(), object.origins.len());
            assert!(object.origins.iter().all(|origins| !origins.is_empty()));
        }
    }
}

pub(crate) fn pods() -> Vec<Pod> {
    let pod = |namespace, labels: &[(&'static str, &'static str)]| Pod {
        namespace,
        labels: labels.iter().copied().collect::<BTreeMap<_, _>>(),
    };
    vec![
        pod("a", &[("app", "x")]),
        pod("a", &[("app", "x"), ("version", "1")]),
        pod("a", &[("app", "y")]),
        pod("b", &[("app", "x")]),
        pod("c", &[("app", "x")]),
        pod("d", &[("app", "x")]),
    ]
}

pub(crate) fn requests() -> impl Iterator<Item = Request> {
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let callers = IDENTITIES.into_iter().flat_map(move |identity| {
        ADDRESSES.into_iter().flat_map(move |peer| {
            ADDRESSES.into_iter().map(move |client| (identity, address(peer), address(client)))
        })
    });
    let operations: Vec<_> = CONNECTIONS
        .into_iter()
        .flat_map(|connection| METHODS.into_iter().map(move |method| (connection, method)))
        .flat_map(|(connection, method)| PATHS.into_iter().map(move |path| (connection, method, path)))
        .flat_map(|(connection, method, path)| {
            HOSTS.into_iter().map(move |host| (connection, method, path, host))
        })
        .collect();
    callers.flat_map(move |(identity, peer, client)| {
        let operations = operations.clone().into_iter();
        operations.map(move |((port, is_http), method, path, host)| Request {
            identity,
            peer,
            client,
            is_http,
            port,
            method,
            path,
            host,
        })
    })
}

/// From limits that split everything to those of a cluster.
pub(crate) fn limits() -> impl Strategy<Value = Limits> {
    let small = (1..4_usize, 1..3_usize, 900..3000_usize);
    let small =
        small.prop_map(|(rules, sources, bytes)| Limits { rules, sources, bytes, ..Limits::default() });
    prop_oneof![small, Just(Limits::default())]
}

pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let mesh = any::<bool>().prop_map(|default_deny_mesh| Mesh {
        trust_domain_aliases: vec!["old.local".into()],
        default_deny_mesh,
        ..Mesh::default()
    });
    // `d` is open, and nothing is allowed into an open namespace.
    let rules = vec(rule(), 0..12);
    let covered = subsequence(vec!["a", "b"], 0..=2);
    (mesh, rules, covered).prop_map(|(mesh, rules, covered)| {
        let mut policy = policies::policy(rules);
        policy.mesh = mesh;
        for namespace in covered {
            if policy.covered.iter().all(|covered| covered.namespace != namespace) {
                policy.covered.push(Covered { namespace: namespace.into(), open: None });
            }
        }
        policy.covered.retain(|covered| covered.namespace != "d");
        let open = policies::origin("open namespace d");
        policy.covered.push(Covered { namespace: "d".into(), open: Some(open) });
        policy
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let effect = select(vec![Effect::Allow, Effect::Allow, Effect::Deny]);
    // Often the same few, so that rules merge.
    let callers = || prop_oneof![subsequence(CALLERS[..2].to_vec(), 1), subsequence(CALLERS.to_vec(), 1..=3)];
    let except = prop_oneof![3 => Just(Vec::new()), 1 => callers()];
    let operations = prop_oneof![1 => Just(Vec::new()), 2 => vec(operation(), 1..3)];
    (effect, callers(), except, target(), operations).prop_map(
        |(effect, callers, except, mut target, operations)| {
            if effect == Effect::Allow && target.namespace == "d" {
                target.namespace = "a".into();
            }
            if !operations.is_empty() {
                // As the check has it: operations are for ports that carry HTTP, and a denial for those that
                // certainly do.
                target.ports.retain(|port| *port == 80 || *port == 82 && effect == Effect::Allow);
            }
            if target.ports.is_empty() {
                target.ports.push(80);
            }
            Rule {
                effect,
                callers: named(&callers).into(),
                except: named(&except).into(),
                target,
                operations: operations.into(),
                origin: policies::origin("a rule"),
            }
        },
    )
}

fn named(callers: &[&str]) -> Vec<Caller> {
    callers.iter().map(|text| policies::caller(text)).collect()
}

fn target() -> impl Strategy<Value = Target> {
    let sets = vec![
        ("a", "x", vec![("app", "x")]),
        ("a", "x-alias", vec![("app", "x")]),
        ("a", "x-one", vec![("app", "x"), ("version", "1")]),
        ("a", "y", vec![("app", "y")]),
        ("b", "x", vec![("app", "x")]),
        ("d", "x", vec![("app", "x")]),
    ];
    (select(sets), subsequence(vec![80, 81, 82], 1..=3)).prop_map(|((namespace, name, labels), ports)| {
        Target {
            namespace: namespace.into(),
            selector: policies::labels(&labels),
            name: name.into(),
            ports: ports.into(),
        }
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    let methods = subsequence(METHODS.to_vec(), 0..=2);
    let paths = subsequence(PATTERNS.to_vec(), 0..=2);
    let except = prop_oneof![3 => Just(Vec::new()), 1 => subsequence(PATTERNS.to_vec(), 1..=2)];
    let hosts = prop_oneof![3 => Just(Vec::new()), 1 => Just(vec!["h"])];
    let strings = |list: Vec<&str>| {
        let mut list: Vec<meshward::source::Symbol> = list.into_iter().map(Into::into).collect();
        list.sort();
        list
    };
    (methods, paths, except, hosts)
        .prop_map(move |(methods, paths, except, hosts)| Operation {
            methods: strings(methods).into(),
            paths: strings(paths).into(),
            except_paths: strings(except).into(),
            hosts: strings(hosts).into(),
        })
        .prop_filter("everything is no operation", |operation| *operation != Operation::default())
}
