//! The tunnel of a waypoint: a CONNECT over HTTP/2, as ztunnels open one (HBONE), whose stream carries what is sent.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use bytes::Bytes;
use h2::{RecvStream, SendStream};
use http::{Method, Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};

use super::Stream;

/// How many bytes may be under way in each direction.
const BUFFER: usize = 1 << 16;

/// What a client has of a tunnel to an address; `None` where the waypoint does not take the connection.
pub(super) async fn open<S: Stream + 'static>(stream: S, to: SocketAddr) -> Result<Option<DuplexStream>> {
    let Ok((mut client, connection)) = h2::client::handshake(stream).await else { return Ok(None) };
    tokio::spawn(connection);
    let request = Request::builder().method(Method::CONNECT).uri(to.to_string()).body(())?;
    if std::future::poll_fn(|context| client.poll_ready(context)).await.is_err() {
        return Ok(None);
    }
    let (response, sending) = client.send_request(request, false)?;
    let Ok(response) = response.await else { return Ok(None) };
    if response.status() != StatusCode::OK {
        bail!("a waypoint answers {} to CONNECT {to}", response.status());
    }
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (reading, writing) = tokio::io::split(ours);
    tokio::spawn(out(reading, sending));
    tokio::spawn(back(response.into_body(), writing));
    Ok(Some(theirs))
}

/// Sends what the client writes, until it ends.
async fn out(mut from: ReadHalf<DuplexStream>, mut to: SendStream<Bytes>) {
    let mut bytes = vec![0; BUFFER];
    while let Ok(length) = from.read(&mut bytes).await {
        let is_end = length == 0;
        if to.send_data(Bytes::copy_from_slice(&bytes[..length]), is_end).is_err() || is_end {
            return;
        }
    }
}

/// Hands the client what comes back, until the waypoint ends it.
async fn back(mut from: RecvStream, mut to: WriteHalf<DuplexStream>) {
    while let Some(Ok(bytes)) = from.data().await {
        if from.flow_control().release_capacity(bytes.len()).is_err() || to.write_all(&bytes).await.is_err() {
            break;
        }
    }
    // The client sees the end even where it did not end its own side.
    let _ = to.shutdown().await;
}
