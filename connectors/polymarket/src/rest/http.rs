//! One request, sent once: no retry, no redirect, no proxy from the environment, a bounded answer.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, redirect, retry};

use super::answer::Reply;
use super::error::RestError;
use super::head::Head;
use super::node::excerpt;

/// A connection that lies still is asked for a sign of life so often, and is dropped when none comes in time: one that a
/// router has forgotten would otherwise swallow call after call, cancels and heartbeats among them.
const ALIVE_EVERY: Duration = Duration::from_secs(5);
const ALIVE_WITHIN: Duration = Duration::from_secs(3);

/// Bounds of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
    /// Longest body that is read, bytes after unpacking.
    pub body_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            body_bytes_max: 8 << 20,
        }
    }
}

/// A request before it has headers of its own.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) base: &'a str,
    /// Path without the query: what is signed.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// The very bytes that are signed and sent; empty for none.
    pub(crate) body: Vec<u8>,
}

impl Request<'_> {
    /// What messages call it.
    pub(crate) fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

pub(crate) type Headers = Vec<(&'static str, String)>;

#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    bounds: Bounds,
}

impl Http {
    pub(crate) fn new(bounds: Bounds) -> Result<Self, RestError> {
        let client = Client::builder()
            .connect_timeout(bounds.connect_timeout)
            .timeout(bounds.timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .tcp_nodelay(true)
            .tcp_keepalive(ALIVE_EVERY)
            .http2_keep_alive_interval(ALIVE_EVERY)
            .http2_keep_alive_timeout(ALIVE_WITHIN)
            .http2_keep_alive_while_idle(true)
            .user_agent("quorate")
            .build()
            .map_err(|error| RestError::Setting {
                name: "http",
                problem: format!("no HTTP client can be made ({error})"),
            })?;
        Ok(Self { client, bounds })
    }

    /// Sends a request. `now_s` is unix seconds, for headers with dates.
    pub(crate) async fn send(&self, request: &Request<'_>, headers: Headers, now_s: u64) -> Reply {
        let mut builder = self
            .client
            .request(
                request.method.clone(),
                format!("{}{}", request.base, request.path),
            )
            .header("accept", "application/json");
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        for (name, value) in headers {
            let (Ok(name), Ok(mut value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_str(&value),
            ) else {
                return Reply::NotSent {
                    detail: format!("{name} holds characters that no header can carry"),
                };
            };
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() {
            builder = builder
                .header("content-type", "application/json")
                .body(request.body.clone());
        }
        match builder.send().await {
            Ok(response) => self.receive(response, now_s).await,
            Err(error) => without_response(&error),
        }
    }

    async fn receive(&self, mut response: Response, now_s: u64) -> Reply {
        let status = response.status().as_u16();
        let head = Head::read(response.headers(), now_s);
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.bounds.body_bytes_max => {
                    let detail = format!(
                        "HTTP {status} with more than {} bytes",
                        self.bounds.body_bytes_max
                    );
                    return Reply::Lost { detail };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Reply::Answer { status, head, body },
                Err(error) => {
                    let detail = format!("HTTP {status}, then: {}", cause_of(&error));
                    return Reply::Lost { detail };
                }
            }
        }
    }
}

/// Connecting comes before the first byte; whatever fails after it may have been sent.
fn without_response(error: &reqwest::Error) -> Reply {
    let detail = cause_of(error);
    if error.is_connect() || error.is_builder() {
        Reply::NotSent { detail }
    } else {
        Reply::Lost { detail }
    }
}

/// The outer text repeats the address, and with it the query; the innermost cause says what happened.
fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause = std::error::Error::source(error);
    let mut detail = "unknown cause".to_owned();
    while let Some(inner) = cause {
        detail = inner.to_string();
        cause = inner.source();
    }
    excerpt(&detail)
}
