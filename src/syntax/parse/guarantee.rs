//! Guarantees and tests: pairs of the grammar to nodes of the tree.

use pest::iterators::Pair;
use thin_vec::ThinVec;

use super::{Context, Rule, children, later, literal, mistake, rule};
use crate::source::Spanned;
use crate::syntax::ast::{Case, Expected, Guarantee, Promise, Statement};
use crate::syntax::keyword;

/// The guarantee of a pair of [`Rule::guarantee`].
pub(super) fn guarantee(context: &mut Context, line: Pair<'_, Rule>) -> Guarantee {
    let mut guarantee = Guarantee {
        promise: Spanned::new(Promise::Never, context.span(&line)),
        sources: ThinVec::with_capacity(1),
        except: ThinVec::new(),
        targets: ThinVec::with_capacity(1),
        via: ThinVec::new(),
        operations: ThinVec::new(),
        braces: false,
        clauses: ThinVec::new(),
    };
    for part in children(line) {
        match part.as_rule() {
            Rule::arrow => {}
            Rule::promise => {
                let promise = keyword::read(&keyword::PROMISES, part.as_str());
                guarantee.promise = Spanned::new(promise.unwrap_or(Promise::Never), context.span(&part));
            }
            Rule::except_callers => guarantee.except = rule::except_callers(context, part),
            Rule::via => {
                let names = children(part).filter(|inner| inner.as_rule() == Rule::name);
                guarantee.via = names
                    .map(|inner| Spanned::new(literal::name(context, &inner), context.span(&inner)))
                    .collect();
            }
            Rule::grpc | Rule::http => guarantee.operations.push(rule::operation(context, part)),
            Rule::operation_block => {
                guarantee.braces = true;
                guarantee.operations = children(part).map(|inner| rule::operation(context, inner)).collect();
            }
            Rule::reason | Rule::until | Rule::unsupported_clause => {
                rule::push_clause(context, &mut guarantee.clauses, &part);
            }
            Rule::target => guarantee.targets.push(rule::target(context, part)),
            _ => guarantee.sources.push(rule::caller(context, part)),
        }
    }
    guarantee
}

/// The name in `test "…" {`; one without quotes is reported and kept.
pub(super) fn test_name(context: &mut Context, line: Pair<'_, Rule>) -> Spanned<String> {
    let whole = context.span(&line);
    for part in children(line) {
        let span = context.span(&part);
        match part.as_rule() {
            Rule::string => return Spanned::new(literal::string(context, part.as_str(), span), span),
            Rule::wrong_test_name => {
                context.diagnostics.push(mistake::unquoted_test_name(part.as_str(), span));
                return Spanned::new(part.as_str().to_owned(), span);
            }
            _ => {}
        }
    }
    context.diagnostics.push(mistake::nameless_test(whole));
    Spanned::new(String::new(), whole)
}

/// The line of a test from a pair of [`Rule::case`]; one with a token is of a later version.
pub(super) fn case(context: &mut Context, line: Pair<'_, Rule>) -> Statement {
    let (text, span) = (line.as_str().trim_end().to_owned(), context.span(&line));
    let mut case = Case {
        sources: ThinVec::with_capacity(1),
        except: ThinVec::new(),
        targets: ThinVec::with_capacity(1),
        operation: None,
        expected: Spanned::new(Expected::Denied, span),
    };
    for part in children(line) {
        match part.as_rule() {
            Rule::arrow => {}
            Rule::except_callers => case.except = rule::except_callers(context, part),
            Rule::grpc | Rule::http => case.operation = Some(rule::operation(context, part)),
            Rule::outcome => {
                let expected = keyword::read(&keyword::OUTCOMES, part.as_str());
                case.expected = Spanned::new(expected.unwrap_or(Expected::Denied), context.span(&part));
            }
            Rule::target => case.targets.push(rule::target(context, part)),
            Rule::token => {
                context.diagnostics.push(later::token(context, &part));
                return Statement::Unsupported(Spanned::new(text, span));
            }
            _ => case.sources.push(rule::caller(context, part)),
        }
    }
    Statement::Case(case)
}
