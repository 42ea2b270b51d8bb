//! Probes that the kubelet sends to the application itself: those of pods that keep the injector from leading them through
//! the agent of the proxy (`ShouldRewriteAppHTTPProbers` in `pkg/kube/inject/app_probe.go`).

use super::fields::Fields;
use super::injection;
use crate::graph::model::{ContainerPort, Probe};
use crate::graph::parse_bool;
use crate::yaml::Node;

const REWRITE: &str = "sidecar.istio.io/rewriteAppHTTPProbers";

const KINDS: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// The probes that are requests, where nothing rewrites them. A `tcpSocket` is answered by the proxy itself, and an `exec`
/// is no traffic.
pub(super) fn read(
    metadata: Option<&Node>,
    spec: &Node,
    ports: &[ContainerPort],
    fields: &mut Fields<'_>,
) -> Vec<Probe> {
    let annotation = metadata.and_then(|metadata| metadata.get("annotations")?.get(REWRITE)?.as_scalar());
    if annotation.and_then(|annotation| parse_bool(&annotation.text)) != Some(false) {
        return Vec::new();
    }
    let containers = fields.items(spec, "containers").iter();
    let containers = containers.filter(|container| !injection::is_proxy(container));
    let probes = containers.flat_map(|container| KINDS.into_iter().filter_map(|kind| container.get(kind)));
    probes.filter_map(|probe| probe_of(probe, ports)).collect()
}

fn probe_of(probe: &Node, ports: &[ContainerPort]) -> Option<Probe> {
    let node = probe.get("httpGet").or(probe.get("grpc"))?.get("port")?;
    let text = node.as_scalar()?.text;
    let named = || ports.iter().find(|port| port.name == Some(text)).map(|port| port.number);
    let port = text.parse().ok().or_else(named)?;
    Some(Probe { port, span: node.span })
}
