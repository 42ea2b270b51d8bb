//! The text of a first policy: what the manifests reveal as rules, what they leave open as comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use meshward::graph::manifests::{CallElsewhere, SuggestedCall};
use meshward::graph::{Backend, Gateway, Key, Proxy, Service, ServiceGraph, Workload, selects};
use meshward::source::{SourceMap, Symbol};

use super::derive::Read;
use super::existing::Existing;
use super::names;
use super::ports::{carried, opens_each, telling_port};

const HEAD: &str = "\
# A first policy, guessed from the manifests. What is not allowed here is denied.
#
# Above each rule stands the place that gave rise to it. Take out what should not be, and narrow what
# should: `GET /api/*` at the end of a rule opens only that.
";

/// The policy for what the manifests gave: the services, and the calls that they reveal.
pub(super) fn render(read: &Read) -> String {
    let Read { graph, calls, elsewhere, sources, .. } = read;
    let mut text = HEAD.to_owned();
    text.push_str(&shared_accounts(graph));
    text.push_str(&gateways(graph, sources));
    text.push_str(&empty(graph));
    text.push_str(&self::elsewhere(elsewhere, sources));
    let calls = by_callee(calls);
    let existing = Existing::read(&read.manifests, graph, sources);
    let namespaces: BTreeSet<&Symbol> = graph.services.keys().map(|key| &key.namespace).collect();
    let single = namespaces.len() == 1;
    for namespace in namespaces {
        let lines = lines(&existing, *namespace, &calls, read);
        if lines.is_empty() {
            continue;
        }
        if single {
            let _ = writeln!(text, "\nnamespace {namespace}\n\n{}", lines.join("\n"));
        } else {
            let indented: Vec<String> = lines.iter().map(|line| indent(line)).collect();
            let _ = writeln!(text, "\nnamespace {namespace} {{\n{}\n}}", indented.join("\n"));
        }
    }
    text
}

fn indent(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("  {line}") }
}

/// Calls by whom they go to.
fn by_callee(calls: &[SuggestedCall]) -> BTreeMap<&Key, Vec<&SuggestedCall>> {
    let mut by_callee = BTreeMap::<&Key, Vec<&SuggestedCall>>::new();
    for call in calls {
        by_callee.entry(&call.callee).or_default().push(call);
    }
    by_callee
}

/// What is to be said about the services of one namespace.
fn lines(
    existing: &Existing<'_>,
    namespace: Symbol,
    calls: &BTreeMap<&Key, Vec<&SuggestedCall>>,
    Read { graph, sources, .. }: &Read,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut uncalled = Vec::new();
    let mut unprotected = Vec::new();
    let mut not_carried = Vec::new();
    for service in graph.services_in(&namespace) {
        let workloads = graph.workloads_of(service);
        match calls.get(&service.key) {
            Some(calls) => {
                lines.extend(rules(service, calls, sources));
                lines.extend(existing.hints(service, calls));
            }
            None if workloads.is_empty() => {}
            None if workloads.iter().any(|workload| matches!(workload.proxy, Proxy::Absent(..))) => {
                unprotected.push(service);
            }
            None if !service.ports.is_empty() && carried(service).next().is_none() => {
                not_carried.push(service);
            }
            None => uncalled.push(service),
        }
    }
    if !uncalled.is_empty() {
        lines.extend(closed(&uncalled, &namespace));
        lines.extend(uncalled.iter().flat_map(|service| existing.hints(service, &[])));
    }
    if !unprotected.is_empty() {
        lines.extend(open("No proxy stands in front of these", &unprotected, &namespace));
    }
    if !not_carried.is_empty() {
        lines.extend(open(
            "Istio does not look at UDP, and these have nothing else",
            &not_carried,
            &namespace,
        ));
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// One rule for each caller and port, below every place that speaks of the call.
fn rules(service: &Service, calls: &[&SuggestedCall], sources: &SourceMap) -> Vec<String> {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    let namespace = &service.key.namespace;
    for call in calls {
        let rule = names::allow(&call.caller, &service.key, telling_port(service, call.port), namespace);
        let mut place = format!("# {} in {}", call.text, sources.place(call.span));
        let readers: BTreeSet<&Key> =
            calls.iter().filter(|other| other.span == call.span).map(|other| &other.caller).collect();
        if readers.len() > 1 {
            // A ConfigMap is often read whole by those who need one value of it.
            let _ = write!(place, ", which {} workloads read; perhaps not each of them calls", readers.len());
        }
        let known = places.entry(rule).or_default();
        if known.is_empty() {
            known.extend(call.port.is_none().then(|| opens_each(service)).flatten());
        }
        if !known.contains(&place) {
            known.push(place);
            known.extend(call.missing_port.map(|port| {
                format!("# The Service has no port {port}: either the address is wrong or the Service is.")
            }));
        }
    }
    let mut lines = Vec::new();
    for (rule, places) in places {
        lines.extend(places);
        lines.push(rule);
        lines.push(String::new());
    }
    lines
}

/// Services that no variable, no argument and no ConfigMap speaks of.
fn closed(services: &[&Service], namespace: &str) -> Vec<String> {
    let mut lines = vec![
        "# Nothing in environment variables, arguments and ConfigMaps tells who calls these, so they are closed to everyone."
            .to_owned(),
        "# Secrets and routes were not looked at. Put the caller in place of CALLER and take the `#` away".to_owned(),
        "# where somebody should.".to_owned(),
    ];
    lines.extend(services.iter().map(|service| {
        let port = telling_port(service, carried(service).next().map(|port| port.number));
        format!("# allow CALLER -> {}", names::target(&service.key, port, namespace))
    }));
    lines.push(String::new());
    lines
}

/// Services that no rule can protect, since no proxy looks at a call to them.
fn open(reason: &str, services: &[&Service], namespace: &str) -> Vec<String> {
    let names: Vec<String> =
        services.iter().map(|service| names::target(&service.key, None, namespace)).collect();
    vec![
        format!("# {reason}, so they stay open to everyone, whatever the policy says."),
        wrapped("   ", &names.join(", ")),
        String::new(),
    ]
}

/// Accounts that tell a server nothing, since several workloads show the same one.
fn shared_accounts(graph: &ServiceGraph) -> String {
    let mut by_account = BTreeMap::<Key, BTreeSet<&Symbol>>::new();
    for workload in &graph.workloads {
        let account = Key::new(workload.key.namespace, workload.account.node);
        by_account.entry(account).or_default().insert(&workload.key.name);
    }
    let shared: Vec<String> = by_account
        .iter()
        .filter(|(_, workloads)| workloads.len() > 1)
        .map(|(account, workloads)| {
            let names: Vec<&str> = workloads.iter().map(|name| name.as_str()).collect();
            wrapped(&format!("  {account}: "), &names.join(", "))
        })
        .collect();
    if shared.is_empty() {
        return String::new();
    }
    format!(
        "#\n# These workloads share a service account. A rule for one of them opens for all of the same account; \
         give\n# each its own `serviceAccountName` to tell them apart.\n{}\n",
        shared.join("\n")
    )
}

/// A comment that goes on over several lines.
fn wrapped(head: &str, words: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = vec![format!("#{head}")];
    for word in words.split(' ') {
        let last = lines.len() - 1;
        if lines[last].len() + word.len() > WIDTH {
            lines.push(format!("#{}", " ".repeat(4)));
        }
        let last = lines.len() - 1;
        lines[last].push_str(word);
        lines[last].push(' ');
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// What comes in from outside goes through a gateway, whose pods are often in no manifest.
fn gateways(graph: &ServiceGraph, sources: &SourceMap) -> String {
    if graph.gateways.is_empty() {
        return String::new();
    }
    let mut text = "\
#
# Requests from outside come in by these gateways. Each needs a rule that lets it in. An account that is in no
# manifest is the one that Istio's own installation has; yours may differ.
"
    .to_owned();
    for gateway in &graph.gateways {
        let (key, place) = (&gateway.key, sources.place(gateway.span));
        let _ = writeln!(text, "#   {key} ({place}): `allow {} -> SERVICE`", caller(graph, gateway));
    }
    text
}

/// Services that select pods, of which the manifests have none.
pub(super) fn without_pods(graph: &ServiceGraph) -> impl Iterator<Item = &Service> {
    let selects =
        |service: &&Service| matches!(&service.backend, Backend::Selector(labels) if !labels.is_empty());
    graph.services.values().filter(selects).filter(|service| graph.workloads_of(service).is_empty())
}

/// Services about which little can be said.
fn empty(graph: &ServiceGraph) -> String {
    let names: Vec<String> = without_pods(graph).map(|service| service.key.to_string()).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "\
#
# No workload among the manifests runs behind these, so nothing tells whom they call, nor the labels and the account
# of their pods. List the manifests of their workloads in the project file, too.
{}
",
        wrapped("   ", &names.join(", "))
    )
}

/// Calls of which the other end is in no manifest, so that no rule can be guessed.
fn elsewhere(calls: &[CallElsewhere], sources: &SourceMap) -> String {
    if calls.is_empty() {
        return String::new();
    }
    let mut text = "\
#
# These calls go to namespaces of which the manifests say nothing. They need a rule where such a namespace is
# covered: in its own project, or in this one once its manifests are listed in the project file.
"
    .to_owned();
    for CallElsewhere { caller, callee, span, text: written } in calls {
        let place = sources.place(*span);
        let _ = writeln!(text, "#   `allow {caller} -> {callee}`: {written} in {place}");
    }
    text
}

/// The pods of a gateway as a caller.
fn caller(graph: &ServiceGraph, gateway: &Gateway) -> String {
    let is_selected = |workload: &&Workload| {
        let in_reach = !gateway.own_namespace || workload.key.namespace == gateway.key.namespace;
        in_reach && selects(&gateway.selector, &workload.labels)
    };
    match graph.workloads.iter().find(is_selected) {
        Some(workload) if !gateway.selector.is_empty() => workload.key.to_string(),
        // For a Gateway of the Gateway API, Istio makes the pods and names their account after it.
        Some(_) | None if gateway.own_namespace => format!("account {}-istio", gateway.key),
        Some(_) | None => "account istio-system/istio-ingressgateway-service-account".to_owned(),
    }
}
