//! A world small enough to send every request that there is, and what a policy means in it, said once more and as
//! plainly as can be: it shares nothing with the program but the text of the policy.

use std::fmt;

/// The services of the world; the last one speaks TCP only.
pub(super) const SERVICES: [&str; 4] = ["a/s", "a/t", "b/s", "a/db"];

/// Where the world is written down.
pub(super) const GRAPH: &str = "\
services:
  a/s: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  a/t: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  b/s: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  a/db: {ports: [{name: tcp, port: 5432, protocol: tcp}]}
";

/// What stands above the rules of a policy.
pub(super) const HEAD: &str = "network office = 10.1.0.0/16\n";

pub(super) const CALLERS: [&str; 9] =
    ["a/s", "a/t", "b/s", "a/*", "b/*", "account c/x", "mesh", "anyone", "@office"];
pub(super) const EXCEPTED: [&str; 4] = ["a/s", "a/t", "b/s", "account c/x"];
pub(super) const METHODS: [&str; 2] = ["GET", "POST"];
pub(super) const PATTERNS: [&str; 7] = ["/a", "/a/b", "/a/*", "*/b", "/{*}/b", "/a/{**}", "/*"];

/// Somebody: domain, namespace and account, or nobody in plaintext. `stranger` is in no policy.
pub(super) type Identity = Option<(&'static str, &'static str, &'static str)>;

pub(super) const IDENTITIES: [Identity; 11] = [
    None,
    Some(("own", "a", "s")),
    Some(("own", "a", "t")),
    Some(("own", "a", "db")),
    Some(("own", "a", "stranger")),
    Some(("own", "b", "s")),
    Some(("own", "b", "stranger")),
    Some(("own", "c", "x")),
    Some(("own", "stranger", "stranger")),
    Some(("foreign", "a", "s")),
    Some(("foreign", "stranger", "stranger")),
];
/// One path for each set of patterns that some path satisfies, and more.
pub(super) const PATHS: [&str; 12] =
    ["/", "/a", "/a/", "/a/b", "/a/c", "/a/b/c", "/a/c/b", "/c", "/c/b", "/c/d/b", "/b", "/ab"];

/// `GET /a/* except /a/b`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) method: Option<&'static str>,
    pub(super) path: Option<&'static str>,
    pub(super) except: Option<&'static str>,
}

/// The part that rules and guarantees have in common.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) callers: Vec<&'static str>,
    pub(super) except: Vec<&'static str>,
    pub(super) targets: Vec<&'static str>,
    pub(super) operation: Option<Operation>,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) allows: bool,
    pub(super) relation: Relation,
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) rules: Vec<Rule>,
    /// Whether `b` takes plaintext too.
    pub(super) permissive: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) identity: Identity,
    pub(super) from_office: bool,
    pub(super) target: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.method, self.path].into_iter().flatten().collect::<Vec<_>>();
        f.write_str(&parts.join(" "))?;
        self.except.map_or(Ok(()), |except| write!(f, " except {except}"))
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.callers.join(", "))?;
        if !self.except.is_empty() {
            write!(f, " except {}", self.except.join(", "))?;
        }
        write!(f, " -> {}", self.targets.join(", "))?;
        self.operation.as_ref().map_or(Ok(()), |operation| write!(f, " {operation}"))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        if self.permissive {
            f.write_str("mtls permissive in b because \"some call in plaintext\"\n")?;
        }
        for rule in &self.rules {
            writeln!(f, "{} {}", if rule.allows { "allow" } else { "deny" }, rule.relation)?;
        }
        Ok(())
    }
}

/// Every request of the world to one service.
pub(super) fn requests(target: &'static str) -> impl Iterator<Item = Request> {
    let (methods, paths): (&[&str], &[&str]) =
        if is_http(target) { (&["GET", "POST", "PUT"], &PATHS) } else { (&["GET"], &["/"]) };
    IDENTITIES.into_iter().flat_map(move |identity| {
        [true, false].into_iter().flat_map(move |from_office| {
            methods.iter().flat_map(move |method| {
                paths.iter().map(move |path| Request { identity, from_office, target, method, path })
            })
        })
    })
}

pub(super) fn is_http(target: &str) -> bool {
    target != "a/db"
}

/// Whether a policy lets a request through.
pub(super) fn passes(policy: &Policy, request: &Request) -> bool {
    let plaintext_ok = policy.permissive && request.target.starts_with("b/");
    let speaks = |allows: bool| {
        let mut rules = policy.rules.iter().filter(|rule| rule.allows == allows);
        rules.any(|rule| covers(&rule.relation, request))
    };
    (request.identity.is_some() || plaintext_ok) && speaks(true) && !speaks(false)
}

/// Whether a request is one of those that a relation speaks of.
pub(super) fn covers(relation: &Relation, request: &Request) -> bool {
    is_one_of(&relation.callers, request)
        && !is_one_of(&relation.except, request)
        && relation.targets.contains(&request.target)
        && relation.operation.as_ref().is_none_or(|operation| does(operation, request))
}

pub(super) fn is_one_of(callers: &[&str], request: &Request) -> bool {
    callers.iter().any(|caller| match (*caller, request.identity) {
        ("anyone", _) => true,
        ("mesh", identity) => identity.is_some(),
        ("@office", _) => request.from_office,
        (written, Some(("own", namespace, account))) => {
            let written = written.trim_start_matches("account ");
            written == format!("{namespace}/{account}") || written == format!("{namespace}/*")
        }
        (_, _) => false,
    })
}

pub(super) fn does(operation: &Operation, request: &Request) -> bool {
    is_http(request.target)
        && operation.method.is_none_or(|method| method == request.method)
        && operation.path.is_none_or(|pattern| matches(pattern, request.path))
        && !operation.except.is_some_and(|pattern| matches(pattern, request.path))
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern {
        "/*" => true,
        "*/b" => path.ends_with("/b"),
        "/a/*" | "/a/{**}" => path.starts_with("/a/"),
        "/{*}/b" => path.len() > 3 && path.ends_with("/b") && path.matches('/').count() == 2,
        exact => {
            assert!(!exact.contains(['*', '{']), "`{exact}` has no meaning here");
            exact == path
        }
    }
}
