//! One GET after another: within a budget, with patience, bounded in size, repeated only where that can help.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::Value;

use crate::error::{AlloraError, shorten};
use crate::secret::Secret;
use crate::settings::{Backoff, HttpSettings, check_url};

/// A client for one server.
pub(crate) struct Http {
    client: Client,
    base: String,
    key: Option<Secret>,
    budget: DefaultDirectRateLimiter,
    jitter: Mutex<fastrand::Rng>,
    settings: HttpSettings,
}

impl Http {
    pub(crate) fn new(
        name: &'static str,
        base_url: &str,
        key: Option<Secret>,
        settings: HttpSettings,
    ) -> Result<Self, AlloraError> {
        let (base, loopback) = check_url(name, base_url, ["http", "https"])?;
        // A redirect would carry the key to wherever it points.
        let mut builder = Client::builder()
            .timeout(settings.timeout)
            .redirect(redirect::Policy::none())
            .user_agent("quorate");
        if loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| AlloraError::Setting {
            name,
            problem: format!("no HTTP client can be made ({error})"),
        })?;
        if let Some(key) = &key {
            header_of(key)?;
        }
        Ok(Self {
            client,
            base,
            key,
            budget: RateLimiter::direct(Quota::per_minute(settings.requests_per_minute)),
            jitter: Mutex::new(fastrand::Rng::new()),
            settings,
        })
    }

    /// The JSON at `path`, asked for as often as the settings allow.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Value, AlloraError> {
        let mut attempt = 0;
        loop {
            let error = match self.get_once(path, query).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            attempt += 1;
            match self.wait_before(attempt, &error) {
                Some(wait) => {
                    tracing::debug!(%error, ?wait, "asked again");
                    tokio::time::sleep(wait).await;
                }
                None => return Err(error),
            }
        }
    }

    fn wait_before(&self, attempt: u32, error: &AlloraError) -> Option<Duration> {
        let backoff: &Backoff = &self.settings.backoff;
        if attempt >= backoff.attempts_max || !error.is_transient() {
            return None;
        }
        let unit = self
            .jitter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64();
        let own = backoff.delay(attempt - 1, unit);
        match error {
            AlloraError::TooManyRequests {
                retry_after: Some(asked),
                ..
            } => (*asked <= backoff.cap).then(|| own.max(*asked)),
            _ => Some(own),
        }
    }

    async fn get_once(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, AlloraError> {
        self.budget.until_ready().await;
        let place = format!("GET {path}");
        let mut request = self
            .client
            .get(format!("{}{path}", self.base))
            .header("accept", "application/json")
            .query(query);
        if let Some(key) = &self.key {
            request = request.header(HeaderName::from_static("x-api-key"), header_of(key)?);
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.broken(&place, &error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(&place, response).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| AlloraError::NotJson {
                place,
                detail: self.told(&body, &error.to_string()),
            });
        }
        Err(self.refusal(place, status, &headers, &body))
    }

    async fn body(&self, place: &str, mut response: Response) -> Result<Vec<u8>, AlloraError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(place, &error))?
        {
            if body.len() + chunk.len() > self.settings.body_bytes_max {
                return Err(AlloraError::TooLarge {
                    place: place.to_owned(),
                    bytes_max: self.settings.body_bytes_max,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, place: &str, error: &reqwest::Error) -> AlloraError {
        let place = place.to_owned();
        if error.is_timeout() {
            return AlloraError::TimedOut {
                place,
                after: self.settings.timeout,
            };
        }
        // The outer text only repeats the address; the causes say what happened.
        let mut detail = String::new();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            detail = inner.to_string();
            cause = inner.source();
        }
        AlloraError::Unreachable {
            place,
            detail: self.clean(&detail),
        }
    }

    fn refusal(
        &self,
        place: String,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> AlloraError {
        let detail = self.told(body, status.canonical_reason().unwrap_or("no reason given"));
        let status = status.as_u16();
        match status {
            401 | 403 => AlloraError::KeyRefused { place, status },
            404 => AlloraError::NotFound { place, detail },
            429 => AlloraError::TooManyRequests {
                place,
                retry_after: retry_after(headers),
            },
            501 => AlloraError::NotServed { place },
            408 | 500..=599 => AlloraError::ServerFault {
                place,
                status,
                detail,
            },
            _ => AlloraError::Refused {
                place,
                status,
                detail,
            },
        }
    }

    /// What a body says in words, or `otherwise`.
    fn told(&self, body: &[u8], otherwise: &str) -> String {
        let text = String::from_utf8_lossy(body);
        let trimmed = text.trim_start();
        let told = match serde_json::from_slice::<Value>(body) {
            Ok(value) => ["message", "apiResponseMessage", "error"]
                .iter()
                .find_map(|key| value.get(key).and_then(Value::as_str))
                .unwrap_or(otherwise)
                .to_owned(),
            Err(_) if trimmed.starts_with('<') => "a web page".to_owned(),
            Err(_) if trimmed.is_empty() => otherwise.to_owned(),
            Err(_) => trimmed.to_owned(),
        };
        self.clean(&told)
    }

    fn clean(&self, text: &str) -> String {
        shorten(&self.redact(text))
    }

    /// A text of the server without our key in it.
    pub(crate) fn redact(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.redact(text),
            None => text.to_owned(),
        }
    }
}

fn header_of(key: &Secret) -> Result<HeaderValue, AlloraError> {
    let mut value = HeaderValue::from_str(key.expose()).map_err(|_| AlloraError::Setting {
        name: "api_key",
        problem: "it holds characters that no header can carry; copy it again".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// `Retry-After` in seconds, or as a date against the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = http_date(headers.get(DATE)?.to_str().ok()?)?;
    Some(Duration::from_secs(
        u64::try_from(until.saturating_sub(now)).unwrap_or(0),
    ))
}

fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
        .map(jiff::Timestamp::as_second)
}
