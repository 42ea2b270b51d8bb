//! The left side of the arrow: from names, groups and networks to identities and addresses.

use std::sync::Arc;

use super::context::{Context, Place, missing_proxy};
use super::declarations::{Meaning, wrong_kind};
use super::names::{Bound, account, bind, known_namespace, reserved};
use crate::diagnostic::{Diagnostic, add, code};
use crate::graph::Key;
use crate::policy::{Caller, NamedSet, Reference, Role};
use crate::source::{Span, Spanned};
use crate::syntax::{ast, foreign_name};

/// The callers of one rule, each with the place that names it.
#[derive(Debug, Default)]
pub(super) struct Callers {
    pub(super) any_of: Vec<Spanned<Caller>>,
    pub(super) none_of: Vec<Spanned<Caller>>,
}

impl Callers {
    /// The first caller that only mutual TLS can show.
    pub(super) fn identity(&self) -> Option<&Spanned<Caller>> {
        self.any_of.iter().chain(&self.none_of).find(|caller| caller.is_identity())
    }

    /// The first place where a request without an identity counts as "not this one".
    pub(super) fn negative(&self) -> Option<&Spanned<Caller>> {
        self.none_of.iter().find(|caller| caller.is_identity())
    }

    /// The first network that asks for the client's address.
    pub(super) fn client(&self) -> Option<&Spanned<Caller>> {
        self.any_of.iter().chain(&self.none_of).find(|caller| matches!(caller.node, Caller::Client(_)))
    }
}

/// What reading callers adds to: references and findings.
pub(super) struct Sink<'a> {
    pub(super) references: &'a mut Vec<Reference>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

/// Resolves both lists of a rule. Callers that could not be resolved are reported and left out.
pub(super) fn callers(
    context: &Context<'_>,
    place: &Place,
    rule: &ast::Rule,
    sink: &mut Sink<'_>,
) -> Callers {
    let about = match rule.effect.node {
        ast::Effect::Allow => About::Allow,
        ast::Effect::Deny => About::Deny,
    };
    let callers = listed(context, place, (&rule.sources, &rule.except), about, sink);
    refuse_open_negation(rule, sink.diagnostics);
    callers
}

/// Resolves callers that are asked about, and what is taken out of them. Whoever could not be resolved is
/// reported and left out.
pub(super) fn asked(
    context: &Context<'_>,
    place: &Place,
    (sources, except): (&[Spanned<ast::Source>], &[Spanned<ast::Source>]),
    diagnostics: &mut Vec<Diagnostic>,
) -> Callers {
    // What is asked is no part of the policy, and neither are the names in it.
    let mut references = Vec::new();
    let mut sink = Sink { references: &mut references, diagnostics };
    listed(context, place, (sources, except), About::Question, &mut sink)
}

/// What callers are listed for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Allow,
    Deny,
    Question,
}

impl About {
    fn nobody(self) -> &'static str {
        match self {
            Self::Allow => "nobody is left who could be allowed",
            Self::Deny => "nobody is left who could be denied",
            Self::Question => "nobody is left to ask about",
        }
    }
}

fn listed(
    context: &Context<'_>,
    place: &Place,
    (sources, except): (&[Spanned<ast::Source>], &[Spanned<ast::Source>]),
    about: About,
    sink: &mut Sink<'_>,
) -> Callers {
    let mut callers = Callers::default();
    for source in sources {
        resolve(context, place, source, source.span, &mut callers.any_of, sink);
    }
    for source in except {
        if source.node == ast::Source::Anyone {
            sink.diagnostics.push(no_caller_left(source.span, about.nobody()));
        } else if source.node == ast::Source::Mesh && about != About::Question {
            sink.diagnostics.push(without_mesh(source.span, &callers, about));
        } else {
            resolve(context, place, source, source.span, &mut callers.none_of, sink);
        }
    }
    refuse_empty(except, &callers, about.nobody(), sink.diagnostics);
    callers
}

/// `except mesh` leaves those in plaintext, where some are meant. One can ask about them, and has another way to close
/// ports to them.
fn without_mesh(span: Span, callers: &Callers, about: About) -> Diagnostic {
    if callers.any_of.iter().all(|caller| caller.is_identity()) {
        return no_caller_left(span, about.nobody());
    }
    Diagnostic::new(
        code::NO_CALLER_LEFT,
        "the exception takes away every caller with an identity",
        span,
        "those in plaintext are left, and a rule can not name them alone",
    )
    .note("`mtls strict` keeps out whoever comes in plaintext")
    .note("to make sure of it, write `never anyone except mesh -> TARGET`")
}

/// `span` is where the rule names the caller, which for a member of a group is the group's name.
fn resolve(
    context: &Context<'_>,
    place: &Place,
    source: &Spanned<ast::Source>,
    span: Span,
    found: &mut Vec<Spanned<Caller>>,
    sink: &mut Sink<'_>,
) {
    match &source.node {
        ast::Source::Mesh => {
            sink.diagnostics.extend(reserved(context, "mesh", span));
            found.push(Spanned::new(Caller::AnyIdentity, span));
        }
        ast::Source::Anyone => {
            sink.diagnostics.extend(reserved(context, "anyone", span));
            found.push(Spanned::new(Caller::Anyone, span));
        }
        ast::Source::Namespace(namespace) => match known_namespace(context.graph(), namespace, source.span) {
            Ok(()) => found.push(Spanned::new(Caller::Namespace(*namespace), span)),
            Err(diagnostic) => add(sink.diagnostics, *diagnostic),
        },
        ast::Source::Account(name) => match account(place, name, source.span) {
            Ok(Key { namespace, name }) => {
                let named = NamedSet { services: Vec::new(), accounts: vec![(namespace, name)] };
                found.push(Spanned::new(Caller::Account { namespace, name }, span));
                sink.references.push(Reference { span, role: Role::Caller, named: Arc::new(named) });
            }
            Err(diagnostic) => add(sink.diagnostics, *diagnostic),
        },
        ast::Source::Name(name) => match bind(context.services, place, name, source.span) {
            Ok(bound) => service(context, &bound, span, found, sink),
            Err(diagnostic) => {
                add(sink.diagnostics, perhaps_an_account(perhaps_a_principal(name, *diagnostic)));
            }
        },
        ast::Source::Group(name) => match context.declarations.find(place.module, name, span) {
            Ok(declaration) => match &declaration.meaning {
                Meaning::Group(members) => {
                    for (place, member) in members {
                        resolve(context, place, member, span, found, sink);
                    }
                }
                Meaning::Network { blocks, client } => {
                    let caller = |block| if *client { Caller::Client(block) } else { Caller::Peer(block) };
                    found.extend(blocks.iter().map(|block| Spanned::new(caller(*block), span)));
                }
                Meaning::Methods(_) => {
                    sink.diagnostics.push(*wrong_kind(declaration, span, "a group or a network"));
                }
            },
            Err(diagnostic) => {
                if let Some(diagnostic) = diagnostic {
                    add(sink.diagnostics, *diagnostic);
                }
            }
        },
    }
}

/// A principal of Istio names an account in another way.
fn perhaps_a_principal(name: &ast::Name, mut diagnostic: Diagnostic) -> Diagnostic {
    if let (None, Some(account)) = (&name.namespace, foreign_name::account(&name.name)) {
        diagnostic.notes = vec![format!("did you mean `{account}`?")];
    }
    diagnostic
}

/// A caller may run where no manifest tells of it, such as a gateway that came with Istio.
pub(super) fn perhaps_an_account(diagnostic: Diagnostic) -> Diagnostic {
    if ![code::UNKNOWN_NAMESPACE, code::UNKNOWN_SERVICE].contains(&diagnostic.code)
        || diagnostic.notes.iter().any(|note| note.starts_with("did you mean"))
    {
        return diagnostic;
    }
    diagnostic
        .note("a caller that is in no manifest is named by its service account: `account NAMESPACE/NAME`")
}

/// The accounts of the workloads behind a service.
fn service(
    context: &Context<'_>,
    bound: &Bound<'_, '_>,
    span: Span,
    found: &mut Vec<Spanned<Caller>>,
    sink: &mut Sink<'_>,
) {
    if bound.workloads().is_empty() {
        sink.diagnostics.push(unknown_account(bound.key(), bound.declared(), span));
        return;
    }
    if let Some(diagnostic) = without_identity(context, bound, span) {
        sink.diagnostics.push(diagnostic);
        return;
    }
    let named = bound.named();
    found.extend(
        named.accounts.iter().map(|(namespace, name)| {
            Spanned::new(Caller::Account { namespace: *namespace, name: *name }, span)
        }),
    );
    sink.references.push(Reference { span, role: Role::Caller, named });
}

fn unknown_account(key: &Key, declared: Span, span: Span) -> Diagnostic {
    Diagnostic::new(
        code::UNKNOWN_CALLER_ACCOUNT,
        format!("the service account of `{key}` is not known"),
        span,
        "which identity does it show?",
    )
    .label(declared, "no workload of the service graph stands behind it")
    .note(format!("name the account itself: `account {}/ACCOUNT`", key.namespace))
}

/// A caller none of whose pods has a sidecar can not show an identity, so a rule about it never matches.
fn without_identity(context: &Context<'_>, bound: &Bound<'_, '_>, span: Span) -> Option<Diagnostic> {
    let mut reasons = bound.workloads().iter().map(|workload| missing_proxy(context.project(), workload));
    let (place, reason) = reasons.next()??;
    if !reasons.all(|reason| reason.is_some()) {
        return None;
    }
    Some(
        Diagnostic::new(
            code::CALLER_WITHOUT_IDENTITY,
            format!("`{}` has no sidecar, so its identity can not arrive", bound.key()),
            span,
            "this rule would never match it",
        )
        .label(place, reason)
        .note("let the mesh inject its pods, or admit it by a `network` that holds its addresses"),
    )
}

fn no_caller_left(span: Span, nobody: &str) -> Diagnostic {
    Diagnostic::new(code::NO_CALLER_LEFT, "the exception takes away every caller", span, nobody)
        .note("remove the rule, or name the callers that are meant")
}

/// `allow anyone except X`: a request without an identity is not X, so it would be let in.
fn refuse_open_negation(rule: &ast::Rule, diagnostics: &mut Vec<Diagnostic>) {
    let (ast::Effect::Allow, Some(except)) = (rule.effect.node, rule.except.first()) else { return };
    if let Some(anyone) = rule.sources.iter().find(|source| source.node == ast::Source::Anyone) {
        diagnostics.push(
            Diagnostic::new(
                code::ALLOW_ANYONE_EXCEPT,
                "`allow anyone except …` would admit callers without an identity",
                anyone.span,
                "plaintext callers are among these",
            )
            .label(except.span, "a caller in plaintext is not this one, so the exception does not stop it")
            .note("write `mesh except …` to admit every authenticated identity but these")
            .note("or keep `anyone` and close the exception by a `deny` of its own"),
        );
    }
}

fn refuse_empty(
    excluded: &[Spanned<ast::Source>],
    callers: &Callers,
    nobody: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (Some(first), Some(last)) = (excluded.first(), excluded.last()) else { return };
    let gone = |caller: &Spanned<Caller>| callers.none_of.iter().any(|except| covers(except, caller));
    if !callers.any_of.is_empty() && callers.any_of.iter().all(gone) {
        diagnostics.push(no_caller_left(first.span.merge(last.span), nobody));
    }
}

/// Whether every request of `inner` is one of `outer`, for callers of the mesh's own trust domain.
fn covers(outer: &Caller, inner: &Caller) -> bool {
    match (outer, inner) {
        (Caller::AnyIdentity, inner) => inner.is_identity(),
        (Caller::Namespace(outer), Caller::Account { namespace, .. }) => outer == namespace,
        (Caller::Peer(outer), Caller::Peer(inner)) | (Caller::Client(outer), Caller::Client(inner)) => {
            outer.contains(inner)
        }
        (outer, inner) => outer == inner,
    }
}
