//! `@allow(lint, "reason")`: a lint silenced above one statement, and the lint about attributes that silence
//! nothing.

use std::sync::Arc;

use super::Input;
use crate::diagnostic::{Code, Diagnostic, code, did_you_mean};
use crate::source::Span;
use crate::syntax::ast::{Attribute, Item, Statement};

/// One attribute and the statement that it stands above.
#[derive(Clone, Debug)]
pub struct Silence {
    lint: Code,
    attribute: Span,
    statement: Span,
}

/// Reads every attribute; one that names no lint or has no reason is an error.
pub(super) fn collect(input: Input<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Silence> {
    let mut silences = Vec::new();
    for module in input.modules {
        visit(&module.file.items, &mut silences, diagnostics);
    }
    silences
}

fn visit(items: &[Arc<Item>], silences: &mut Vec<Silence>, diagnostics: &mut Vec<Diagnostic>) {
    for item in items {
        for attribute in &item.attributes {
            match read(attribute, item.span) {
                Ok(silence) => silences.push(silence),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        let block = match &item.statement {
            Statement::Namespace(namespace) => namespace.block.as_ref(),
            Statement::Test(test) => Some(&test.block),
            Statement::Rule(_)
            | Statement::Use(_)
            | Statement::Group(_)
            | Statement::Network(_)
            | Statement::Methods(_)
            | Statement::Mtls(_)
            | Statement::Open(_)
            | Statement::Guarantee(_)
            | Statement::Case(_)
            | Statement::Unsupported(_)
            | Statement::Bad(_) => None,
        };
        if let Some(block) = block {
            visit(&block.items, silences, diagnostics);
        }
    }
}

fn read(attribute: &Attribute, statement: Span) -> Result<Silence, Box<Diagnostic>> {
    if attribute.name.node != "allow" {
        return Err(Box::new(
            Diagnostic::new(
                code::SYNTAX_ERROR,
                format!("unknown attribute `@{}`", attribute.name.node),
                attribute.name.span,
                "the only attribute is `@allow(lint, \"reason\")`",
            )
            .note("a group or method set can not stand alone on a line"),
        ));
    }
    if attribute.reason.trim().is_empty() {
        return Err(Box::new(Diagnostic::new(
            code::MISSING_REASON,
            "a silenced lint needs a reason",
            attribute.reason.span,
            "why is this fine?",
        )));
    }
    let lints = || code::ALL.iter().filter(|code| code.is_lint());
    match lints().find(|code| code.name() == attribute.lint.as_str()) {
        Some(lint) => Ok(Silence {
            lint: *lint,
            attribute: attribute.name.span.merge(attribute.reason.span),
            statement,
        }),
        None => {
            let mut diagnostic = Diagnostic::new(
                code::USELESS_ATTRIBUTE,
                format!("there is no lint `{}`", attribute.lint.node),
                attribute.lint.span,
                "silences nothing",
            );
            diagnostic.notes.extend(did_you_mean(&attribute.lint, lints().map(|code| code.name())));
            diagnostic.notes.push("`meshward explain` lists them; an error can not be silenced".to_owned());
            Err(Box::new(diagnostic))
        }
    }
}

/// Drops the lints that an attribute silences, and reports the attributes that silenced none of those that were run.
pub fn silence(silences: &[Silence], runs: impl Fn(Code) -> bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut used = vec![false; silences.len()];
    diagnostics.retain(|diagnostic| {
        let mut keep = true;
        for (silence, used) in silences.iter().zip(&mut used) {
            if silence.lint == diagnostic.code && contains(silence.statement, diagnostic.primary.span) {
                *used = true;
                keep = false;
            }
        }
        keep
    });
    // A lint that is switched off could not speak.
    let useless = silences.iter().zip(&used).filter(|(silence, used)| !**used && runs(silence.lint));
    for (silence, _) in useless {
        diagnostics.push(
            Diagnostic::new(
                code::USELESS_ATTRIBUTE,
                format!("nothing here for `{}` to find", silence.lint.name()),
                silence.attribute,
                "silences nothing",
            )
            .note("remove the attribute"),
        );
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}
