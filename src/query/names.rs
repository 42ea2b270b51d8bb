//! The names of a bulk request: `namespace/name` of a workload or of one of its pods, and the identity of a
//! caller.

use crate::diagnostic::did_you_mean;
use crate::graph::{Key, Protocol, Service, ServiceGraph, Workload, check_label, check_subdomain};

/// The workload that `namespace/name` names: by its own name, by the name of one of its pods, or as the only one
/// behind a Service. The error says what is wrong, and what may be meant.
pub(super) fn workload<'a>(graph: &'a ServiceGraph, text: &str) -> Result<&'a Workload, String> {
    let key = match text.split_once('/') {
        Some((namespace, name)) => Key::new(namespace, name),
        None => return Err(format!("`{text}` is no `namespace/workload`")),
    };
    let named: Vec<&Workload> = graph.workloads_named(&key).iter().collect();
    if let Some(found) = only(&key, &named)? {
        return Ok(found);
    }
    if let Some(owner) = of_pod(graph, &key) {
        return Ok(owner);
    }
    let behind = graph.services.get(&key).map(|service| graph.workloads_of(service)).unwrap_or_default();
    only(&key, &behind)?.ok_or_else(|| unknown(graph, &key))
}

/// The Service that `namespace/name` names, with each of its ports that lead to one of a workload behind it; none where
/// it is the name of a workload or pod alone.
pub(super) fn service<'a>(
    graph: &'a ServiceGraph,
    text: &str,
    workload: &Workload,
    port: u16,
) -> Vec<(&'a Service, u16)> {
    let key = text.split_once('/').map(|(namespace, name)| Key::new(namespace, name));
    let Some(service) = key.and_then(|key| graph.services.get(&key)) else { return Vec::new() };
    let leads_here = service
        .ports
        .iter()
        .filter(|declared| declared.protocol != Protocol::Udp && declared.number_at(workload) == Some(port));
    let is_behind = graph.workloads_of(service).iter().any(|one| std::ptr::eq(*one, workload));
    if is_behind { leads_here.map(|declared| (service, declared.number)).collect() } else { Vec::new() }
}

/// One workload, or several that differ in nothing a policy can see.
fn only<'a>(key: &Key, found: &[&'a Workload]) -> Result<Option<&'a Workload>, String> {
    let Some((first, others)) = found.split_first() else { return Ok(None) };
    let alike = |other: &&Workload| {
        other.labels == first.labels
            && other.declared == first.declared
            && std::mem::discriminant(&other.proxy) == std::mem::discriminant(&first.proxy)
            && other.interception == first.interception
            && other.capture == first.capture
    };
    if others.iter().all(alike) {
        return Ok(Some(first));
    }
    let list: Vec<String> =
        found.iter().map(|workload| format!("{} `{}`", workload.kind, workload.key)).collect();
    Err(format!("`{key}` could be {}", list.join(" or ")))
}

/// The owner of a pod, by how controllers name pods: a Deployment `name-<hash>-<5 characters>`, a StatefulSet
/// `name-<number>`, the others `name-<5 characters>`.
fn of_pod<'a>(graph: &'a ServiceGraph, pod: &Key) -> Option<&'a Workload> {
    let (rest, last) = pod.name.rsplit_once('-')?;
    let named = |name: &str, kinds: &[&str]| {
        let found = graph.workloads_named(&Key::new(pod.namespace, name));
        found.iter().find(|workload| kinds.contains(&workload.kind.as_str()))
    };
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return named(rest, &["StatefulSet"]);
    }
    let is_random = last.len() == 5 && last.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let template = rest.rsplit_once('-').filter(|(_, hash)| is_hash(hash));
    let of_template = template.and_then(|(name, _)| named(name, &["Deployment", "Rollout", "Service"]));
    let direct = || named(rest, &["DaemonSet", "Job", "ReplicaSet", "ReplicationController"]);
    if is_random { of_template.or_else(direct) } else { None }
}

/// The hash of a pod template: letters and digits without vowels, at most ten.
fn is_hash(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

fn unknown(graph: &ServiceGraph, key: &Key) -> String {
    let mut text = format!("unknown workload `{key}`");
    let near = if graph.namespaces.contains_key(&key.namespace) {
        let here = graph
            .workloads_in(&key.namespace)
            .map(|workload| workload.key.name.as_str())
            .chain(graph.services_in(&key.namespace).map(|service| service.key.name.as_str()));
        did_you_mean(&key.name, here)
    } else {
        text = format!("unknown namespace `{}`", key.namespace);
        did_you_mean(&key.namespace, graph.namespaces.keys().map(crate::source::Symbol::as_str))
    };
    if let Some(near) = near {
        text.push_str("; ");
        text.push_str(&near);
    }
    text
}

/// The URI of a caller: written out, or `namespace/account` in the mesh's own trust domain.
pub(super) fn identity(trust_domain: &str, text: &str) -> Result<String, String> {
    if let Some(rest) = text.strip_prefix("spiffe://") {
        let printable = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
        return if printable { Ok(text.to_owned()) } else { Err(format!("`{text}` is no SPIFFE URI")) };
    }
    let Some((namespace, account)) = text.split_once('/') else {
        return Err(format!("`{text}` is no `namespace/account` and no `spiffe://` URI"));
    };
    check_label(namespace)
        .and_then(|()| check_subdomain(account))
        .map_err(|reason| format!("`{text}` is no `namespace/account`: {reason}"))?;
    Ok(format!("spiffe://{trust_domain}/ns/{namespace}/sa/{account}"))
}
