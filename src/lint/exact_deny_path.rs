//! `exact-deny-path`: a denial of one exact path. Istio compares letter for letter, and many servers do not.

use super::View;
use super::inclusion::{self, Pattern};
use crate::diagnostic::{Diagnostic, code};
use crate::project::PathNormalization;
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{Effect, HttpOperation, Operation};

/// How many further paths of one statement are shown.
const SHOWN: usize = 3;

/// Tells once per statement, at its first exact path.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let denials = view.statements.iter().filter(|statement| statement.rule.effect.node == Effect::Deny);
    for statement in denials {
        let exact: Vec<&Spanned<Symbol>> = statement
            .rule
            .operations
            .iter()
            .flat_map(|operation| match operation {
                Operation::Http(http) => alone(http),
                Operation::Grpc(_) => Vec::new(),
            })
            .collect();
        diagnostics.extend(report(&exact, view.project.path_normalization));
    }
}

/// The exact paths of an operation, without those whose subtree is denied beside them.
fn alone(operation: &HttpOperation) -> Vec<&Spanned<Symbol>> {
    let exact = |path: &&Spanned<Symbol>| !Pattern::read(path).is_wildcard();
    let with_subtree = |path: &Spanned<Symbol>| {
        let below = format!("{}/", path.trim_end_matches('/'));
        operation.paths.iter().any(|other| !exact(&other) && inclusion::path(other, &below))
    };
    operation.paths.iter().filter(exact).filter(|path| !with_subtree(path)).collect()
}

fn report(exact: &[&Spanned<Symbol>], normalization: PathNormalization) -> Option<Diagnostic> {
    let (first, others) = exact.split_first()?;
    let prefix = if first.len() > 1 { first.trim_end_matches('/') } else { first };
    let passing: Vec<String> =
        passing(first, normalization).into_iter().map(|path| format!("`{path}`")).collect();
    let mut diagnostic = Diagnostic::new(
        code::EXACT_DENY_PATH,
        format!("a denial of exactly `{}` is easy to pass", first.node),
        first.span,
        format!("does not close {}", passing.join(", ")),
    );
    for other in others.iter().take(SHOWN) {
        diagnostic = diagnostic.label(other.span, "nor is this path closed in its other spellings");
    }
    Some(
        diagnostic
            .note("many servers take these for the same path; Istio compares letter for letter")
            .note(format!(
                "allow only the paths that are needed, since all else is denied already; or at least deny the prefix: `{prefix}*`"
            )),
    )
}

/// Other spellings that a server may take for the same path and that normalization leaves as they are.
fn passing(path: &str, normalization: PathNormalization) -> Vec<String> {
    let body = path.trim_matches('/');
    let mut found = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => vec![bare.to_owned()],
        Some(_) | None => vec![format!("{path}/")],
    };
    match normalization {
        PathNormalization::None => {
            found.extend([format!("/{path}"), format!("/.{path}"), format!("/%2F{body}")]);
        }
        PathNormalization::Base => found.extend([format!("/{path}"), format!("/%2F{body}")]),
        PathNormalization::MergeSlashes => found.push(format!("/%2F{body}")),
        PathNormalization::DecodeAndMergeSlashes => {}
    }
    if path.chars().any(|letter| letter.is_ascii_lowercase()) {
        found.push(path.to_ascii_uppercase());
    }
    found.push(format!("{path};x"));
    if matches!(normalization, PathNormalization::MergeSlashes | PathNormalization::DecodeAndMergeSlashes) {
        // `//` is `/` again after slashes were merged.
        found.retain(|other| other != "//");
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::{PathNormalization, passing};

    #[test]
    fn what_passes_depends_on_the_normalization() {
        let of = |normalization| passing("/admin", normalization).join(" ");
        assert_eq!(of(PathNormalization::None), "/admin/ //admin /./admin /%2Fadmin /ADMIN /admin;x");
        assert_eq!(of(PathNormalization::Base), "/admin/ //admin /%2Fadmin /ADMIN /admin;x");
        assert_eq!(of(PathNormalization::MergeSlashes), "/admin/ /%2Fadmin /ADMIN /admin;x");
        assert_eq!(of(PathNormalization::DecodeAndMergeSlashes), "/admin/ /ADMIN /admin;x");
    }

    #[test]
    fn a_path_that_ends_in_a_slash_is_passed_without_it() {
        assert_eq!(passing("/a/", PathNormalization::DecodeAndMergeSlashes), ["/a", "/A/", "/a/;x"]);
    }
}
