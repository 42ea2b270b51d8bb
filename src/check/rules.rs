//! Rules: callers, targets and operations put together, with every check that needs more than one of them.

use std::sync::Arc;

use thin_vec::ThinVec;

use super::callers::{Callers, Sink, callers};
use super::cases;
use super::clauses::{Clauses, origin};
use super::context::{Context, Place};
use super::declarations::statements;
use super::endpoints;
use super::guarantees::{guarantee, nodes};
use super::names::{Bound, known_namespace};
use super::operations::{LoweredOperation, operations};
use super::plaintext;
use super::protocols::http_ports;
use super::targets::{Target, targets};
use super::udp;
use crate::diagnostic::{Diagnostic, MOST_OF_A_KIND, add, code, fold};
use crate::graph::Workload;
use crate::policy::{self, Guarantee, NamedSet, Origin, Reference, Role, Rule, Test};
use crate::source::Span;
use crate::syntax::ast::{self, Effect};

/// What the statements of one module come to.
#[derive(Default)]
pub(super) struct Lowered {
    pub(super) rules: Vec<Rule>,
    pub(super) guarantees: Vec<Guarantee>,
    pub(super) tests: Vec<Test>,
    pub(super) references: Vec<Reference>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Lowers every rule, guarantee and test of a module.
pub(super) fn lower(context: &Context<'_>, module: usize) -> Lowered {
    let mut lowered = Lowered::default();
    let items = &context.input.modules[module].file.items;
    refuse_unknown_namespaces(context, items, &mut lowered.diagnostics);
    for (place, item) in statements(&Place { module, namespace: None }, items) {
        match &item.statement {
            ast::Statement::Rule(rule) => lower_rule(context, &place, item, rule, &mut lowered),
            ast::Statement::Guarantee(written) => {
                let found = guarantee(context, &place, item, written, &mut lowered.diagnostics);
                lowered.guarantees.extend(found);
            }
            ast::Statement::Test(test) => {
                lowered.tests.push(cases::test(context, &place, test, &mut lowered.diagnostics));
            }
            // `declarations`, `modules` and `transport` have read these, a test reads its lines, and the parser has
            // complained of the last two.
            ast::Statement::Use(_)
            | ast::Statement::Namespace(_)
            | ast::Statement::Group(_)
            | ast::Statement::Network(_)
            | ast::Statement::Methods(_)
            | ast::Statement::Mtls(_)
            | ast::Statement::Open(_)
            | ast::Statement::Case(_)
            | ast::Statement::Unsupported(_)
            | ast::Statement::Bad(_) => {}
        }
        // A file that is wrong throughout has more to say than can be held; all but the first is counted.
        if lowered.diagnostics.len() > 10 * MOST_OF_A_KIND {
            fold(&mut lowered.diagnostics);
        }
    }
    lowered
}

/// How many rules statements have as written: one for each target.
pub(super) fn written(items: &[Arc<ast::Item>]) -> usize {
    let of_one = |item: &Arc<ast::Item>| match &item.statement {
        ast::Statement::Rule(rule) => rule.targets.len(),
        ast::Statement::Namespace(ast::Namespace { block: Some(block), .. }) => written(&block.items),
        _ => 0,
    };
    items.iter().map(of_one).sum()
}

/// A name that is not found in the namespace of its statement is looked for in the others, so that a misspelled
/// namespace would give a rule to somebody else's service.
fn refuse_unknown_namespaces(
    context: &Context<'_>,
    items: &[Arc<ast::Item>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Of an empty graph its first unknown name says what is missing.
    for item in items.iter().filter(|_| !context.graph().namespaces.is_empty()) {
        let ast::Statement::Namespace(ast::Namespace { name, block }) = &item.statement else { continue };
        if let Err(found) = known_namespace(context.graph(), name, name.span) {
            add(diagnostics, *found);
        }
        if let Some(block) = block {
            refuse_unknown_namespaces(context, &block.items, diagnostics);
        }
    }
}

/// A rule as written, and what holds for each of its targets.
pub(super) struct Sides<'r> {
    pub(super) rule: &'r ast::Rule,
    pub(super) callers: Callers,
    operations: Vec<LoweredOperation>,
}

impl Sides<'_> {
    /// Whether nothing of what was written is missing, so that the rule says what was meant.
    fn are_whole(&self) -> bool {
        !self.callers.any_of.is_empty() && self.operations.len() == self.rule.operations.len()
    }
}

fn lower_rule(
    context: &Context<'_>,
    place: &Place,
    item: &Arc<ast::Item>,
    rule: &ast::Rule,
    out: &mut Lowered,
) {
    let mut found = Vec::new();
    let clauses = Clauses::read(&rule.clauses, &mut found);
    let expired = match rule.effect.node {
        Effect::Allow => clauses.expired(context.input.today, "this permission", "is left out", &mut found),
        Effect::Deny => {
            clauses.refuse_until("a denial", &mut found);
            false
        }
    };
    let mut sink = Sink { references: &mut out.references, diagnostics: &mut found };
    let callers = callers(context, place, rule, &mut sink);
    let operations = operations(context, place, &rule.operations, &mut found);
    let sides = Sides { rule, callers, operations };
    let origin = origin(context.input, item, &clauses);
    let mut services = Vec::new();
    let before = found.len();
    for written in &rule.targets {
        let targets = targets(context, place, rule.effect.node, written, &mut found);
        refer(&targets, written.name.span, &mut out.references);
        if rule.effect.node == Effect::Deny && rule.operations.is_empty() {
            let keys = targets.iter().map(|target| *target.bound.key());
            udp::left_open(context.graph(), written, keys, "deny", &mut found);
        }
        for target in targets {
            services.push(match &target.bound {
                Bound::Service(facts) => Some(facts.service),
                Bound::Workload(..) => None,
            });
            let ports = check_target(context, &sides, &target, &mut found);
            if !expired && sides.are_whole() && !ports.is_empty() {
                out.rules.push(rule_of(&sides, &target, ports, &origin));
            }
        }
    }
    // Of a target with an error nothing is known, and an operation that covers nothing is told as a whole.
    let is_told = |found: &Diagnostic| found.is_error() || found.code == code::DENY_WITHOUT_ENDPOINT;
    if !found[before..].iter().any(is_told) && sides.operations.len() == rule.operations.len() {
        let pairs = rule.operations.iter().zip(&sides.operations);
        let about = rule.effect.node.into();
        let unknown = |(written, lowered): (_, &LoweredOperation)| {
            endpoints::check_paths(&services, about, written, &lowered.operation)
        };
        found.extend(pairs.flat_map(unknown));
    }
    let is_wrong = found.iter().any(Diagnostic::is_error);
    out.diagnostics.append(&mut found);
    if is_wrong {
        // A statement with an error opens nothing; the build is refused anyway.
        while out.rules.last().is_some_and(|last| Arc::ptr_eq(&last.origin, &origin)) {
            out.rules.pop();
        }
    }
}

/// One reference for a written target, whatever number of services it means.
fn refer(found: &[Target<'_, '_>], span: Span, references: &mut Vec<Reference>) {
    let named = match found {
        [] => return,
        [only] => only.bound.named(),
        several => Arc::new(NamedSet {
            services: several.iter().map(|one| (*one.namespace(), *one.name())).collect(),
            accounts: Vec::new(),
        }),
    };
    references.push(Reference { span, role: Role::Target, named });
}

fn rule_of(sides: &Sides<'_>, target: &Target<'_, '_>, ports: ThinVec<u16>, origin: &Arc<Origin>) -> Rule {
    Rule {
        effect: match sides.rule.effect.node {
            Effect::Allow => policy::Effect::Allow,
            Effect::Deny => policy::Effect::Deny,
        },
        callers: nodes(&sides.callers.any_of),
        except: nodes(&sides.callers.none_of),
        target: policy::Target {
            namespace: *target.namespace(),
            selector: target.selector.clone(),
            name: *target.name(),
            ports,
        },
        operations: sides.operations.iter().map(|lowered| lowered.operation.clone()).collect(),
        origin: origin.clone(),
    }
}

/// Every check of a rule against one target; gives the workload ports that it covers.
fn check_target(
    context: &Context<'_>,
    sides: &Sides<'_>,
    target: &Target<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> ThinVec<u16> {
    let effect = sides.rule.effect.node;
    refuse_open_namespace(context, effect, target, diagnostics);
    refuse_gateway_only(context, sides, target, diagnostics);
    let covered = if sides.rule.operations.is_empty() {
        target.ports.iter().collect()
    } else {
        http_ports(context, effect, target, diagnostics)
    };
    diagnostics.extend(plaintext::check(context, sides, target, &covered));
    if let Bound::Service(facts) = &target.bound {
        let unknown = sides.operations.iter().filter_map(|lowered| {
            endpoints::check(facts.service, effect.into(), &lowered.operation, lowered.span)
        });
        diagnostics.extend(unknown);
    }
    let mut numbers: ThinVec<u16> =
        covered.into_iter().flat_map(|port| port.numbers.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// An allow in an open namespace would close its target for everybody else.
fn refuse_open_namespace(
    context: &Context<'_>,
    effect: Effect,
    target: &Target<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (Effect::Allow, Some(open)) = (effect, context.transport.open.get(target.namespace())) else {
        return;
    };
    diagnostics.push(
        Diagnostic::new(
            code::ALLOW_INTO_OPEN_NAMESPACE,
            format!(
                "namespace `{}` is open, and this rule would close `{}`",
                target.namespace(),
                target.name()
            ),
            target.span,
            "with one permission, Istio denies everything else there",
        )
        .label(open.span(), "opened here")
        .note("remove the rule, or the `open namespace` statement"),
    );
}

/// `host` and `as client` mean something on a gateway only: elsewhere the caller writes what they look at.
fn refuse_gateway_only(
    context: &Context<'_>,
    sides: &Sides<'_>,
    target: &Target<'_, '_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let host = sides.operations.iter().find_map(|lowered| lowered.host);
    let client = sides.callers.client().map(|caller| caller.span);
    if host.is_none() && client.is_none() {
        return;
    }
    let is_gateway =
        |workload: &&Workload| context.graph().is_gateway(&workload.key.namespace, &workload.labels);
    if !target.workloads().is_empty() && target.workloads().iter().all(is_gateway) {
        return;
    }
    let not_a_gateway = format!("`{}` is not a gateway", target.bound.key());
    if let Some(host) = host {
        diagnostics.push(
            Diagnostic::new(
                code::HOST_WITHOUT_GATEWAY,
                "inside the mesh the caller chooses the host header, so it protects nothing",
                host,
                "a caller could write any host",
            )
            .label(target.span, not_a_gateway.clone())
            .note("restrict hosts at the gateway that lets the request in"),
        );
    }
    if let Some(client) = client {
        diagnostics.push(
            Diagnostic::new(
                code::CLIENT_ADDRESS_WITHOUT_GATEWAY,
                "inside the mesh the caller chooses the client address, so it proves nothing",
                client,
                "read from a header that any caller can write",
            )
            .label(target.span, not_a_gateway)
            .note("declare the network without `as client` to compare the address of the peer"),
        );
    }
}
