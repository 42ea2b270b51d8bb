//! What a policy means, from the language's own rules: which requests get through to a port of a workload. It
//! knows nothing of the objects that a build writes, so that the two can be held against each other.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::modes::of_gateway;
use crate::access::{Condition, Decision, Domain, Formula, Normalization, Pattern, Piece};
use crate::graph::{ServiceGraph, selects};
use crate::policy::{Caller, Effect, Labels, Mesh, Mtls, MtlsMode, MtlsScope, Operation, Policy, Rule};
use crate::project::PathNormalization;
use crate::source::Symbol;

/// What a connection carries: methods and paths are seen in the one and not in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// HTTP/1.1, HTTP/2 or gRPC.
    Http,
    /// Anything else.
    Raw,
}

/// What a mesh with this setting does to paths.
pub fn normalization(setting: PathNormalization) -> Normalization {
    match setting {
        PathNormalization::None => Normalization::None,
        PathNormalization::Base => Normalization::Base,
        PathNormalization::MergeSlashes => Normalization::MergeSlashes,
        PathNormalization::DecodeAndMergeSlashes => Normalization::DecodeAndMergeSlashes,
    }
}

/// The paths that arrive under a normalization.
pub fn paths_under(setting: PathNormalization) -> Domain {
    normalization(setting).domain()
}

/// A policy, ready to be asked about workloads.
pub struct Intent<'a> {
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    open: BTreeMap<&'a str, bool>,
    rules: FxHashMap<(&'a str, &'a str, &'a str), Vec<&'a Rule>>,
    modes: FxHashMap<&'a str, Vec<&'a Mtls>>,
    mesh_mode: Option<MtlsMode>,
}

impl<'a> Intent<'a> {
    /// Sorts the rules by what they select. Of the graph it is asked which pods are gateways, and what they take.
    pub fn new(policy: &'a Policy, graph: &'a ServiceGraph) -> Self {
        let mut rules: FxHashMap<(&str, &str, &str), Vec<&Rule>> = FxHashMap::default();
        for rule in &policy.rules {
            if let Some((key, value)) = rule.target.selector.first_key_value() {
                rules.entry((&rule.target.namespace, key, value)).or_default().push(rule);
            }
        }
        let mut modes: FxHashMap<&str, Vec<&Mtls>> = FxHashMap::default();
        let mut mesh_mode = None;
        for mtls in &policy.mtls {
            match &mtls.scope {
                MtlsScope::Mesh => mesh_mode = mtls.mode,
                MtlsScope::Namespace(namespace) | MtlsScope::Workload { namespace, .. } => {
                    modes.entry(namespace).or_default().push(mtls);
                }
            }
        }
        let open =
            policy.covered.iter().map(|covered| (&*covered.namespace, covered.open.is_some())).collect();
        Self { policy, graph, open, rules, modes, mesh_mode }
    }

    /// Whether the policy governs a namespace.
    pub fn covers(&self, namespace: &str) -> bool {
        self.open.contains_key(namespace)
    }

    /// Which requests get through to a port of the pods with these labels, in a namespace that is covered.
    pub fn decide(&self, namespace: &str, labels: &Labels, port: u16, traffic: Traffic) -> Decision {
        let (mut allow, mut deny) = (Vec::new(), Vec::new());
        for rule in self.rules_at(namespace, labels, port, traffic) {
            let requests = self.requests(rule);
            match rule.effect {
                Effect::Allow => allow.push(requests),
                Effect::Deny => deny.push(requests),
            }
        }
        Decision {
            transport: self.transport(namespace, labels, port),
            allow: if self.is_open(namespace, labels) { Formula::Always } else { Formula::Any(allow) },
            deny: Formula::Any(deny),
        }
    }

    /// The rules that look at such traffic at a port of the pods with these labels.
    pub fn rules_at<'b>(
        &'b self,
        namespace: &'b str,
        labels: &'b Labels,
        port: u16,
        traffic: Traffic,
    ) -> impl Iterator<Item = &'a Rule> + 'b {
        self.rules_for(namespace, labels).filter(move |rule| {
            rule.target.ports.contains(&port) && (traffic == Traffic::Http || rule.operations.is_empty())
        })
    }

    /// Whether everything is let through to the pods with these labels that no rule denies: their namespace is open
    /// or not covered, or it has no default deny ([`Mesh::has_default_deny`]) and no rule allows anything to them.
    pub fn is_open(&self, namespace: &str, labels: &Labels) -> bool {
        let mesh = &self.policy.mesh;
        match self.open.get(namespace) {
            None => !mesh.default_deny_mesh,
            Some(true) => true,
            Some(false) => {
                let is_allowed = |rule: &Rule| rule.effect == Effect::Allow;
                !mesh.has_default_deny(namespace) && !self.rules_for(namespace, labels).any(is_allowed)
            }
        }
    }

    /// The connections that a port accepts at all.
    pub fn transport(&self, namespace: &str, labels: &Labels, port: u16) -> Formula {
        transport(self.mode(namespace, labels, port))
    }

    /// The requests that a rule speaks of.
    pub fn requests(&self, rule: &Rule) -> Formula {
        requests_of(&self.policy.mesh, rule)
    }

    /// The requests of some callers, less those of others, to do one of some things; to do anything where
    /// `operations` is empty.
    pub fn asked(&self, callers: &[Caller], except: &[Caller], operations: &[Operation]) -> Formula {
        requests(&self.policy.mesh, callers, except, operations)
    }

    /// Whether some denial looks at requests at a port. Such a rule is written only for ports that carry nothing
    /// but HTTP, so what it would do to other traffic there has no meaning.
    pub fn denies_requests(&self, namespace: &str, labels: &Labels, port: u16) -> bool {
        self.rules_for(namespace, labels).any(|rule| {
            rule.effect == Effect::Deny && !rule.operations.is_empty() && rule.target.ports.contains(&port)
        })
    }

    /// Whether some rule is about the pods with these labels.
    pub(super) fn speaks_of(&self, namespace: &str, labels: &Labels) -> bool {
        self.rules_for(namespace, labels).next().is_some()
    }

    fn rules_for<'b>(
        &'b self,
        namespace: &'b str,
        labels: &'b Labels,
    ) -> impl Iterator<Item = &'a Rule> + 'b {
        labels
            .iter()
            .filter_map(move |(key, value)| self.rules.get(&(namespace, key.as_str(), value.as_str())))
            .flatten()
            .copied()
            .filter(|rule| selects(&rule.target.selector, labels))
    }

    /// How a port treats mutual TLS: what is said of the port before its workload, namespace and mesh. A gateway takes what
    /// its servers take, whatever is said of the mesh: no `PeerAuthentication` holds for it (`core/gateway.go`).
    pub fn mode(&self, namespace: &str, labels: &Labels, port: u16) -> MtlsMode {
        if let Some(mode) = of_gateway(self.graph, namespace, labels, port) {
            return mode;
        }
        let here = self.modes.get(namespace).map_or(&[] as &[&Mtls], Vec::as_slice);
        let workload = here.iter().find(|mtls| match &mtls.scope {
            MtlsScope::Workload { selector, .. } => selects(selector, labels),
            MtlsScope::Mesh | MtlsScope::Namespace(_) => false,
        });
        let of_workload = workload.and_then(|mtls| mtls.ports.get(&port).copied().or(mtls.mode));
        let of_namespace = || {
            here.iter().find(|mtls| matches!(mtls.scope, MtlsScope::Namespace(_))).and_then(|mtls| mtls.mode)
        };
        of_workload.or_else(of_namespace).or(self.mesh_mode).unwrap_or(MtlsMode::Permissive)
    }
}

/// A caller shows an identity by mutual TLS and in no other way.
fn transport(mode: MtlsMode) -> Formula {
    let identity = Formula::When(Condition::Identity(Pattern::present()));
    match mode {
        MtlsMode::Strict => identity,
        MtlsMode::Permissive => Formula::Always,
        MtlsMode::Disable => Formula::Not(Box::new(identity)),
    }
}

fn requests(mesh: &Mesh, callers: &[Caller], except: &[Caller], operations: &[Operation]) -> Formula {
    let any_of = |list: &[Caller]| Formula::Any(list.iter().map(|one| caller(mesh, one)).collect());
    let mut parts = vec![any_of(callers)];
    if !except.is_empty() {
        parts.push(Formula::Not(Box::new(flat_any(any_of(except)))));
    }
    if !operations.is_empty() {
        parts.push(Formula::Any(operations.iter().map(operation).collect()));
    }
    Formula::All(parts)
}

/// The requests that a rule speaks of.
pub fn requests_of(mesh: &Mesh, rule: &Rule) -> Formula {
    requests(mesh, &rule.callers, &rule.except, &rule.operations)
}

/// Nested alternatives as one list.
fn flat_any(formula: Formula) -> Formula {
    match formula {
        Formula::Any(parts) => Formula::Any(
            parts
                .into_iter()
                .flat_map(|part| match flat_any(part) {
                    Formula::Any(inner) => inner,
                    other => vec![other],
                })
                .collect(),
        ),
        other => other,
    }
}

fn caller(mesh: &Mesh, caller: &Caller) -> Formula {
    let identity = |pattern| Formula::When(Condition::Identity(pattern));
    // The aliases are further names of the mesh's own trust domain.
    let own = |namespace: &str, name: &str, open: bool| {
        let domains = std::iter::once(&mesh.trust_domain).chain(&mesh.trust_domain_aliases);
        let uris =
            domains.map(|domain| ["spiffe://", domain.as_str(), "/ns/", namespace, "/sa/", name].concat());
        let pattern = |uri| if open { Pattern::prefix(uri) } else { Pattern::exact(uri) };
        Formula::Any(uris.map(|uri| identity(pattern(uri))).collect())
    };
    match caller {
        Caller::Account { namespace, name } => own(namespace, name, false),
        Caller::Namespace(namespace) => own(namespace, "", true),
        Caller::AnyIdentity => identity(Pattern::present()),
        Caller::Anyone => Formula::Always,
        Caller::Peer(block) => Formula::When(Condition::Peer(block.trunc())),
        Caller::Client(block) => Formula::When(Condition::Client(block.trunc())),
    }
}

fn operation(operation: &Operation) -> Formula {
    let mut parts = Vec::new();
    let mut one_of = |list: Vec<Formula>| {
        if !list.is_empty() {
            parts.push(Formula::Any(list));
        }
    };
    one_of(operation.hosts.iter().flat_map(|name| host(name)).collect());
    one_of(
        operation
            .methods
            .iter()
            .map(|method| Formula::When(Condition::Method(Pattern::exact(method.as_str()))))
            .collect(),
    );
    let paths = |list: &[Symbol]| -> Vec<Formula> {
        list.iter().map(|path| Formula::When(Condition::Path(pattern(path)))).collect()
    };
    one_of(paths(&operation.paths));
    if !operation.except_paths.is_empty() {
        parts.push(Formula::Not(Box::new(Formula::Any(paths(&operation.except_paths)))));
    }
    Formula::All(parts)
}

/// A host is meant with any port, unless it states one or leaves its end open.
fn host(host: &str) -> Vec<Formula> {
    let when = |pattern: Pattern| Formula::When(Condition::Host(pattern.caseless()));
    let with_port =
        |text: &str| text.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    if let Some(rest) = host.strip_prefix('*') {
        return vec![when(if rest.is_empty() { Pattern::present() } else { Pattern::suffix(rest) })];
    }
    if let Some(rest) = host.strip_suffix('*') {
        return vec![when(Pattern::prefix(rest))];
    }
    if with_port(host) {
        return vec![when(Pattern::exact(host))];
    }
    vec![when(Pattern::exact(host)), when(Pattern::prefix(format!("{host}:")))]
}

/// A path pattern of the language: a prefix, a suffix, a template by segments, or exactly this path.
pub(super) fn pattern(path: &str) -> Pattern {
    if path == "*" {
        return Pattern::present();
    }
    if path.contains('{') {
        let segments = path.split('/').enumerate().flat_map(|(index, segment)| {
            let slash = (index > 0).then(|| Piece::Text("/".to_owned()));
            let piece = match segment {
                "{*}" => Piece::PathGlob,
                "{**}" => Piece::TextGlob,
                literal => Piece::Text(literal.to_owned()),
            };
            slash.into_iter().chain([piece])
        });
        // `/a/{**}/z` keeps both slashes, so it has `/a//z` in it and `/a/z` not.
        return Pattern::new(segments);
    }
    match (path.strip_suffix('*'), path.strip_prefix('*')) {
        (Some(start), _) => Pattern::prefix(start),
        (None, Some(end)) => Pattern::suffix(end),
        (None, None) => Pattern::exact(path),
    }
}
