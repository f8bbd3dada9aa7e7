//! Where prices come from, and how long each step of getting them may take.

use std::fmt;
use std::time::Duration;

use crate::binance::Wanted;
use crate::polybolt::{ApiKey, Subscription};
use crate::rtds::Topic;

/// Where prices come from and which ones.
pub enum Source {
    /// The venue's stream.
    PolyBolt {
        /// The API key.
        key: ApiKey,
        /// At most [`SUBSCRIPTIONS_MAX`](crate::polybolt::SUBSCRIPTIONS_MAX).
        subscriptions: Vec<Subscription>,
    },
    /// The venue's legacy stream.
    Rtds {
        /// Topics and the symbols that are wanted of each.
        wanted: Vec<(Topic, String)>,
    },
    /// The exchange's public stream.
    Binance {
        /// What is wanted.
        wanted: Vec<Wanted>,
    },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PolyBolt { .. } => "PolyBolt",
            Self::Rtds { .. } => "Rtds",
            Self::Binance { .. } => "Binance",
        })
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Opening a connection, and each answer to log-in and subscriptions.
    pub answer_within: Duration,
    /// From one keep-alive to the next.
    pub ping_every: Duration,
    /// Without any frame at all.
    pub frames_within: Duration,
    /// Without any price.
    pub prices_within: Duration,
    /// First ceiling of the random wait before another attempt; it doubles with each.
    pub backoff_min: Duration,
    /// Highest ceiling of that wait.
    pub backoff_max: Duration,
    /// Highest random wait after the source has announced that it goes down.
    pub drain_max: Duration,
    /// Age from which a connection counts as good again.
    pub settled_after: Duration,
    /// How long a reader may be too slow before the connection is given up.
    pub backlog_max: Duration,
}

impl Timings {
    /// The limits that fit a source.
    #[must_use]
    pub const fn of(source: &Source) -> Self {
        let ping_secs = match source {
            Source::PolyBolt { .. } | Source::Binance { .. } => 30,
            Source::Rtds { .. } => 5,
        };
        Self {
            answer_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(ping_secs),
            frames_within: Duration::from_secs(90),
            prices_within: Duration::from_secs(75),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
            drain_max: Duration::from_secs(10),
            settled_after: Duration::from_secs(60),
            backlog_max: Duration::from_secs(2),
        }
    }

    /// Full jitter: anything between nothing and a ceiling that doubles with every attempt up to `backoff_max`.
    #[must_use]
    pub fn backoff(&self, attempt: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.min(20));
        let ceiling = self.backoff_min.saturating_mul(factor);
        ceiling.min(self.backoff_max).mul_f64(fastrand::f64())
    }
}
