//! HTTP/1.1 byte for byte: requests are written as they are, one after the other on a connection.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::answer::Answer;
use super::{Reply, Stream};
use crate::request::Request;
use crate::token;

/// How many requests are written before their answers are read.
const PIPELINED: usize = 16;

/// Sends requests in order and gives the replies that came before the connection ended.
pub(super) async fn send(stream: Box<dyn Stream>, requests: &[&Request]) -> Vec<Reply> {
    let mut stream = BufReader::new(stream);
    let mut replies = Vec::with_capacity(requests.len());
    for batch in requests.chunks(PIPELINED) {
        let text: Vec<u8> = batch.iter().flat_map(|request| text(request)).collect();
        let is_open = stream.write_all(&text).await.is_ok() && stream.flush().await.is_ok();
        for request in batch {
            match read(&mut stream, request).await {
                Ok(Some(answer)) => replies.push(Reply::Http(answer)),
                Ok(None) => return vec![Reply::Echo],
                Err(_) => return replies,
            }
        }
        if !is_open {
            break;
        }
    }
    replies
}

fn text(request: &Request) -> Vec<u8> {
    let mut lines = vec![
        format!("{} {} HTTP/1.1", request.method, request.path),
        format!("host: {}", request.host),
        "content-length: 0".to_owned(),
    ];
    for (name, values) in &request.headers {
        lines.extend(values.iter().map(|value| format!("{name}: {value}")));
    }
    lines.extend(token::of(request).map(|token| format!("authorization: Bearer {token}")));
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

/// `None` where the request itself comes back.
async fn read<R: AsyncRead + Unpin>(stream: &mut BufReader<R>, request: &Request) -> Result<Option<Answer>> {
    let status_line = line(stream).await?;
    if status_line == format!("{} {} HTTP/1.1", request.method, request.path) {
        return Ok(None);
    }
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| digits.parse().ok())
        .with_context(|| format!("no status line: {status_line:?}"))?;
    let mut answer = Answer::new(status);
    let mut length = 0;
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(": ") else {
            if line.is_empty() {
                break;
            }
            bail!("no header: {line:?}");
        };
        if name == "content-length" {
            length = value.parse()?;
        }
        answer.take_header(name, value);
    }
    if request.method != "HEAD" {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
    }
    Ok(Some(answer))
}

async fn line<R: AsyncRead + Unpin>(stream: &mut BufReader<R>) -> Result<String> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 {
        bail!("the connection ended");
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
