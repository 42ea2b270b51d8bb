//! Requests for people: a counterexample that one could meet, and the words for it.

use crate::access::{Formula, Request};
use crate::check::Traffic;
use crate::graph::{Key, ServiceGraph};
use crate::policy::Subject;

use super::Decider;
use super::point::Point;

/// The same request by an account and to an endpoint that exist, as far as such a one is in `set` too.
pub(super) fn likely(decider: &Decider<'_>, point: &Point<'_>, set: &Formula, found: Request) -> Request {
    let by_account = by_known_account(decider, set, found);
    to_known_endpoint(decider.graph, point, set, by_account)
}

fn by_known_account(decider: &Decider<'_>, set: &Formula, found: Request) -> Request {
    if found.identity.is_none() {
        return found;
    }
    let callers = set.identities(&found);
    let mut candidate = found.clone();
    let known = decider.known().iter().find(|uri| {
        candidate.identity.get_or_insert_default().clone_from(uri);
        callers.holds(&candidate)
    });
    if known.is_some() { candidate } else { found }
}

fn to_known_endpoint(graph: &ServiceGraph, point: &Point<'_>, set: &Formula, found: Request) -> Request {
    let key = Key::new(point.subject.namespace, point.subject.name);
    let endpoints = graph.services.get(&key).map_or(&[] as &[_], |service| service.endpoints.as_slice());
    let mut candidates = endpoints.iter().map(|endpoint| Request {
        method: endpoint.method.to_string(),
        path: sample(&endpoint.path),
        ..found.clone()
    });
    candidates.find(|request| set.holds(request)).unwrap_or(found)
}

/// `/users/{id}` with something in the place of each parameter.
fn sample(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Who asks: "`shop/orders`", "a caller in plaintext at 10.0.0.1".
pub(super) fn who(decider: &Decider<'_>, request: &Request) -> String {
    let usual = Request::new("", "", "");
    let at = if request.peer == usual.peer { String::new() } else { format!(" at {}", request.peer) };
    let on_behalf = if request.client == usual.client || request.client == request.peer {
        String::new()
    } else {
        format!(" for the client {}", request.client)
    };
    let Some(uri) = &request.identity else { return format!("a caller in plaintext{at}{on_behalf}") };
    let domain = decider.policy.mesh.trust_domain.as_str();
    let own = uri.strip_prefix("spiffe://").and_then(|rest| rest.strip_prefix(domain));
    let account = own.and_then(|rest| rest.strip_prefix("/ns/")).and_then(|rest| rest.split_once("/sa/"));
    let stranger = decider.strangers().name();
    match account {
        Some((namespace, _)) if namespace == stranger => {
            format!("a caller whose identity nothing names{at}{on_behalf}")
        }
        Some((namespace, account)) if account == stranger => {
            format!("an account of `{namespace}` that nothing names{at}{on_behalf}")
        }
        Some((namespace, account)) => format!("`{namespace}/{account}`{at}{on_behalf}"),
        None => format!("`{uri}`{at}{on_behalf}"),
    }
}

/// What is asked for: "`GET /a` on `shop/payments`", "connect to port 5432 of `shop/ledger-db`". The verb that
/// goes before it is "may" or "can not".
pub(super) fn what(point: &Point<'_>, request: &Request, usual_host: &str) -> String {
    let Subject { namespace, name, ports, .. } = point.subject;
    let port = point.port;
    match point.traffic {
        Traffic::Raw => format!("connect to port {port} of `{namespace}/{name}`"),
        Traffic::Http => {
            let at_port = if ports.len() > 1 { format!("port {port} of ") } else { String::new() };
            let host =
                if request.host == usual_host { String::new() } else { format!(" of host {}", request.host) };
            format!("`{} {}`{host} on {at_port}`{namespace}/{name}`", request.method, request.path)
        }
    }
}
