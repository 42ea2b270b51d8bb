//! Why a request meets what it meets, in one sentence.

use super::arrival::Arrival;
use super::judge::{Judge, Outcome, Point, Verdict};
use super::passage::{Passage, Passed, Stage};
use crate::graph::{Key, LeftOut, Workload};
use crate::istio::semantics::{Access, RuleRef};

/// The sentence, with who on the way it was.
pub(super) fn reason(
    judge: &Judge<'_>,
    passage: &Passage<'_>,
    passed: &Passed<'_>,
    arrival: &Arrival<'_>,
) -> String {
    let name = &arrival.point.workload.key.name;
    let Some(waypoint) = passage.point.hop.waypoint() else {
        return decided(judge, &passage.access, &passed.verdict, arrival);
    };
    match (passed.stage, &passage.behind) {
        (Some(Stage::Ztunnel), Some(behind)) => {
            let why = behind_waypoint(&behind.access, &passed.verdict, &behind.arrival);
            format!(
                "the waypoint `{waypoint}` lets it through, and the ztunnel in front of `{name}` stops it: {why}"
            )
        }
        (Some(Stage::Ztunnel | Stage::Waypoint) | None, behind) => {
            let at_waypoint = at_waypoint(waypoint, &passage.access, &passed.verdict, arrival);
            match (passed.verdict.outcome, behind) {
                (Outcome::Allowed, Some(_)) => {
                    format!("{at_waypoint}, and the ztunnel in front of `{name}` takes it from there")
                }
                (Outcome::Allowed, None) => {
                    format!("{at_waypoint}, and no proxy of the mesh stands in front of `{name}`")
                }
                (_, _) => at_waypoint,
            }
        }
    }
}

/// What a waypoint decides.
fn at_waypoint(waypoint: &Key, access: &Access<'_>, verdict: &Verdict<'_>, arrival: &Arrival<'_>) -> String {
    match (verdict.outcome, verdict.rule) {
        (Outcome::Allowed, Some(_)) => format!("a rule of the waypoint `{waypoint}` allows it"),
        (Outcome::Allowed, None) => {
            format!("no ALLOW policy holds at the waypoint `{waypoint}`, so that it allows everything")
        }
        (Outcome::Denied, Some(rule)) if is_external(access, rule) => {
            format!("a CUSTOM policy at the waypoint `{waypoint}` names a provider that Istio can not ask")
        }
        (Outcome::Denied, Some(_)) => format!("a rule of the waypoint `{waypoint}` denies it"),
        (Outcome::Denied, None) if !access.audience.holds(&arrival.request) => {
            format!("the token is meant for another audience, says the waypoint `{waypoint}`")
        }
        (Outcome::Denied, None) => format!("no rule of the waypoint `{waypoint}` allows it"),
        (Outcome::External, _) => {
            format!("a CUSTOM policy at the waypoint `{waypoint}` asks a provider of the mesh")
        }
        (Outcome::Malformed, _) => format!("at the waypoint `{waypoint}` {}", malformed(arrival)),
        (Outcome::Refused, _) => {
            format!("the waypoint `{waypoint}` does not accept the trust domain of this identity")
        }
        (Outcome::Unauthenticated, _) => {
            format!("the token is not accepted by the waypoint `{waypoint}`, which answers with 401")
        }
    }
}

/// What a ztunnel decides about a waypoint.
fn behind_waypoint(access: &Access<'_>, verdict: &Verdict<'_>, arrival: &Arrival<'_>) -> String {
    let identity = arrival.request.identity.as_deref().unwrap_or_default();
    match verdict.rule {
        Some(_) => format!("to it the waypoint calls, `{identity}`, and a rule denies that"),
        None if access.handshake.holds(&arrival.request) => {
            format!("to it the waypoint calls, `{identity}`, and no rule allows that")
        }
        None => format!("it does not accept the trust domain of the waypoint, `{identity}`"),
    }
}

/// What the one proxy on the way decides.
fn decided(judge: &Judge<'_>, access: &Access<'_>, verdict: &Verdict<'_>, arrival: &Arrival<'_>) -> String {
    let Point { workload, port, .. } = arrival.point;
    match (verdict.outcome, verdict.rule) {
        (Outcome::Allowed, Some(_)) => "a rule allows it".to_owned(),
        (Outcome::Allowed, None) if !judge.has_proxy(workload) => {
            "no proxy of the mesh stands in front of it, so that nothing is decided".to_owned()
        }
        (Outcome::Allowed, None) if judge.is_open(workload, port) => {
            format!("{}, so that nothing is decided", left_out(workload, port))
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

fn left_out(workload: &Workload, port: u16) -> String {
    match workload.interception.leaves_out(port) {
        Some(LeftOut::OfProxy) => {
            format!("Istio keeps port {port} for its proxy itself, and redirects no traffic of it")
        }
        Some(LeftOut::Nothing(reason)) => format!("by an annotation of its pods {}", reason.node),
        Some(LeftOut::Excluded(_) | LeftOut::NotIncluded(_)) | None => {
            format!("an annotation of its pods keeps port {port} from the proxy")
        }
    }
}

fn is_external(access: &Access<'_>, rule: RuleRef<'_>) -> bool {
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
