//! Bytes that are no HTTP: whoever lets them in sends them back.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::answer::Answer;
use super::{Reply, Stream};

/// Enough bytes that no inspector waits for more, and neither HTTP nor TLS.
const GREETING: &[u8] = b"\x01meshward-conformance\n";

pub(super) async fn send(mut stream: Box<dyn Stream>, port: u16) -> Reply {
    let is_sent = stream.write_all(GREETING).await.is_ok() && stream.flush().await.is_ok();
    let mut came = [0; GREETING.len()];
    match stream.read_exact(&mut came).await {
        Ok(_) if is_sent && came == GREETING => Reply::Echo,
        // Filters of HTTP can make nothing of it.
        Ok(_) if came.starts_with(b"HTTP/1.1 400") => Reply::Http(Answer::new(400)),
        Ok(_) | Err(_) => Reply::Closed(port),
    }
}
