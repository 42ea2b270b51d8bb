//! `anyone`: a permission that asks for no identity. Where mutual TLS is strict it means less than it says.

use super::View;
use super::statements::Statement;
use crate::check::{Effective, Modes};
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{MtlsMode, Rule};
use crate::source::Span;
use crate::syntax::ast::{Effect, Source};

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let modes = Modes::of(view.policy);
    let allowing = view.statements.iter().filter(|statement| statement.rule.effect.node == Effect::Allow);
    for statement in allowing {
        let anyone = statement.rule.sources.iter().find(|source| source.node == Source::Anyone);
        if let Some(anyone) = anyone
            && !statement.meant.is_empty()
        {
            diagnostics.push(report(view, &modes, statement, anyone.span));
        }
    }
}

fn report(view: &View<'_>, modes: &Modes, statement: &Statement<'_>, anyone: Span) -> Diagnostic {
    let open =
        statement.meant.iter().find_map(|rule| plaintext_port(view, modes, rule).map(|found| (rule, found)));
    let Some((rule, (port, effective))) = open else {
        return Diagnostic::new(
            code::ANYONE,
            "`anyone` means anyone with an identity here",
            anyone,
            "mutual TLS is strict there, so plaintext is still refused",
        )
        .note("write `mesh`, which says what it means: any authenticated identity")
        .note("or name the callers");
    };
    let service = format!("{}/{}", rule.target.namespace, rule.target.name);
    let diagnostic = Diagnostic::new(
        code::ANYONE,
        format!("anyone can call `{service}`, without an identity too"),
        anyone,
        if effective.of_gateway {
            "it is a gateway, where callers need no identity: whoever reaches it gets in".to_owned()
        } else {
            format!("port {port} takes plaintext, so every pod and host that reaches it gets in")
        },
    );
    let diagnostic = match effective.stated {
        Some(span) => diagnostic.label(span, "plaintext is let in here"),
        None => diagnostic,
    };
    let narrower = match effective.mode {
        MtlsMode::Disable => "admit the callers by a `network` of their addresses",
        MtlsMode::Permissive | MtlsMode::Strict => "name the callers, or a `network` of their addresses",
    };
    diagnostic.note(format!("{narrower}; if everyone is meant, say why with `@allow(anyone, \"…\")`"))
}

/// The first workload port of the target that takes plaintext.
pub(super) fn plaintext_port(view: &View<'_>, modes: &Modes, rule: &Rule) -> Option<(u16, Effective)> {
    let target = &rule.target;
    let workloads =
        || view.graph.select(&target.namespace, &target.selector).map(|workload| &workload.labels);
    let labels = || workloads().chain(workloads().next().is_none().then_some(&*target.selector));
    let ports = || target.ports.iter().copied();
    labels()
        .flat_map(|labels| {
            ports().map(move |port| (port, modes.of_labels(view.graph, &target.namespace, labels, port)))
        })
        .find(|(_, effective)| effective.mode != MtlsMode::Strict)
}
