//! The edges of the view: what the rules allow and deny, and the known calls that no rule allows.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;
use meshward::graph::{Key, Service, ServiceGraph};
use meshward::policy::{Caller, Effect, Operation, Rule};
use meshward::source::SourceMap;
use meshward::{Program, check};

use super::nodes;
use super::view::{Edge, EdgeKind, Node};

/// Edges of the rules in their order, then the missing ones by caller.
pub(super) fn of(program: &Program, nodes: &[Node], sources: &SourceMap) -> Vec<Edge> {
    let names = Names::new(nodes);
    let mut edges: Vec<Edge> = program
        .policy
        .rules
        .iter()
        .flat_map(|rule| edges_of(rule, &program.graph, &names, sources))
        .collect();
    edges.extend(missing(program, sources));
    edges
}

/// Which node runs as an account, where it is exactly one.
struct Names<'a> {
    by_account: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    fn new(nodes: &'a [Node]) -> Self {
        let mut by_account = BTreeMap::<&str, BTreeSet<&str>>::new();
        for node in nodes {
            for account in &node.accounts {
                by_account.entry(account).or_default().insert(&node.id);
            }
        }
        Self { by_account }
    }

    /// The node behind an account; the account itself where several share it, since then it is what a
    /// request shows and no node is.
    fn caller(&self, caller: &Caller) -> String {
        match caller {
            Caller::Account { namespace, name } => {
                let account = format!("{namespace}/{name}");
                let nodes: Vec<&str> = self
                    .by_account
                    .get(account.as_str())
                    .map_or_else(Vec::new, |nodes| nodes.iter().copied().collect());
                if let [only] = nodes[..] { only.to_owned() } else { format!("account {account}") }
            }
            Caller::Namespace(namespace) => format!("{namespace}/*"),
            Caller::AnyIdentity => "mesh".to_owned(),
            Caller::Anyone => "anyone".to_owned(),
            Caller::Peer(block) => block.to_string(),
            Caller::Client(block) => format!("{block} as client"),
        }
    }
}

fn edges_of(rule: &Rule, graph: &ServiceGraph, names: &Names<'_>, sources: &SourceMap) -> Vec<Edge> {
    let kind = match rule.effect {
        Effect::Allow => EdgeKind::Allow,
        Effect::Deny => EdgeKind::Deny,
    };
    let froms: IndexSet<String> = rule.callers.iter().map(|caller| names.caller(caller)).collect();
    let covers = covered(rule, graph);
    froms
        .into_iter()
        .map(|from| Edge {
            from,
            to: target_id(rule),
            kind,
            except: rule.except.iter().map(|caller| names.caller(caller)).collect(),
            ports: rule.target.ports.to_vec(),
            operations: rule.operations.iter().map(operation).collect(),
            covers: covers.clone(),
            place: sources.place(rule.origin.span()),
        })
        .collect()
}

/// The known endpoints that the operations of a rule cover, each once; none where the rule is about all of them.
fn covered(rule: &Rule, graph: &ServiceGraph) -> Vec<String> {
    let key = Key::new(rule.target.namespace, target_name(rule));
    let Some(service) = graph.services.get(&key) else { return Vec::new() };
    let endpoints = rule.operations.iter().flat_map(|operation| check::covered(service, operation));
    let texts = endpoints.map(|endpoint| format!("{} {}", endpoint.method, endpoint.path));
    texts.collect::<IndexSet<String>>().into_iter().collect()
}

fn target_id(rule: &Rule) -> String {
    format!("{}/{}", rule.target.namespace, target_name(rule))
}

fn target_name(rule: &Rule) -> &str {
    let name = rule.target.name.as_str();
    name.rsplit_once('/').map_or(name, |(_, name)| name)
}

/// `host api.example.com GET, HEAD /a, /b/* except /b/c`
fn operation(operation: &Operation) -> String {
    let Operation { methods, paths, except_paths, hosts } = operation;
    let listed = |word: &str, list: &[meshward::source::Symbol]| {
        (!list.is_empty()).then(|| format!("{word}{}", list.join(", ")))
    };
    let parts =
        [listed("host ", hosts), listed("", methods), listed("", paths), listed("except ", except_paths)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Known calls that no rule allows.
fn missing(program: &Program, sources: &SourceMap) -> Vec<Edge> {
    let allowed = Allowed::new(program);
    let services = program.graph.services.values();
    let calls = services.flat_map(|service| service.calls.iter().map(move |call| (service, call)));
    calls
        .filter(|(service, call)| !allowed.covers(&program.graph, service, &call.node))
        .map(|(service, call)| Edge {
            from: service.key.to_string(),
            to: call.node.to_string(),
            kind: EdgeKind::Missing,
            except: Vec::new(),
            ports: Vec::new(),
            operations: Vec::new(),
            covers: Vec::new(),
            place: sources.place(call.span),
        })
        .collect()
}

/// The callers that some rule lets into a target.
struct Allowed<'a> {
    by_target: BTreeMap<String, BTreeSet<&'a Caller>>,
}

impl<'a> Allowed<'a> {
    fn new(program: &'a Program) -> Self {
        let mut by_target = BTreeMap::<String, BTreeSet<&Caller>>::new();
        for rule in &program.policy.rules {
            match rule.effect {
                Effect::Allow => by_target.entry(target_id(rule)).or_default().extend(&rule.callers),
                Effect::Deny => {}
            }
        }
        Self { by_target }
    }

    /// Whether some rule lets some workload of `service` into `call`.
    fn covers(&self, graph: &ServiceGraph, service: &Service, call: &Key) -> bool {
        let Some(callers) = self.by_target.get(&call.to_string()) else { return false };
        let accounts = nodes::accounts(graph.workloads_of(service));
        callers.iter().any(|allowed| match allowed {
            Caller::Account { namespace, name } => accounts.contains(&format!("{namespace}/{name}")),
            Caller::Namespace(namespace) => *namespace == service.key.namespace,
            Caller::AnyIdentity | Caller::Anyone => true,
            Caller::Peer(_) | Caller::Client(_) => false,
        })
    }
}
