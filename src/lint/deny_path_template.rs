//! `deny-path-template`: a path template that takes something away. Envoy's templates do not match every character,
//! so there are paths that pass it.

use super::View;
use crate::check::open_end;
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{Effect, Operation};

/// A character that a path may have, whatever the normalization, and that no template matches.
const PASSING: &str = "]";

/// Tells once per statement, at its first template.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for statement in &view.statements {
        let effect = statement.rule.effect.node;
        let taken_away = statement.rule.operations.iter().flat_map(|operation| match (operation, effect) {
            (Operation::Http(http), Effect::Deny) => http.paths.as_slice(),
            (Operation::Http(http), Effect::Allow) => http.except.as_slice(),
            (Operation::Grpc(_), Effect::Allow | Effect::Deny) => &[],
        });
        let templates: Vec<&Spanned<Symbol>> = taken_away.filter(|path| is_template(path)).collect();
        diagnostics.extend(report(&templates, effect));
    }
}

/// Whether a pattern becomes a template of Envoy's.
fn is_template(path: &str) -> bool {
    path.contains('{') && open_end(path).is_none()
}

fn report(templates: &[&Spanned<Symbol>], effect: Effect) -> Option<Diagnostic> {
    let (first, others) = templates.split_first()?;
    let passing = passing(first);
    let message = match effect {
        Effect::Deny => format!("a denial of `{}` does not close `{passing}`", first.node),
        Effect::Allow => format!("an exception of `{}` leaves `{passing}` open", first.node),
    };
    let label = "no template matches `[` and `]`";
    let mut diagnostic = Diagnostic::new(code::DENY_PATH_TEMPLATE, message, first.span, label);
    for other in others {
        diagnostic = diagnostic.label(other.span, "nor does this one");
    }
    let fixed = first.split('{').next().unwrap_or_default();
    Some(diagnostic.note(match effect {
        Effect::Deny => format!("allow only the paths that are needed, or deny the prefix `{fixed}*`"),
        Effect::Allow => format!("allow only the paths that are needed, or except the prefix `{fixed}*`"),
    }))
}

/// A path that looks like one of the template and is not.
fn passing(template: &str) -> String {
    let segments =
        template.split('/').map(|segment| if segment.starts_with('{') { PASSING } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
