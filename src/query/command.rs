//! What one can run in a cluster to see what an answer says.

use std::fmt::Write as _;

use super::arrival::Sent;
use crate::access::Token;
use crate::check::{AskedCaller, AskedPort, AskedTarget};
use crate::graph::{Key, ServiceGraph, Workload};

/// A command that sends the request from a pod of the caller; `None` for an identity of which no pod is known.
pub(super) fn command(
    graph: &ServiceGraph,
    caller: &AskedCaller<'_>,
    target: &AskedTarget<'_>,
    place: &AskedPort<'_>,
    sent: &Sent,
) -> Option<String> {
    let client = client(graph, target, place, sent);
    let probe = |namespace: &str, options: &str| {
        format!(
            "kubectl run meshward-probe -n {namespace} --rm -i --restart=Never --image=curlimages/curl \
             {options}--command -- {client}"
        )
    };
    match caller {
        AskedCaller::Service(_, accounts) => {
            let (_, workload) = accounts.first()?;
            Some(format!("kubectl exec -n {} {} -- {client}", workload.key.namespace, pod_of(workload)))
        }
        AskedCaller::Account(Key { namespace, name }) => {
            let account = format!("{{\"spec\":{{\"serviceAccountName\":\"{name}\"}}}}");
            Some(probe(namespace, &format!("--overrides={} ", quoted(&account))))
        }
        AskedCaller::Mesh => Some(probe("default", "")),
        AskedCaller::Anyone => Some(probe("default", "--labels=sidecar.istio.io/inject=false ")),
        AskedCaller::Uri(_) => None,
    }
}

/// `deploy/orders`, from which `kubectl exec` takes a pod. A service of the native graph does not tell its kind, and
/// is most likely a Deployment.
fn pod_of(workload: &Workload) -> String {
    let name = &workload.key.name;
    match workload.kind.as_str() {
        "Deployment" | "Service" => format!("deploy/{name}"),
        "Pod" => name.to_string(),
        other => format!("{}/{name}", other.to_lowercase()),
    }
}

fn client(graph: &ServiceGraph, target: &AskedTarget<'_>, place: &AskedPort<'_>, sent: &Sent) -> String {
    let host = match place.service_port {
        Some(port) => format!("{}.{}:{port}", target.key.name, target.key.namespace),
        None => format!("POD_IP:{}", place.number),
    };
    if sent.tcp {
        return format!("nc -vz -w 3 {}", host.replace(':', " "));
    }
    let method = sent.method.as_deref().unwrap_or("GET");
    let path = sent.path.as_deref().unwrap_or("/");
    let mut text = String::from("curl -sS -i");
    let is_https = graph.speaks_tls(place.workload, place.number);
    if is_https {
        // The certificate of a gateway is for names that lead to it from outside.
        text.push_str(" --insecure");
        let Workload { key, labels, .. } = place.workload;
        if graph.asks_for_certificates(&key.namespace, labels, place.number) {
            text.push_str(" --cert client.crt --key client.key");
        }
    }
    match method {
        "GET" => {}
        "HEAD" => text.push_str(" --head"),
        _ => {
            let _ = write!(text, " -X {method}");
        }
    }
    let own_host = format!("{}.{}", target.key.name, target.key.namespace);
    let host_header = sent.host.iter().filter(|sent| **sent != own_host).map(|host| format!("Host: {host}"));
    let others = sent
        .headers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {value}")));
    for header in host_header.chain(others) {
        let _ = write!(text, " -H {}", quoted(&header));
    }
    match sent.token {
        Token::Absent => {}
        Token::Invalid => text.push_str(" -H 'Authorization: Bearer invalid'"),
        Token::Valid(_) => text.push_str(" -H \"Authorization: Bearer $TOKEN\""),
    }
    // Without it curl would resolve dot segments itself.
    let as_is = if path.contains("/.") { " --path-as-is" } else { "" };
    // And it would take brackets and braces for a list of paths.
    let literal = if path.contains(['[', ']', '{', '}']) { " --globoff" } else { "" };
    let scheme = if is_https { "https" } else { "http" };
    let _ = write!(text, "{as_is}{literal} {}", quoted(&format!("{scheme}://{host}{path}")));
    text
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:._-=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
