//! Shares that everybody traded in the last 24 hours, by market.

use alloc::collections::{BTreeMap, VecDeque};

use quorate_domain::{MarketId, Shares, Timestamp};
use serde::{Deserialize, Serialize};

const HOUR_NANOS: u64 = 3_600_000_000_000;
const HOURS: u64 = 24;

/// One market's trades, by the hour, and the venue's own count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Volume {
    first_hour: Option<u64>,
    hours: VecDeque<(u64, Shares)>,
    reported: Option<(u64, Shares)>,
}

/// All markets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volumes {
    #[serde(with = "quorate_domain::pairs")]
    markets: BTreeMap<MarketId, Volume>,
}

impl Volumes {
    pub(crate) fn traded(&mut self, market: MarketId, shares: Shares, now: Timestamp) {
        let hour = now.nanos() / HOUR_NANOS;
        let volume = self.markets.entry(market).or_default();
        volume.first_hour.get_or_insert(hour);
        match volume.hours.back_mut() {
            Some((last, sum)) if *last == hour => *sum += shares,
            _ => volume.hours.push_back((hour, shares)),
        }
        while volume
            .hours
            .front()
            .is_some_and(|(old, _)| *old + HOURS < hour)
        {
            volume.hours.pop_front();
        }
    }

    pub(crate) fn reported(&mut self, market: MarketId, shares: Shares, now: Timestamp) {
        let hour = now.nanos() / HOUR_NANOS;
        self.markets.entry(market).or_default().reported = Some((hour, shares));
    }

    /// A market is decided: nothing about it will be asked again.
    pub(super) fn forget(&mut self, market: MarketId) {
        self.markets.remove(&market);
    }

    /// Shares traded in the last 24 hours: the larger of the venue's count of that time and our own; nothing when the
    /// venue gave none and we have not been watching for a day.
    #[must_use]
    pub fn day(&self, market: MarketId, now: Timestamp) -> Option<Shares> {
        let hour = now.nanos() / HOUR_NANOS;
        let volume = self.markets.get(&market)?;
        let recent = volume.hours.iter().filter(|(at, _)| hour < *at + HOURS);
        let watched = volume.first_hour.is_some_and(|first| first + HOURS <= hour);
        let counted = watched.then(|| recent.map(|(_, shares)| *shares).sum());
        let reported = volume
            .reported
            .filter(|(at, _)| hour < *at + HOURS)
            .map(|(_, shares)| shares);
        counted.max(reported)
    }
}
