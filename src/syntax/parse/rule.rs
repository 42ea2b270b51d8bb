//! Rules: callers, targets, operations and clauses, pairs of the grammar to nodes of the tree.

use pest::iterators::Pair;
use thin_vec::ThinVec;

use super::{Context, Rule, children, later, literal};
use crate::diagnostic::{Diagnostic, code};
use crate::source::Spanned;
use crate::syntax::ast::{
    self, Clause, Effect, HttpOperation, Method, Name, Operation, Source, Target, TargetName,
};
use crate::syntax::keyword;

/// The rule of a pair of [`Rule::rule`].
pub(super) fn rule(context: &mut Context, line: Pair<'_, Rule>) -> ast::Rule {
    let mut rule = ast::Rule {
        effect: Spanned::new(Effect::Deny, context.span(&line)),
        sources: ThinVec::with_capacity(1),
        except: ThinVec::new(),
        targets: ThinVec::with_capacity(1),
        operations: ThinVec::with_capacity(1),
        braces: false,
        clauses: ThinVec::new(),
    };
    for part in children(line) {
        match part.as_rule() {
            Rule::arrow => {}
            Rule::effect => {
                let effect = keyword::read(&keyword::EFFECTS, part.as_str());
                rule.effect = Spanned::new(effect.unwrap_or(Effect::Deny), context.span(&part));
            }
            Rule::except_callers => rule.except = except_callers(context, part),
            Rule::grpc | Rule::http => rule.operations.push(operation(context, part)),
            Rule::operation_block => {
                rule.braces = true;
                rule.operations = children(part).map(|inner| operation(context, inner)).collect();
            }
            Rule::reason | Rule::until | Rule::unsupported_clause => {
                push_clause(context, &mut rule.clauses, &part);
            }
            Rule::target => rule.targets.push(target(context, part)),
            _ => rule.sources.push(caller(context, part)),
        }
    }
    // A list that grows beyond one starts with room for four.
    rule.sources.shrink_to_fit();
    rule.clauses.shrink_to_fit();
    rule
}

/// The callers behind `except`.
pub(super) fn except_callers(context: &mut Context, pair: Pair<'_, Rule>) -> ThinVec<Spanned<Source>> {
    let callers = children(pair).filter(|inner| inner.as_rule() != Rule::except_word);
    callers.map(|inner| caller(context, inner)).collect()
}

/// A caller, or the member of a group.
pub(super) fn caller(context: &mut Context, pair: Pair<'_, Rule>) -> Spanned<Source> {
    let span = context.span(&pair);
    let source = match pair.as_rule() {
        Rule::account => {
            let name = children(pair).find(|part| part.as_rule() == Rule::account_name);
            Source::Account(name.map_or_else(Name::default, |part| literal::name(context, &part)))
        }
        Rule::anyone => Source::Anyone,
        Rule::mesh => Source::Mesh,
        Rule::namespace_set => Source::Namespace(literal::namespace_set(context, &pair)),
        Rule::set => Source::Group(literal::set(context, &pair)),
        _ => Source::Name(literal::name(context, &pair)),
    };
    Spanned::new(source, span)
}

/// `payments:80`
pub(super) fn target(context: &mut Context, pair: Pair<'_, Rule>) -> Target {
    let mut name = Spanned::new(TargetName::Name(Name::default()), context.span(&pair));
    let mut port = None;
    for part in children(pair) {
        let span = context.span(&part);
        let node = match part.as_rule() {
            Rule::port => {
                port = Some(Spanned::new(literal::port(context, &part), span));
                continue;
            }
            Rule::namespace_set => TargetName::Namespace(literal::namespace_set(context, &part)),
            Rule::set => TargetName::Group(literal::set(context, &part)),
            _ => TargetName::Name(literal::name(context, &part)),
        };
        name = Spanned::new(node, span);
    }
    Target { name, port }
}

/// `GET` or `@read`
pub(super) fn method(context: &mut Context, pair: &Pair<'_, Rule>) -> Spanned<Method> {
    let method = if pair.as_str().starts_with('@') {
        Method::Set(literal::set(context, pair))
    } else {
        Method::One(pair.as_str().into())
    };
    Spanned::new(method, context.span(pair))
}

/// Methods and paths, or gRPC methods.
pub(super) fn operation(context: &mut Context, pair: Pair<'_, Rule>) -> Operation {
    if pair.as_rule() == Rule::grpc {
        let methods = children(pair).filter(|part| part.as_rule() == Rule::grpc_method);
        return Operation::Grpc(
            methods.map(|part| Spanned::new(part.as_str().into(), context.span(&part))).collect(),
        );
    }
    let mut http = HttpOperation::default();
    for part in children(pair) {
        match part.as_rule() {
            Rule::host => http.hosts.push(literal::part(context, &part)),
            Rule::method => http.methods.push(method(context, &part)),
            Rule::path => http.paths.push(literal::path(context, &part)),
            Rule::except_paths => {
                let paths = children(part).filter(|inner| inner.as_rule() == Rule::path);
                http.except = paths.map(|inner| literal::path(context, &inner)).collect();
            }
            _ => {}
        }
    }
    // Most lists have one element, and a list that grows starts with room for four.
    http.methods.shrink_to_fit();
    http.paths.shrink_to_fit();
    Operation::Http(http)
}

/// Adds the clause of `pair` to `clauses`; one that stands twice is reported and kept once.
pub(super) fn push_clause(
    context: &mut Context,
    clauses: &mut ThinVec<Spanned<Clause>>,
    pair: &Pair<'_, Rule>,
) {
    let clause = Spanned::new(clause(context, pair), context.span(pair));
    let twice = clauses
        .iter()
        .find(|earlier| std::mem::discriminant(&earlier.node) == std::mem::discriminant(&clause.node));
    match (twice, &clause.node) {
        (None, _) | (_, Clause::Unsupported(_)) => clauses.push(clause),
        (Some(earlier), _) => {
            let word = pair.as_str().split_whitespace().next().unwrap_or_default();
            let diagnostic = Diagnostic::new(
                code::MISPLACED_CLAUSE,
                format!("`{word}` stands twice in one statement"),
                clause.span,
                "the second one",
            )
            .label(earlier.span, "the first one")
            .note("keep one of them");
            context.diagnostics.push(diagnostic);
        }
    }
}

fn clause(context: &mut Context, pair: &Pair<'_, Rule>) -> Clause {
    let text = || pair.as_str().trim_end().to_owned();
    let mut parts = children(pair.clone());
    match (pair.as_rule(), parts.next(), parts.next()) {
        (Rule::reason, Some(word), Some(string)) => {
            let span = context.span(&string);
            let string = literal::string(context, string.as_str(), span).into();
            match word.as_str() {
                keyword::BECAUSE => Clause::Because(string),
                keyword::TICKET => Clause::Ticket(string),
                _ => Clause::Owner(string),
            }
        }
        (Rule::until, _, Some(date)) => {
            literal::date(context, &date).map_or_else(|| Clause::Unsupported(text()), Clause::Until)
        }
        _ => {
            context.diagnostics.push(later::clause(context, pair));
            Clause::Unsupported(text())
        }
    }
}
