//! Whether everything that one rule speaks of is also spoken of by another. Each answer "yes" is certain; where
//! a question would need more than a look at both, the answer is "no".

use crate::policy::{Caller, Operation, Rule};

/// Whether every request of `narrow` is one of `wide`, for two rules on the same pods.
pub(super) fn rule(wide: &Rule, narrow: &Rule) -> bool {
    let ports = narrow.target.ports.iter().all(|port| wide.target.ports.binary_search(port).is_ok());
    let operations = || match (wide.operations.as_slice(), narrow.operations.as_slice()) {
        ([], _) => true,
        (_, []) => false,
        (wide, narrow) => narrow.iter().all(|narrow| wide.iter().any(|wide| operation(wide, narrow))),
    };
    let is_left_out = |except: &Caller| {
        narrow.except.contains(except) || narrow.callers.iter().all(|caller| are_apart(except, caller))
    };
    let exceptions = || wide.except.iter().all(is_left_out);
    // Two rules seldom have a caller in common.
    ports && narrow.callers.iter().all(|caller| among(&wide.callers, caller)) && operations() && exceptions()
}

/// Whether one of the callers, sorted as in a rule, takes in every request of `narrow`.
pub(super) fn among(callers: &[Caller], narrow: &Caller) -> bool {
    let has = |caller: &Caller| callers.binary_search(caller).is_ok();
    // Accounts sort first, so that where the last is one, all are: no need to look for what takes in more.
    if matches!(callers.last(), Some(Caller::Account { .. })) {
        return has(narrow);
    }
    if has(narrow) || has(&Caller::Anyone) {
        return true;
    }
    match narrow {
        Caller::Account { namespace, .. } => has(&Caller::Namespace(*namespace)) || has(&Caller::AnyIdentity),
        Caller::Namespace(_) => has(&Caller::AnyIdentity),
        Caller::AnyIdentity | Caller::Anyone => false,
        Caller::Peer(narrow) => {
            callers.iter().any(|wide| matches!(wide, Caller::Peer(wide) if wide.contains(narrow)))
        }
        Caller::Client(narrow) => {
            callers.iter().any(|wide| matches!(wide, Caller::Client(wide) if wide.contains(narrow)))
        }
    }
}

/// Whether no request can show both callers.
fn are_apart(one: &Caller, other: &Caller) -> bool {
    match (one, other) {
        (Caller::Account { .. }, Caller::Account { .. }) | (Caller::Namespace(_), Caller::Namespace(_)) => {
            one != other
        }
        (Caller::Namespace(all), Caller::Account { namespace, .. })
        | (Caller::Account { namespace, .. }, Caller::Namespace(all)) => all != namespace,
        (Caller::AnyIdentity | Caller::Anyone | Caller::Peer(_) | Caller::Client(_), _)
        | (_, Caller::AnyIdentity | Caller::Anyone | Caller::Peer(_) | Caller::Client(_)) => false,
    }
}

fn operation(wide: &Operation, narrow: &Operation) -> bool {
    let methods = lists(&wide.methods, &narrow.methods, |wide, narrow| wide == narrow);
    let hosts = || lists(&wide.hosts, &narrow.hosts, |wide, narrow| wide.eq_ignore_ascii_case(narrow));
    let paths = || lists(&wide.paths, &narrow.paths, |wide, narrow| path(wide, narrow));
    let exceptions = || wide.except_paths.iter().all(|path| narrow.except_paths.contains(path));
    methods && hosts() && exceptions() && paths()
}

/// An empty list stands for everything.
fn lists<T>(wide: &[T], narrow: &[T], covers: impl Fn(&T, &T) -> bool) -> bool {
    match (wide, narrow) {
        ([], _) => true,
        (_, []) => false,
        (wide, narrow) => narrow.iter().all(|narrow| wide.iter().any(|wide| covers(wide, narrow))),
    }
}

/// A path pattern by what is fixed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern<'a> {
    /// `*` or `/*`
    Any,
    /// `/a`
    Exact(&'a str),
    /// `/a/*`, without the star.
    Prefix(&'a str),
    /// `*/info`, without the star.
    Suffix(&'a str),
    /// `/a/{*}/b`: the whole, and what stands before the first brace.
    Template(&'a str, &'a str),
}

impl<'a> Pattern<'a> {
    /// Reads a pattern in Istio's own order: braces, then a star in front, then one at the end.
    pub(super) fn read(text: &'a str) -> Self {
        if matches!(text, "*" | "/*") {
            return Self::Any;
        }
        if let Some((head, _)) = text.split_once('{') {
            return Self::Template(text, head);
        }
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(suffix), _) => Self::Suffix(suffix),
            (None, Some(prefix)) => Self::Prefix(prefix),
            (None, None) => Self::Exact(text),
        }
    }

    /// Whether more than one path matches.
    pub(super) fn is_wildcard(self) -> bool {
        !matches!(self, Self::Exact(_))
    }
}

/// Whether every path of the pattern `narrow` matches the pattern `wide` too.
pub(super) fn path(wide: &str, narrow: &str) -> bool {
    match (Pattern::read(wide), Pattern::read(narrow)) {
        (Pattern::Any, _) => true,
        (
            Pattern::Prefix(head),
            Pattern::Exact(narrow) | Pattern::Prefix(narrow) | Pattern::Template(_, narrow),
        ) => narrow.starts_with(head),
        (Pattern::Suffix(tail), Pattern::Exact(narrow) | Pattern::Suffix(narrow)) => narrow.ends_with(tail),
        (wide, narrow) => wide == narrow,
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[track_caller]
    fn check(wide: &str, inside: &[&str], outside: &[&str]) {
        for narrow in inside {
            assert!(path(wide, narrow), "`{wide}` covers `{narrow}`");
        }
        for narrow in outside {
            assert!(!path(wide, narrow), "`{wide}` does not cover `{narrow}`");
        }
    }

    #[test]
    fn an_exact_path_covers_itself() {
        check("/a", &["/a"], &["/a/", "/a/*", "/a*", "/A", "*/a", "/*"]);
    }

    #[test]
    fn a_prefix_covers_what_begins_with_it() {
        check("/a/*", &["/a/", "/a/b", "/a/b/*", "/a/{*}/c", "/a/b*"], &["/a", "/a*", "/{*}/a", "*/a/b"]);
    }

    #[test]
    fn a_suffix_covers_what_ends_with_it() {
        check("*/info", &["/info", "/a/info", "*/b/info"], &["/a/*", "/a/{*}/info", "*info", "/info/"]);
    }

    #[test]
    fn a_template_covers_itself_only() {
        check("/a/{*}", &["/a/{*}"], &["/a/b", "/a/{**}", "/a/*"]);
    }

    #[test]
    fn a_star_covers_all() {
        for wide in ["*", "/*"] {
            check(wide, &["/a", "/a/*", "*/info", "/a/{*}", "*", "/*"], &[]);
        }
    }
}
