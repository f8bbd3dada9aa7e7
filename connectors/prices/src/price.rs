//! One reference price.

use std::time::Duration;

use quorate_domain::{ReferencePrice, Timestamp, TopicId};

/// What a price is a price of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// One moment.
    Spot,
    /// The time-weighted average of the seconds before.
    Average {
        /// Length.
        secs: u32,
    },
    /// The last trade of a candle that has ended.
    Close {
        /// Length of the candle.
        secs: u32,
    },
}

/// What a source says an asset is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Name of the asset as the source writes it.
    pub symbol: String,
    /// Who says so: the data provider where the stream names one, else the stream. It may change after a reconnect.
    pub source: String,
    /// What it is a price of.
    pub window: Window,
    /// The value's own time, not that of its arrival.
    pub at: Timestamp,
    /// Millionths of the quote currency, above zero, cut off (not rounded) after the sixth decimal.
    pub value_micros: i64,
    /// Whether the source repeats an old value because it has no new one.
    pub carried_forward: bool,
}

impl Price {
    /// Age of the value by its own time; zero when that lies ahead of `now`.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.at)
    }

    /// The input for a topic that is settled by this price.
    #[must_use]
    pub const fn reference(&self, topic: TopicId) -> ReferencePrice {
        ReferencePrice {
            topic,
            price_micros: self.value_micros,
            observed_at: self.at,
        }
    }
}

/// A frame or a part of one that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} in a frame that begins {begins:?}")]
pub struct Unreadable {
    /// What is wrong.
    pub what: String,
    /// First characters of the frame.
    pub begins: String,
}

impl Unreadable {
    pub(crate) fn new(what: &impl ToString, frame: &str) -> Self {
        Self {
            what: what.to_string(),
            begins: frame.chars().take(60).collect(),
        }
    }
}

/// Milliseconds since 1970 as a time; `None` beyond the year 2554.
pub(crate) fn millis(value: u64) -> Option<Timestamp> {
    value.checked_mul(1_000_000).map(Timestamp::from_nanos)
}
