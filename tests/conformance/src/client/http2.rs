//! HTTP/2, as gRPC is carried.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context as _, Result};
use http::Uri;
use tokio::time::timeout;

use super::answer::Answer;
use super::{Reply, Stream};
use crate::request::Request;
use crate::token;

/// How long what has arrived may take to be read.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// Sends requests one after the other, and gives the answers that came before the connection ended.
pub(super) async fn send(stream: Box<dyn Stream>, requests: &[&Request]) -> Vec<Reply> {
    let Ok((client, connection)) = h2::client::handshake(stream).await else { return Vec::new() };
    let replies = RefCell::new(Vec::with_capacity(requests.len()));
    {
        let asking = async {
            let mut client = client;
            for request in requests {
                match ask(&mut client, request).await {
                    Ok(answer) => replies.borrow_mut().push(Reply::Http(answer)),
                    Err(_) => break,
                }
            }
        };
        tokio::pin!(asking);
        tokio::pin!(connection);
        tokio::select! {
            biased;
            () = &mut asking => {}
            // An answer may have come together with the end.
            _ = &mut connection => { let _ = timeout(LAST_WORDS, asking).await; }
        }
    }
    replies.into_inner()
}

async fn ask(client: &mut h2::client::SendRequest<bytes::Bytes>, request: &Request) -> Result<Answer> {
    let uri = Uri::builder()
        .scheme("http")
        .authority(request.host.as_str())
        .path_and_query(request.path.as_str())
        .build()
        .with_context(|| format!("{} is no path of HTTP/2", request.path))?;
    let mut message = http::Request::builder().method(request.method.as_str()).uri(uri);
    for (name, values) in &request.headers {
        for value in values {
            message = message.header(name, value);
        }
    }
    if let Some(token) = token::of(request) {
        message = message.header("authorization", format!("Bearer {token}"));
    }
    std::future::poll_fn(|context| client.poll_ready(context)).await?;
    let (response, _) = client.send_request(message.body(())?, true)?;
    let response = response.await?;
    let mut answer = Answer::new(response.status().as_u16());
    for (name, value) in response.headers() {
        answer.take_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    let mut body = response.into_body();
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
    }
    Ok(answer)
}
