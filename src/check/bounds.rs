//! What a written target names: one service, all of a namespace, or the members of a group.

use super::context::{Context, Place};
use super::declarations::{Meaning, wrong_kind};
use super::names::{Bound, bind};
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Backend, Protocol, Service};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, TargetName};

/// The services and workloads that a target names; `all_of` are those that `shop/*` stands for. A name that
/// nothing bears is reported and left out.
pub(super) fn bounds<'a>(
    context: &Context<'a>,
    place: &Place,
    target: &ast::Target,
    all_of: impl Fn(&Context<'a>, &Spanned<&str>, &mut Vec<Diagnostic>) -> Vec<Bound<'a, 'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Bound<'a, 'a>> {
    let span = target.name.span;
    match &target.name.node {
        TargetName::Name(name) => one(context, place, name, span, diagnostics),
        TargetName::Namespace(namespace) => all_of(context, &Spanned::new(namespace, span), diagnostics),
        TargetName::Group(name) => match context.declarations.find(place.module, name, span) {
            Ok(declaration) => match &declaration.meaning {
                Meaning::Group(members) => {
                    let mut found = Vec::new();
                    for (place, member) in members {
                        found.extend(match &member.node {
                            ast::Source::Name(name) => one(context, place, name, member.span, diagnostics),
                            ast::Source::Namespace(namespace) => {
                                all_of(context, &Spanned::new(namespace, member.span), diagnostics)
                            }
                            ast::Source::Account(_) => {
                                diagnostics.push(account_as_target(member.span, span));
                                Vec::new()
                            }
                            // Nested groups were resolved, and the others are refused where the group is declared.
                            ast::Source::Group(_) | ast::Source::Mesh | ast::Source::Anyone => Vec::new(),
                        });
                    }
                    found
                }
                Meaning::Network { .. } | Meaning::Methods(_) => {
                    diagnostics.push(*wrong_kind(declaration, span, "a group of services"));
                    Vec::new()
                }
            },
            Err(diagnostic) => {
                diagnostics.extend(diagnostic.map(|found| *found));
                Vec::new()
            }
        },
    }
}

fn one<'a>(
    context: &Context<'a>,
    place: &Place,
    name: &ast::Name,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Bound<'a, 'a>> {
    match bind(context.services, place, name, span) {
        Ok(bound) => vec![bound],
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            Vec::new()
        }
    }
}

fn account_as_target(member: Span, group: Span) -> Diagnostic {
    Diagnostic::new(
        code::WRONG_KIND,
        "a service account can call, but not be called",
        member,
        "this member is an account",
    )
    .label(group, "and here the group is a target")
    .note("keep two groups, one for the callers and one for the targets")
}

/// Whether a policy can protect what stands behind a service: it selects pods, and the mesh carries its traffic.
pub(super) fn can_be_protected(service: &Service) -> bool {
    let selects = matches!(&service.backend, Backend::Selector(selector) if !selector.is_empty());
    selects && service.ports.iter().any(|port| port.protocol != Protocol::Udp)
}
