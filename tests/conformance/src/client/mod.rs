//! The callers: they open connections as who a request says, and tell what came of each request.

mod answer;
mod connection;
mod http1;
mod http2;
mod identity;
mod tcp;
mod tunnel;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, stream};

pub use answer::{ALLOWED_BY, Answer, DETAILS, PATH};
pub use identity::{Identities, ServerFiles};

use crate::request::Request;
use connection::{Connection, Opened, Stream};

/// How many connections are open at once.
const AT_ONCE: usize = 24;

/// How many requests one connection carries, so that its time is bounded.
const MOST_REQUESTS: usize = 256;

/// How often what is left of a connection is sent again: each answer of 400 ends one.
const MOST_CONNECTIONS: usize = 10_000;

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer over HTTP.
    Http(Answer),
    /// The bytes came back.
    Echo,
    /// The connection was opened and then closed without a byte; the port that it was announced from.
    Closed(u16),
    /// The first bytes of the TLS handshake came back: the port took them as bytes, not as TLS;
    /// the port that they were announced from.
    RawHandshake(u16),
    /// The TLS handshake failed; the port that it was announced from.
    NoHandshake(u16),
    /// A waypoint did not let the client open a tunnel.
    NoTunnel,
}

/// Sends every request to the listener of its pod or waypoint, and gives the replies by the request's number.
pub async fn send(
    identities: &Identities,
    listeners: &BTreeMap<String, SocketAddr>,
    requests: &[Request],
) -> Result<BTreeMap<usize, Reply>> {
    let mut groups: BTreeMap<Connection, Vec<&Request>> = BTreeMap::new();
    for request in requests {
        groups.entry(Connection::of(request)).or_default().push(request);
    }
    // Each connection says that it comes from a port of its own, by which Envoy's log is read.
    let ports = AtomicU16::new(1);
    let ports = &ports;
    let sent: Vec<Result<Vec<(usize, Reply)>>> = stream::iter(groups)
        .map(|(connection, requests)| async move {
            send_group(identities, listeners, ports, &connection, &requests).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut replies = BTreeMap::new();
    for group in sent {
        replies.extend(group?);
    }
    Ok(replies)
}

async fn send_group(
    identities: &Identities,
    listeners: &BTreeMap<String, SocketAddr>,
    ports: &AtomicU16,
    connection: &Connection,
    requests: &[&Request],
) -> Result<Vec<(usize, Reply)>> {
    let mut replies = Vec::with_capacity(requests.len());
    let mut rest = requests;
    for _ in 0..MOST_CONNECTIONS {
        let Some(first) = rest.first() else { break };
        let port = ports.fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(port != 0, "more connections than there are ports");
        let came = match connection.open(identities, listeners, port).await? {
            Opened::Answered(reply) => vec![reply],
            Opened::Open(stream) => {
                let some = &rest[..rest.len().min(MOST_REQUESTS)];
                let exchanged = connection.exchange(stream, port, some).await;
                exchanged.with_context(|| format!("request {} or one after it", first.id))?
            }
        };
        if came.is_empty() {
            anyhow::bail!("no reply to request {} on {connection:?}", first.id);
        }
        let (done, left) = rest.split_at(came.len());
        replies.extend(done.iter().map(|request| request.id).zip(came));
        rest = left;
    }
    Ok(replies)
}
