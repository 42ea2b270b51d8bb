//! The answer to one question: what becomes of the request at each port that is meant, the rule that says so,
//! and for a denial the rule that comes nearest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::arrival::{Arrival, Sent, arrive};
use super::command::command;
use super::enforcer::Enforcer;
use super::judge::{Judge, Outcome, Unknown, Verdict};
use super::nearest::{Nearest, nearest};
use super::passage::{Passage, Passed, Stage};
use super::ports::Carries;
use super::reason::reason;
use super::route::{Destination, Hop, Route, Sender};
use super::rule_place::RulePlace;
use super::shared_account::namesake;
use super::words;
use super::world::World;
use crate::check::{Asked, AskedCaller, AskedPort, AskedTarget};
use crate::graph::{Key, Proxy, Workload};
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
    /// The target with its port, where the question names one.
    #[serde(skip)]
    pub place: String,
    /// What is asked: `GET /api/v1/users/42`, or `connect`.
    pub request: String,
    /// One for each caller, workload and port that differs from the others.
    pub cases: Vec<Case>,
    /// What else is to be known: that a waypoint on the way does not stand before the pods themselves, that a sidecar was
    /// taken for granted, and which ports were not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
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
    /// The waypoint that the request goes through, as `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<String>,
    /// Who decides, where that is the waypoint or the ztunnel behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
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
    let (Some(caller), Some(target)) = (&asked.caller, &asked.target) else {
        return Err(Unanswered::Unfit(
            "this asks for a caller or a target".to_owned(),
            "`meshward who` answers such questions".to_owned(),
        ));
    };
    let sent = with_request(asked, sent);
    let callers = callers(judge, caller, &sent);
    let mut senders: Vec<Sender> =
        callers.iter().flat_map(|calling| calling.senders.iter().copied()).collect();
    senders.sort_unstable();
    senders.dedup();
    let places = fitting(judge, asked, &sent, &senders)?;
    let client = Client { called: called(caller), has_proxy: !matches!(caller, AskedCaller::Uri(_)) };
    let mut cases: Vec<(Case, &AskedPort<'_>)> = Vec::new();
    for Calling { shown, senders } in callers {
        for place in &places {
            let to = destination(judge, target, place);
            for route in routes(judge, to, &senders)? {
                let sent = Sent { identity: shown.identity.clone(), ..sent.clone() };
                let mut case = Way { judge, to, route }.answer(sources, &client, shown.workload, sent)?;
                if let Some(in_plaintext) = shown.in_plaintext() {
                    case.reason = format!("{}; {in_plaintext}", case.reason);
                }
                match cases.iter_mut().find(|(other, _)| is_alike(other, &case)) {
                    Some((other, _)) => other.workloads.extend(case.workloads),
                    None => cases.push((case, place)),
                }
            }
        }
    }
    for (case, _) in &mut cases {
        case.workloads.dedup();
    }
    let other = cases.iter().find(|(case, _)| case.outcome != Outcome::Allowed);
    let (outcome, place) =
        other.map_or((Outcome::Allowed, &places[0]), |(case, place)| (case.outcome, *place));
    let beside = cases.iter().find_map(|(case, place)| {
        let to = destination(judge, target, place);
        match (&case.waypoint, to.service) {
            (Some(_), _) => loophole(judge, &to),
            (None, None) => judge.beside_waypoint(to.workload, to.port),
            (None, Some(_)) => None,
        }
    });
    let assumed = (outcome != Outcome::Allowed).then(|| assumed_sidecar(judge.world(), target)).flatten();
    let notes = beside.into_iter().chain(assumed).chain(not_asked(target, &places, &sent));
    let notes: Vec<String> = notes.collect();
    Ok(Answer {
        outcome,
        caller: plain(caller),
        target: target.name.to_string(),
        place: target.written(),
        request: described(&sent),
        command: command(&judge.world().graph, caller, target, place, &sent),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        cases: cases.into_iter().map(|(case, _)| case).collect(),
    })
}

/// That bare YAML does not say whether a target has a sidecar, without which no policy holds for it.
pub fn assumed_sidecar(world: &World, target: &AskedTarget<'_>) -> Option<String> {
    let mut workloads = target.places.iter().map(|place| place.workload);
    let assumed = workloads.find(|workload| has_assumed_sidecar(world, workload))?;
    Some(format!("nothing states a sidecar for `{}`, and it is taken to have one", assumed.key))
}

/// Whether bare YAML does not say that a workload has the sidecar which it is taken to have.
pub(super) fn has_assumed_sidecar(world: &World, workload: &Workload) -> bool {
    let is_assumed = workload.proxy == Proxy::Unknown && world.enforcer(workload) == Enforcer::Sidecar;
    is_assumed && world.is_bare
}

/// The ports that take HTTP, where a connection was asked about: what they let through depends on the request.
pub(super) fn not_asked(target: &AskedTarget<'_>, asked: &[AskedPort<'_>], sent: &Sent) -> Option<String> {
    let shown = |place: &AskedPort<'_>| place.service_port.unwrap_or(place.number);
    let asked: BTreeSet<u16> = asked.iter().map(shown).collect();
    let left: BTreeSet<u16> = target.places.iter().map(shown).filter(|port| !asked.contains(port)).collect();
    let list = left.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let (ports, take, were) =
        if left.len() == 1 { ("port", "takes", "was") } else { ("ports", "take", "were") };
    (sent.tcp && !left.is_empty()).then(|| {
        format!(
            "{ports} {list} {take} HTTP and {were} not asked; add a method and a path, such as `{} GET /`",
            target.name
        )
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
    senders: &[Sender],
) -> Result<Vec<AskedPort<'a>>, Unanswered> {
    let Some(target) = &asked.target else { return Ok(Vec::new()) };
    let takes = |place: &AskedPort<'a>, route: &Route<'a>| {
        let carries = judge.carries_at(route.first, place.workload, place.number);
        // A request that goes past a waypoint is one all the same.
        if sent.tcp { carries != Carries::Http } else { carries != Carries::Raw || route.past.is_some() }
    };
    let mut places: Vec<AskedPort<'a>> = Vec::new();
    for place in &target.places {
        let routes = routes(judge, destination(judge, target, place), senders)?;
        if routes.iter().any(|route| takes(place, route)) {
            places.push(*place);
        }
    }
    if !places.is_empty() {
        return Ok(places);
    }
    let name = &target.name;
    Err(if sent.tcp {
        Unanswered::Unfit(
            format!("`{name}` takes HTTP, and it is not said with which request"),
            format!("add a method and a path: `{name} GET /`; `meshward who` lists all that is allowed"),
        )
    } else if target.places.iter().any(|place| judge.is_behind_ztunnel(place.workload)) {
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

/// Where a place of a question is, by the name that the question gives it.
pub(super) fn destination<'a>(
    judge: &Judge<'a>,
    target: &AskedTarget<'_>,
    place: &AskedPort<'a>,
) -> Destination<'a> {
    Destination::new(judge.world(), &target.key, (place.workload, place.number), place.service_port)
}

/// Where a waypoint stands before the Service alone.
pub(super) fn loophole<'a>(judge: &Judge<'a>, to: &Destination<'a>) -> Option<String> {
    let waypoint = to.waypoint_of_service_alone(judge.world())?;
    Some(format!("who addresses a pod, and not the Service, goes past the waypoint `{waypoint}`"))
}

/// The ways on which these send, each once.
pub(super) fn routes<'a>(
    judge: &Judge<'a>,
    to: Destination<'a>,
    senders: &[Sender],
) -> Result<Vec<Route<'a>>, Unanswered> {
    let mut routes: Vec<Route<'a>> = Vec::new();
    for sender in senders {
        let route = judge.route(to, *sender).map_err(Unanswered::Unknown)?;
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    Ok(routes)
}

/// How a caller comes.
struct Calling<'a> {
    shown: Shown<'a>,
    senders: Vec<Sender>,
}

/// Each way in which a caller comes.
fn callers<'a>(judge: &Judge<'_>, caller: &AskedCaller<'a>, sent: &Sent) -> Vec<Calling<'a>> {
    let calling = |shown: Shown<'a>| {
        let sending = shown.identity.as_deref().filter(|_| !sent.in_plaintext);
        Calling { senders: judge.senders(sending), shown }
    };
    shown(judge, caller).into_iter().map(calling).collect()
}

/// What a caller shows.
pub(super) struct Shown<'a> {
    /// The URI; `None` for plaintext.
    pub(super) identity: Option<String>,
    /// The workload that is named, or one of those.
    workload: Option<&'a Workload>,
    /// The workload, where no proxy gives it its identity.
    without_proxy: Option<&'a Workload>,
}

impl Shown<'_> {
    /// That it shows no identity, since no proxy gives it one.
    pub(super) fn in_plaintext(&self) -> Option<String> {
        let name = self.without_proxy?.key.name;
        Some(format!("no proxy of the mesh sends for `{name}`, so that it comes in plaintext"))
    }
}

/// What a caller shows, for each of its accounts. No proxy of the mesh sends for some workloads, which then show none.
pub(super) fn shown<'a>(judge: &Judge<'_>, caller: &AskedCaller<'a>) -> Vec<Shown<'a>> {
    let workloads: Vec<Option<&'a Workload>> = match caller {
        AskedCaller::Service(_, accounts) => accounts.iter().map(|(_, workload)| Some(*workload)).collect(),
        AskedCaller::Account(_) | AskedCaller::Uri(_) | AskedCaller::Mesh | AskedCaller::Anyone => vec![None],
    };
    let identities = identities(caller, &judge.world().mesh.trust_domain);
    let shown = identities.into_iter().zip(workloads).map(|(identity, workload)| {
        let without_proxy = workload.filter(|workload| !judge.shows_identity(workload));
        Shown { identity: identity.filter(|_| without_proxy.is_none()), workload, without_proxy }
    });
    shown.collect()
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

/// Who asks, as sentences need it.
struct Client {
    called: String,
    /// Whoever is named by a URI is whoever has the certificate, and may have no proxy.
    has_proxy: bool,
}

/// One way to a place.
struct Way<'j, 'a> {
    judge: &'j Judge<'a>,
    to: Destination<'a>,
    route: Route<'a>,
}

impl Way<'_, '_> {
    fn answer(
        self,
        sources: &SourceMap,
        client: &Client,
        caller: Option<&Workload>,
        sent: Sent,
    ) -> Result<Case, Unanswered> {
        let Self { judge, to, route } = &self;
        let unfit = |missing: String| Unanswered::Unfit(missing, "add it to the question".to_owned());
        let mut arrival = arrive(judge, *to, route.first, sent.clone()).map_err(unfit)?;
        let passage = judge.passage(arrival.point).map_err(Unanswered::Unknown)?;
        let identity = arrival.request.identity.as_deref();
        // A server that asks for no certificate is shown none.
        let is_gateway = route.first == Hop::Pod && judge.is_gateway(to.workload);
        let turns_to_plaintext = (client.has_proxy || is_gateway)
            && identity.is_some()
            && passage.access.arriving(identity).is_none();
        let called = if turns_to_plaintext { "a caller without an identity" } else { &client.called };
        if turns_to_plaintext {
            let sent = Sent { identity: None, ..sent };
            arrival = arrive(judge, *to, route.first, sent).map_err(unfit)?;
        }
        let passed = passage.verdict(judge, &arrival);
        let mut reason = reason(judge, &passage, &passed, &arrival);
        if turns_to_plaintext {
            reason.push_str(if is_gateway {
                "; the gateway asks for no certificate there, so that no caller shows an identity"
            } else {
                "; the port takes plaintext only, which is what the proxy of the caller sends there"
            });
        }
        if let Some(sentence) =
            caller.and_then(|caller| self.shares_account(client, caller, &passed, &arrival))
        {
            reason.push_str("; ");
            reason.push_str(&sentence);
        }
        if let Some(past) = &route.past {
            reason.push_str("; ");
            reason.push_str(past);
        }
        Ok(Case {
            outcome: passed.verdict.outcome,
            identity: arrival.request.identity.clone(),
            workloads: vec![to.workload.key.to_string()],
            port: to.port,
            service_port: to.service.map(|(_, port)| port),
            waypoint: route.first.waypoint().map(Key::to_string),
            stage: passed.stage,
            reason,
            rule: passed
                .verdict
                .rule
                .map(|rule| RulePlace::at(judge, sources, rule, pods_of(to), &arrival.request)),
            nearest: nearest_rule(judge, sources, called, &passage, &passed, &arrival),
        })
    }
}

impl<'a> Way<'_, 'a> {
    /// What is to be said where the deciding statement names another workload of the caller's account.
    fn shares_account(
        &self,
        client: &Client,
        caller: &Workload,
        passed: &Passed<'a>,
        arrival: &Arrival<'a>,
    ) -> Option<String> {
        arrival.request.identity.as_ref()?;
        let rule = passed.verdict.rule?;
        let (object, _) = self.judge.policy(rule)?;
        let statement = self.judge.statement(object, rule.rule, (&arrival.request, self.to.port))?;
        let other = namesake(self.judge.world(), caller, statement)?;
        let (called, namespace, account) = (&client.called, caller.key.namespace, &caller.account.node);
        Some(format!("{called} runs as `{namespace}/{account}`, as `{other}` does"))
    }
}

/// For a denial that no rule states: the rule that comes nearest, at the proxy that denied.
fn nearest_rule<'a>(
    judge: &Judge<'a>,
    sources: &SourceMap,
    caller: &str,
    passage: &Passage<'a>,
    passed: &Passed<'a>,
    arrival: &Arrival<'a>,
) -> Option<Nearest> {
    let Verdict { outcome: Outcome::Denied, rule: None } = passed.verdict else { return None };
    match (passed.stage, &passage.behind, passage.point.hop.waypoint()) {
        (Some(Stage::Ztunnel), Some(behind), Some(waypoint)) => {
            let caller = format!("the waypoint `{waypoint}`");
            nearest(judge, sources, &caller, &behind.access, &behind.arrival)
        }
        (_, _, _) => nearest(judge, sources, caller, &passage.access, arrival),
    }
}

fn pods_of<'a>(to: &Destination<'a>) -> (&'a str, &'a Labels, u16) {
    (to.workload.key.namespace.as_str(), &to.workload.labels, to.port)
}

/// Which port of a Service was addressed is seen by waypoints alone.
fn is_alike(a: &Case, b: &Case) -> bool {
    let is_same_port = a.service_port == b.service_port || (&a.waypoint, &b.waypoint) == (&None, &None);
    is_same_port
        && (a.outcome, &a.identity, a.port, &a.reason, &a.rule, &a.nearest)
            == (b.outcome, &b.identity, b.port, &b.reason, &b.rule, &b.nearest)
}
