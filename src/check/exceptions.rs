//! Paths of which their exception leaves nothing: given the paths of an operation, as written and as patterns,
//! it tells which of them no request can match.

use super::intent::pattern;
use super::overlap::overlap;
use crate::access::{Domain, Pattern, partition};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::HttpOperation;

/// How many of the exceptions are shown.
const SHOWN: usize = 3;

/// One diagnostic for each path that the exceptions take away whole, singly or together. `lower` gives the
/// pattern of a path that can match.
pub(super) fn refuse_empty(
    operation: &HttpOperation,
    lower: impl Fn(&Spanned<Symbol>) -> Option<Symbol>,
) -> Vec<Diagnostic> {
    if operation.except.is_empty() {
        return Vec::new();
    }
    let lowered = |paths: &[Spanned<Symbol>]| -> Vec<Spanned<Symbol>> {
        paths.iter().filter_map(|path| Some(Spanned::new(lower(path)?, path.span))).collect()
    };
    let except = lowered(&operation.except);
    let paths = lowered(&operation.paths);
    let texts: Vec<&str> = except.iter().map(|except| except.as_str()).collect();
    paths.iter().filter(|path| is_empty(path, &texts)).map(|path| nothing_left(path, &except)).collect()
}

/// Whether every path of the pattern matches an exception. Among all strings, those that a proxy rewrites
/// included: what is empty there is empty under every normalization.
pub(super) fn is_empty(path: &str, except: &[&str]) -> bool {
    let whole = pattern(path);
    let mut patterns: Vec<Pattern> = except.iter().map(|except| pattern(except)).collect();
    if patterns.contains(&whole) {
        return true;
    }
    if leaves(&whole, &patterns, &example(path)) {
        return false;
    }
    patterns.sort_unstable();
    patterns.dedup();
    patterns.insert(0, whole);
    // Where the patterns are too many to be told apart, the proof of the build still compares them.
    let Ok(classes) = partition(Domain::RawPath, &patterns) else { return false };
    !classes.iter().any(|class| class.members.as_slice() == [0])
}

/// Whether the pattern has this path and no exception has. Nearly all exceptions leave the first one that comes to
/// mind, and to look for another among all classes took a fifth of the time of lowering rules.
fn leaves(whole: &Pattern, except: &[Pattern], path: &str) -> bool {
    Domain::RawPath.contains(path) && whole.matches(path) && !except.iter().any(|except| except.matches(path))
}

/// A path that the pattern may have: `/a/-` for `/a/*`, `/-/b` for `*/b` and `/{*}/b`.
fn example(pattern: &str) -> String {
    let begin = if pattern.starts_with('*') { "/" } else { "" };
    begin.to_owned() + &pattern.replace("{**}", "-").replace("{*}", "-").replace('*', "-")
}

fn nothing_left(path: &Spanned<Symbol>, except: &[Spanned<Symbol>]) -> Diagnostic {
    let message = format!("`{}` can never match: its exception takes all of it away", path.node);
    let diagnostic = Diagnostic::new(code::INVALID_PATH, message, path.span, "no path is left");
    let takes = except.iter().filter(|except| overlap(path, except)).take(SHOWN);
    takes
        .fold(diagnostic, |diagnostic, except| diagnostic.label(except.span, "taken away here"))
        .note("remove the path, or narrow what stands behind `except`")
}
