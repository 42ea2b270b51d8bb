//! The answer to one question: what becomes of the request at each port that is meant, the rule that says so,
//! and for a denial the rule that comes nearest.

use serde::Serialize;

use super::arrival::{Arrival, Sent, arrive};
use super::command::command;
use super::judge::{Judge, Outcome, Point, Unknown, Verdict};
use super::nearest::{Nearest, nearest};
use super::ports::Carries;
use super::rule_place::RulePlace;
use super::words;
use crate::check::{Asked, AskedCaller, AskedPort};
use crate::graph::Workload;
use crate::istio::semantics::Access;
use crate::policy::Labels;
use crate::source::SourceMap;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// `allowed` if it is allowed in each case, else the first other outcome.
    pub outcome: Outcome,
    /// The caller, as the question names it.
    pub caller: String,
    /// The target, as the question names it.
    pub target: String,
    /// What is asked: `GET /api/v1/users/42`, or `connect`.
    pub request: String,
    /// One for each caller, workload and port that differs from the others.
    pub cases: Vec<Case>,
    /// What one can run to see the outcome, where there is a way to say that.
    pub command: Option<String>,
}

/// What becomes of the request in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What the caller meets.
    pub outcome: Outcome,
    /// The identity that is shown: a SPIFFE URI, `null` for plaintext.
    pub identity: Option<String>,
    /// The workloads, as `namespace/name`.
    pub workloads: Vec<String>,
    /// Their port.
    pub port: u16,
    /// The port that clients use; `null` where the target is no Service.
    pub service_port: Option<u16>,
    /// Why, in one sentence.
    pub reason: String,
    /// The rule that decides; `null` where none matches.
    pub rule: Option<RulePlace>,
    /// For a denial that no rule states: the rule that comes nearest.
    pub nearest: Option<Nearest>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The request does not fit the port, or something of it is missing; a sentence, and what to do.
    Unfit(String, String),
    /// It is not known what is decided.
    Unknown(Unknown),
}

/// Answers a question with a caller and a target. `sent` is what the request has beside the question.
pub fn can(
    judge: &Judge<'_>,
    sources: &SourceMap,
    asked: &Asked<'_>,
    sent: &Sent,
) -> Result<Answer, Unanswered> {
    let world = judge.world();
    let (Some(caller), Some(target)) = (&asked.caller, &asked.target) else {
        return Err(Unanswered::Unfit(
            "this asks for a caller or a target".to_owned(),
            "`meshward who` answers such questions".to_owned(),
        ));
    };
    let sent = with_request(asked, sent);
    let places = fitting(judge, asked, &sent)?;
    let has_proxy = !matches!(caller, AskedCaller::Uri(_));
    let mut cases: Vec<(Case, &AskedPort<'_>)> = Vec::new();
    for identity in identities(caller, &world.mesh.trust_domain) {
        for place in &places {
            let sent = Sent { identity: identity.clone(), ..sent.clone() };
            let case = answer(judge, sources, (&called(caller), has_proxy), place, sent)?;
            match cases.iter_mut().find(|(other, _)| is_alike(other, &case)) {
                Some((other, _)) => other.workloads.extend(case.workloads),
                None => cases.push((case, place)),
            }
        }
    }
    for (case, _) in &mut cases {
        case.workloads.dedup();
    }
    let other = cases.iter().find(|(case, _)| case.outcome != Outcome::Allowed);
    let (outcome, place) =
        other.map_or((Outcome::Allowed, &places[0]), |(case, place)| (case.outcome, *place));
    Ok(Answer {
        outcome,
        caller: plain(caller),
        target: target.name.to_string(),
        request: described(&sent),
        command: command(caller, target, place, &sent),
        cases: cases.into_iter().map(|(case, _)| case).collect(),
    })
}

/// The request of the question with what the arguments add to it.
pub(super) fn with_request(asked: &Asked<'_>, sent: &Sent) -> Sent {
    let mut sent = sent.clone();
    match &asked.request {
        None => sent.tcp = true,
        Some(request) => {
            sent.method = Some(request.method.to_string());
            sent.path = Some(request.path.to_string());
            sent.host = sent.host.or_else(|| request.host.as_ref().map(ToString::to_string));
        }
    }
    let target = asked.target.as_ref().map(|target| &target.key);
    sent.host = sent.host.or_else(|| target.map(|key| format!("{}.{}", key.name, key.namespace)));
    sent
}

/// `GET /a`, or `connect`.
pub(super) fn described(sent: &Sent) -> String {
    match (&sent.method, &sent.path) {
        (Some(method), Some(path)) if !sent.tcp => format!("{method} {path}"),
        (_, _) => "connect".to_owned(),
    }
}

/// The ports that take what is sent: a request over HTTP is not meant for a port that is declared TCP, nor bytes
/// of something else for one that is declared HTTP.
pub(super) fn fitting<'a>(
    judge: &Judge<'a>,
    asked: &Asked<'a>,
    sent: &Sent,
) -> Result<Vec<AskedPort<'a>>, Unanswered> {
    let target = asked.target.iter().flat_map(|target| &target.places);
    let takes = |place: &&AskedPort<'a>| {
        let carries = judge.carries(place.workload, place.number);
        carries != if sent.tcp { Carries::Http } else { Carries::Raw }
    };
    let places: Vec<AskedPort<'a>> = target.clone().filter(takes).copied().collect();
    if !places.is_empty() {
        return Ok(places);
    }
    let name = asked.target.as_ref().map(|target| target.name.to_string()).unwrap_or_default();
    Err(if sent.tcp {
        Unanswered::Unfit(
            format!("`{name}` takes HTTP, and it is not said with which request"),
            format!("add a method and a path: `{name} GET /`; `meshward who` lists all that is allowed"),
        )
    } else if target.clone().any(|place| judge.is_behind_ztunnel(place.workload)) {
        Unanswered::Unfit(
            format!(
                "`{name}` is behind a ztunnel, which sees connections: no policy there sees a method or a path"
            ),
            "ask without them".to_owned(),
        )
    } else {
        Unanswered::Unfit(
            format!("`{name}` is declared TCP, where no policy sees a method or a path"),
            "ask without them".to_owned(),
        )
    })
}

/// The URIs that a caller shows; `None` for plaintext.
pub(super) fn identities(caller: &AskedCaller<'_>, trust_domain: &str) -> Vec<Option<String>> {
    let account = |key: &crate::graph::Key| {
        Some(format!("spiffe://{trust_domain}/ns/{}/sa/{}", key.namespace, key.name))
    };
    match caller {
        AskedCaller::Service(_, accounts) => accounts.iter().map(|(key, _)| account(key)).collect(),
        AskedCaller::Account(key) => vec![account(key)],
        AskedCaller::Uri(uri) => vec![Some(uri.to_string())],
        AskedCaller::Mesh => vec![Some(words::somebody(trust_domain))],
        AskedCaller::Anyone => vec![None],
    }
}

/// A caller as a question writes it.
pub(super) fn plain(caller: &AskedCaller<'_>) -> String {
    match caller {
        AskedCaller::Service(name, _) => name.to_string(),
        AskedCaller::Account(key) => format!("account {key}"),
        AskedCaller::Uri(uri) => uri.to_string(),
        AskedCaller::Mesh => "mesh".to_owned(),
        AskedCaller::Anyone => "anyone".to_owned(),
    }
}

/// A caller as a sentence names it.
pub(super) fn called(caller: &AskedCaller<'_>) -> String {
    match caller {
        AskedCaller::Service(name, _) => format!("`{name}`"),
        AskedCaller::Account(key) => format!("account `{key}`"),
        AskedCaller::Uri(uri) => format!("`{uri}`"),
        AskedCaller::Mesh => "an identity that no rule names".to_owned(),
        AskedCaller::Anyone => "a caller in plaintext".to_owned(),
    }
}

fn answer<'a>(
    judge: &Judge<'a>,
    sources: &SourceMap,
    (caller, has_proxy): (&str, bool),
    place: &AskedPort<'a>,
    sent: Sent,
) -> Result<Case, Unanswered> {
    let unfit = |missing: String| Unanswered::Unfit(missing, "add it to the question".to_owned());
    let mut arrival = arrive(judge, place.workload, place.number, sent.clone()).map_err(unfit)?;
    let access = judge.decide(arrival.point).map_err(Unanswered::Unknown)?;
    // Who is named by a URI is whoever has the certificate, and may have no proxy.
    let identity = arrival.request.identity.as_deref();
    let turns_to_plaintext = has_proxy && identity.is_some() && access.arriving(identity).is_none();
    if turns_to_plaintext {
        let sent = Sent { identity: None, ..sent };
        arrival = arrive(judge, place.workload, place.number, sent).map_err(unfit)?;
    }
    let verdict = judge.verdict(&access, &arrival);
    let nearest = if verdict.outcome == Outcome::Denied && verdict.rule.is_none() {
        nearest(judge, sources, caller, &access, &arrival)
    } else {
        None
    };
    let mut reason = reason(judge, &access, &verdict, &arrival);
    if turns_to_plaintext {
        reason.push_str("; the port takes plaintext only, which is what the proxy of the caller sends there");
    }
    Ok(Case {
        outcome: verdict.outcome,
        identity: arrival.request.identity.clone(),
        workloads: vec![place.workload.key.to_string()],
        port: place.number,
        service_port: place.service_port,
        reason,
        rule: verdict.rule.map(|rule| RulePlace::at(judge, sources, rule, pods_of(&arrival.point))),
        nearest,
    })
}

fn pods_of<'a>(point: &Point<'a>) -> (&'a str, &'a Labels, u16) {
    (point.workload.key.namespace.as_str(), &point.workload.labels, point.port)
}

fn is_alike(a: &Case, b: &Case) -> bool {
    (a.outcome, &a.identity, a.port, a.service_port, &a.reason, &a.rule, &a.nearest)
        == (b.outcome, &b.identity, b.port, b.service_port, &b.reason, &b.rule, &b.nearest)
}

/// Why a request meets what it meets, in one sentence.
fn reason(judge: &Judge<'_>, access: &Access<'_>, verdict: &Verdict<'_>, arrival: &Arrival<'_>) -> String {
    let Point { workload, port, .. } = arrival.point;
    match (verdict.outcome, verdict.rule) {
        (Outcome::Allowed, Some(_)) => "a rule allows it".to_owned(),
        (Outcome::Allowed, None) if !judge.has_proxy(workload) => {
            "no proxy of the mesh stands in front of it, so that nothing is decided".to_owned()
        }
        (Outcome::Allowed, None) if judge.is_open(workload, port) => {
            format!("an annotation of its pods keeps port {port} from the proxy, so that nothing is decided")
        }
        (Outcome::Allowed, None) => "no ALLOW policy holds for it, so that everything is allowed".to_owned(),
        (Outcome::Denied, Some(rule)) if is_external(access, rule) => {
            "its CUSTOM policy names a provider that Istio can not ask".to_owned()
        }
        (Outcome::Denied, Some(rule)) if rule.name.is_made_of_strict() => {
            "mutual TLS is STRICT there, and the ztunnel in front of it takes no plaintext".to_owned()
        }
        (Outcome::Denied, Some(_)) => "a rule denies it".to_owned(),
        (Outcome::Denied, None) if !access.audience.holds(&arrival.request) => {
            "the token is meant for another audience".to_owned()
        }
        (Outcome::Denied, None) => "no rule allows it".to_owned(),
        (Outcome::External, _) => "a CUSTOM policy asks a provider of the mesh".to_owned(),
        (Outcome::Malformed, _) => malformed(arrival),
        (Outcome::Refused, _) => refused(access, arrival, workload, port),
        (Outcome::Unauthenticated, _) => "the token is not accepted, which Envoy answers with 401".to_owned(),
    }
}

fn is_external(access: &Access<'_>, rule: crate::istio::semantics::RuleRef<'_>) -> bool {
    access.external_fails && access.external.iter().any(|part| part.rule == rule)
}

fn malformed(arrival: &Arrival<'_>) -> String {
    if arrival.request.method.is_empty() {
        "the port takes HTTP alone".to_owned()
    } else {
        "Envoy can not read such a request, and answers 400 before any policy is asked".to_owned()
    }
}

fn refused(access: &Access<'_>, arrival: &Arrival<'_>, workload: &Workload, port: u16) -> String {
    let name = &workload.key.name;
    if access.transport.holds(&arrival.request) {
        return "the trust domain of this identity is not accepted".to_owned();
    }
    match arrival.request.identity {
        None => format!("port {port} of `{name}` takes mutual TLS only, and this is plaintext"),
        Some(_) => format!("port {port} of `{name}` takes plaintext only, and this is mutual TLS"),
    }
}
