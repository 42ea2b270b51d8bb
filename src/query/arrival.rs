//! A request on its way: what a client sends, and what the filters of the proxy see of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::codec;
use super::judge::{Judge, Point};
use super::route::{Destination, Hop};
use crate::access::{Request, Token};
use crate::istio::semantics::Filters;
use crate::source::Symbol;

/// What a client sends.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Its SPIFFE URI; `None` in plaintext.
    pub identity: Option<String>,
    /// Whether it is in plaintext though the caller has an identity.
    pub in_plaintext: bool,
    /// Whether it is no HTTP.
    pub tcp: bool,
    /// The method; HTTP needs one.
    pub method: Option<String>,
    /// The path with its query, as it is sent.
    pub path: Option<String>,
    /// The host header.
    pub host: Option<String>,
    /// The other headers, their names in lower case.
    pub headers: BTreeMap<Symbol, Vec<String>>,
    /// The token.
    pub token: Token,
    /// The address of the peer.
    pub source_ip: Option<IpAddr>,
    /// The address of the client behind trusted proxies.
    pub remote_ip: Option<IpAddr>,
    /// The local address of the connection.
    pub destination_ip: Option<IpAddr>,
    /// The server name of TLS.
    pub sni: Option<String>,
}

/// What arrives at a port.
#[derive(Clone, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) point: Point<'a>,
    pub(super) request: Request,
    /// Whether Envoy answers 400: no codec reads it, or the port takes HTTP alone and this is none.
    pub(super) is_malformed: bool,
}

/// What arrives of a request at the first proxy on its way. The error says what is missing.
pub(super) fn arrive<'a>(
    judge: &Judge<'a>,
    Destination { workload, port, .. }: Destination<'a>,
    hop: Hop<'a>,
    sent: Sent,
) -> Result<Arrival<'a>, String> {
    let (filters, takes_it) = judge.carries_at(hop, workload, port).filters(sent.tcp);
    let point = Point { workload, port, hop, filters };
    let as_http = filters == Filters::Http && !sent.tcp;
    let host = sent.host.unwrap_or_else(|| workload.key.name.to_string());
    let (method, path) = match (sent.method, sent.path) {
        (Some(method), Some(path)) => (method, path),
        (method, path) if !as_http => (method.unwrap_or_default(), path.unwrap_or_default()),
        (None, _) => return Err("a request over HTTP needs a `method`".to_owned()),
        (_, None) => return Err("a request over HTTP needs a `path`".to_owned()),
    };
    let mut request = Request::new(method, host, path);
    request.identity = sent.identity.filter(|_| !sent.in_plaintext);
    request.headers = sent.headers;
    request.token = sent.token;
    request.sni = sent.sni;
    request.peer = sent.source_ip.unwrap_or(request.peer);
    // A gateway takes the address of its peer (`use_remote_address`), a sidecar what the gateway wrote.
    let is_gateway = hop == Hop::Pod && judge.is_gateway(workload);
    let forwarded = if is_gateway { None } else { forwarded_for(&request) };
    request.client = sent.remote_ip.or(forwarded).unwrap_or(request.peer);
    request.destination = sent.destination_ip.unwrap_or(request.destination);
    let mut is_malformed = !takes_it;
    if as_http {
        match codec::read(judge.normalization(), &request) {
            Some(path) => request.path = path,
            None => is_malformed = true,
        }
    }
    Ok(Arrival { point, request, is_malformed })
}

/// The last entry of `X-Forwarded-For`.
fn forwarded_for(request: &Request) -> Option<IpAddr> {
    let last = request.headers.get("x-forwarded-for")?.last()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
