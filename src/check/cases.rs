//! Tests: each line made into concrete requests, with everything that keeps it from being one reported.

use std::collections::HashMap;
use std::sync::Arc;

use thin_vec::ThinVec;

use super::callers::asked;
use super::clauses::{Clauses, origin};
use super::context::{Context, Place};
use super::guarantees::nodes;
use super::operations::operations;
use super::subjects::{Asked, subjects};
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{Case, Operation, Subject, Test};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{self, Expected, HttpOperation, Statement};

/// The meaning of a test; the lines with an error are left out of it.
pub(super) fn test(
    context: &Context<'_>,
    place: &Place,
    written: &ast::Test,
    diagnostics: &mut Vec<Diagnostic>,
) -> Test {
    if written.block.items.is_empty() {
        diagnostics.push(
            Diagnostic::new(
                code::EMPTY_TEST,
                format!("the test `{}` has no lines", written.name.node),
                written.name.span,
                "tests nothing",
            )
            .note("write a line for each request: `orders -> payments GET /api/v1/users/42 allowed`"),
        );
    }
    let cases = written
        .block
        .items
        .iter()
        .filter_map(|item| match &item.statement {
            Statement::Case(case) => self::case(context, place, item, case, diagnostics),
            _ => None,
        })
        .collect();
    Test { name: written.name.node.clone(), span: written.name.span, cases }
}

/// Reports a name that a second test of the same file has.
pub(super) fn report_duplicates(tests: &[Test], diagnostics: &mut Vec<Diagnostic>) {
    let mut first: HashMap<(crate::source::SourceId, &str), Span> = HashMap::new();
    for test in tests {
        if let Some(former) = first.get(&(test.span.source, &test.name)) {
            diagnostics.push(
                Diagnostic::new(
                    code::DUPLICATE_TEST,
                    format!("two tests of this file are called `{}`", test.name),
                    test.span,
                    "called so again",
                )
                .label(*former, "first called so here")
                .note("a report tells tests apart by their names: give one of them another, or join them"),
            );
        } else {
            first.insert((test.span.source, &test.name), test.span);
        }
    }
}

fn case(
    context: &Context<'_>,
    place: &Place,
    item: &Arc<ast::Item>,
    written: &ast::Case,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Case> {
    // Of its own, since a long list only counts what is added to it.
    let mut found = Vec::new();
    let callers = asked(context, place, (&written.sources, &written.except), &mut found);
    let operation =
        written.operation.as_ref().map(|operation| request(context, place, operation, &mut found));
    let kind = if operation.is_some() { Asked::Request } else { Asked::Connection };
    let subjects: Vec<Subject> = written
        .targets
        .iter()
        .flat_map(|target| subjects(context, place, target, kind, &mut found))
        .collect();
    let is_wrong = found.iter().any(Diagnostic::is_error);
    diagnostics.append(&mut found);
    if is_wrong {
        return None;
    }
    Some(Case {
        callers: nodes(&callers.any_of),
        except: nodes(&callers.none_of),
        subjects,
        operation: match operation {
            Some(operation) => Some(operation?),
            None => None,
        },
        allowed: match written.expected.node {
            Expected::Allowed => true,
            Expected::Denied => false,
        },
        expected: written.expected.span,
        origin: origin(context.input, item, &Clauses::default()),
    })
}

/// Methods and paths without patterns.
fn request(
    context: &Context<'_>,
    place: &Place,
    written: &ast::Operation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Operation> {
    let concrete = match written {
        ast::Operation::Http(http) => {
            refuse_parts(http, diagnostics);
            ast::Operation::Http(HttpOperation {
                paths: http.paths.iter().filter_map(|path| concrete(path, diagnostics)).collect(),
                except: ThinVec::new(),
                ..http.clone()
            })
        }
        ast::Operation::Grpc(names) => {
            for name in names.iter().filter(|name| name.contains('*')) {
                diagnostics.push(indefinite(
                    "a test calls single methods, and this stands for several",
                    name.span,
                    "which method?",
                    "name one: `shop.Cart/Get`; for all of them write a guarantee with `never` or `only`",
                ));
            }
            written.clone()
        }
    };
    let lowered = operations(context, place, std::slice::from_ref(&concrete), diagnostics);
    lowered.into_iter().next().map(|lowered| lowered.operation)
}

/// What a request must have, and what it can not have.
fn refuse_parts(http: &HttpOperation, diagnostics: &mut Vec<Diagnostic>) {
    let whole = http.hosts.iter().map(|host| host.span);
    let whole = whole.chain(http.methods.iter().map(|method| method.span));
    let whole = whole.chain(http.paths.iter().map(|path| path.span)).reduce(Span::merge);
    let Some(whole) = whole else { return };
    if http.methods.is_empty() {
        let note = "write it before the path: `GET /a`; `never` and `only` speak of all methods";
        diagnostics.push(indefinite("this request has no method", whole, "which method?", note));
    }
    if http.paths.is_empty() {
        let note = "write it behind the method: `GET /a`; `never` and `only` speak of all paths";
        diagnostics.push(indefinite("this request has no path", whole, "which path?", note));
    }
    if let Some(except) = http.except.first() {
        let note = "leave `except` out, and give the other paths a line of their own";
        diagnostics.push(indefinite("a request has one path", except.span, "taken out of what?", note));
    }
    for host in http.hosts.iter().filter(|host| host.contains('*')) {
        let note = "name one: `api.example.com`";
        diagnostics.push(indefinite("a request asks for one host", host.span, "a pattern", note));
    }
}

/// The path without its query, which takes no part in any decision.
fn concrete(path: &Spanned<Symbol>, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Symbol>> {
    let bare = path.split('?').next().unwrap_or_default();
    if bare.contains(['*', '{', '}']) {
        diagnostics.push(indefinite(
            &format!("`{bare}` is a pattern, and a request has one path"),
            path.span,
            "which path?",
            "name one that the pattern covers, such as `/api/v1/users/42`; for all of them write a guarantee",
        ));
        return None;
    }
    Some(Spanned::new(Symbol::new(bare), path.span))
}

fn indefinite(message: &str, span: Span, label: &str, note: &str) -> Diagnostic {
    Diagnostic::new(code::INDEFINITE_REQUEST, message, span, label).note(note)
}
