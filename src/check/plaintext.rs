//! A rule that names an identity, against the mutual TLS mode of each port that it covers: where plaintext is taken, a
//! caller may have no identity.

use super::context::Context;
use super::ports::Port;
use super::rules::Sides;
use super::targets::Target;
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{Caller, MtlsMode};
use crate::syntax::ast::Effect;

/// What is to be said of a rule at the ports of a target that it covers.
pub(super) fn check(
    context: &Context<'_>,
    sides: &Sides<'_>,
    target: &Target<'_, '_>,
    covered: &[&Port],
) -> Option<Diagnostic> {
    let identity = sides.callers.identity()?;
    let modes = context.modes();
    let ports = || covered.iter().flat_map(|port| port.numbers.iter().copied());
    let effective = || {
        let of_workloads = target.workloads().iter().flat_map(|workload| {
            ports().map(move |port| (port, modes.effective(context.graph(), workload, port)))
        });
        let of_labels = ports()
            .filter(|_| target.workloads().is_empty())
            .map(|port| (port, modes.of_labels(context.graph(), target.namespace(), &target.selector, port)));
        of_workloads.chain(of_labels)
    };
    let of_mode = |mode| effective().find(|(_, effective)| effective.mode == mode);
    let weakest = of_mode(MtlsMode::Disable).or_else(|| of_mode(MtlsMode::Permissive));
    let (port, effective) = weakest?;
    let because = |diagnostic: Diagnostic| {
        match effective.stated {
        Some(span) => diagnostic.label(span, "the mode is set here"),
        None if effective.of_gateway => diagnostic.note(
            "it is a gateway: no `mtls` statement holds for it, and what its clients show is up to its servers",
        ),
        None => diagnostic
            .note("the root namespace has no strict policy of its own; `mtls strict` sets one for the mesh"),
    }
    };
    match effective.mode {
        MtlsMode::Strict => None,
        MtlsMode::Disable => {
            let (does, change) = if effective.of_gateway {
                ("asks for no certificate", "let a server with `tls.mode: MUTUAL` ask for certificates")
            } else {
                ("takes plaintext only", "make the port `permissive` or `strict`")
            };
            let key = target.bound.key();
            Some(because(
                Diagnostic::new(
                    code::IDENTITY_ON_PLAINTEXT_PORT,
                    format!("port {port} of `{key}` {does}, so no caller has an identity there"),
                    identity.span,
                    "this caller can never be recognized there",
                )
                .note(format!("name another port, admit an address by a `network`, or {change}")),
            ))
        }
        MtlsMode::Permissive => permissive(sides, port, target).map(because),
    }
}

/// On a permissive port a caller in plaintext has no identity: it is never "this one" and always "not that one".
fn permissive(sides: &Sides<'_>, port: u16, target: &Target<'_, '_>) -> Option<Diagnostic> {
    let Sides { rule, callers, .. } = sides;
    let key = target.bound.key();
    let named = callers.any_of.iter().find(|caller| caller.is_identity());
    let unnamed = callers.any_of.iter().any(|caller| !caller.is_identity());
    match (rule.effect.node, named, callers.negative()) {
        (Effect::Deny, Some(mesh), Some(_)) if mesh.node == Caller::AnyIdentity => Some(
            Diagnostic::new(
                code::DENY_MESH_EXCEPT,
                format!("a caller in plaintext passes this denial on port {port} of `{key}`"),
                mesh.span,
                "plaintext has no identity, so it is not part of the mesh",
            )
            .note("write `deny anyone except …`, which closes plaintext too"),
        ),
        (Effect::Deny, Some(caller), _) => Some(
            Diagnostic::new(
                code::NEGATIVE_ON_PERMISSIVE_PORT,
                format!("the same caller in plaintext passes this denial on port {port} of `{key}`"),
                caller.span,
                "in plaintext it has no identity to be recognized by",
            )
            .note("make the port strict, or write `deny anyone except …`"),
        ),
        // An exception matters where a caller without an identity is among those that are let in.
        (Effect::Allow, _, Some(negative)) if unnamed => Some(
            Diagnostic::new(
                code::NEGATIVE_ON_PERMISSIVE_PORT,
                format!("a caller in plaintext counts as “not this one” on port {port} of `{key}`"),
                negative.span,
                "the exception does not hold for plaintext",
            )
            .note("make the port strict, so that every caller shows an identity"),
        ),
        (Effect::Allow | Effect::Deny, _, _) => None,
    }
}
