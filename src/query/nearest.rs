//! How close a request comes to being allowed: the rule that it fails in the fewest dimensions, and what that rule
//! asks for in each.

use serde::Serialize;

use super::arrival::Arrival;
use super::judge::{Judge, Point};
use super::rule_place::RulePlace;
use super::words;
use crate::access::{Condition, Dimension, Formula, Request, Token};
use crate::istio::semantics::{Access, Part};
use crate::source::SourceMap;

/// The rule that a denied request comes nearest to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// What does not fit: "`orders` may GET /api/v1/users/*, not DELETE".
    pub sentence: String,
    /// The dimensions that do not fit, such as `method`.
    pub fails: Vec<String>,
    /// The rule.
    pub rule: RulePlace,
}

/// A rule, and how it fails.
struct Candidate<'p, 'a> {
    part: &'p Part<'a>,
    clauses: Vec<Clause<'p>>,
    /// The port that it is about, if that is another one.
    other_port: Option<u16>,
}

impl Candidate<'_, '_> {
    fn distance(&self) -> (usize, bool) {
        let (misses, another_caller) = distance(&self.clauses);
        (misses + usize::from(self.other_port.is_some()), another_caller)
    }
}

/// The nearest rule, the first of several; those that speak of another port of the workload are looked at too.
pub(super) fn nearest<'a>(
    judge: &Judge<'a>,
    sources: &SourceMap,
    caller: &str,
    access: &Access<'a>,
    arrival: &Arrival<'a>,
) -> Option<Nearest> {
    let request = &arrival.request;
    let elsewhere = elsewhere(judge, arrival.point);
    let here = access.allow.iter().flatten().map(|part| (part, None));
    let there = elsewhere
        .iter()
        .flat_map(|(port, access)| access.allow.iter().flatten().map(|part| (part, Some(*port))));
    let candidate = |(part, other_port): (_, Option<u16>)| {
        let part: &Part<'a> = part;
        let clauses = closest(&part.requests, request)?;
        Some(Candidate { part, clauses, other_port })
    };
    let found = here.chain(there).filter_map(candidate).min_by_key(Candidate::distance)?;
    let mut fails: Vec<String> = missed(&found.clauses).map(|clause| dimension(&clause.dimension)).collect();
    fails.extend(found.other_port.map(|_| "port".to_owned()));
    fails.dedup();
    let trust_domain = &judge.world().mesh.trust_domain;
    Some(Nearest {
        sentence: sentence(trust_domain, caller, &found, arrival),
        fails,
        rule: RulePlace::new(judge, sources, found.part.rule),
    })
}

/// What is decided at the other ports of a workload that are known.
fn elsewhere<'a>(judge: &Judge<'a>, point: Point<'a>) -> Vec<(u16, Access<'a>)> {
    let declared = point.workload.declared.iter().map(|(number, _)| *number);
    let mut ports: Vec<u16> = declared.chain(point.workload.ports.iter().map(|port| port.number)).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.retain(|port| *port != point.port);
    let at = |port: u16| Some((port, judge.decide(Point { port, ..point }).ok()?));
    ports.into_iter().filter_map(at).collect()
}

fn missed<'c, 'f>(clauses: &'c [Clause<'f>]) -> impl Iterator<Item = &'c Clause<'f>> {
    clauses.iter().filter(|clause| !clause.holds)
}

/// "`orders` may GET /api/v1/users/*, not DELETE"
fn sentence(trust_domain: &str, caller: &str, found: &Candidate<'_, '_>, arrival: &Arrival<'_>) -> String {
    let spelled = |clause: &Clause<'_>| -> Vec<String> {
        clause.conditions.iter().map(|condition| words::condition(trust_domain, condition)).collect()
    };
    let other_caller = missed(&found.clauses)
        .find(|clause| clause.dimension == Dimension::Identity && !clause.negated)
        .map(|clause| {
            words::one_of(&spelled(clause).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
        });
    let mut text = format!("{} may", other_caller.unwrap_or_else(|| caller.to_owned()));
    let mut operation = String::new();
    for wanted in [Dimension::Method, Dimension::Path] {
        for clause in found.clauses.iter().filter(|clause| clause.dimension == wanted) {
            operation.push_str(if clause.negated { " except " } else { " " });
            operation.push_str(&words::few(&spelled(clause)));
        }
    }
    text.push_str(if operation.is_empty() { " call it" } else { &operation });
    for clause in &found.clauses {
        let is_said = matches!(clause.dimension, Dimension::Identity | Dimension::Method | Dimension::Path);
        if !is_said {
            let without = if clause.negated { "unless" } else { "with" };
            text.push_str(&format!(" {without} {}", described(clause, &words::one_of(&spelled(clause)))));
        }
    }
    if let Some(port) = found.other_port {
        text.push_str(&format!(" on port {port}"));
    }
    let mut misses: Vec<String> =
        missed(&found.clauses).map(|clause| shown(trust_domain, caller, clause, &arrival.request)).collect();
    misses.extend(found.other_port.map(|_| format!("not port {}", arrival.point.port)));
    misses.dedup();
    format!("{text}, {}", misses.join(" and "))
}

/// What a clause asks for, with the name of what it looks at where its value does not say it.
fn described(clause: &Clause<'_>, values: &str) -> String {
    match clause.dimension {
        Dimension::Peer => format!("the source address {values}"),
        Dimension::Client => format!("the client address {values}"),
        Dimension::Destination => format!("the destination address {values}"),
        Dimension::Sni => format!("the server name {values}"),
        Dimension::Host => format!("the host {values}"),
        Dimension::Header(_) => format!("the header {values}"),
        Dimension::Issuer | Dimension::Subject | Dimension::Claim(_) => format!("the claim {values}"),
        Dimension::Identity | Dimension::Method | Dimension::Path | Dimension::Token => values.to_owned(),
    }
}

/// What the request has in place of what is asked for.
fn shown(trust_domain: &str, caller: &str, clause: &Clause<'_>, request: &Request) -> String {
    let without_token = match request.token {
        Token::Absent => Some("there is no token"),
        Token::Invalid => Some("the token is invalid"),
        Token::Valid(_) => None,
    };
    match &clause.dimension {
        Dimension::Identity => match &request.identity {
            // Who asks as a namesake of several accounts is told which one it is.
            Some(uri) if caller.is_empty() => format!("not `{}`", words::caller(trust_domain, uri)),
            Some(_) | None => format!("not {caller}"),
        },
        Dimension::Peer => format!("not {}", request.peer),
        Dimension::Client => format!("not {}", request.client),
        Dimension::Destination => format!("not {}", request.destination),
        Dimension::Sni => request.sni.as_ref().map_or("there is none".to_owned(), |sni| format!("not {sni}")),
        Dimension::Host => format!("not {}", request.host),
        Dimension::Method => format!("not {}", request.method),
        Dimension::Path => format!("not {}", request.path),
        Dimension::Header(name) => match request.headers.get(name) {
            Some(values) => format!("not {name}: {}", values.join(", ")),
            None => format!("there is no header {name}"),
        },
        Dimension::Token | Dimension::Issuer | Dimension::Subject | Dimension::Claim(_) => {
            without_token.unwrap_or("the token has other claims").to_owned()
        }
    }
}

/// A dimension by the name that programs see.
fn dimension(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Identity => "identity".to_owned(),
        Dimension::Peer => "source.ip".to_owned(),
        Dimension::Client => "remote.ip".to_owned(),
        Dimension::Destination => "destination.ip".to_owned(),
        Dimension::Sni => "sni".to_owned(),
        Dimension::Host => "host".to_owned(),
        Dimension::Method => "method".to_owned(),
        Dimension::Path => "path".to_owned(),
        Dimension::Token => "token".to_owned(),
        Dimension::Issuer => "claims.iss".to_owned(),
        Dimension::Subject => "claims.sub".to_owned(),
        Dimension::Header(name) => format!("headers.{name}"),
        Dimension::Claim(path) => format!("claims.{}", path.join(".")),
    }
}

/// What one alternative of a formula asks of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause<'f> {
    /// The dimension.
    pub(super) dimension: Dimension,
    /// One of these must hold; if `negated`, none of them.
    pub(super) conditions: Vec<&'f Condition>,
    /// Whether it is an exception.
    pub(super) negated: bool,
    /// Whether the request satisfies it.
    pub(super) holds: bool,
}

/// The clauses of the alternative that a request comes closest to; `None` where no request is in the set.
///
/// ```text
/// allow orders -> payments GET /a; POST /b      asked: orders DELETE /a
/// [Identity orders: holds] [Method GET: fails] [Path /a: holds]
/// ```
pub(super) fn closest<'f>(formula: &'f Formula, request: &Request) -> Option<Vec<Clause<'f>>> {
    match formula {
        Formula::Always => Some(Vec::new()),
        Formula::Never => None,
        Formula::When(condition) => Some(vec![Clause {
            dimension: condition.dimension(),
            conditions: vec![condition],
            negated: false,
            holds: condition.holds(request),
        }]),
        Formula::Not(inner) => exception(inner, request),
        Formula::All(parts) => {
            let clauses: Option<Vec<Vec<Clause<'f>>>> =
                parts.iter().map(|part| closest(part, request)).collect();
            clauses.map(|clauses| clauses.concat())
        }
        Formula::Any(parts) => one_of(parts, request),
    }
}

/// How far a request is from an alternative: another caller weighs more than another method or path, since who
/// asks rarely means somebody else. The fewest misses come first.
pub(super) fn distance(clauses: &[Clause<'_>]) -> (usize, bool) {
    let missed = || clauses.iter().filter(|clause| !clause.holds);
    (missed().count(), missed().any(|clause| clause.dimension == Dimension::Identity))
}

fn one_of<'f>(parts: &'f [Formula], request: &Request) -> Option<Vec<Clause<'f>>> {
    if let Some(clause) = values(parts, request) {
        return Some(vec![clause]);
    }
    let alternatives = parts.iter().filter_map(|part| closest(part, request));
    alternatives.min_by_key(|clauses| distance(clauses))
}

/// Several values of one dimension, of which one must hold.
fn values<'f>(parts: &'f [Formula], request: &Request) -> Option<Clause<'f>> {
    let conditions: Option<Vec<&Condition>> = parts
        .iter()
        .map(|part| match part {
            Formula::When(condition) => Some(condition),
            Formula::Always | Formula::Never | Formula::Not(_) | Formula::All(_) | Formula::Any(_) => None,
        })
        .collect();
    let conditions = conditions?;
    let dimension = conditions.first()?.dimension();
    let holds = conditions.iter().any(|condition| condition.holds(request));
    let alike = conditions.iter().all(|condition| condition.dimension() == dimension);
    alike.then_some(Clause { dimension, conditions, negated: false, holds })
}

/// What must not hold: nothing of `inner`.
fn exception<'f>(inner: &'f Formula, request: &Request) -> Option<Vec<Clause<'f>>> {
    let mut conditions = Vec::new();
    inner.conditions(&mut conditions);
    let holds = !inner.holds(request);
    match conditions.first() {
        Some(first) => Some(vec![Clause { dimension: first.dimension(), conditions, negated: true, holds }]),
        None => holds.then(Vec::new),
    }
}
