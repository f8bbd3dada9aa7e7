//! Workers behind a URL, by the contract of Allora's off-chain node: `GET`, status 200, a number in the body.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, StatusCode, Url};

use super::{Asked, read};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::question::Question;
use crate::reply::Shape;
use crate::spec::{HttpSpec, Role, SpecError, WorkerSpec};
use crate::text::{bounded, bounded_bytes};

/// Redirects followed within the worker's own host.
const REDIRECTS_MAX: usize = 3;
/// Pause before the first further attempt; it doubles with each.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// No pause between attempts is longer.
const PAUSE_MAX: Duration = Duration::from_secs(10);

pub(crate) struct HttpAsker {
    client: Client,
    spec: HttpSpec,
    role: Role,
    timeout: Duration,
}

impl HttpAsker {
    pub(crate) fn new(worker: &WorkerSpec, spec: &HttpSpec) -> Result<Self, SpecError> {
        let client = Client::builder()
            .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(worker, spec)?)
            .redirect(Policy::custom(within_host));
        // A proxy of the environment is for the world outside, and would not reach this machine's own addresses.
        let client = if is_loopback(&spec.url) {
            client.no_proxy()
        } else {
            client
        };
        Ok(Self {
            client: client.build().map_err(|error| {
                worker.wrong("url", format!("no HTTP client: {}", chain(&error)))
            })?,
            spec: spec.clone(),
            role: worker.role,
            timeout: worker.timeout,
        })
    }

    pub(crate) async fn ask(&self, question: &Question, clock: &dyn Clock) -> Asked {
        let text = fill(&self.spec, question);
        let sent = format!("GET {}", bounded(&text, 300));
        let Ok(url) = Url::parse(&text) else {
            let why = "the address is no URL once its placeholders are filled in".to_owned();
            return Asked::failed(sent, Fault::Unreachable { why });
        };
        match self.body(url, question, clock).await {
            Err(fault) => Asked::failed(sent, fault),
            Ok(body) => Asked {
                sent,
                raw: bounded_bytes(&body, 512),
                reply: read(self.role, &body, self.shape(question)),
                also: Vec::new(),
            },
        }
    }

    fn shape<'a>(&'a self, question: &'a Question) -> Shape<'a> {
        Shape {
            value_path: self.spec.value_path.as_ref(),
            time_path: self.spec.time_path.as_ref(),
            label_name: &question.label_name,
        }
    }

    /// The body of the first attempt that succeeds, as long as there is time left in the window for another one.
    async fn body(
        &self,
        url: Url,
        question: &Question,
        clock: &dyn Clock,
    ) -> Result<Vec<u8>, Fault> {
        let mut attempt = 0;
        loop {
            let result = tokio::time::timeout(self.timeout, self.once(url.clone()))
                .await
                .unwrap_or(Err(Fault::Timeout {
                    after: self.timeout,
                }));
            let pause = pause(attempt);
            let in_window = clock.now().plus(pause) < question.closes_at;
            match result {
                Err(fault) if passing(&fault) && attempt < self.spec.retries && in_window => {
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn once(&self, url: Url) -> Result<Vec<u8>, Fault> {
        let too_large = Fault::TooLarge {
            bytes_max: self.spec.body_bytes_max,
        };
        let mut response = self.client.get(url).send().await.map_err(fault_of)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => {
                let why = "the worker answers 429: raise poll_every".to_owned();
                return Err(Fault::RateLimited { why });
            }
            other => return Err(Fault::Status(other.as_u16())),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fault_of)? {
            if body.len() + chunk.len() > self.spec.body_bytes_max {
                return Err(too_large);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Whether another attempt may end otherwise.
fn passing(fault: &Fault) -> bool {
    match fault {
        Fault::Timeout { .. } | Fault::Unreachable { .. } | Fault::RateLimited { .. } => true,
        Fault::Status(status) => *status >= 500,
        _ => false,
    }
}

/// Doubles with each attempt, of which half is random, so that workers which failed together are not asked together.
fn pause(attempt: u32) -> Duration {
    let longest = PAUSE_FIRST
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(PAUSE_MAX);
    longest.mul_f64(0.5 + fastrand::f64() * 0.5)
}

fn headers(worker: &WorkerSpec, spec: &HttpSpec) -> Result<HeaderMap, SpecError> {
    let mut headers = HeaderMap::new();
    for (name, secret) in &spec.headers {
        let key = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(secret.reveal());
        let (Ok(key), Ok(mut value)) = (key, value) else {
            let problem = format!("`{}` and its value make no HTTP header", bounded(name, 60));
            return Err(worker.wrong("headers", problem));
        };
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

/// Follows redirects that stay on the host that the operator named.
fn within_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first().map(Url::origin);
    if first.is_none_or(|origin| origin != attempt.url().origin()) {
        let to = attempt.url().host_str().unwrap_or("nowhere").to_owned();
        return attempt.error(format!(
            "the worker redirects to another host, {}",
            bounded(&to, 80)
        ));
    }
    if attempt.previous().len() > REDIRECTS_MAX {
        return attempt.error("the worker redirects again and again");
    }
    attempt.follow()
}

fn fault_of(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    let why = chain(&error);
    if error.is_redirect() {
        Fault::NotPermitted { why }
    } else if error.is_decode() {
        Fault::Malformed { why }
    } else {
        Fault::Unreachable { why }
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    bounded(&text, 300)
}

/// The address with its placeholders filled in: Allora's own first, then every key of the parameters.
fn fill(spec: &HttpSpec, question: &Question) -> String {
    let mut url = spec
        .url
        .replace("{TopicId}", &question.topic.to_string())
        .replace("{BlockHeight}", &question.epoch.to_string());
    for (key, value) in &spec.parameters {
        url = url.replace(&format!("{{{key}}}"), value);
    }
    url.replace("{Label}", &percent_encoded(&question.label_name))
}

/// Everything but unreserved characters, so that a label can be one segment or one query value.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Refuses an address that no question could make a valid one.
pub(crate) fn check_url(worker: &WorkerSpec, spec: &HttpSpec) -> Result<(), SpecError> {
    let example = Question {
        topic: quorate_domain::TopicId(1),
        topic_name: String::new(),
        epoch: quorate_domain::EpochId(1),
        label: quorate_domain::LabelId(0),
        label_name: "label".to_owned(),
        quantity: crate::question::Quantity::Probability,
        opens_at: quorate_domain::Timestamp::default(),
        closes_at: quorate_domain::Timestamp::default(),
        text: String::new(),
        market_price: None,
    };
    let filled = fill(spec, &example);
    if let Some((_, rest)) = filled.split_once('{') {
        let name = rest.split('}').next().unwrap_or(rest);
        let problem = format!(
            "nothing is known for the placeholder {{{}}}: add it to parameters",
            bounded(name, 40)
        );
        return Err(worker.wrong("url", problem));
    }
    let url = Url::parse(&filled)
        .map_err(|error| worker.wrong("url", format!("`{}`: {error}", bounded(&spec.url, 120))))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(worker.wrong(
            "url",
            "expected an address that begins with http:// or https://",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let problem =
            "a name or password in the address would show in reports: put it into headers";
        return Err(worker.wrong("url", problem));
    }
    headers(worker, spec).map(|_| ())
}

fn is_loopback(url: &str) -> bool {
    let authority = url
        .split("://")
        .nth(1)
        .unwrap_or("")
        .split(['/', '?'])
        .next();
    authority.is_some_and(crate::intake::is_loopback_authority)
}
