//! Every statement but rules: pairs of the grammar to nodes of the tree.

use pest::iterators::Pair;
use thin_vec::ThinVec;

use super::{Context, Rule, children, literal, mistake, rule};
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{
    Group, Methods, Mtls, MtlsMode, MtlsScope, Namespace, Network, Open, Statement, Use,
};
use crate::syntax::keyword;

/// The statement of a pair of [`Rule::statement`] that is no rule.
pub(super) fn declaration(context: &mut Context, line: Pair<'_, Rule>) -> Statement {
    match line.as_rule() {
        Rule::import => Statement::Use(import(context, line)),
        Rule::group => Statement::Group(group(context, line)),
        Rule::network => Statement::Network(network(context, line)),
        Rule::methods => Statement::Methods(methods(context, line)),
        Rule::mtls => Statement::Mtls(mtls(context, line)),
        Rule::open => Statement::Open(open(context, line)),
        Rule::namespace => Statement::Namespace(Namespace { name: block_name(context, line), block: None }),
        other => unreachable!("nothing reads the statement `{other:?}`"),
    }
}

/// The name in `namespace shop` and `namespace shop {`.
pub(super) fn block_name(context: &mut Context, line: Pair<'_, Rule>) -> Spanned<Symbol> {
    let whole = context.span(&line);
    let mut name = Spanned::new(Symbol::default(), whole);
    for part in children(line) {
        match part.as_rule() {
            Rule::namespace_name => name = literal::part(context, &part),
            Rule::wrong_name => {
                name = Spanned::new(part.as_str().into(), context.span(&part));
                context.diagnostics.push(mistake::wrong_name(context, whole, name.span));
            }
            _ => {}
        }
    }
    name
}

fn import(context: &mut Context, line: Pair<'_, Rule>) -> Use {
    let mut import = Use { path: Spanned::new(Symbol::default(), context.span(&line)) };
    for part in children(line) {
        if part.as_rule() == Rule::import_path {
            import.path = literal::part(context, &part);
        }
    }
    import
}

fn group(context: &mut Context, line: Pair<'_, Rule>) -> Group {
    let mut group = Group { name: nameless(context, &line), members: ThinVec::new() };
    for part in children(line) {
        match part.as_rule() {
            Rule::group_word | Rule::equals => {}
            Rule::declared_name => group.name = literal::part(context, &part),
            _ => group.members.push(rule::caller(context, part)),
        }
    }
    group
}

fn network(context: &mut Context, line: Pair<'_, Rule>) -> Network {
    let mut network = Network { name: nameless(context, &line), blocks: ThinVec::new(), client: None };
    for part in children(line) {
        match part.as_rule() {
            Rule::declared_name => network.name = literal::part(context, &part),
            Rule::address => network.blocks.extend(literal::address(context, &part)),
            Rule::client => network.client = Some(context.span(&part)),
            _ => {}
        }
    }
    network
}

fn methods(context: &mut Context, line: Pair<'_, Rule>) -> Methods {
    let mut methods = Methods { name: nameless(context, &line), methods: ThinVec::new() };
    for part in children(line) {
        match part.as_rule() {
            Rule::declared_name => methods.name = literal::part(context, &part),
            Rule::method => methods.methods.push(rule::method(context, &part)),
            _ => {}
        }
    }
    methods
}

fn mtls(context: &mut Context, line: Pair<'_, Rule>) -> Mtls {
    let mode = Spanned::new(MtlsMode::Strict, context.span(&line));
    let mut mtls = Mtls { mode, scope: MtlsScope::Mesh, clauses: ThinVec::new() };
    let mut namespaces = ThinVec::new();
    for part in children(line) {
        match part.as_rule() {
            Rule::mtls_mode => {
                let mode = keyword::read(&keyword::MTLS_MODES, part.as_str());
                mtls.mode = Spanned::new(mode.unwrap_or(MtlsMode::Strict), context.span(&part));
            }
            Rule::namespace_name => namespaces.push(literal::part(context, &part)),
            Rule::target => mtls.scope = MtlsScope::Target(Box::new(rule::target(context, part))),
            Rule::mtls_word | Rule::in_word => {}
            _ => rule::push_clause(context, &mut mtls.clauses, &part),
        }
    }
    if !namespaces.is_empty() {
        mtls.scope = MtlsScope::Namespaces(namespaces);
    }
    mtls
}

fn open(context: &mut Context, line: Pair<'_, Rule>) -> Open {
    let mut open = Open { namespace: nameless(context, &line), clauses: ThinVec::new() };
    for part in children(line) {
        match part.as_rule() {
            Rule::namespace_name => open.namespace = literal::part(context, &part),
            Rule::open_word | Rule::namespace_word => {}
            _ => rule::push_clause(context, &mut open.clauses, &part),
        }
    }
    open
}

/// Stands in until the name is read, which the grammar guarantees.
fn nameless(context: &Context, line: &Pair<'_, Rule>) -> Spanned<Symbol> {
    Spanned::new(Symbol::default(), context.span(line))
}
