//! Puts some namespaces of a cluster into the ambient mesh, behind waypoints, and writes the policies that are attached
//! to those by name.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::Choice;
use crate::cluster::{Ambient, CLASS, Cluster, Waypoint, Workload, address};

/// The name of a waypoint. A namespace has one at most.
const WAYPOINT: &str = "waypoint";

/// Most clusters get some namespaces of the ambient mesh, with a waypoint each, or one for all.
pub fn with_waypoints(choice: &mut Choice, cluster: &mut Cluster) {
    let mut namespaces: Vec<String> = Vec::new();
    for workload in cluster.workloads.iter().filter(|one| one.namespace != cluster.root_namespace) {
        let has_gateway =
            cluster.workloads.iter().any(|one| one.is_gateway() && one.namespace == workload.namespace);
        if !has_gateway && !namespaces.contains(&workload.namespace) {
            namespaces.push(workload.namespace.clone());
        }
    }
    if namespaces.is_empty() || choice.chance(30) {
        return;
    }
    choice.shuffle(&mut namespaces);
    namespaces.truncate(3);
    let is_shared = choice.chance(40);
    for (index, namespace) in namespaces.iter().enumerate() {
        let of = if is_shared { &namespaces[0] } else { namespace };
        cluster.ambient.push(Ambient {
            namespace: namespace.clone(),
            waypoint: format!("{of}/{WAYPOINT}"),
            by_services: choice.chance(50),
            has_entries: choice.chance(40),
        });
        if of == namespace {
            cluster.waypoints.push(Waypoint {
                namespace: namespace.clone(),
                name: WAYPOINT.to_owned(),
                address: address(Ipv4Addr::new(10, 44, 1, 1), index),
                serves_pods: choice.chance(50),
            });
        }
    }
}

/// What a policy of a namespace names to be attached to: its Services, its waypoint, all waypoints; now and then what
/// can not hold there. `None` where there is nothing of the kind.
pub fn attachment(choice: &mut Choice, cluster: &Cluster, namespace: &str) -> Option<Value> {
    if cluster.waypoints.is_empty() {
        return None;
    }
    let here: Vec<&Workload> =
        cluster.workloads.iter().filter(|workload| workload.namespace == namespace).collect();
    let service = |choice: &mut Choice| {
        let group = choice.word(&["", "", "core"]);
        json!({"group": group, "kind": "Service", "name": choice.pick(&here).name})
    };
    let entry = |choice: &mut Choice| {
        let service = choice.pick(&here);
        let name = if choice.chance(80) { service.entry_name() } else { service.name.clone() };
        json!({"group": "networking.istio.io", "kind": "ServiceEntry", "name": name})
    };
    let has_entries = cluster.ambient(namespace).is_some_and(|ambient| ambient.has_entries);
    let gateway = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": WAYPOINT});
    let class = json!({"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": CLASS});
    if namespace == cluster.root_namespace {
        return choice.chance(60).then(|| json!([class]));
    }
    let is_ambient = cluster.ambient(namespace).is_some();
    let has_waypoint = cluster.waypoints.iter().any(|waypoint| waypoint.namespace == namespace);
    if !is_ambient && !choice.chance(5) || !choice.chance(70) {
        return None;
    }
    let mut targets = choice.list(1, 2, |choice| match choice.number(0, 9) {
        0..=2 if has_waypoint => gateway.clone(),
        3 => gateway.clone(),
        4 | 5 if has_entries => entry(choice),
        6 => entry(choice),
        _ => service(choice),
    });
    targets.dedup();
    Some(json!(targets))
}

/// Makes a policy that ztunnels read one that can be answered for: what it says of addresses is left out, since those
/// of waypoints are not known, and most that allow something let the waypoint in.
pub fn for_ztunnels(choice: &mut Choice, cluster: &Cluster, namespace: &str, policy: &mut Value) {
    let spec = &mut policy["spec"];
    if !is_read_by_ztunnels(cluster, namespace) || spec.get("targetRefs").is_some() {
        return;
    }
    let Some(rules) = spec.get_mut("rules").and_then(Value::as_array_mut) else { return };
    rules.retain(|rule| !looks_at_addresses(rule));
    let waypoint = choice.pick(&cluster.waypoints).identity(&cluster.trust_domain);
    if matches!(spec["action"].as_str(), None | Some("ALLOW")) && choice.chance(75) {
        let rule = json!({"from": [{"source": {"principals": [waypoint]}}]});
        spec["rules"].as_array_mut().expect("rules are a list").push(rule);
    }
}

/// Whether ztunnels behind waypoints read what a namespace has.
pub fn is_read_by_ztunnels(cluster: &Cluster, namespace: &str) -> bool {
    let is_read = namespace == cluster.root_namespace || cluster.ambient(namespace).is_some();
    is_read && !cluster.waypoints.is_empty()
}

/// Whether a rule speaks of addresses that ztunnels see.
fn looks_at_addresses(rule: &Value) -> bool {
    let text = rule.to_string();
    ["\"ipBlocks\"", "\"notIpBlocks\"", "\"source.ip\"", "\"destination.ip\""]
        .iter()
        .any(|field| text.contains(field))
}
