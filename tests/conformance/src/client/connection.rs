//! One connection: from where, as whom, to which port, and what it will carry.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeType};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{Connect, TlsConnector};

use super::identity::Alpn;
use super::{Identities, Reply, http1, http2, tcp, tunnel};
use crate::request::Request;

/// A connection that is ready to carry requests.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// How long any single step may take. Envoy itself gives up on an inspection after one second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who is called where no server name is sent.
const UNNAMED: &str = "unnamed.invalid";

/// What requests of one connection have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Connection {
    to: String,
    port: u16,
    from: Option<String>,
    carries: Alpn,
    source: IpAddr,
    announced: IpAddr,
    destination: IpAddr,
    sni: Option<String>,
    /// The tunnel that it goes through.
    tunnel: Option<Tunnel>,
    /// A TCP connection is asked once only.
    number: Option<usize>,
}

/// The tunnel of a waypoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tunnel {
    waypoint: String,
    /// The port that is called there.
    called: u16,
    /// Whether the server name is that of TLS inside of it: where nothing there reads HTTP. Else it is that of the
    /// tunnel itself.
    names_inner: bool,
}

/// The outcome of opening one.
pub enum Opened {
    /// Ready.
    Open(Box<dyn Stream>),
    /// There is no TLS or no tunnel, which is an answer.
    Answered(Reply),
}

/// TLS with a server name, or without one.
fn handshake<S: Stream>(
    mut config: Arc<ClientConfig>,
    sni: Option<&String>,
    stream: S,
) -> Result<Connect<S>> {
    Arc::make_mut(&mut config).enable_sni = sni.is_some();
    let name = ServerName::try_from(sni.map_or(UNNAMED, String::as_str).to_owned())?;
    Ok(TlsConnector::from(config).connect(name, stream))
}

/// Whether the first bytes of the client came back to it.
fn is_echo(error: &std::io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(
        error,
        Some(rustls::Error::InappropriateHandshakeMessage { got_type: HandshakeType::ClientHello, .. })
    )
}

impl Connection {
    pub(super) fn of(request: &Request) -> Self {
        let carries = match (request.tcp, request.http2) {
            (true, _) => Alpn::Tcp,
            (false, true) => Alpn::Http2,
            (false, false) => Alpn::Http1,
        };
        // The last address of the header counts, so the connection itself may come from anywhere.
        let has_header = request.headers.contains_key("x-forwarded-for");
        Self {
            to: request.to.clone(),
            port: request.port,
            from: request.from.clone(),
            carries,
            source: request.source_ip,
            announced: if has_header { request.source_ip } else { request.remote_ip },
            destination: request.destination_ip,
            sni: request.sni.clone(),
            tunnel: request.via.as_ref().map(|via| Tunnel {
                waypoint: via.waypoint.clone(),
                called: via.port,
                names_inner: request.is_raw_in_tunnel(),
            }),
            number: request.tcp.then_some(request.id),
        }
    }

    pub(super) async fn open(
        &self,
        identities: &Identities,
        listeners: &BTreeMap<String, SocketAddr>,
        port: u16,
    ) -> Result<Opened> {
        let proxy = self.tunnel.as_ref().map_or(&self.to, |tunnel| &tunnel.waypoint);
        let listener = listeners.get(proxy).with_context(|| format!("no proxy {proxy}"))?;
        let mut stream = self.patiently(self.connect(*listener)).await??;
        let family = if self.announced.is_ipv4() { "TCP4" } else { "TCP6" };
        let announced =
            format!("PROXY {family} {} {} {} {}\r\n", self.announced, self.destination, port, self.port);
        stream.write_all(announced.as_bytes()).await?;
        let Some(identity) = &self.from else {
            return Ok(Opened::Open(Box::new(stream)));
        };
        if let Some(tunnel) = &self.tunnel {
            return self.tunnel(identities, identity, stream, (tunnel, port)).await;
        }
        let config = identities.client(identity, self.carries)?;
        match self.patiently(handshake(config, self.sni.as_ref(), stream)?).await? {
            Ok(stream) => Ok(Opened::Open(Box::new(stream))),
            Err(error) if is_echo(&error) => Ok(Opened::Answered(Reply::RawHandshake(port))),
            Err(_) => Ok(Opened::Answered(Reply::NoHandshake(port))),
        }
    }

    /// What is sent through a tunnel has no TLS of its own, unless a server name is that of what is inside.
    async fn tunnel(
        &self,
        identities: &Identities,
        identity: &str,
        stream: TcpStream,
        (through, port): (&Tunnel, u16),
    ) -> Result<Opened> {
        let (inner, outer) =
            if through.names_inner { (self.sni.as_ref(), None) } else { (None, self.sni.as_ref()) };
        let config = identities.client(identity, Alpn::Hbone)?;
        let Ok(stream) = self.patiently(handshake(config, outer, stream)?).await? else {
            return Ok(Opened::Answered(Reply::NoTunnel));
        };
        let to = SocketAddr::new(self.destination, through.called);
        let Some(stream) = self.patiently(tunnel::open(stream, to)).await?? else {
            return Ok(Opened::Answered(Reply::NoTunnel));
        };
        if inner.is_none() {
            return Ok(Opened::Open(Box::new(stream)));
        }
        let config = identities.client(identity, Alpn::Tcp)?;
        Ok(Opened::Answered(match self.patiently(handshake(config, inner, stream)?).await? {
            Err(error) if is_echo(&error) => Reply::RawHandshake(port),
            Ok(_) | Err(_) => Reply::NoHandshake(port),
        }))
    }

    async fn patiently<T>(&self, step: impl Future<Output = T>) -> Result<T> {
        timeout(PATIENCE, step).await.with_context(|| format!("no end of {self:?}"))
    }

    /// The source address is real: bound, not announced.
    async fn connect(&self, listener: SocketAddr) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(self.source, 0))?;
        let stream = socket.connect(listener).await.with_context(|| format!("{self:?}"))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Sends requests until the connection ends; at least one reply, or none where nothing can be said.
    pub(super) async fn exchange(
        &self,
        stream: Box<dyn Stream>,
        port: u16,
        requests: &[&Request],
    ) -> Result<Vec<Reply>> {
        let replies = match self.carries {
            Alpn::Tcp | Alpn::Hbone => vec![self.patiently(tcp::send(stream, port)).await?],
            Alpn::Http1 => self.patiently(http1::send(stream, requests)).await?,
            Alpn::Http2 => self.patiently(http2::send(stream, requests)).await?,
        };
        Ok(if replies.is_empty() { vec![Reply::Closed(port)] } else { replies })
    }
}
