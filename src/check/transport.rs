//! Transport security: `mtls` and `open` statements, and which namespaces this project governs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::Input;
use super::clauses::{Clauses, origin};
use super::context::Place;
use super::declarations::statements;
use super::modes::Modes;
use super::names::known_namespace;
use super::services::Services;
use super::targets::{MtlsTarget, mtls_target};
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{Covered, Mtls, MtlsMode, MtlsScope, Origin, Policy};
use crate::source::{Span, Symbol};
use crate::syntax::ast;

/// What the policy says about transport, before the covered namespaces are known.
#[derive(Debug, Default)]
pub(super) struct Transport {
    pub(super) modes: Modes,
    /// The `open namespace` statements that hold today.
    pub(super) open: BTreeMap<Symbol, Arc<Origin>>,
    /// Namespaces whose opening has ended: they are covered like any other.
    closed_again: BTreeSet<Symbol>,
    stated: Vec<Mtls>,
}

/// Reads every `mtls` and `open` statement.
pub(super) fn collect<'a>(
    input: Input<'a>,
    services: &'a Services<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Transport {
    let mut reader = Reader {
        input,
        services,
        diagnostics,
        stated: IndexMap::new(),
        ended: Vec::new(),
        open: BTreeMap::new(),
        closed_again: BTreeSet::new(),
    };
    for (index, module) in input.modules.iter().enumerate() {
        for (place, item) in statements(&Place { module: index, namespace: None }, &module.file.items) {
            match &item.statement {
                ast::Statement::Mtls(mtls) => reader.mtls(&place, item, mtls),
                ast::Statement::Open(open) => reader.open(item, open),
                _ => {}
            }
        }
    }
    reader.tighten_ended();
    let Reader { stated, open, closed_again, .. } = reader;
    let stated: Vec<Mtls> = stated.into_values().collect();
    report_overlaps(input, &stated, diagnostics);
    let mut modes = Modes::new(input.project.mesh.root_namespace);
    for mtls in &stated {
        modes.add(mtls);
    }
    Transport { modes, open, closed_again, stated }
}

/// Which scope an `mtls` statement speaks of; two statements with one key speak of one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ScopeKey {
    Mesh,
    Namespace(Symbol),
    Workload(Symbol, Arc<crate::policy::Labels>),
}

struct Reader<'a, 'd> {
    input: Input<'a>,
    services: &'a Services<'a>,
    diagnostics: &'d mut Vec<Diagnostic>,
    stated: IndexMap<ScopeKey, Mtls>,
    /// What statements spoke of that have ended.
    ended: Vec<(Scope, Arc<Origin>)>,
    open: BTreeMap<Symbol, Arc<Origin>>,
    closed_again: BTreeSet<Symbol>,
}

/// The scope of a statement and the ports that it names; no ports for the whole scope.
type Scope = (ScopeKey, MtlsScope, Vec<u16>);

impl Reader<'_, '_> {
    fn mtls(&mut self, place: &Place, item: &Arc<ast::Item>, mtls: &ast::Mtls) {
        let clauses = Clauses::read(&mtls.clauses, self.diagnostics);
        let mode = match mtls.mode.node {
            ast::MtlsMode::Disable => MtlsMode::Disable,
            ast::MtlsMode::Permissive => MtlsMode::Permissive,
            ast::MtlsMode::Strict => MtlsMode::Strict,
        };
        if mode == MtlsMode::Strict {
            self.refuse_end_of_strict(&clauses);
        } else {
            self.require_reason(mtls.mode.span, &clauses, "a hole in transport security");
        }
        let expired = clauses.expired(
            self.input.today,
            "this exception",
            "its scope is strict again",
            self.diagnostics,
        );
        let origin = origin(self.input, item, &clauses);
        for (key, scope, ports) in self.scopes(place, mtls) {
            if expired {
                self.ended.push(((key, scope, ports), origin.clone()));
            } else {
                self.state(key, scope, ports, mode, &origin);
            }
        }
    }

    /// An exception ends in the strict form of its scope, unless another statement has taken its place.
    fn tighten_ended(&mut self) {
        for ((key, scope, mut ports), origin) in std::mem::take(&mut self.ended) {
            let whole_scope = ports.is_empty();
            let former = self.stated.get(&key);
            ports.retain(|port| former.is_none_or(|former| !former.ports.contains_key(port)));
            let is_free = if whole_scope {
                former.is_none_or(|former| former.mode.is_none())
            } else {
                !ports.is_empty()
            };
            if is_free {
                self.state(key, scope, ports, MtlsMode::Strict, &origin);
            }
        }
    }

    fn refuse_end_of_strict(&mut self, clauses: &Clauses) {
        if let Some(until) = &clauses.until {
            self.diagnostics.push(
                Diagnostic::new(
                    code::MISPLACED_CLAUSE,
                    "`mtls strict` can not end by itself",
                    until.span,
                    "after this day plaintext would be let in without anybody deciding it",
                )
                .note("remove the clause"),
            );
        }
    }

    fn require_reason(&mut self, span: Span, clauses: &Clauses, what: &str) {
        if clauses.reason.is_none() {
            self.diagnostics.push(
                Diagnostic::new(
                    code::MISSING_REASON,
                    format!("{what} needs a reason"),
                    span,
                    "why must this be open?",
                )
                .note("add `because \"…\"`, and `until YYYY-MM-DD` if it is for a time"),
            );
        }
    }

    /// The scopes of one statement, each with the ports that it names.
    fn scopes(&mut self, place: &Place, mtls: &ast::Mtls) -> Vec<Scope> {
        match &mtls.scope {
            ast::MtlsScope::Mesh => vec![(ScopeKey::Mesh, MtlsScope::Mesh, Vec::new())],
            ast::MtlsScope::Namespaces(namespaces) => {
                let mut scopes = Vec::new();
                for namespace in namespaces {
                    if let Err(diagnostic) = known_namespace(self.input.graph, namespace, namespace.span) {
                        self.diagnostics.push(*diagnostic);
                    } else if namespace.node == self.input.project.mesh.root_namespace {
                        self.refuse_root(
                            namespace.span,
                            "a policy in the root namespace holds for the whole mesh",
                            "for the whole mesh write `mtls` without `in`",
                        );
                    } else {
                        let name = namespace.node;
                        scopes.push((ScopeKey::Namespace(name), MtlsScope::Namespace(name), Vec::new()));
                    }
                }
                scopes
            }
            ast::MtlsScope::Target(target) => {
                match mtls_target(self.services, place, target, self.diagnostics) {
                    Some(MtlsTarget { namespace, selector, name, ports }) => {
                        if namespace == self.input.project.mesh.root_namespace {
                            self.refuse_root(
                                target.name.span,
                                "Istio ignores the mode of single pods in the root namespace",
                                "set the mode of the whole mesh: `mtls` without a name",
                            );
                            return Vec::new();
                        }
                        let key = ScopeKey::Workload(namespace, selector.clone());
                        vec![(key, MtlsScope::Workload { namespace, selector, name }, ports)]
                    }
                    None => Vec::new(),
                }
            }
        }
    }

    fn refuse_root(&mut self, span: Span, message: &str, note: &str) {
        let label = "lies in the root namespace";
        self.diagnostics.push(Diagnostic::new(code::ROOT_NAMESPACE_MTLS, message, span, label).note(note));
    }

    fn state(
        &mut self,
        key: ScopeKey,
        scope: MtlsScope,
        ports: Vec<u16>,
        mode: MtlsMode,
        origin: &Arc<Origin>,
    ) {
        let entry = self.stated.entry(key).or_insert_with(|| Mtls {
            scope,
            mode: None,
            ports: IndexMap::new(),
            origins: Vec::new(),
        });
        let whole_scope_again = ports.is_empty() && entry.mode.is_some();
        if whole_scope_again || ports.iter().any(|port| entry.ports.contains_key(port)) {
            let first = entry.origins.first().map_or(origin.span(), |first| first.span());
            self.diagnostics.push(
                Diagnostic::new(
                    code::DUPLICATE_MTLS,
                    "two statements set the mode of the same scope",
                    origin.span(),
                    "set again here",
                )
                .label(first, "first set here")
                .note("keep one of them"),
            );
            return;
        }
        if ports.is_empty() {
            entry.mode = Some(mode);
        }
        entry.ports.extend(ports.into_iter().map(|port| (port, mode)));
        entry.origins.push(origin.clone());
    }

    fn open(&mut self, item: &Arc<ast::Item>, open: &ast::Open) {
        let clauses = Clauses::read(&open.clauses, self.diagnostics);
        self.require_reason(open.namespace.span, &clauses, "a namespace without a default deny");
        if let Err(diagnostic) = known_namespace(self.input.graph, &open.namespace, open.namespace.span) {
            self.diagnostics.push(*diagnostic);
            return;
        }
        if clauses.expired(
            self.input.today,
            "this opening",
            "the namespace is closed again",
            self.diagnostics,
        ) {
            self.closed_again.insert(open.namespace.node);
            return;
        }
        let origin = origin(self.input, item, &clauses);
        if let Some(first) = self.open.insert(open.namespace.node, origin) {
            self.diagnostics.push(
                Diagnostic::new(
                    code::DUPLICATE_DECLARATION,
                    format!("namespace `{}` is opened twice", open.namespace.node),
                    open.namespace.span,
                    "opened again",
                )
                .label(first.span(), "first opened here"),
            );
        }
    }
}

/// Two workload scopes that select a common pod: Istio would let the older one win.
fn report_overlaps(input: Input<'_>, stated: &[Mtls], diagnostics: &mut Vec<Diagnostic>) {
    let mut owner: HashMap<(&Symbol, &Symbol, &Symbol), &Mtls> = HashMap::new();
    let mut told = BTreeSet::new();
    for mtls in stated {
        let MtlsScope::Workload { namespace, selector, .. } = &mtls.scope else { continue };
        for workload in input.graph.select(namespace, selector) {
            let pods = (&workload.key.namespace, &workload.key.name, &workload.kind);
            let Some(first) = owner.insert(pods, mtls) else { continue };
            let (here, there) = (mtls.origins[0].span(), first.origins[0].span());
            if told.insert((here, there)) {
                diagnostics.push(
                    Diagnostic::new(
                        code::OVERLAPPING_MTLS,
                        format!("two scopes set the mode of the pods of `{}`", workload.key),
                        here,
                        "the second",
                    )
                    .label(there, "the first")
                    .label(workload.span, "both select these pods")
                    .note("Istio obeys one of them only; put the ports of both into one service's statement"),
                );
            }
        }
    }
}

/// Settles which namespaces are covered and adds the strict default of each.
pub(super) fn finish(
    input: Input<'_>,
    transport: Transport,
    policy: &mut Policy,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Transport { open, closed_again, stated, .. } = transport;
    let mut covered: BTreeSet<Symbol> = policy
        .references
        .iter()
        .filter(|reference| reference.role == crate::policy::Role::Target)
        .flat_map(|reference| reference.named.services.iter().map(|(namespace, _)| *namespace))
        .collect();
    for namespace in &input.project.namespaces {
        match known_namespace(input.graph, namespace, namespace.span) {
            Ok(()) => {
                covered.insert(namespace.node);
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    covered.extend(closed_again.into_iter().filter(|namespace| !open.contains_key(namespace)));
    let with_mode: BTreeSet<Symbol> = stated
        .iter()
        .filter_map(|mtls| match &mtls.scope {
            MtlsScope::Namespace(namespace) => Some(*namespace),
            MtlsScope::Mesh | MtlsScope::Workload { .. } => None,
        })
        .collect();
    policy.mtls = stated;
    for namespace in &covered {
        // A policy without a selector in the root namespace would hold for the whole mesh.
        if !with_mode.contains(namespace) && *namespace != policy.mesh.root_namespace {
            policy.mtls.push(Mtls {
                scope: MtlsScope::Namespace(*namespace),
                mode: Some(MtlsMode::Strict),
                ports: IndexMap::new(),
                origins: Vec::new(),
            });
        }
    }
    // An open namespace is listed so that a deny-all of the mesh can be lifted there; its mutual TLS stays
    // as it is unless something else covers it.
    covered.extend(open.keys().copied());
    policy.covered = covered
        .into_iter()
        .map(|namespace| Covered { open: open.get(&namespace).cloned(), namespace })
        .collect();
}
