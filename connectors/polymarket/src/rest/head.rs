//! What the headers of an answer say about rates and waiting. Any of them may be missing on its own.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::budget::Tier;

/// The headers that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `Retry-After`, as seconds from now; zero and a date in the past are kept as zero.
    pub retry_after: Option<Duration>,
    /// Tokens left in the signer's bucket; below zero when it is overdrawn.
    pub remaining: Option<i64>,
    /// When the signer's wait ends, unix seconds.
    pub reset_s: Option<u64>,
    /// The signer's tier; an unknown name is nothing.
    pub tier: Option<Tier>,
    /// Whether the call would have been refused if the limit were enforced.
    pub warned: bool,
}

impl Head {
    /// Reads the headers. `now_s` (unix seconds) serves where a date comes without the server's own `Date`.
    #[must_use]
    pub fn read(headers: &HeaderMap, now_s: u64) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            retry_after: headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| wait_of(value, headers, now_s)),
            remaining: text("poly-ratelimit-remaining").and_then(|value| value.trim().parse().ok()),
            reset_s: text("poly-ratelimit-reset").and_then(|value| value.trim().parse().ok()),
            tier: text("poly-ratelimit-tier").and_then(Tier::named),
            warned: text("poly-ratelimit-warning").is_some_and(|value| value.trim() == "true"),
        }
    }

    /// Whether the answer speaks of the signer's own bucket.
    #[must_use]
    pub fn is_about_signer(&self) -> bool {
        self.remaining.is_some() || self.reset_s.is_some() || self.tier.is_some()
    }
}

fn wait_of(text: &str, headers: &HeaderMap, now_s: u64) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(http_date)
        .unwrap_or(now_s);
    Some(Duration::from_secs(until.saturating_sub(now)))
}

fn http_date(text: &str) -> Option<u64> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
        .and_then(|at| u64::try_from(at.as_second()).ok())
}
