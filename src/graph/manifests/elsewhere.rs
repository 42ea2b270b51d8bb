//! What manifests reveal about calls to namespaces of which they say nothing: host names of the cluster's DNS in
//! environment variables, arguments and configuration files.

use super::Manifest;
use super::address::{Address, Certainty};
use super::calls::{Told, addresses, resolve};
use crate::graph::model::{Key, ServiceGraph};
use crate::graph::name::check_label;
use crate::source::Span;

/// The last labels of host names with two of them that are seldom a namespace: `github.com:443` is in no cluster.
const PUBLIC: &[&str] = &["ai", "app", "cloud", "com", "dev", "edu", "gov", "io", "local", "net", "org"];

/// A workload that is told the address of a service in a namespace of which the manifests say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallElsewhere {
    /// The workload.
    pub caller: Key,
    /// The service, as the host name has it.
    pub callee: Key,
    /// Where the address is written.
    pub span: Span,
    /// What stands there, for a person: `LEDGER_URL=http://ledger.billing.svc:8080`.
    pub text: String,
}

/// Every such service that a workload is told of, once, sorted by callee and caller.
pub fn calls_elsewhere(manifests: &[Manifest], graph: &ServiceGraph) -> Vec<CallElsewhere> {
    let is_known = |namespace: &str| {
        graph.services_in(namespace).next().is_some() || graph.workloads_in(namespace).next().is_some()
    };
    let elsewhere = |told: Told| {
        let Told { caller, address, span, text, .. } = told;
        let callee = in_a_namespace(&address).filter(|_| address.certainty != Certainty::Possible)?;
        let is_elsewhere = !is_known(&callee.namespace) && resolve(graph, &caller, &address.host).is_none();
        is_elsewhere.then_some(CallElsewhere { caller, callee, span, text })
    };
    let mut calls: Vec<CallElsewhere> = addresses(manifests).into_iter().filter_map(elsewhere).collect();
    calls.sort_by(|a, b| (&a.callee, &a.caller, a.span).cmp(&(&b.callee, &b.caller, b.span)));
    calls.dedup_by(|later, earlier| (&later.callee, &later.caller) == (&earlier.callee, &earlier.caller));
    calls
}

/// The service and the namespace of a host name that has both: `ledger.billing.svc`, or `ledger.billing` with a port.
fn in_a_namespace(address: &Address) -> Option<Key> {
    let labels: Vec<&str> = address.host.split('.').collect();
    let (name, namespace) = match labels.as_slice() {
        [name, namespace, "svc", ..] | [_, name, namespace, "svc", ..] => (*name, *namespace),
        [name, namespace] if address.port.is_some() && !PUBLIC.contains(namespace) && !is_pod(name) => {
            (*name, *namespace)
        }
        _ => return None,
    };
    let is_name = |text: &str| check_label(text).is_ok() && !text.bytes().all(|byte| byte.is_ascii_digit());
    (is_name(name) && is_name(namespace)).then(|| Key::new(namespace, name))
}

/// `mongo-0`, which stands before the name of its Service and no namespace.
fn is_pod(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, ordinal)| ordinal.parse::<u32>().is_ok())
}
