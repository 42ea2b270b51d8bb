//! Questions: one line of the command line to its tree.

use pest::Parser as _;

use super::{Context, Rule, WardParser, children, direction, mistake, rule};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span, Spanned};
use crate::syntax::ast::{Asker, Question};

/// The question that `text` asks, or what is wrong with it.
///
/// ```text
/// orders -> payments GET /api/v1/users/42     whether that gets through
/// -> payments GET /api/v1/users/42            who gets through
/// orders ->                                   what gets through
/// ```
pub fn question(source: SourceId, text: &str) -> Result<Question, Vec<Diagnostic>> {
    let mut context = Context { source, text, diagnostics: Vec::new() };
    direction::check(source, text, &mut context.diagnostics);
    let mut question = Question { caller: None, target: None, operation: None };
    match WardParser::parse(Rule::question, text) {
        Ok(pairs) => {
            for part in pairs.flat_map(children) {
                match part.as_rule() {
                    Rule::arrow | Rule::EOI => {}
                    Rule::grpc | Rule::http => question.operation = Some(rule::operation(&mut context, part)),
                    Rule::target => question.target = Some(rule::target(&mut context, part)),
                    Rule::uri => {
                        let uri = Asker::Uri(part.as_str().into());
                        question.caller = Some(Spanned::new(uri, context.span(&part)));
                    }
                    _ => question.caller = Some(rule::caller(&mut context, part).map(Asker::Source)),
                }
            }
        }
        Err(error) => {
            let whole = Span::new(source, 0, text.len());
            context.diagnostics.push(mistake::in_question(&context, whole, error));
        }
    }
    if context.diagnostics.is_empty() { Ok(question) } else { Err(context.diagnostics) }
}
