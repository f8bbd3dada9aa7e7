//! The client of the catalogue: allowed hosts only, no redirects, bounded answers, a request budget, and patience.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url, redirect};

use super::budget::{Budget, Group};
use super::error::GammaError;
use super::host::{HOST, allowed};
use super::page::{Page, Unreadable, page_from_json, record};
use super::query::{EventQuery, MarketQuery};
use super::text::clean_line;
use super::wire::{Event, Found, Market, Series, Tag};

/// How the catalogue is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GammaSettings {
    /// `https://gamma-api.polymarket.com`, or an address of this machine for tests.
    pub base_url: String,
    /// Longest wait for one whole answer.
    pub timeout: Duration,
    /// Longest answer, bytes after decompression.
    pub body_bytes_max: usize,
    /// How often a request is made before it is given up; at least 1.
    pub attempts_max: u32,
    /// First wait before it is repeated; it doubles.
    pub backoff_first: Duration,
    /// Longest wait before it is repeated.
    pub backoff_max: Duration,
}

impl Default for GammaSettings {
    fn default() -> Self {
        Self {
            base_url: format!("https://{HOST}"),
            timeout: Duration::from_secs(15),
            body_bytes_max: 32 << 20,
            attempts_max: 3,
            backoff_first: Duration::from_millis(500),
            backoff_max: Duration::from_secs(10),
        }
    }
}

/// A client of the catalogue. Share one per process: the venue counts requests per address.
pub struct Gamma {
    client: Client,
    base: Url,
    budget: Budget,
    settings: GammaSettings,
}

impl Gamma {
    /// A client with these settings.
    ///
    /// # Errors
    /// [`GammaError::Setting`] for an address that is not allowed or when no client can be made.
    pub fn new(settings: GammaSettings) -> Result<Self, GammaError> {
        let base = allowed(&settings.base_url)?;
        let client = Client::builder()
            .timeout(settings.timeout)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent("quorate")
            .build()
            .map_err(|error| GammaError::Setting {
                name: "base_url",
                problem: format!("no HTTP client can be made ({error})"),
            })?;
        Ok(Self {
            client,
            base,
            budget: Budget::new(),
            settings,
        })
    }

    /// One page of events. `cursor` is `next_cursor` of the page before; `None` for the first.
    ///
    /// # Errors
    /// See [`GammaError`].
    pub async fn events(
        &self,
        query: &EventQuery,
        cursor: Option<&str>,
    ) -> Result<Page<Event>, GammaError> {
        let path = ["events", "keyset"];
        let body = self.get(Group::Events, &path, &query.pairs(cursor)).await?;
        page_from_json("events", &body).map_err(|problem| shape(&path, problem))
    }

    /// One page of markets. `cursor` is `next_cursor` of the page before; `None` for the first.
    ///
    /// # Errors
    /// See [`GammaError`].
    pub async fn markets(
        &self,
        query: &MarketQuery,
        cursor: Option<&str>,
    ) -> Result<Page<Market>, GammaError> {
        let path = ["markets", "keyset"];
        let body = self
            .get(Group::Markets, &path, &query.pairs(cursor))
            .await?;
        page_from_json("markets", &body).map_err(|problem| shape(&path, problem))
    }

    /// The event of this name.
    ///
    /// # Errors
    /// See [`GammaError`]; [`GammaError::NotFound`] when there is none.
    pub async fn event(&self, slug: &str) -> Result<Event, GammaError> {
        self.one(Group::Events, &["events", "slug", slug], &[])
            .await
    }

    /// The market of this name.
    ///
    /// # Errors
    /// See [`GammaError`]; [`GammaError::NotFound`] when there is none.
    pub async fn market(&self, slug: &str) -> Result<Market, GammaError> {
        self.one(Group::Markets, &["markets", "slug", slug], &[])
            .await
    }

    /// The subject of this name.
    ///
    /// # Errors
    /// See [`GammaError`]; [`GammaError::NotFound`] when there is none.
    pub async fn tag(&self, slug: &str) -> Result<Tag, GammaError> {
        self.one(Group::Tags, &["tags", "slug", slug], &[]).await
    }

    /// Recurring families of this name.
    ///
    /// # Errors
    /// See [`GammaError`].
    pub async fn series(&self, slug: &str) -> Result<Page<Series>, GammaError> {
        let path = ["series"];
        let pairs = [("slug", slug.to_owned())];
        let body = self.get(Group::Events, &path, &pairs).await?;
        page_from_json("series", &body).map_err(|problem| shape(&path, problem))
    }

    /// Events and subjects whose words fit.
    ///
    /// # Errors
    /// See [`GammaError`].
    pub async fn search(&self, words: &str) -> Result<Found, GammaError> {
        let pairs = [("q", words.to_owned())];
        self.one(Group::Search, &["public-search"], &pairs).await
    }

    async fn one<T: serde::de::DeserializeOwned>(
        &self,
        group: Group,
        path: &[&str],
        pairs: &[(&'static str, String)],
    ) -> Result<T, GammaError> {
        let body = self.get(group, path, pairs).await?;
        record("answer", &body).map_err(|problem| shape(path, problem))
    }

    /// The bytes at `path`, asked for as often as the settings allow.
    async fn get(
        &self,
        group: Group,
        path: &[&str],
        pairs: &[(&'static str, String)],
    ) -> Result<Vec<u8>, GammaError> {
        let mut attempt = 1;
        loop {
            self.budget.spend(group).await;
            let error = match self.get_once(path, pairs).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let wait = self.wait(attempt, &error);
            if attempt >= self.settings.attempts_max || !error.is_transient() {
                return Err(error);
            }
            tracing::debug!(%error, ?wait, "asked again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Doubling, with up to half of it taken off at random so that several programs do not return together; the venue's
    /// own wish where it is longer.
    fn wait(&self, attempt: u32, error: &GammaError) -> Duration {
        let doubled = self
            .settings
            .backoff_first
            .saturating_mul(1 << (attempt - 1).min(16));
        let capped = doubled.min(self.settings.backoff_max);
        let own = capped.mul_f64(1.0 - fastrand::f64() / 2.0);
        match error {
            GammaError::TooManyRequests {
                retry_after: Some(asked),
                ..
            } => own.max((*asked).min(self.settings.backoff_max)),
            _ => own,
        }
    }

    async fn get_once(
        &self,
        path: &[&str],
        pairs: &[(&'static str, String)],
    ) -> Result<Vec<u8>, GammaError> {
        let place = place(path);
        let mut url = self.base.clone();
        // Segments are escaped one by one: a name cannot leave its place in the path.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let response = self
            .client
            .get(url)
            .header("accept", "application/json")
            .query(pairs)
            .send()
            .await
            .map_err(|error| self.broken(&place, &error))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        let body = self.body(&place, response).await?;
        if status == StatusCode::OK {
            return Ok(body);
        }
        let code = status.as_u16();
        Err(match code {
            404 => GammaError::NotFound { place },
            429 => GammaError::TooManyRequests { place, retry_after },
            408 | 425 | 500..=599 => GammaError::ServerFault {
                place,
                status: code,
            },
            _ => GammaError::Refused {
                place,
                status: code,
                detail: clean_line(&String::from_utf8_lossy(&body)),
            },
        })
    }

    async fn body(&self, place: &str, mut response: Response) -> Result<Vec<u8>, GammaError> {
        let bytes_max = self.settings.body_bytes_max;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(place, &error))?
        {
            if body.len() + chunk.len() > bytes_max {
                return Err(GammaError::TooLarge {
                    place: place.to_owned(),
                    bytes_max,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, place: &str, error: &reqwest::Error) -> GammaError {
        let place = place.to_owned();
        if error.is_timeout() {
            return GammaError::TimedOut {
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
        GammaError::Unreachable {
            place,
            detail: clean_line(&detail),
        }
    }
}

fn place(path: &[&str]) -> String {
    clean_line(&format!("GET /{}", path.join("/")))
}

fn shape(path: &[&str], problem: Unreadable) -> GammaError {
    GammaError::Shape {
        place: place(path),
        problem,
    }
}
