//! The markets of one topic on prices: those that run, and those that will.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{MarketId, PriceCondition, Timestamp};
use serde::{Deserialize, Serialize};

use super::units::Seen;
use super::watch::Watch;

/// What a market asks, when it begins and when it settles.
pub(super) type Terms = (PriceCondition, Option<Timestamp>, Timestamp);

/// A market whose time has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Ahead {
    opens_at: Timestamp,
    market: MarketId,
    condition: PriceCondition,
    closes_at: Timestamp,
}

/// Markets by state. Those ahead cost nothing when a price is seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Watches {
    live: BTreeMap<MarketId, Watch>,
    /// Latest opening first.
    ahead: Vec<Ahead>,
}

impl Watches {
    /// A market exists; `latest` is the newest price. The same terms again change nothing.
    pub(super) fn add(
        &mut self,
        market: MarketId,
        (condition, opens_at, closes_at): Terms,
        (now, latest): (Timestamp, Option<Seen>),
    ) {
        if let Some(old) = self.live.get(&market)
            && (old.condition, old.opens_at, old.closes_at) == (condition, opens_at, closes_at)
        {
            return;
        }
        self.remove(market);
        match opens_at.filter(|opens| now < *opens) {
            None => {
                let watch = Watch::new(condition, opens_at, closes_at, latest);
                self.live.insert(market, watch);
            }
            Some(opens_at) => {
                let place = self
                    .ahead
                    .partition_point(|other| (opens_at, market) < (other.opens_at, other.market));
                let ahead = Ahead {
                    opens_at,
                    market,
                    condition,
                    closes_at,
                };
                self.ahead.insert(place, ahead);
            }
        }
    }

    pub(super) fn remove(&mut self, market: MarketId) {
        if self.live.remove(&market).is_none() {
            self.ahead.retain(|ahead| ahead.market != market);
        }
    }

    /// Begins the markets whose time has come.
    pub(super) fn start_due(&mut self, now: Timestamp, latest: Option<Seen>) {
        while let Some(due) = self.ahead.pop_if(|ahead| ahead.opens_at <= now) {
            let opens_at = Some(due.opens_at);
            let watch = Watch::new(due.condition, opens_at, due.closes_at, latest);
            self.live.insert(due.market, watch);
        }
    }

    /// A price was seen.
    pub(super) fn see(&mut self, seen: Seen, age_max: Duration) {
        for watch in self.live.values_mut() {
            watch.see(seen, age_max);
        }
    }

    pub(super) fn live(&self) -> impl Iterator<Item = MarketId> + '_ {
        self.live.keys().copied()
    }

    pub(super) fn get(&self, market: MarketId) -> Option<&Watch> {
        self.live.get(&market)
    }
}
